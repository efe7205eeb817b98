"""Credentials that end at any call of a restart: no job is stopped with credentials that DLI takes no more, the error
says how the job is left and what to do, and the next deployment, with good ones, goes on from there with its state."""

from __future__ import annotations

from itertools import product

import pytest

from dli_provider.errors import DliError, RollbackFailed, Unauthenticated
from tests.contract.conftest import DOORS, References
from tests.contract.crowd import each
from tests.contract.dli_project import DliProject
from tests.contract.scenarios import Reference
from tests.contract.trial import UNWATCHED, check_end
from tests.contract.truth import State, state_of

pytestmark = pytest.mark.slow


def test_credentials_may_end_at_any_call_of_a_restart(references: References) -> None:
    reference = references("restart")
    until = reference.calls.index("run") + 1
    each(product(range(1, until + 1), DOORS), lambda at: _end_at(reference, *at))


@pytest.mark.parametrize("door", DOORS)
def test_a_program_that_is_put_back_goes_on_from_there_with_a_refresh(
    door: str, references: References
) -> None:
    """As the remedy says. Without the refresh the program is what the state has, and the job would stay stopped."""
    reference = references("restart")
    _end_at(reference, reference.calls.index("stop") + 2, door, back=True)


def _end_at(reference: Reference, number: int, door: str, *, back: bool = False) -> None:
    dli_project, scenario = DliProject(reference.dli, door=door), reference.scenario
    stack = scenario.prepare(dli_project, UNWATCHED)
    before = dli_project.the_job()
    fault = dli_project.dli.add_fault("expire_credentials", "*", nth=number, project=dli_project.project)
    with pytest.raises(DliError) as failed:
        dli_project.deploy(lambda lifecycle: scenario.carry_out(lifecycle, stack, controls=UNWATCHED))
    dli_project.dli.remove_fault(fault)
    text, left = failed.value.text(), dli_project.the_job()
    assert "renew dli:token" in text
    if number <= reference.calls.index("stop") + 1:
        assert (left.status, state_of(left, before)) == ("job_running", State.UNTOUCHED), text
        if number == reference.calls.index("stop") + 1:
            # Nobody is called at night for a job that runs on as it did; tags that were changed already are told of.
            kind = RollbackFailed if "not taken back: change tags" in text else Unauthenticated
            assert type(failed.value) is kind, text
            assert "; nothing was stopped" in text
    else:
        assert isinstance(failed.value, RollbackFailed)
        assert "when last seen at" in text
        assert "`pulumi up --refresh`" in failed.value.remedy
    if back:
        assert left.status != "job_running"
        dli_project.deploy(
            lambda lifecycle: stack.up(lifecycle, (scenario.before or {}) | UNWATCHED, refresh=True)
        )
        again = dli_project.the_job()
        assert (again.status, state_of(again, before)) == ("job_running", State.CARRIED), text
        return
    dli_project.deploy(lambda lifecycle: scenario.carry_out(lifecycle, stack, controls=UNWATCHED))
    check_end(reference, before, dli_project.job())
