"""The package's schema says what the declared fields say: all of them, and nothing else."""

from __future__ import annotations

from dli_provider.job.control import ControlFields
from dli_provider.job.declarations import FIELDS
from dli_provider.job.impact import Impact
from dli_provider.job.template_spec import LASTING, TemplateSpec
from dli_provider.pulumi.plugin.functions import FUNCTIONS
from dli_provider.pulumi.plugin.job_face import NO_ARGUMENTS
from dli_provider.pulumi.plugin.package_names import DYNAMIC, JOB, TEMPLATE
from dli_provider.pulumi.plugin.package_schema import package_schema
from dli_provider.pulumi.property_bags import OUTPUTS
from dli_provider.resource import FlinkSqlJob
from dli_provider.settings import KEYS
from dli_provider.template import FlinkTemplate

SCHEMA = package_schema()
_CREDENTIALS = {"accessKey", "secretKey", "securityToken", "token"}


def test_every_argument_is_described_but_those_that_the_engine_sees_to() -> None:
    inputs = SCHEMA["resources"][JOB]["inputProperties"]
    assert {*inputs} == {*FIELDS} - {*NO_ARGUMENTS}
    assert {*FIELDS} - {*inputs} == {"create_timeout", "update_timeout", "delete_timeout", "owner"}
    assert {*FIELDS} - {*inputs} <= {*ControlFields.model_fields}
    assert all(len(spec["description"]) > 20 for spec in inputs.values())
    replacing = {name for name, one in FIELDS.items() if one.on_change.impact is Impact.REPLACE}
    assert {name for name, spec in inputs.items() if spec.get("willReplaceOnChanges")} == replacing


def test_outputs_are_those_that_a_dynamic_resource_names() -> None:
    outputs = {*SCHEMA["resources"][JOB]["properties"]} - {*FIELDS}
    assert outputs == {*FlinkSqlJob.__annotations__} - {"name"}
    assert outputs <= {*OUTPUTS}
    template = SCHEMA["resources"][TEMPLATE]
    assert {*template["inputProperties"]} == {*TemplateSpec.model_fields}
    assert {*template["properties"]} >= {*FlinkTemplate.__annotations__}
    lasting = {name for name, spec in template["inputProperties"].items() if spec.get("willReplaceOnChanges")}
    assert lasting == {*LASTING}


def test_every_key_of_the_config_is_there_and_credentials_are_secret() -> None:
    for known in (SCHEMA["config"]["variables"], SCHEMA["provider"]["inputProperties"]):
        assert {*known} == KEYS
        assert {key for key, spec in known.items() if spec.get("secret")} == _CREDENTIALS


def test_types_that_are_named_exist_and_so_does_every_look_up() -> None:
    assert {*SCHEMA["functions"]} == {*FUNCTIONS}
    named = {ref for ref in _references(SCHEMA) if ref.startswith("#/types/")}
    assert named == {f"#/types/{token}" for token in SCHEMA["types"]}


def test_a_stack_changes_doors_by_the_types_of_the_other() -> None:
    for token, other in DYNAMIC.items():
        assert SCHEMA["resources"][token]["aliases"] == [{"type": other}]


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for item in value.values() for ref in _references(item)]
    return [ref for item in value for ref in _references(item)] if isinstance(value, list) else []
