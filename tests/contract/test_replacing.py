"""A job whose place another takes: cut off anywhere, or refused, it is either still there with its state, or the other
one runs."""

from __future__ import annotations

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.errors import DliError, RolledBack
from tests.contract.conftest import DOORS
from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.contract.trial import UNWATCHED
from tests.support.declared import Inputs, job

OWNED: Inputs = UNWATCHED | {"owner": "shop/dev/orders"}
OLD, NEW = job(**OWNED), job(job_type="flink_sql_job", upgrade_mode="stateless", **OWNED)
CALLS = 40
by_either = pytest.mark.parametrize("door", DOORS)


class CutOff(BaseException):
    """Not an Exception, so that nobody catches it."""


def cut_off(project: DliProject, stack: PulumiState, before_call: int) -> bool:
    """Whether the replacement was cut off before the call of this number."""
    left = before_call

    def count() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise CutOff

    try:
        project.up(stack, NEW, before_call=count)
    except CutOff:
        return True
    return False


def the_new_one(project: DliProject) -> JobView:
    (found,) = project.dli.jobs(project.project)
    assert (found.name, found.status, found.definition["job_type"]) == (
        "orders",
        "job_running",
        "flink_sql_job",
    )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("refresh", [False, True], ids=["", "refresh"])
@by_either
def test_a_replacement_that_is_cut_off_anywhere_is_carried_on_with(
    dli: Emulator, door: str, refresh: bool
) -> None:
    for call in range(1, CALLS):
        project = DliProject(dli, door=door)
        stack = project.started(OLD)
        if not cut_off(project, stack, call):
            break
        assert project.dli.jobs(project.project), f"no job is left before call {call}"
        project.up(stack, NEW, refresh=refresh)
        the_new_one(project)
    else:
        pytest.fail(f"it takes more than {CALLS} calls")


@pytest.mark.slow
@by_either
def test_a_replacement_that_is_cut_off_and_not_wanted_any_more_leaves_the_old_job_with_its_state(
    dli: Emulator, door: str
) -> None:
    for call in range(1, CALLS):
        project = DliProject(dli, door=door)
        stack = project.started(OLD)
        before = project.the_job()
        cut_off(project, stack, call)
        if (
            len(project.dli.jobs(project.project)) > 1
            or project.dli.jobs(project.project)[0].job_id != before.job_id
        ):
            break  # the new one is there
        project.up(stack, OLD, refresh=True)
        after = project.the_job()
        assert (after.name, after.status, after.lineage) == ("orders", "job_running", before.lineage)


@pytest.mark.parametrize(
    ("kind", "call", "rule"),
    [
        ("submit_fail", "run", {"message": "the queue is full"}),
        ("status", "create", {"status": 400}),
        ("status", "update", {"status": 400}),
    ],
    ids=["it does not come up", "it is not created", "the old one cannot be renamed"],
)
def test_a_replacement_that_fails_puts_the_old_job_back(
    dli_project: DliProject, kind: str, call: str, rule: Inputs
) -> None:
    project, dli = dli_project, dli_project.dli
    stack = project.started(OLD)
    before = project.the_job()
    fault = dli.add_fault(kind, call, project=project.project, **rule)
    with pytest.raises(DliError) as refused:
        project.up(stack, NEW)
    dli.remove_fault(fault)
    assert isinstance(refused.value, RolledBack), refused.value
    after = project.the_job()
    assert (after.job_id, after.name, after.status) == (before.job_id, "orders", "job_running")
    assert after.lineage == before.lineage
    project.up(stack, NEW)
    the_new_one(project)
