"""The declarations: complete by DLI's pages, each with one cost and one way to travel, typed without guessing."""

from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from dli_provider.emulator.rules.fields import FIELDS as LOCAL
from dli_provider.job.control import ControlFields
from dli_provider.job.declarations import FIELDS, WIRED, declarations, effective
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact, OnChange
from dli_provider.job.wire import Wire
from dli_provider.sql import StateFate
from tests.support.samples import PAIRS, VALUES, kind_of

# What DLI's pages say, and design says of it, once more and independently of the declarations. A field that DLI adds
# need not be written here: the local DLI's own list is the second witness for it (below).
UPDATE = frozenset(
    {
        "name",
        "desc",
        "queue_name",
        "sql_body",
        "run_mode",
        "cu_number",
        "parallel_number",
        "checkpoint_enabled",
        "checkpoint_mode",
        "checkpoint_interval",
        "obs_bucket",
        "log_enabled",
        "smn_topic",
        "restart_when_exception",
        "idle_state_retention",
        "edge_group_ids",
        "dirty_data_strategy",
        "udf_jar_url",
        "manager_cu_number",
        "tm_cus",
        "tm_slot_num",
        "operator_config",
        "resume_checkpoint",
        "resume_max_num",
        "static_estimator_config",
        "runtime_config",
        "flink_version",
        "execution_agency_urn",
        "resource_config_version",
        "resource_config",
        "flink_log_config",
    }
)
CREATE = (UPDATE - {"operator_config", "static_estimator_config"}) | {"job_type", "template_id", "tags"}

IN_PLACE = frozenset(
    {
        "name",
        "desc",
        "tags",
        "smn_topic",
        "restart_when_exception",
        "resume_checkpoint",
        "resume_max_num",
        "obs_bucket",
    }
)
REPLACE = {"job_type", "template_id"}
AT_RISK = frozenset(
    {
        "sql_body",
        "udf_jar_url",
        "operator_config",
        "static_estimator_config",
        "runtime_config",
        "flink_version",
    }
)


def test_the_update_and_create_documents_are_covered() -> None:
    assert {name for name in UPDATE | CREATE if WIRED[name].update} == UPDATE
    assert {name for name in UPDATE | CREATE if WIRED[name].create} == CREATE


def test_the_local_dli_has_the_same_fields_in_the_same_documents() -> None:
    """It has its own list of them, made from the same pages, so that one mistake is not made twice."""
    for name, wire in WIRED.items():
        bounds = ", ".join(f"{key}={value}" for key, value in kind_of(name)[1].items())
        assert name in LOCAL, (
            f"the local DLI does not know {name}: add a line to FIELDS in dli_provider/emulator/rules/fields.py, as in "
            f'"{name}": Field(<check>, <default>), by the page on creating a SQL job (declared here: '
            f"{kind_of(name)[0].__name__} {bounds}; default {wire.default!r})"
        )
    assert {name: (wire.create, wire.update) for name, wire in WIRED.items()} == {
        name: (field.on_create, field.on_update) for name, field in LOCAL.items()
    }


def test_what_is_said_to_change_in_place_is_what_the_local_dli_takes_while_a_job_runs() -> None:
    live = {name for name, field in LOCAL.items() if field.live}
    changes = {name: FIELDS[name].on_change for name, wire in WIRED.items() if wire.update}
    assert live == {
        name for name, change in changes.items() if change.impact is Impact.IN_PLACE and not change.refusable
    }


def test_samples_are_in_step_with_the_fields() -> None:
    assert PAIRS.keys() == VALUES.keys() == FIELDS.keys() == JobSpec.model_fields.keys()
    for name, (one, other) in PAIRS.items():
        assert getattr(JobSpec(**{name: one}), name) != getattr(JobSpec(**{name: other}), name), name


@pytest.mark.parametrize("name", JobSpec.model_fields)
def test_a_field_has_one_cost_and_one_way_to_travel(name: str) -> None:
    field = JobSpec.model_fields[name]
    assert len([item for item in field.metadata if isinstance(item, OnChange)]) == 1
    wires = [item for item in field.metadata if isinstance(item, Wire)]
    assert len(wires) == (name not in ControlFields.model_fields)
    assert field.description
    assert field.description.endswith(".")


def test_a_field_without_a_cost_or_a_way_is_refused() -> None:
    class Costless(JobSpec):
        """A field that forgot what its change does."""

        extra: Annotated[int | None, Field(description="x"), Wire()] = None

    class Wayless(JobSpec):
        """A field of DLI's that forgot how it travels."""

        extra: Annotated[int | None, Field(description="x"), OnChange(Impact.NONE, "why")] = None

    for model in (Costless, Wayless):
        with pytest.raises(TypeError, match="extra needs one OnChange"):
            declarations(model)


@pytest.mark.parametrize("name", sorted(UPDATE | CREATE))
def test_the_cost_of_a_field_is_the_policy(name: str) -> None:
    change = FIELDS[name].on_change
    if name in IN_PLACE:
        assert (change.impact, change.state_fate) == (Impact.IN_PLACE, StateFate.NONE)
    elif name in REPLACE:
        assert (change.impact, change.state_fate) == (Impact.REPLACE, StateFate.DROPPED)
    else:
        fate = StateFate.AT_RISK if name in AT_RISK else StateFate.CARRIED
        assert (change.impact, change.state_fate) == (Impact.RESTART, fate)


def test_only_labels_may_be_refused_while_the_job_runs() -> None:
    assert {name for name, field in FIELDS.items() if field.on_change.refusable} == {"name", "desc"}


def test_only_these_controls_touch_the_job() -> None:
    touching = {name for name in FIELDS.keys() - WIRED.keys() if FIELDS[name].on_change.impact}
    assert touching == {"desired_state", "restart_nonce", "from_savepoint"}


def test_nothing_is_declared_by_default_but_the_controls() -> None:
    spec = JobSpec()
    assert {name for name in WIRED if getattr(spec, name) is not None} == set()
    controls = {name: getattr(spec, name) for name in FIELDS.keys() - WIRED.keys()}
    assert {name: value for name, value in controls.items() if value is not None} == {
        "desired_state": "running",
        "upgrade_mode": "savepoint",
        "rollback_on_failure": True,
        "health_window": 5,
        "savepoint_retention": 3,
        "on_failed": "restart",
        "create_timeout": 1200,
        "update_timeout": 1200,
        "delete_timeout": 1200,
    }


def test_none_is_not_declared() -> None:
    nothing: dict[str, Any] = dict.fromkeys(FIELDS)
    assert JobSpec(**nothing) == JobSpec()


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        JobSpec(name="a").__setattr__("name", "b")


def test_secrets_stay_out_of_representations_and_errors() -> None:
    spec = JobSpec(sql_body="PASSWORD 'hunter2'", runtime_config={"key": "hunter2"})
    assert "hunter2" not in repr(spec) + str(spec)
    wrong: dict[str, Any] = {
        "sql_body": ["hunter2"],
        "operator_config": "{hunter2",
        "runtime_config": {"a": ["hunter2"]},
    }
    with pytest.raises(ValidationError) as caught:
        JobSpec(**wrong)
    assert "hunter2" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("given", "mode", "kind"),
    [
        ({}, "shared_cluster", "flink_sql_job"),
        ({"queue_name": "q"}, "exclusive_cluster", "flink_opensource_sql_job"),
        ({"queue_name": ""}, "shared_cluster", "flink_sql_job"),
        ({"queue_name": "q", "job_type": "flink_sql_job"}, "exclusive_cluster", "flink_sql_job"),
        ({"run_mode": "edge_node"}, "edge_node", "flink_sql_edge_job"),
        ({"run_mode": "shared_cluster", "queue_name": "q"}, "shared_cluster", "flink_sql_job"),
    ],
)
def test_run_mode_and_type_in_effect(given: dict[str, Any], mode: str, kind: str) -> None:
    spec = JobSpec(**given)
    assert (effective(spec, "run_mode"), effective(spec, "job_type")) == (mode, kind)
