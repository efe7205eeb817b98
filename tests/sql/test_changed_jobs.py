"""Changes of whole jobs, as engineers make them, each tried by rows on a real Flink: the text is never too bold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.sql.test_measured_pairs import HARMFUL, SAFE, MeasuredPair, verdict

CHANGED_JOBS = [
    MeasuredPair(before=job["before"], **change)
    for job in json.loads(Path(__file__).with_name("changed_jobs.json").read_text("utf-8"))
    for change in job["changes"]
]


@pytest.mark.parametrize(
    "pair", [each for each in CHANGED_JOBS if each.truth in HARMFUL], ids=lambda each: each.id
)
def test_no_harmful_change_is_called_safe(pair: MeasuredPair) -> None:
    assert verdict(pair.before, pair.after) not in SAFE, pair.how_known
    assert verdict(pair.before, pair.after) == "incompatible" or pair.truth != "fails", pair.how_known


def test_most_harmless_changes_are_called_so() -> None:
    table = Counter((pair.truth, verdict(pair.before, pair.after)) for pair in CHANGED_JOBS)
    safe = sum(table["right", each] for each in SAFE)
    right = sum(pair.truth == "right" for pair in CHANGED_JOBS)
    print(f"\nharmless and called so: {safe} of {right} ({safe / right:.0%})")
    assert safe / right >= 0.65
