"""Two values for every argument of a job, and what else must be declared for them to be valid. Knows no plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dli_provider.job.declarations import FIELDS
from tests.contract.kinds import SAVEPOINT
from tests.support.declared import SQL, SQL_AT_RISK, Inputs, consent, job
from tests.support.samples import examples_of

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


@dataclass(frozen=True)
class Values:
    """Two valid values of an argument. `always` is declared with both and without, None for what must be left out;
    `absent` only where the argument is left out, `second` only with the second value."""

    first: Any
    second: Any
    always: Inputs = field(default_factory=dict)
    absent: Inputs = field(default_factory=dict)
    with_second: Inputs = field(default_factory=dict)


_IN_COMPANY: Mapping[str, Values] = {
    "queue_name": Values(*examples_of("queue_name"), always={"job_type": "flink_sql_job"}, absent=_AT_REST),
    "sql_body": Values(SQL, SQL_AT_RISK),
    "run_mode": Values(*examples_of("run_mode"), always={"job_type": "flink_sql_job"}, with_second=_AT_REST),
    "obs_bucket": Values(*examples_of("obs_bucket"), always={"checkpoint_enabled": False}),
    # No savepoint can be taken of an edge job, so nothing but a stateless change is ever made.
    "edge_group_ids": Values(
        *examples_of("edge_group_ids"),
        always=_FOR_EDGE_JOBS | {"upgrade_mode": "stateless"},
        absent=_ON_A_QUEUE,
    ),
    "execution_agency_urn": Values(*examples_of("execution_agency_urn"), always={"flink_version": "1.15"}),
    "resource_config_version": Values(*examples_of("resource_config_version"), always=_WITHOUT_CUS),
    "resource_config": Values(
        *examples_of("resource_config"), always=_WITHOUT_CUS | {"resource_config_version": "v2"}
    ),
    "allow_state_loss": Values(consent(SQL_AT_RISK, SQL), consent(SQL, SQL_AT_RISK)),
    "keep_state": Values(consent(SQL_AT_RISK, SQL), consent(SQL, SQL_AT_RISK)),
    "from_savepoint": Values(SAVEPOINT, OTHER_SAVEPOINT),
}
"""The arguments that are valid only together with others, or only in this place."""

VALUES: Mapping[str, Values] = {name: _IN_COMPANY.get(name) or Values(*examples_of(name)) for name in FIELDS}
"""By argument. The examples are those of the declarations."""

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
