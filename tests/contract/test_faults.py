"""Every fault at every call of every deployment: it ends in one of the allowed states, says in which, and converges."""

from __future__ import annotations

from itertools import product

import pytest

from tests.contract import tried_faults
from tests.contract.conftest import References, Tally
from tests.contract.crowd import each
from tests.contract.scenarios import SCENARIOS
from tests.contract.trial import NEVER_STRUCK, Trial

pytestmark = pytest.mark.slow

ON_THE_WIRE = [name for name in SCENARIOS if name not in ("move to another bucket", "restart empty")]
"""Without those whose calls are, as far as the wire is concerned, those of others."""

LOST_TODAY = list(product(("create", "restart", "delete"), ["cut_after"], ["today"]))
REFUSED_TODAY = list(product(SCENARIOS, ("savepoint_fail", "stop_fail"), ["today"]))
"""Where the family of codes can matter: a write is refused, because it was done before or may not be done now."""


@pytest.mark.parametrize(
    ("scenario", "kind", "codes"), [*product(ON_THE_WIRE, tried_faults.WIRE, ["2020"]), *LOST_TODAY]
)
def test_a_fault_on_the_wire_at_any_call(
    scenario: str, kind: str, codes: str, by_codes: dict[str, References], tally: Tally
) -> None:
    reference = by_codes[codes](scenario)
    trials = []
    for number, fault in enumerate(tried_faults.at_every_call(kind, reference.calls)):
        both = (fault.lasting or kind == "expire_credentials") and kind in tried_faults.BOTH_WAYS
        ways = (False, True) if both else (number % 2 == 0,)
        trials += [Trial(reference, (fault,), refresh) for refresh in ways]
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    tally("faults on the wire", verdicts)
    assert NEVER_STRUCK not in verdicts


@pytest.mark.parametrize(
    ("scenario", "kind", "codes"), [*product(SCENARIOS, tried_faults.BEHAVIOUR, ["2020"]), *REFUSED_TODAY]
)
def test_a_job_that_does_not_do_as_it_is_told(
    scenario: str, kind: str, codes: str, by_codes: dict[str, References], tally: Tally
) -> None:
    reference = by_codes[codes](scenario)
    trials = [
        Trial(reference, (fault,), refresh, drops)
        for fault in tried_faults.of_behaviour(kind, reference.calls)
        for refresh in (False, True)
        for drops in ((False, True) if fault.call == "run" else (False,))
    ]
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    tally("faults of the job", verdicts)
    assert NEVER_STRUCK not in verdicts
