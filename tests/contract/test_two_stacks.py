"""Two stacks on one project of DLI at the same time: neither ever touches, takes or deletes the other's job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.errors import Conflict, DliError, RolledBack
from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.contract.truth import State, state_of
from tests.support.declared import BUCKET, SQL_AT_RISK, Inputs, job

ROUNDS = range(6)


@dataclass
class Owner:
    """A stack of its own in a project that others use as well."""

    dli_project: DliProject
    stack_name: str
    stack: PulumiState

    def up(self, **changes: Any) -> None:
        self.dli_project.up(self.stack, self.inputs(**changes))

    def destroy(self) -> None:
        self.dli_project.deploy(self.stack.destroy)

    def inputs(self, **changes: Any) -> Inputs:
        return job(owner=f"shop/{self.stack_name}/orders", health_window=0.0, **changes)

    @property
    def job(self) -> JobView:
        return self.dli_project.dli.job(self.dli_project.project, self.stack.job_id)


@pytest.fixture
def owners(dli_project: DliProject) -> tuple[Owner, Owner]:
    dli_project.dli.authorize(dli_project.project, BUCKET)
    dev, prod = (Owner(dli_project, name, dli_project.stack()) for name in ("dev", "prod"))
    return dev, prod


def at_once(*actions: Callable[[], object]) -> list[DliError | None]:
    """What each of these raised, all begun at the same moment."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> DliError | None:
        start.wait()
        try:
            action()
        except DliError as error:
            return error
        return None

    with ThreadPoolExecutor(len(actions)) as pool:
        return [*pool.map(run, actions)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_that_want_one_name_one_gets_it(owners: tuple[Owner, Owner], _round: int) -> None:
    failures = at_once(*(owner.up for owner in owners))
    assert [type(failure) for failure in failures if failure] == [Conflict]
    winner, loser = owners if failures[0] is None else owners[::-1]
    told = next(failure.text() for failure in failures if failure)
    assert str(winner.stack.job_id) in told
    assert f"stack shop/{winner.stack_name}" in told
    assert loser.stack.state is None

    before = winner.job
    assert [type(failure) for failure in at_once(loser.up, loser.up)] == [Conflict, Conflict]
    check_untouched(winner, before)

    winner.destroy()
    loser.up()
    assert loser.job.status == "job_running"


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_with_different_names_do_not_notice_each_other(owners: tuple[Owner, Owner], _round: int) -> None:
    dev, prod = owners
    assert at_once(lambda: dev.up(name="orders"), lambda: prod.up(name="revenue")) == [None, None]
    before = {owner.stack_name: owner.job for owner in owners}
    changes = {"sql_body": SQL_AT_RISK, "parallel_number": 4}
    assert at_once(lambda: dev.up(name="orders", **changes), lambda: prod.up(name="revenue", **changes)) == [
        None,
        None,
    ]
    for owner in owners:
        after = owner.job
        assert after.status == "job_running"
        assert state_of(after, before[owner.stack_name]) is State.CARRIED
        assert len(after.runs) == 2
        assert after.tags["pulumi_stack"] == owner.stack_name

    kept = prod.job
    assert at_once(dev.destroy, lambda: prod.up(name="revenue", **changes)) == [None, None]
    assert [one.job_id for one in dev.dli_project.dli.jobs(dev.dli_project.project)] == [kept.job_id]
    check_untouched(prod, kept)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "refuse_connection"])
def test_a_lost_answer_never_makes_another_stacks_job_ones_own(
    kind: str, owners: tuple[Owner, Owner]
) -> None:
    """Whoever looks for a job that he may have created finds one of that name, and it is not his."""
    dev, prod = owners
    dev.up()
    before = dev.job
    fault = dev.dli_project.dli.add_fault(kind, "create", project=dev.dli_project.project)
    with pytest.raises(Conflict, match=f"id {dev.stack.job_id}"):
        prod.up()
    dev.dli_project.dli.remove_fault(fault)
    check_untouched(dev, before)


def test_a_name_is_not_taken_by_renaming(owners: tuple[Owner, Owner]) -> None:
    dev, prod = owners
    dev.up(name="orders")
    prod.up(name="revenue")
    taken, before = dev.job, prod.job
    with pytest.raises(RolledBack, match="exists"):
        prod.up(name="orders")
    after = prod.job
    assert (after.name, after.status, state_of(after, before)) == ("revenue", "job_running", State.CARRIED)
    assert after.definition == before.definition
    check_untouched(dev, taken)


def check_untouched(owner: Owner, before: JobView) -> None:
    after = owner.job
    assert (after.status, after.run, after.definition, after.tags) == (
        before.status,
        before.run,
        before.definition,
        before.tags,
    )
