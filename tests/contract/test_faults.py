"""Every fault at every call of every deployment: it ends in one of the allowed states, says in which, and converges."""

from __future__ import annotations

import pytest

from tests.contract import tried_faults
from tests.contract.conftest import References, Tally
from tests.contract.crowd import each
from tests.contract.scenarios import SCENARIOS
from tests.contract.trial import Trial

pytestmark = pytest.mark.slow

ON_THE_WIRE = [name for name in SCENARIOS if name not in ("move to another bucket", "restart empty")]
"""Without those whose calls are, as far as the wire is concerned, those of others."""


@pytest.mark.parametrize("kind", tried_faults.WIRE)
@pytest.mark.parametrize("scenario", ON_THE_WIRE)
def test_a_fault_on_the_wire_at_any_call(
    scenario: str, kind: str, references: References, tally: Tally
) -> None:
    reference = references(scenario)
    trials = []
    for number, fault in enumerate(tried_faults.at_every_call(kind, reference.calls)):
        both = (fault.lasting or kind == "expire_credentials") and kind in tried_faults.BOTH_WAYS
        ways = (False, True) if both else (number % 2 == 0,)
        trials += [Trial(reference, (fault,), refresh) for refresh in ways]
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    tally("faults on the wire", verdicts)
    assert "never struck" not in verdicts


@pytest.mark.parametrize("kind", tried_faults.BEHAVIOUR)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_job_that_does_not_do_as_it_is_told(
    scenario: str, kind: str, references: References, tally: Tally
) -> None:
    reference = references(scenario)
    trials = [
        Trial(reference, (fault,), refresh, drops)
        for fault in tried_faults.of_behaviour(kind, reference.calls)
        for refresh in (False, True)
        for drops in ((False, True) if fault.call == "run" else (False,))
    ]
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    tally("faults of the job", verdicts)
    assert "never struck" not in verdicts
