"""Changes of whole jobs, as engineers make them, each tried by rows on a real Flink: the text is never too bold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.sql.test_measured_pairs import HARMFUL, SAFE, MeasuredPair, verdict


def _read(name: str) -> list[MeasuredPair]:
    jobs = json.loads(Path(__file__).with_name(name).read_text("utf-8"))
    return [MeasuredPair(before=job["before"], **change) for job in jobs for change in job["changes"]]


CHANGED_JOBS = _read("changed_jobs.json")
NIGHT_CHANGES = _read("night_changes.json")
"""Written down, with what was expected, when the rules were done: jobs of other trades, and all kinds of constructs."""


@pytest.mark.parametrize(
    "pair",
    [each for each in (*CHANGED_JOBS, *NIGHT_CHANGES) if each.truth in HARMFUL],
    ids=lambda each: each.id,
)
def test_no_harmful_change_is_called_safe(pair: MeasuredPair) -> None:
    assert verdict(pair.before, pair.after) not in SAFE, pair.how_known
    assert verdict(pair.before, pair.after) == "incompatible" or pair.truth != "fails", pair.how_known


@pytest.mark.parametrize(
    ("known", "least"), [(CHANGED_JOBS, 0.65), (NIGHT_CHANGES, 0.5)], ids=["whole jobs", "by night"]
)
def test_most_harmless_changes_are_called_so(known: Sequence[MeasuredPair], least: float) -> None:
    table = Counter((pair.truth, verdict(pair.before, pair.after)) for pair in known)
    safe = sum(table["right", each] for each in SAFE)
    right = sum(pair.truth == "right" for pair in known)
    print(f"\nharmless and called so: {safe} of {right} ({safe / right:.0%})")
    assert safe / right >= least
