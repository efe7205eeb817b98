"""Two values for every argument of a job, and what else must be declared for them to be valid. Knows no plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dli_provider.job.control import consent_to_state_loss
from tests.contract.kinds import SAVEPOINT
from tests.support.declared import SQL, SQL_AT_RISK, SQL_COSMETIC, Inputs, job

OTHER_SAVEPOINT = "obs://stream-state/also-given/"
_FOR_EDGE_JOBS: Inputs = {
    "queue_name": None,
    "run_mode": "edge_node",
    "checkpoint_enabled": None,
    "checkpoint_interval": None,
    "obs_bucket": None,
    "smn_topic": None,
}
_ON_A_QUEUE: Inputs = {"queue_name": "q_stream_dev", "run_mode": None}
_WITHOUT_CUS: Inputs = {"flink_version": "1.15", "cu_number": None, "parallel_number": None}
_AT_REST: Inputs = {"desired_state": "stopped"}
"""Jobs in shared clusters can be declared, but do not run any more."""


def _operators(**settings: Any) -> dict[str, Any]:
    return {"operator_list": [{"id": "e2" * 16, **settings}]}


@dataclass(frozen=True)
class Values:
    """Two valid values of an argument. `always` is declared with both and without, None for what must be left out;
    `absent` only where the argument is left out, `second` only with the second value."""

    first: Any
    second: Any
    always: Inputs = field(default_factory=dict)
    absent: Inputs = field(default_factory=dict)
    with_second: Inputs = field(default_factory=dict)


VALUES: Mapping[str, Values] = {
    "name": Values("orders", "orders_2"),
    "desc": Values("clicks by key", "totals"),
    "template_id": Values(7, 8),
    "queue_name": Values(
        "q_stream_dev", "q_stream_prod", always={"job_type": "flink_sql_job"}, absent=_AT_REST
    ),
    "sql_body": Values(SQL, SQL_AT_RISK),
    "run_mode": Values(
        "exclusive_cluster", "shared_cluster", always={"job_type": "flink_sql_job"}, with_second=_AT_REST
    ),
    "cu_number": Values(4, 6),
    "parallel_number": Values(2, 3),
    "checkpoint_enabled": Values(True, False),
    "checkpoint_mode": Values("at_least_once", "exactly_once"),
    "checkpoint_interval": Values(30, 60),
    "obs_bucket": Values("stream-state", "other-state", always={"checkpoint_enabled": False}),
    "log_enabled": Values(True, False),
    "smn_topic": Values("alarm", "pager"),
    "restart_when_exception": Values(True, False),
    "idle_state_retention": Values(7200, 60),
    "job_type": Values("flink_sql_job", "flink_opensource_sql_job"),
    # No savepoint can be taken of an edge job, so nothing but a stateless change is ever made.
    "edge_group_ids": Values(
        ["1f" * 16],
        ["1f" * 16, "2f" * 16],
        always=_FOR_EDGE_JOBS | {"upgrade_mode": "stateless"},
        absent=_ON_A_QUEUE,
    ),
    "dirty_data_strategy": Values("1", "2:obs-dir/dirty"),
    "udf_jar_url": Values("group/one.jar", "group/two.jar"),
    "manager_cu_number": Values(1, 2),
    "tm_cus": Values(2, 3),
    "tm_slot_num": Values(2, 3),
    "operator_config": Values(_operators(parallelism=2), _operators(parallelism=3)),
    "static_estimator_config": Values(_operators(rate_factor=0.5), _operators(output_rate=2000)),
    "resume_checkpoint": Values(True, False),
    "resume_max_num": Values(5, 6),
    "runtime_config": Values({"table.exec.state.ttl": "1 h"}, {"table.exec.state.ttl": "2 h"}),
    "tags": Values({"team": "data"}, {"team": "ops", "tier": "1"}),
    # No page says how a version is taken back: the local DLI knows no empty one, so that is rolled back.
    "flink_version": Values("1.12", "1.15"),
    "flink_log_config": Values({"root_logger_level": "INFO"}, {"root_logger_level": "WARN"}),
    "execution_agency_urn": Values("agency_one", "agency_two", always={"flink_version": "1.15"}),
    "resource_config_version": Values("v2", "v1", always=_WITHOUT_CUS),
    "resource_config": Values(
        {"max_slot": 2}, {"max_slot": 4}, always=_WITHOUT_CUS | {"resource_config_version": "v2"}
    ),
    "desired_state": Values("stopped", "running"),
    "upgrade_mode": Values("stateless", "savepoint"),
    "rollback_on_failure": Values(False, True),
    "health_window": Values(1.0, 2.0),
    "savepoint_retention": Values(1, 2),
    "allow_state_loss": Values(consent_to_state_loss(SQL), consent_to_state_loss(SQL_COSMETIC)),
    "on_failed": Values("report", "restart"),
    "restart_nonce": Values("monday", "tuesday"),
    "from_savepoint": Values(SAVEPOINT, OTHER_SAVEPOINT),
    "adopt": Values("orders", "90417"),
    "create_timeout": Values(60.0, 90.0),
    "update_timeout": Values(60.0, 90.0),
    "delete_timeout": Values(60.0, 90.0),
    "owner": Values("shop/dev/orders", "shop/prod/orders"),
}
"""By argument."""

CHOICES = ("absent", "first", "second")


@dataclass(frozen=True)
class ArgumentCell:
    """One argument goes from one choice to another."""

    argument: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.argument}: {self.before} -> {self.after}"


def cells(argument: str) -> Iterator[ArgumentCell]:
    """Every ordered pair of different choices."""
    return (
        ArgumentCell(argument, before, after) for before in CHOICES for after in CHOICES if before != after
    )


def declared(argument: str, choice: str, template: int) -> Inputs:
    """A program that makes this choice; `template` is one that exists, for jobs without a query of their own."""
    values = VALUES[argument]
    chosen = {
        "absent": {argument: None, **values.absent},
        "first": {argument: values.first},
        "second": {argument: values.second, **values.with_second},
    }[choice]
    inputs = job(**values.always | chosen)
    return inputs if "sql_body" in inputs else inputs | {"template_id": template}
