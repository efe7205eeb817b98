"""When a job is left in peace without asking the planner: only where the planner would say the same."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import Unknown

from dli_provider.plan.preview import foresee
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.property_bags import nothing_to_do, same_arguments
from tests.support.declared import SQL, SQL_COSMETIC
from tests.support.samples import PAIRS

UNKNOWN = Unknown()  # type: ignore[no-untyped-call]
ARGUMENTS: dict[str, Any] = {
    "name": "orders",
    "owner": "shop/dev/orders",
    "queue_name": "q",
    "sql_body": SQL,
    "parallel_number": 2.0,
    "checkpoint_enabled": True,
    "obs_bucket": "state",
    "tags": {"team": "data"},
    "__provider": "code",
}
OUTPUTS = {**ARGUMENTS, "job_id": 7.0, "status": "job_running", "status_desc": "", "savepoints": []}
DIFFERENT: list[dict[str, Any]] = [
    {"sql_body": SQL_COSMETIC},
    {"parallel_number": 3.0},
    {"parallel_number": None},
    {"tags": {"team": "data", "tier": "1"}},
    {"tags": {"team": UNKNOWN}},
    {"desc": UNKNOWN},
    {"desc": ""},
    {"resume_max_num": -1.0},
]


@pytest.mark.parametrize("field", PAIRS)
def test_a_job_that_is_as_declared_is_left_in_peace_and_the_planner_agrees(field: str) -> None:
    for value in PAIRS[field]:
        if field == "desired_state" and value == "stopped":
            continue
        news = {**ARGUMENTS, field: value}
        olds = {**OUTPUTS, field: value}
        assert nothing_to_do(olds, news)
        ahead = foresee(
            job_properties.spec(olds),
            job_properties.spec(news),
            job_properties.seen(olds),
            job_properties.record(olds),
            frozenset(),
        )
        assert (ahead.changes, ahead.notice, ahead.replaces) == (False, "", ())
        assert ahead.refusal is None


@pytest.mark.parametrize("change", DIFFERENT)
def test_what_differs_in_anything_is_for_the_planner(change: dict[str, Any]) -> None:
    assert not same_arguments(OUTPUTS, {**ARGUMENTS, **change})
    assert not same_arguments({**OUTPUTS, **change}, ARGUMENTS)
    assert not nothing_to_do(OUTPUTS, {**ARGUMENTS, **change})


def test_a_new_job_has_nothing_that_was_checked_before() -> None:
    assert not same_arguments({}, {})
    assert not same_arguments({}, ARGUMENTS)


@pytest.mark.parametrize(
    "olds",
    [
        {"status": "job_running_exception"},
        {"status": "job_cancel_success"},
        {"status": None},
        {"start_empty": True},
    ],
)
def test_a_job_that_is_not_as_it_should_be_is_for_the_planner(olds: dict[str, Any]) -> None:
    assert not nothing_to_do({**OUTPUTS, **olds}, ARGUMENTS)


def test_a_job_that_is_to_be_stopped_is_for_the_planner() -> None:
    stopped = {"desired_state": "stopped"}
    assert not nothing_to_do({**OUTPUTS, **stopped}, {**ARGUMENTS, **stopped})
