"""Every kind of change, in every status, whatever is desired, with or without state: planned, done, and as promised."""

from __future__ import annotations

import pytest

from dli_provider.emulator.server import Emulator
from tests.contract import upgrades
from tests.contract.conftest import Tally
from tests.contract.crowd import each
from tests.contract.dli_project import DliProject
from tests.contract.kinds import KINDS
from tests.support import golden
from tests.support.declared import job

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_planned_is_done_and_what_is_promised_is_kept(
    kind: str, dli: Emulator, tally: Tally, update_goldens: bool
) -> None:
    declared = {}
    for saves in (True, False):
        elsewhere = DliProject(dli)
        elsewhere.started(
            job(saves=saves, **KINDS[kind] | {"desired_state": "stopped", "from_savepoint": None})
        )
        declared[saves] = elsewhere.the_job()
    judged = each(upgrades.cells(kind), lambda cell: upgrades.carry_out(cell, dli, declared))
    tally("upgrade matrix", (verdict for _, (_, verdict) in judged))
    some = [*upgrades.some_cells(kind)]
    again = each(some, lambda cell: upgrades.carry_out(cell, dli, declared, "plugin"))
    tally("upgrade matrix, by the second door", (verdict for _, (_, verdict) in again))
    assert again == [pair for pair in judged if pair[0] in some], "the doors differ"
    lines = upgrades.review((cell, plan) for cell, (plan, _) in judged)
    golden.check(f"upgrades/{kind}.txt", lines, update=update_goldens)
