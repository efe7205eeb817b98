"""Every constraint between arguments, from both sides, and silent while a value it reads is unknown."""

from typing import Any

import pytest

from dli_provider.job.constraints import CONSTRAINTS, Constraint, cautions, violations
from dli_provider.job.declarations import FIELDS, WIRED, effective
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import OPEN_SOURCE
from dli_provider.job.wire import SQL as SQL_JOBS
from tests.support.samples import PAIRS, SQL_A, jargon, reported

SQL = {"sql_body": SQL_A}
QUEUE = SQL | {"queue_name": "q"}
SHARED = SQL | {"run_mode": "shared_cluster"}
EDGE = SQL | {"run_mode": "edge_node", "edge_group_ids": ["g"]}
V2 = QUEUE | {"resource_config_version": "v2", "flink_version": "1.13"}
ON = "flink.dli.job.scale.enable"
SCALES = QUEUE | {"checkpoint_enabled": True, "log_enabled": True, "obs_bucket": "state-one", "cu_number": 4}


def scaling(**keys: object) -> dict[str, Any]:
    named = {f"flink.dli.job.{key.replace('_', '.')}": value for key, value in keys.items()}
    return SCALES | {"runtime_config": {ON: True} | named}


def operators(**settings: object) -> dict[str, Any]:
    return {"operator_list": [{"id": "e2" * 16, **settings}]}


BUCKET = {"checkpoint_enabled": True, "obs_bucket": "state-one"}
NO_SINK = "CREATE TABLE s (k INT) WITH ('a'='b')"
MEGABYTE = SQL_A + " " * (1024 * 1024 - len(SQL_A))


def telling(name: str) -> Any:
    """A value of a field that is not what DLI takes where it is left out."""
    return next(value for value in PAIRS[name] if not WIRED[name].same(value, None))


GOOD: list[dict[str, Any]] = [
    SQL,
    QUEUE,
    SHARED,
    EDGE,
    V2,
    {"template_id": 7},
    SQL | {"name": "订" * 19, "desc": "订" * 512},
    SQL | {"runtime_config": '[{"key":"a","value":"1"}]'},
    {"sql_body": MEGABYTE},
    QUEUE | BUCKET | {"checkpoint_interval": 1, "resume_checkpoint": True},
    QUEUE | {"log_enabled": True, "obs_bucket": "state-one"},
    QUEUE
    | {
        "checkpoint_enabled": False,
        "log_enabled": False,
        "checkpoint_interval": 0,
        "resume_checkpoint": False,
    },
    QUEUE | {"run_mode": "exclusive_cluster", "job_type": "flink_sql_job"},
    QUEUE | {"udf_jar_url": "group/a.jar", "flink_version": "1.13"},
    QUEUE | {"udf_jar_url": "obs://b/a.jar", "flink_version": "1.15"},
    QUEUE | {"execution_agency_urn": "agency", "flink_version": "1.15"},
    V2 | {"resource_config": {"max_slot": 2}},
    V2 | {"flink_version": None},
    QUEUE | {"execution_agency_urn": "agency"},
    V2 | {"flink_version": "1.17"},
    QUEUE | {"flink_log_config": '{"root_logger_level":"ERROR","loggers_level_of_class":{"a.b":"TRACE"}}'},
    QUEUE | {"flink_log_config": ""},
    QUEUE | {"obs_bucket": "a.b-9"},
    QUEUE | {"obs_bucket": "obs://bucket/dir/x"},
    QUEUE | {"obs_bucket": "b" * 63},
    V2 | {"cu_number": 2, "parallel_number": 1},
    QUEUE | {"parallel_number": 4},
    QUEUE | {"cu_number": 4, "manager_cu_number": 3, "parallel_number": 4},
    QUEUE | {"cu_number": 4, "tm_cus": 3},
    QUEUE | {"cu_number": 4, "parallel_number": 7, "tm_cus": 1, "tm_slot_num": 3},
    QUEUE | {"tags": {f"k{number}": "v" * 255 for number in range(16)}},
    QUEUE | {"tags": {"k" * 128: "v"}},
    QUEUE
    | {
        "operator_config": operators(parallelism=2),
        "static_estimator_config": operators(rate_factor=0, output_rate=2.5),
    },
    QUEUE | {"operator_config": '{"operator_list":[]}', "static_estimator_config": {}},
    QUEUE | {"keep_state": "a" * 12, "allow_state_loss": "b" * 12},
    EDGE | {"checkpoint_enabled": False, "smn_topic": "", "runtime_config": {}, "dirty_data_strategy": "0"},
    SHARED
    | {"checkpoint_enabled": True, "obs_bucket": "state-one", "tm_slot_num": 1, "runtime_config": {"a": "b"}},
    scaling(),
    scaling(cu_max=4, cu_min=4, scale_interval=1, priority=10),
    scaling(scale_cu_max=8, scale_cu_min=2, priority="1") | {"flink_version": "1.12"},
    QUEUE | {"runtime_config": {ON: "false", "flink.dli.job.cu.max": "many", "flink.dli.job.priority": 3}},
    {key: value for key, value in scaling(cu_min=3, cu_max=8).items() if key != "cu_number"}
    | {"resource_config_version": "v2", "flink_version": "1.15"},
]

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "sql_body", "is missing; give the SQL of the job, or a template_id"),
    ({"sql_body": ""}, "sql_body", "is missing"),
    ({"sql_body": MEGABYTE + " "}, "sql_body", "at most 1048576 bytes in UTF-8, and is 1048577"),
    ({"sql_body": MEGABYTE[:-1] + "é"}, "sql_body", "and is 1048577"),
    ({"sql_body": NO_SINK}, "sql_body", "cannot run: "),
    (SQL | {"name": "订" * 20}, "name", "is 60 bytes"),
    (SQL | {"desc": "é" * 513}, "desc", "is 513 characters"),
    (SQL | {"runtime_config": '{"a": "b"}'}, "runtime_config", "write it as a mapping"),
    ({"sql_body": NO_SINK, "desired_state": "stopped"}, "sql_body", "cannot run: "),
    (QUEUE | {"keep_state": "a" * 12, "upgrade_mode": "stateless"}, "keep_state", "take one of them out"),
    (
        QUEUE | {"keep_state": "a" * 12, "allow_state_loss": "a" * 12},
        "keep_state",
        "just the state that allow_state_loss gives up",
    ),
    (QUEUE | {"checkpoint_enabled": True}, "obs_bucket", "is needed for checkpoints"),
    (QUEUE | {"checkpoint_enabled": True, "obs_bucket": ""}, "obs_bucket", "is needed for checkpoints"),
    (QUEUE | {"log_enabled": True}, "obs_bucket", "is needed for logs"),
    (QUEUE | BUCKET | {"checkpoint_interval": 0}, "checkpoint_interval", "at least 1 second"),
    (QUEUE | {"resume_checkpoint": True}, "resume_checkpoint", "set checkpoint_enabled"),
    (SQL | {"run_mode": "exclusive_cluster"}, "queue_name", "name a general-purpose queue"),
    (EDGE | {"queue_name": "q"}, "queue_name", "take it out"),
    (
        SQL | {"job_type": "flink_opensource_sql_job"},
        "job_type",
        "set run_mode to exclusive_cluster and name a queue",
    ),
    (QUEUE | {"job_type": "flink_sql_edge_job"}, "job_type", "set run_mode to edge_node"),
    (
        EDGE | {"job_type": "flink_sql_job"},
        "job_type",
        "shared_cluster or exclusive_cluster and name a queue",
    ),
    (SQL | {"run_mode": "edge_node"}, "edge_group_ids", "name an edge group"),
    (EDGE | {"edge_group_ids": []}, "edge_group_ids", "name an edge group"),
    (SHARED | {"udf_jar_url": "group/a.jar"}, "udf_jar_url", "run the job on a queue"),
    (QUEUE | {"udf_jar_url": "group/a.jar", "flink_version": "1.15"}, "udf_jar_url", "must be an OBS path"),
    (
        QUEUE | {"udf_jar_url": "group/a.jar", "execution_agency_urn": "a"},
        "udf_jar_url",
        "must be an OBS path",
    ),
    (
        QUEUE | {"execution_agency_urn": "a", "flink_version": "1.9"},
        "execution_agency_urn",
        "Flink 1.15 or later",
    ),
    (
        QUEUE | {"execution_agency_urn": "a", "flink_version": "1.14"},
        "execution_agency_urn",
        "Flink 1.15 or later",
    ),
    (V2 | {"flink_version": "1.12"}, "resource_config_version", "v2 needs Flink 1.13 or later; raise"),
    (QUEUE | {"flink_version": "1.17"}, "resource_config_version", "must be v2 from Flink 1.17 on"),
    (QUEUE | {"obs_bucket": "Bucket"}, "obs_bucket", "must be the name of a bucket"),
    (QUEUE | {"obs_bucket": "bb"}, "obs_bucket", "3 to 63 small letters"),
    (QUEUE | {"obs_bucket": "b" * 64}, "obs_bucket", "3 to 63 small letters"),
    (QUEUE | {"obs_bucket": "-bucket"}, "obs_bucket", "the first and last are letters or digits"),
    (QUEUE | {"obs_bucket": "obs://流流流/dir"}, "obs_bucket", "must be the name of a bucket"),
    (
        QUEUE | {"flink_log_config": {"root_logger_level": "info"}},
        "flink_log_config",
        "for root_logger_level",
    ),
    (
        QUEUE | {"flink_log_config": {"loggers_level_of_class": {"a.b": "LOUD", "c": "INFO"}}},
        "flink_log_config",
        "must have one of TRACE, DEBUG, INFO, WARN, ERROR for a.b",
    ),
    (
        QUEUE | {"flink_log_config": {"loggers_level_of_class": []}},
        "flink_log_config",
        "a mapping of classes",
    ),
    (QUEUE | {"flink_log_config": '{"root":"INFO"}'}, "flink_log_config", "has root, and may hold"),
    (QUEUE | {"operator_config": {"a": 1}}, "operator_config", "must hold operator_list"),
    (QUEUE | {"operator_config": operators(rate_factor=1)}, "operator_config", "and parallelism, a number"),
    (QUEUE | {"operator_config": operators(parallelism=-1)}, "operator_config", "not negative"),
    (
        QUEUE | {"static_estimator_config": {"operator_list": [{"id": "x"}]}},
        "static_estimator_config",
        "32 hex digits",
    ),
    (QUEUE | {"flink_version": "1.18"}, "flink_version", "is none that DLI's pages name"),
    (QUEUE | {"manager_cu_number": 2}, "manager_cu_number", "less than cu_number, which is 2"),
    (
        QUEUE | {"cu_number": 4, "manager_cu_number": 4},
        "manager_cu_number",
        "less than cu_number, which is 4",
    ),
    (QUEUE | {"parallel_number": 5}, "parallel_number", "at most 4"),
    (QUEUE | {"cu_number": 4, "parallel_number": 13}, "parallel_number", "at most 12"),
    (QUEUE | {"cu_number": 4, "tm_cus": 4}, "tm_cus", "at most 3"),
    (QUEUE | {"cu_number": 4, "parallel_number": 7, "tm_slot_num": 2}, "tm_slot_num", "at least 3"),
    (SHARED | BUCKET | {"log_enabled": True, "runtime_config": {ON: True}}, "runtime_config", "on a queue"),
    (scaling() | {"flink_version": "1.11"}, "runtime_config", "needs Flink 1.12"),
    (
        QUEUE | {"runtime_config": {ON: True}},
        "runtime_config",
        "set checkpoint_enabled and log_enabled and obs_bucket",
    ),
    (scaling() | {"log_enabled": False}, "runtime_config", "set log_enabled as well"),
    (scaling(cu_max=3), "runtime_config", "at least cu_number, which is 4, for flink.dli.job.cu.max"),
    (scaling(cu_min=5), "runtime_config", "at most cu_number, which is 4, for flink.dli.job.cu.min"),
    (scaling(scale_cu_min=5), "runtime_config", "at most cu_number"),
    (scaling(cu_max="many"), "runtime_config", "a whole number for flink.dli.job.cu.max"),
    (scaling(scale_interval=0), "runtime_config", "at least 1 for flink.dli.job.scale.interval"),
    (scaling(scale_interval=-1), "runtime_config", "a whole number for flink.dli.job.scale.interval"),
    (scaling(priority=11), "runtime_config", "1 to 10 for flink.dli.job.priority"),
    (scaling(priority=0), "runtime_config", "1 to 10 for flink.dli.job.priority"),
    (QUEUE | {"tags": {f"k{number}": "v" for number in range(17)}}, "tags", "at most 16, and there are 17"),
    (QUEUE | {"tags": {"": "v"}}, "tags", "keys of 1 to 128 characters, and one has 0"),
    (QUEUE | {"tags": {"k" * 129: "v"}}, "tags", "keys of 1 to 128 characters, and one has 129"),
    (QUEUE | {"tags": {"k": ""}}, "tags", "of 1 to 255 characters, and k has 0"),
    (QUEUE | {"tags": {"k": "v" * 256}}, "tags", "of 1 to 255 characters, and k has 256"),
    (QUEUE | {"tags": {"_sys_x": "v"}}, "tags", "reserved"),
    (QUEUE | {"tags": {"pulumi_x": "v"}}, "tags", "reserved"),
    (QUEUE | {"edge_group_ids": ["g"]}, "edge_group_ids", "is for flink_sql_edge_job only"),
    (QUEUE | {"resource_config": {}}, "resource_config", "set resource_config_version to v2"),
    *(
        (V2 | {name: telling(name)}, name, "use resource_config instead")
        for name, wire in WIRED.items()
        if wire.resources == "v1"
    ),
    *(
        (EDGE | {name: telling(name)}, name, "and the job is a flink_sql_edge_job; take it out")
        for name, wire in WIRED.items()
        if wire.jobs == SQL_JOBS
    ),
    *(
        (
            SQL | {name: telling(name)},
            name,
            "is for flink_opensource_sql_job only, and the job is a flink_sql_job; run",
        )
        for name, wire in WIRED.items()
        if wire.jobs == OPEN_SOURCE
    ),
]


@pytest.mark.parametrize("values", GOOD, ids=lambda values: " ".join(values))
def test_allowed(values: dict[str, Any]) -> None:
    assert violations(values) == ()


@pytest.mark.parametrize(
    ("values", "name", "said"), BAD, ids=lambda part: part[:30] if isinstance(part, str) else ""
)
def test_refused_with_a_remedy(values: dict[str, Any], name: str, said: str) -> None:
    reasons = reported(values)[name]
    assert any(said in reason for reason in reasons), reasons
    assert all(reason.startswith(name) and not jargon(reason) for reason in reasons)


CAUTIONS: list[tuple[dict[str, Any], str]] = [
    ({"sql_body": NO_SINK, "desired_state": "stopped"}, "sql_body"),
    (SQL | {"name": "订" * 20}, "name"),
    (SQL | {"desc": "x" * 513}, "desc"),
    (SQL | {"runtime_config": "a=1"}, "runtime_config"),
    (EDGE | {"queue_name": "q"}, "queue_name"),
    (SHARED | {"udf_jar_url": "group/a.jar"}, "udf_jar_url"),
    (SHARED | {"edge_group_ids": ["g"]}, "edge_group_ids"),
    (V2 | {"execution_agency_urn": "agency", "flink_version": "2.0"}, "flink_version"),
    (QUEUE | {"flink_version": "1.11"}, "flink_version"),
    (SHARED | {"execution_agency_urn": "agency"}, "execution_agency_urn"),
    (EDGE | {"checkpoint_enabled": True, "obs_bucket": "state-one"}, "checkpoint_enabled"),
]


@pytest.mark.parametrize(("values", "name"), CAUTIONS, ids=lambda part: part if isinstance(part, str) else "")
def test_what_dli_takes_is_said_and_not_refused(values: dict[str, Any], name: str) -> None:
    found = violations(values)
    assert name in {one.property for one in found}
    assert all(one.caution for one in found)
    assert set(cautions(JobSpec(**values), frozenset())) == set(found)
    assert not cautions(JobSpec(**values), frozenset(values))


def test_what_dli_refuses_is_no_caution() -> None:
    assert not any(one.caution for one in violations({"sql_body": NO_SINK, "cu_number": 1, "nam": "x"}))


def breaks(constraint: Constraint, values: dict[str, Any]) -> bool:
    spec = JobSpec(**values)
    return any(constraint.check(*(effective(spec, name) for name in constraint.reads)))


def test_every_constraint_is_broken_by_a_case_above() -> None:
    unbroken = [one for one in CONSTRAINTS if not any(breaks(one, values) for values, _, _ in BAD)]
    assert not unbroken


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=lambda one: f"{one.property}-{len(one.reads)}")
def test_a_constraint_waits_for_what_is_unknown_or_ill_formed(constraint: Constraint) -> None:
    values = next(values for values, _, _ in BAD if breaks(constraint, values))
    said = {reason for reasons in reported(values).values() for reason in reasons}
    own = {f"{constraint.property} {phrase}" for phrase in _phrases(constraint, values)}
    assert own <= said
    for name in constraint.reads:
        if name not in values:
            continue
        known = {key: value for key, value in values.items() if key != name}
        for waiting in (reported(known, frozenset({name})), reported(values | {name: object()})):
            assert own.isdisjoint(reason for reasons in waiting.values() for reason in reasons)


def _phrases(constraint: Constraint, values: dict[str, Any]) -> list[str]:
    spec = JobSpec(**values)
    return list(constraint.check(*(effective(spec, name) for name in constraint.reads)))


def test_a_constraint_reads_fields_and_is_reported_under_one() -> None:
    for constraint in CONSTRAINTS:
        assert {constraint.property, *constraint.reads} <= FIELDS.keys()
