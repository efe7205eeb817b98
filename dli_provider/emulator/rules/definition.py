"""A definition as a whole: reading a body, filling defaults, merging an update, and the rules between fields."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from dli_provider.emulator.models import StoredJob, bucket_of
from dli_provider.emulator.project_resources import ProjectResources
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.rules.fields import FIELDS, Field, integer, wrong
from dli_provider.emulator.rules.jars import JAR_FIELDS, JOB_TYPE
from dli_provider.emulator.rules.statuses import OK, allowed
from dli_provider.emulator.switches import EmulatorSettings

_FITTING: Final[dict[str, tuple[str, ...]]] = {
    "shared_cluster": ("flink_sql_job",),
    "exclusive_cluster": ("flink_sql_job", "flink_opensource_sql_job", JOB_TYPE),
    "edge_node": ("flink_sql_edge_job",),
}
_OBS_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_RENAMING: Final = frozenset({"name", "desc"})


def fields_of(job_type: str) -> Mapping[str, Field]:
    """The fields that the pages for this type of job name."""
    return JAR_FIELDS if job_type == JOB_TYPE else FIELDS


def read_create(
    body: dict[str, Any], settings: EmulatorSettings, fields: Mapping[str, Field] = FIELDS
) -> dict[str, Any]:
    """The fields of a create body, each checked and as stored."""
    if body.get("name") is None:
        raise Rejection("DLI.11007")
    return _read(body, settings, {name: field for name, field in fields.items() if field.on_create})


def read_update(
    body: dict[str, Any], settings: EmulatorSettings, fields: Mapping[str, Field] = FIELDS
) -> dict[str, Any]:
    """The fields of an update body, each checked and as stored."""
    return _read(body, settings, {name: field for name, field in fields.items() if field.on_update})


def _read(body: dict[str, Any], settings: EmulatorSettings, known: Mapping[str, Field]) -> dict[str, Any]:
    # null means "not given": clients send it for fields that they leave alone, "tags": null among them.
    given = {name: value for name, value in body.items() if value is not None}
    unknown = sorted(set(given) - set(known))
    if unknown and not settings.ignore_unknown_fields:
        raise Rejection("DLI.0001", "unknown parameter " + ", ".join(unknown))
    for name, value in given.items():
        _check_strictly(name, value, settings)
    return {name: known[name].check(name, value) for name, value in given.items() if name in known}


def _check_strictly(name: str, value: Any, settings: EmulatorSettings) -> None:
    """What only some of the pages forbid, as far as the switches ask for it."""
    if settings.strict_idle_state_retention and name == "idle_state_retention":
        integer(1, 60, "DLI.11036")(name, value)
    if settings.strict_checkpoint_mode and name == "checkpoint_mode":
        integer(1, 2, "DLI.11009")(name, value)
    if name in ("name", "desc") and isinstance(value, str):
        check_length(name, value, settings, *_LENGTHS[name, settings.long_descriptions])
    if settings.lengths_in_bytes and name == "sql_body" and isinstance(value, str):
        check_length(name, value, settings, SHORT_SQL, "DLI.11001")
    unusual = isinstance(value, str) and value and not _OBS_BUCKET.fullmatch(bucket_of(value))
    if settings.strict_bucket_names and name == "obs_bucket" and unusual:
        raise Rejection("DLI.11011", str(value))


SHORT_SQL: Final = 10_000
"""The bytes of a query by the error codes of 2020; the pages' 1024 x 1024 characters are newer."""
_LENGTHS: Final = {
    ("name", True): (57, "DLI.11006"),
    ("name", False): (57, "DLI.11006"),
    ("desc", True): (2048, "DLI.11014"),
    ("desc", False): (512, "DLI.11014"),
}


def check_length(name: str, value: str, settings: EmulatorSettings, limit: int, code: str) -> None:
    """The length of a text in the unit that the switch says."""
    size = len(value.encode()) if settings.lengths_in_bytes else len(value)
    if size > limit:
        unit = "bytes" if settings.lengths_in_bytes else "characters"
        raise Rejection(code, f"{name} has {size} {unit}, allowed are {limit}")


def complete(given: dict[str, Any]) -> dict[str, Any]:
    """A new job's definition: what was given, and DLI's defaults for the rest."""
    definition = {name: field.default for name, field in FIELDS.items() if field.stored}
    definition |= {name: value for name, value in given.items() if name in definition}
    if definition["job_type"] is None:
        shared = definition["run_mode"] == "shared_cluster"
        edge = definition["run_mode"] == "edge_node"
        definition["job_type"] = (
            "flink_sql_edge_job" if edge else _FITTING["exclusive_cluster"][0 if shared else 1]
        )
    if definition["flink_version"] is None and definition["job_type"] == "flink_opensource_sql_job":
        definition["flink_version"] = _oldest_version(definition)
    return definition


def _oldest_version(definition: dict[str, Any]) -> str:
    """The oldest Flink that has what a job asks for. 1.10 is the default by Terraform's page, but samples of DLI's own
    name an agency, which needs 1.15, and no version."""
    if definition["execution_agency_urn"]:
        return "1.15"
    return "1.13" if definition["resource_config_version"] == "v2" else "1.10"


def slot_number(definition: dict[str, Any]) -> int:
    """`tm_slot_num`, computed by the formula of the create page unless it was given."""
    if definition["tm_slot_num"]:
        return int(definition["tm_slot_num"])
    compute = max(1, definition["cu_number"] - definition["manager_cu_number"])
    return max(1, int(definition["parallel_number"] * definition["tm_cus"] // compute))


def changes(job: StoredJob, given: dict[str, Any]) -> dict[str, Any]:
    """The part of an update that really changes something; an unchanged value counts as left out."""
    return {name: value for name, value in given.items() if not _same(job.definition, name, value)}


def _same(definition: dict[str, Any], name: str, value: Any) -> bool:
    if name == "tm_slot_num":
        return bool(value is None or value == slot_number(definition))
    present = definition.get(name)
    return bool(value == present or (not value and not present and value is not False))


def digest(definition: dict[str, Any]) -> str:
    """Hash of what Flink would execute; name, description and the fields DLI changes on a running job are left out."""
    beside = {*_RENAMING, *(name for name, field in FIELDS.items() if field.live)}
    graph = {name: value for name, value in definition.items() if name not in beside}
    return hashlib.sha256(json.dumps(graph, sort_keys=True).encode()).hexdigest()[:16]


def check_status(
    job: StoredJob, given: dict[str, Any], changed: dict[str, Any], settings: EmulatorSettings
) -> None:
    """Whether a job in this status may take these changes: one that may not be made rejects them all.

    DLI API reference, 'Updating a SQL Job', error codes 12003 and 12005.
    """
    outcome = allowed(job.status)
    live = {name for name, field in fields_of(job.job_type).items() if field.live}
    # The documents do not say whether name and desc may change while a job runs; by default they may not.
    if settings.rename_while_running and job.status == "job_running":
        live |= _RENAMING
    others = sorted(set(changed) - live)
    if outcome.put_live != OK:
        raise Rejection(outcome.put_live, f"status is {job.status}")
    if others and outcome.put_other != OK:
        raise Rejection(outcome.put_other, f"status is {job.status}; not changeable now: {', '.join(others)}")
    # A running jar job rejects obs_bucket even unchanged, as Terraform's resource found; for SQL jobs it is open.
    if (
        job.status == "job_running"
        and (settings.refuse_unchanged_bucket or job.job_type == JOB_TYPE)
        and "obs_bucket" in set(given) - set(changed)
    ):
        raise Rejection("DLI.12003", "obs_bucket is sent unchanged")


def check_whole(
    definition: dict[str, Any], project: str, resources: ProjectResources, settings: EmulatorSettings
) -> None:
    """The rules between fields, for create and for the result of an update."""
    job_type, run_mode = definition["job_type"], definition["run_mode"]
    if job_type not in _FITTING[run_mode]:
        raise Rejection("DLI.11024", f"{job_type} on {run_mode}")
    if run_mode == "edge_node" and not definition["edge_group_ids"]:
        raise Rejection("DLI.11023")
    if run_mode == "shared_cluster" and definition["udf_jar_url"] and not settings.shared_cluster_runs:
        raise Rejection("DLI.11035")
    _check_open_source(definition, settings)
    if definition["resource_config_version"] == "v1":
        compute = definition["cu_number"] - definition["manager_cu_number"]
        if definition["parallel_number"] > 4 * compute:
            raise Rejection("DLI.11022", f"{definition['parallel_number']} on {compute} compute CUs")
    if definition["checkpoint_enabled"] and definition["checkpoint_interval"] < 1:
        raise Rejection("DLI.11008", "0 with checkpointing on")
    check_bucket(definition, project, resources, missing="DLI.11002", unauthorized="DLI.11016")
    if definition["smn_topic"] and not resources.topic_exists(project, definition["smn_topic"]):
        raise Rejection("DLI.11032", definition["smn_topic"])


def check_bucket(
    definition: dict[str, Any], project: str, resources: ProjectResources, *, missing: str, unauthorized: str
) -> None:
    """Checkpoints and logs need a bucket that DLI may write to."""
    bucket = definition["obs_bucket"]
    if bucket and not resources.bucket_exists(project, bucket):
        raise Rejection("DLI.11011", f"{bucket}: no such bucket")
    if definition["checkpoint_enabled"] or definition["log_enabled"]:
        if not bucket:
            raise Rejection(missing)
        if not resources.bucket_authorized(project, bucket):
            raise Rejection(unauthorized, bucket)


def _check_open_source(definition: dict[str, Any], settings: EmulatorSettings) -> None:
    if settings.strict_job_fields and definition["job_type"] not in ("flink_opensource_sql_job", JOB_TYPE):
        for name, field in FIELDS.items():
            if field.open_source_only and definition.get(name):
                raise wrong(name, "left out, as only flink_opensource_sql_job has it")
    if definition["resource_config"] and definition["resource_config_version"] != "v2":
        raise wrong("resource_config", "left out unless resource_config_version is v2")
    # Jobs of other types have none, unless it is given.
    if definition["flink_version"]:
        _check_version(definition, int(str(definition["flink_version"]).split(".")[1]), settings)


def _check_version(definition: dict[str, Any], minor: int, settings: EmulatorSettings) -> None:
    if definition["execution_agency_urn"] and minor < 15:
        raise wrong("execution_agency_urn", "left out before Flink 1.15")
    if definition["udf_jar_url"] and minor >= 15 and not definition["udf_jar_url"].startswith("obs://"):
        raise wrong("udf_jar_url", "an OBS path from Flink 1.15 on")
    if definition["resource_config_version"] == "v2" and minor < 13:
        raise wrong("resource_config_version", "v1 before Flink 1.13")
    if settings.strict_resource_versions and definition["resource_config_version"] == "v1" and minor >= 17:
        raise wrong("resource_config_version", "v2 from Flink 1.17 on")
