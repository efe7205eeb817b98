"""What a plan says of itself: verb, headline and details."""

from __future__ import annotations

import pytest

from dli_provider.job.diff import diff
from dli_provider.job.impact import Impact
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.steps import RunJob, Step, StopJob, UpdateJob
from dli_provider.sql import StateFate
from tests.support.planned_jobs import SQL_AT_RISK, declared

STOP, RUN = StopJob(trigger_savepoint=True), RunJob(resume_savepoint=True, health_window=0)
PUT = UpdateJob({"desc": "new"}, {"desc": ""})


def _plan(impact: Impact, *steps: Step) -> Plan:
    return Plan("orders", impact, (), steps)


@pytest.mark.parametrize(
    ("impact", "steps", "verb"),
    [
        (Impact.NONE, (), "NONE"),
        (Impact.IN_PLACE, (PUT,), "IN_PLACE"),
        (Impact.RESTART, (STOP, PUT, RUN), "RESTART"),
        (Impact.IN_PLACE, (STOP, PUT, RUN), "RESTART"),
        (Impact.NONE, (STOP, RUN), "RESTART"),
        (Impact.RESTART, (STOP, PUT), "STOP"),
        (Impact.RESTART, (PUT, RUN), "RUN"),
        (Impact.NONE, (RUN,), "RUN"),
        (Impact.RESTART, (PUT,), "IN_PLACE"),
    ],
)
def test_the_verb_is_what_happens_to_the_running_job(
    impact: Impact, steps: tuple[Step, ...], verb: str
) -> None:
    assert _plan(impact, *steps).verb == verb


def test_the_headline_names_job_impact_causes_and_the_fate_of_state() -> None:
    changes = diff(declared(), declared(sql_body=SQL_AT_RISK, parallel_number=8)).changes
    because = next(change.because for change in changes if change.field == "sql_body")
    plan = Plan(
        "orders", Impact.RESTART, changes, (STOP, PUT, RUN), StateFate.AT_RISK, "state carried by savepoint"
    )
    assert plan.headline() == (
        f"orders: RESTART (sql_body: {because}; parallel_number 2 -> 8) - state carried by savepoint, at risk"
    )


@pytest.mark.parametrize(
    ("fate", "end"),
    [
        (StateFate.NONE, "as it is"),
        (StateFate.CARRIED, "as it is"),
        (StateFate.AT_RISK, "as it is, at risk"),
        (StateFate.INCOMPATIBLE, "as it is, incompatible"),
        (StateFate.DROPPED, "as it is"),
    ],
)
def test_a_fate_that_needs_a_warning_has_one(fate: StateFate, end: str) -> None:
    assert Plan("orders", Impact.NONE, (), (), fate, "as it is").headline() == f"orders: NONE - {end}"


def test_the_headline_tells_of_the_restart_that_may_come_instead() -> None:
    restart = Plan("orders", Impact.RESTART, (), (STOP, RUN), StateFate.CARRIED, "state carried by savepoint")
    plan = Plan("orders", Impact.IN_PLACE, (), (PUT,), fallback=restart)
    assert plan.headline() == (
        "orders: IN_PLACE - state is not touched; should DLI refuse that while the job runs, RESTART - "
        "state carried by savepoint"
    )


def test_the_details_are_the_steps_in_order() -> None:
    assert _plan(Impact.RESTART, STOP, PUT, RUN).details() == (
        "stop with a savepoint -> update desc -> run from its savepoint"
    )
    assert _plan(Impact.NONE).details() == "nothing to do at DLI"


def test_the_details_of_a_refused_plan_are_the_reason_and_the_ways_out() -> None:
    plan = Plan("orders", Impact.RESTART, (), (STOP, RUN), refusal=Refusal("no savepoint", "consent"))
    assert plan.details() == "REFUSED: no savepoint. What to do: consent."


def test_nothing_secret_shows_in_a_plan() -> None:
    secret = SQL_AT_RISK.replace("'connector'='datagen'", "'connector'='datagen', 'password'='hunter2'")
    changes = diff(declared(), declared(sql_body=secret, runtime_config={"key": "hunter2"})).changes
    step = UpdateJob({"sql_body": secret}, {"sql_body": secret}, complete=True)
    plan = Plan("orders", Impact.RESTART, changes, (STOP, step, RUN))
    for shown in (repr(plan), plan.headline(), plan.details(), repr(step.writes())):
        assert "hunter2" not in shown
