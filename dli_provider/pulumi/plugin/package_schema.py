"""What the package `dli` offers to programs in any language: Pulumi's package schema, made from the declared fields.

Adds nothing to the declarations but Pulumi's words for their types. Pulumi, "Package schema".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from dli_provider.job.catalogue import FieldInfo, fields
from dli_provider.job.declarations import FIELDS
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.pulumi.plugin.package_names import CONFIG, DYNAMIC, JOB, TEMPLATE, VERSION

NO_ARGUMENTS = ("create_timeout", "update_timeout", "delete_timeout", "owner")
"""Arguments of the dynamic resource that the engine's calls take the place of here."""

_Spec = dict[str, Any]
_ANY: _Spec = {"$ref": "pulumi.json#/Any"}
_TEXT: _Spec = {"type": "string"}
_TEXTS: _Spec = {"type": "object", "additionalProperties": _TEXT}
_TYPES: Mapping[str, _Spec] = {
    "str": _TEXT,
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "list[str]": {"type": "array", "items": _TEXT},
    "Mapping[str, str]": _TEXTS,
    "str | Mapping[str, object]": _ANY,
    "str | Mapping[str, str]": {"oneOf": [_TEXT, _TEXTS]},
    "ResourceConfig": {"$ref": "#/types/dli:index:ResourceConfig"},
}

_JOB_OUTPUTS: Mapping[str, _Spec] = {
    "job_id": _TEXT
    | {"description": "DLI's id of the job, as text: a number would lose the last digits of a long one."},
    "status": _TEXT
    | {
        "description": "DLI's status of the job, such as `job_running`, when it was last deployed or refreshed."
    },
    "status_desc": _TEXT | {"description": "DLI's words about a status that is not as it should be."},
    "place": _TEXT | {"description": "Where the job is: `region/project id`."},
    "savepoints": {
        "type": "array",
        "items": _TEXT,
        "description": "Directories of the last savepoints taken before stops, newest first.",
    },
}
_TEMPLATE_INPUTS: Mapping[str, _Spec] = {
    "name": _TEXT
    | {"description": "Name of the template, at most 64 bytes; left out, made from the resource's."},
    "desc": _TEXT | {"description": "Description, at most 512 characters."},
    "sql_body": _TEXT | {"description": "Flink SQL, at most 1 MiB."},
    "job_type": {
        "$ref": "#/types/dli:index:TemplateJobType",
        "description": "Kind of job it is for. Default: `flink_opensource_sql_job`. A change replaces the template.",
        "willReplaceOnChanges": True,
    },
    "tags": _TEXTS | {"description": "Tags. A change replaces the template.", "willReplaceOnChanges": True},
}
_TEMPLATE_OUTPUTS: Mapping[str, _Spec] = {
    "template_id": {"type": "integer", "description": "DLI's id of the template."},
    "place": _TEXT | {"description": "Where the template is: `region/project id`."},
}


@cache
def schema_text() -> str:
    """The schema as JSON."""
    return json.dumps(package_schema(), ensure_ascii=False)


def package_schema() -> _Spec:
    """The schema of the package."""
    arguments = [info for info in fields() if info.name not in NO_ARGUMENTS]
    inputs = {info.name: _argument(info) for info in arguments}
    return {
        "name": "dli",
        "displayName": "Huawei Cloud DLI (Flink SQL)",
        "version": VERSION,
        "description": "Flink SQL jobs on Huawei Cloud DLI: changed without losing their state.",
        "keywords": ["pulumi", "flink", "huaweicloud", "dli", "category/cloud"],
        "license": "Apache-2.0",
        "config": {"variables": dict(CONFIG)},
        "provider": {"description": "How DLI is reached.", "inputProperties": dict(CONFIG)},
        "types": _types(arguments),
        "resources": {
            JOB: {
                "description": _JOB_TEXT,
                "inputProperties": inputs,
                "properties": {**inputs, **_JOB_OUTPUTS},
                "required": ["job_id", "name", "place", "status"],
                "aliases": [{"type": DYNAMIC[JOB]}],
            },
            TEMPLATE: {
                "description": _TEMPLATE_TEXT,
                "inputProperties": dict(_TEMPLATE_INPUTS),
                "properties": {**_TEMPLATE_INPUTS, **_TEMPLATE_OUTPUTS},
                "required": ["name", "place", "template_id"],
                "aliases": [{"type": DYNAMIC[TEMPLATE]}],
            },
        },
        "functions": FUNCTIONS,
        "language": {
            "python": {"packageName": "pulumi_dli", "pyproject": {"enabled": True}},
            "nodejs": {"packageName": "pulumi-dli"},
            "go": {"importBasePath": "pulumi-dli/dli", "generateResourceContainerTypes": False},
        },
    }


def _argument(info: FieldInfo) -> _Spec:
    spec = {**_type(info), "description": _described(info)}
    # Only a hint for readers: whether a change really takes another job may depend on other arguments.
    return spec | ({"willReplaceOnChanges": True} if info.impact is Impact.REPLACE else {})


def _type(info: FieldInfo) -> _Spec:
    return {"$ref": f"#/types/{_enum_token(info.name)}"} if info.type.startswith('"') else _TYPES[info.type]


def _described(info: FieldInfo) -> str:
    facts = [info.description]
    if info.bounds:
        facts.append(f"Bounds: {info.bounds}.")
    if info.default:
        facts.append(f"Default: {info.default}.")
    examples = JobSpec.model_fields[info.name].examples
    if examples and not FIELDS[info.name].hidden:
        facts.append(f"Example: `{json.dumps(examples[0])}`.")
    facts.append(f"A change is {info.impact.name}: {info.because}.")
    return " ".join(facts)


def _types(arguments: list[FieldInfo]) -> dict[str, _Spec]:
    enums = {
        _enum_token(info.name): _enum(info.type, info.description)
        for info in arguments
        if info.type.startswith('"')
    }
    kinds = '"flink_sql_job" | "flink_opensource_sql_job"'
    enums["dli:index:TemplateJobType"] = _enum(kinds, "Kind of job that a template is for.")
    process = {"$ref": "#/types/dli:index:ProcessResources"}
    return enums | {
        "dli:index:ProcessResources": {
            "type": "object",
            "description": "What one Flink process is given.",
            "properties": {
                "cpu": {"type": "number", "description": "Cores, at least 0.5. Default: 1."},
                "memory": _TEXT | {"description": 'Such as "4G" or "4096MB", at least 2 GB. Default: 4G.'},
            },
        },
        "dli:index:ResourceConfig": {
            "type": "object",
            "description": "The resources of a job under `resource_config_version` v2.",
            "properties": {
                "max_slot": {"type": "integer", "description": "Slots of a TaskManager. Default: 1."},
                "parallel_number": {"type": "integer", "description": "Parallelism. Default: 1."},
                "jobmanager_resource_spec": process | {"description": "The JobManager."},
                "taskmanager_resource_spec": process | {"description": "A TaskManager."},
            },
        },
    }


def _enum_token(name: str) -> str:
    return "dli:index:" + "".join(part.capitalize() for part in name.split("_"))


def _enum(type_: str, description: str) -> _Spec:
    values = [json.loads(value) for value in type_.split(" | ")]
    named = [{"name": "".join(part.capitalize() for part in one.split("_")), "value": one} for one in values]
    return {"type": "string", "description": description, "enum": named}


def _outputs(properties: Mapping[str, _Spec]) -> _Spec:
    return {"properties": dict(properties), "required": [*properties]}


def _list(described: str) -> _Spec:
    return {"type": "array", "items": _ANY, "description": described}


FUNCTIONS: Mapping[str, _Spec] = {
    "dli:index:getFlinkSqlJobs": {
        "description": "The Flink SQL jobs of the project that match all that is given, by name; jobs of any owner.",
        "inputs": {
            "properties": {
                "name": _TEXT | {"description": "Name of the job, exactly."},
                "status": _TEXT | {"description": "DLI's status, such as `job_running`."},
                "queue_name": _TEXT | {"description": "Queue it runs on."},
                "job_type": _TEXT | {"description": "Kind of job."},
                "tags": _TEXTS | {"description": "Tags that it bears."},
            }
        },
        "outputs": _outputs(
            {
                "jobs": _list(
                    "Of each job `id`, `name`, `status`, `job_type`, `queue_name` and `start_time` in epoch ms.",
                )
            }
        ),
    },
    "dli:index:getQueue": {
        "description": "A queue that jobs run on. Fails where there is none.",
        "inputs": {"properties": {"name": _TEXT | {"description": "Its name."}}, "required": ["name"]},
        "outputs": {
            "properties": {
                "name": _TEXT,
                "queue_type": _TEXT | {"description": "Jobs need a `general` one."},
                "cu_count": {"type": "integer", "description": "Its size in CUs."},
            },
            "required": ["name", "queue_type"],
        },
    },
    "dli:index:getQuotas": {
        "description": "How much of each type of resource the project may use, and uses. Empty where DLI does not say.",
        "inputs": {"properties": {}},
        "outputs": _outputs({"quotas": _list("Of each type `type`, `quota` and `used`.")}),
    },
}

_JOB_TEXT = """\
A Flink SQL job on DLI: created, run, changed without losing its state, and deleted.

Every argument is named as in DLI's own documents. The resource's `id` is DLI's job id; the option `customTimeouts`
bounds the waits.

## Import

By DLI's id of the job, or by its name:

```sh
pulumi import dli:index:FlinkSqlJob orders 10003
```

The code that this prints declares the job as it is, without what is DLI's default; nothing is written to DLI.
"""
_TEMPLATE_TEXT = """\
A SQL text that DLI keeps for jobs to be made from. A `FlinkSqlJob` made from it with `template_id` keeps the SQL that
the template had then.

## Import

By DLI's id of the template, or by its name:

```sh
pulumi import dli:index:FlinkTemplate totals 12
```
"""
