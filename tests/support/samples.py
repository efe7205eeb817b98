"""Jobs to test with: two different values for each argument, and any job at all."""

import json
import re
from typing import Any

from hypothesis import strategies as st

from dli_provider.job.constraints import violations
from dli_provider.job.fields import JobSpec

SQL_A = "CREATE TABLE s (k INT) WITH ('connector'='datagen');\nINSERT INTO t SELECT k FROM s WHERE k > 1;"
SQL_B = "CREATE TABLE s (k INT) WITH ('connector'='datagen');\nINSERT INTO t SELECT k, COUNT(*) FROM s GROUP BY k;"
OPERATOR = "e2" * 16

PAIRS: dict[str, tuple[Any, Any]] = {
    "name": ("orders", "revenue"),
    "desc": ("first", "second"),
    "template_id": (7, 8),
    "queue_name": ("q_one", "q_two"),
    "sql_body": (SQL_A, SQL_B),
    "run_mode": ("exclusive_cluster", "edge_node"),
    "cu_number": (4, 8),
    "parallel_number": (2, 4),
    "checkpoint_enabled": (True, False),
    "checkpoint_mode": ("at_least_once", "exactly_once"),
    "checkpoint_interval": (30, 60),
    "obs_bucket": ("state-one", "state-two"),
    "log_enabled": (True, False),
    "smn_topic": ("alarm", "pager"),
    "restart_when_exception": (True, False),
    "idle_state_retention": (7200, 60),
    "job_type": ("flink_sql_job", "flink_opensource_sql_job"),
    "edge_group_ids": (["g1"], ["g1", "g2"]),
    "dirty_data_strategy": ("1", "2:obs-dir/dirty"),
    "udf_jar_url": ("group/one.jar", "group/two.jar"),
    "manager_cu_number": (2, 3),
    "tm_cus": (2, 3),
    "tm_slot_num": (2, 3),
    "operator_config": (
        {"operator_list": [{"id": OPERATOR, "parallelism": 2}]},
        json.dumps({"operator_list": [{"id": OPERATOR, "parallelism": 3}]}),
    ),
    "static_estimator_config": (
        {"operator_list": [{"id": OPERATOR, "rate_factor": 0.5}]},
        json.dumps({"operator_list": [{"id": OPERATOR, "output_rate": 2000}]}),
    ),
    "resume_checkpoint": (True, False),
    "resume_max_num": (5, 6),
    "runtime_config": ({"table.exec.state.ttl": "1 h"}, {"table.exec.state.ttl": "2 h", "a": "b"}),
    "tags": ({"team": "data"}, {"team": "ops", "tier": "1"}),
    "flink_version": ("1.12", "1.15"),
    "flink_log_config": ({"root_logger_level": "INFO"}, {"root_logger_level": "WARN"}),
    "execution_agency_urn": ("agency_one", "agency_two"),
    "resource_config_version": ("v2", "v1"),
    "resource_config": (
        {"max_slot": 2},
        {"max_slot": 2, "taskmanager_resource_spec": {"cpu": 0.5, "memory": "2G"}},
    ),
    "desired_state": ("stopped", "running"),
    "upgrade_mode": ("stateless", "savepoint"),
    "rollback_on_failure": (False, True),
    "health_window": (10.0, 20.0),
    "savepoint_retention": (1, 5),
    "allow_state_loss": ("0123456789ab", "ba9876543210"),
    "on_failed": ("report", "restart"),
    "restart_nonce": ("monday", "tuesday"),
    "from_savepoint": ("obs://bucket/one/", "obs://bucket/two/"),
    "adopt": ("90417", "orders"),
    "create_timeout": (60.0, 90.0),
    "update_timeout": (60.0, 90.0),
    "delete_timeout": (60.0, 90.0),
    "owner": ("shop/dev/orders", "shop/prod/orders"),
}
"""Two different values for each argument."""

_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_name = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
_config = st.dictionaries(
    st.sampled_from([OPERATOR, "a", "b"]),
    st.one_of(
        st.integers(-5, 2000), st.sampled_from([0.5, 1.5]), _text, st.lists(st.integers(0, 9), max_size=2)
    ),
    max_size=2,
)
_process = st.fixed_dictionaries(
    {}, optional={"cpu": st.sampled_from([0.5, 1.0, 2]), "memory": st.sampled_from(["2G", "4GB", "8192MB"])}
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.sampled_from(pair) for name, pair in PAIRS.items()},
    "name": _name,
    "desc": _text,
    "queue_name": st.sampled_from(["", "q_one", "Q_TWO"]),
    "run_mode": st.sampled_from(["shared_cluster", "exclusive_cluster", "edge_node"]),
    "cu_number": st.integers(2, 400),
    "parallel_number": st.integers(1, 2000),
    "checkpoint_mode": st.sampled_from([1, 2, "exactly_once", "at_least_once"]),
    "checkpoint_interval": st.integers(0, 999999),
    "obs_bucket": st.sampled_from(["", "state-one", "bucket/dir"]),
    "smn_topic": st.sampled_from(["", "alarm"]),
    "idle_state_retention": st.integers(1, 10**6),
    "edge_group_ids": st.lists(_name, max_size=3),
    "dirty_data_strategy": st.sampled_from(["0", "1", "2:obs-dir"]),
    "manager_cu_number": st.integers(1, 100),
    "tm_cus": st.integers(1, 100),
    "tm_slot_num": st.integers(1, 100),
    "operator_config": _config,
    "static_estimator_config": _config,
    "flink_log_config": _config,
    "resume_max_num": st.sampled_from([-1, 1, 7]),
    "runtime_config": st.dictionaries(
        st.sampled_from(["a.b", "c", "é"]),
        st.one_of(_text, st.booleans(), st.integers(), st.sampled_from([0.5, 4.0])),
    ),
    "tags": st.dictionaries(_name, _text, max_size=3),
    "resource_config": st.fixed_dictionaries(
        {},
        optional={
            "max_slot": st.integers(1, 9),
            "parallel_number": st.integers(1, 9),
            "jobmanager_resource_spec": _process,
            "taskmanager_resource_spec": _process,
        },
    ),
}
"""Any value of each argument, with DLI's documented defaults and the empty ones among them."""


def specs() -> st.SearchStrategy[JobSpec]:
    """Any job, each argument declared or not."""
    return st.fixed_dictionaries({}, optional=VALUES).map(lambda values: JobSpec(**values))


def get_document(sent: dict[str, Any]) -> dict[str, Any]:
    """`job_detail` as DLI's page on querying a job shows it, for what was sent: words for numbers, and nulls."""
    modes = {1: "exactly_once", 2: "at_least_once"}
    held = {key: value for key, value in sent.items() if key not in {"tags", "template_id"}}
    if "checkpoint_mode" in held:
        held["checkpoint_mode"] = modes[held["checkpoint_mode"]]
    top = {"name", "desc", "job_type", "queue_name", "sql_body", "run_mode"}
    return {
        "job_id": 90417,
        "status": "job_running",
        **{key: held.get(key) for key in top},
        "job_config": {
            "root_id": -1,
            "smn_topic": None,
            "runtime_config": "",
            "tm_slot_num": 0,
            **{key: value for key, value in held.items() if key not in top},
        },
    }


def jargon(reason: str) -> bool:
    """Whether a sentence for people speaks of inputs or types as pydantic does."""
    return bool(
        re.search(r"[Ii]nput|valid (string|integer)|pydantic|(int|str|bool|float)_type|None|\{|\}", reason)
    )


def reported(values: dict[str, Any], unknown: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The reasons of all violations, by property."""
    found: dict[str, list[str]] = {}
    for violation in violations(values, unknown):
        found.setdefault(violation.property, []).append(violation.reason)
    return found
