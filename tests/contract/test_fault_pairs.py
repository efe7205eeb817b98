"""Two faults in one deployment, sampled: the same at every run, unless another seed is given with --fault-seed; by one
door and the other in turn."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.contract import tried_faults
from tests.contract.conftest import DOORS, References, Tally
from tests.contract.crowd import each
from tests.contract.scenarios import SCENARIOS
from tests.contract.trial import Trial
from tests.contract.tried_faults import TriedFault, of_behaviour

pytestmark = pytest.mark.slow

_CHUNKS, _PAIRS = 8, 50


@pytest.mark.parametrize("chunk", range(_CHUNKS))
def test_two_faults_in_one_deployment(
    chunk: int, fault_seed: int, unhurried: References, tally: Tally
) -> None:
    print(f"--fault-seed={fault_seed}")
    chance = random.Random(f"{fault_seed}:{chunk}")
    trials = []
    for number in range(_PAIRS):
        reference = unhurried(chance.choice([*SCENARIOS]))
        pair = (_sampled(chance, reference.calls), _sampled(chance, reference.calls))
        refresh, drops = chance.random() < 0.5, chance.random() < 0.5
        trials.append(Trial(reference, pair, refresh, drops, DOORS[number % len(DOORS)]))
    judged = each(trials, Trial.carry_out)
    for door in DOORS:
        verdicts = [verdict for trial, verdict in judged if trial.door == door]
        tally(f"pairs of faults, {door}, --fault-seed={fault_seed}", verdicts)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if SCENARIOS[name].consented])
def test_an_empty_start_that_went_out_is_never_followed_by_the_state_of_the_query_before(
    scenario: str, references: References
) -> None:
    """The run was accepted, nothing is heard of it any more, and it fails: a refresh then knows only the new query."""
    reference = references(scenario)
    asked = reference.calls[: reference.calls.index("run")].count("get")
    kinds = ("running_exception", "submit_fail")
    failures = [fault for kind in kinds for fault in of_behaviour(kind, reference.calls) if fault.lasting]
    trials = [
        Trial(reference, (TriedFault("expire_credentials", "get", asked + later), failure), refresh=True)
        for failure in failures
        for later in (1, 2)
    ]
    verdicts = [verdict for _, verdict in each(trials, Trial.carry_out)]
    assert "TOLD_STUCK" in verdicts


def _sampled(chance: random.Random, calls: tuple[str, ...]) -> TriedFault:
    """Any fault at any call, also at one that comes only with a rollback. Few last: those hide the other one."""
    kinds = [*tried_faults.WIRE, *tried_faults.BEHAVIOUR * 3]
    while True:
        kind = chance.choice(kinds)
        everywhere = tried_faults.at_every_call if kind in tried_faults.WIRE else tried_faults.of_behaviour
        found = [fault for fault in everywhere(kind, calls) if not fault.lasting or chance.random() < 0.15]
        if found:
            fault = chance.choice(found)
            return replace(fault, nth=fault.nth + chance.choice((0, 0, 1, 2)))
