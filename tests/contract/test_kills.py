"""A provider that is killed before any call of a deployment, or after the last: the next one goes on from there.

Killed means here that nothing more is done, no rollback either. Real processes are killed elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.errors import DliError, StateLoss
from tests.contract.conftest import References, Tally
from tests.contract.crowd import each
from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.contract.scenarios import SCENARIOS, Reference
from tests.contract.trial import UNWATCHED, check_end, check_writes, history, users
from tests.contract.truth import differences, started_empty

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """Not an Exception, so that nobody catches it."""


@dataclass(frozen=True)
class Kill:
    """Killed before the call of this number; `then` is what the user does next."""

    reference: Reference
    call: int
    then: str
    door: str = "dynamic"

    def __str__(self) -> str:
        return f"{self.reference.scenario}: killed before call {self.call}; then {self.then}, {self.door}"

    def carry_out(self) -> str:
        scenario, dli_project = self.reference.scenario, DliProject(self.reference.dli, door=self.door)
        stack = scenario.prepare(dli_project, UNWATCHED)
        before, cursor, left = dli_project.job(), dli_project.dli.cursor(), self.call

        def count() -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Killed

        try:
            dli_project.deploy(lambda lifecycle: scenario.carry_out(lifecycle, stack), before_call=count)
        except Killed:
            at = dli_project.job()
        else:
            return "done before that call"
        try:
            if self.then == "back":
                verdict = self._go_back(dli_project, stack, before, at)
            else:
                refresh = self.then == "refresh"
                dli_project.deploy(
                    lambda lifecycle: scenario.carry_out(
                        lifecycle, stack, refresh=refresh, controls=UNWATCHED
                    )
                )
                check_end(self.reference, before, dli_project.job())
                verdict = "converged"
            check_writes(dli_project, cursor)
        except (AssertionError, DliError) as broken:
            raise AssertionError(f"{broken!r}\n{history(dli_project, cursor)}") from broken
        return f"{verdict} from {at.status if at else 'nothing'}"

    def _go_back(
        self, dli_project: DliProject, stack: PulumiState, before: JobView | None, at: JobView | None
    ) -> str:
        """The user deploys the old program again: the job is as that declares it, and goes on from its state."""
        old = self.reference.scenario.before
        assert old is not None
        assert before is not None
        try:
            dli_project.up(stack, old | UNWATCHED, refresh=True)
        except StateLoss:
            # Back is another change, once the new query has run, or may lose state as the way there might.
            assert self.reference.scenario.consented or (at and at.run > before.run)
            return "refused to go back"
        end = dli_project.the_job()
        assert end.status == before.status
        # What only the new program declared is none of the old one's business.
        assert not old.keys() & differences(end.definition, before.definition).keys()
        assert users(end) == users(before)
        assert not started_empty(end, before)
        return "went back"


@pytest.mark.parametrize("then", ["no refresh", "refresh", "back"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_deployment_that_is_cut_off_anywhere_is_carried_on_with(
    scenario: str, then: str, references: References, unhurried: References, tally: Tally
) -> None:
    for known in (references, unhurried):
        reference = known(scenario)
        if then == "back" and None in (reference.scenario.before, reference.scenario.wanted):
            pytest.skip("before, there was no such job; or it was to be deleted, so its state may be gone")
        kills = [Kill(reference, call, then) for call in range(1, len(reference.calls) + 1)]
        tally("kills", (verdict for _, verdict in each(kills, Kill.carry_out)))
