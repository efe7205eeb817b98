"""The matrices of faults and kills by the second door: the same cells and the same judges, a thinned selection.

Both doors have one core, which the matrices try by the first one in full. What can go wrong here is what is between the
core and the engine: so every deployment meets every kind of fault, and is cut off before each of its calls, but not
each with each. Every argument's update and the lies are tried by this door where they are by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TypeVar

import pytest

from tests.contract import tried_faults
from tests.contract.conftest import References, Tally
from tests.contract.crowd import each
from tests.contract.scenarios import SCENARIOS
from tests.contract.test_kills import Kill
from tests.contract.trial import NEVER_STRUCK, Trial

pytestmark = pytest.mark.slow

THEN = ("no refresh", "refresh", "back")
_Cell = TypeVar("_Cell")


def turn(of: Sequence[_Cell], number: int) -> _Cell:
    """One of these after the other, so that neighbours in a matrix have different ones."""
    return of[number % len(of)]


def test_a_deployment_that_is_cut_off_anywhere_is_carried_on_with(
    references: References, tally: Tally
) -> None:
    kills = []
    for number, name in enumerate(SCENARIOS):
        reference = references(name)
        one_way = None in (reference.scenario.before, reference.scenario.wanted)
        for call in range(1, len(reference.calls) + 1):
            kills.append(Kill(reference, call, turn(THEN[:2] if one_way else THEN, number + call), "plugin"))
    tally("kills, by the second door", (verdict for _, verdict in each(kills, Kill.carry_out)))


@pytest.mark.parametrize("kinds", [tried_faults.WIRE, tried_faults.BEHAVIOUR], ids=["wire", "job"])
def test_every_deployment_meets_every_kind_of_fault(
    kinds: Sequence[str], references: References, tally: Tally
) -> None:
    trials = []
    for number, (name, kind) in enumerate(product(SCENARIOS, kinds)):
        reference = references(name)
        on_the_wire = kind in tried_faults.WIRE
        at = tried_faults.at_every_call if on_the_wire else tried_faults.of_behaviour
        found = [*at(kind, reference.calls)]
        for nth in {number * 3} if found else ():
            trials.append(Trial(reference, (turn(found, nth),), refresh=nth % 2 == 0, door="plugin"))
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    tally("faults, by the second door", verdicts)
    assert NEVER_STRUCK not in verdicts
    assert "KEPT" in verdicts
