"""What `make bench` writes: what was measured again takes its own place, and every figure says when it was made."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tools.bench import figures, record
from tools.bench.measures import HeldMemory, Measured, Took, verdicts
from tools.bench.record import Measurements, Single

_CPU = {"engine": 2.0, "language host": 0.1, "program": 3.0, "plugin": 1.0}


def _measured(key: str, seconds: float, made: str) -> Measured:
    ours, floor, alike = (
        Took(seconds, _CPU, 50.0, 7000),
        Took(8.0, _CPU, 40.0, 6000),
        Took(9.0, _CPU, 40.0, 6800),
    )
    return Measured("plugin", key, 1000, 1024, ours, floor, alike, {"list": 3}, 1.0, made, "a machine")


_BEFORE = Measurements(
    (
        _measured("preview", 11.0, "2026-11-01 10:00 UTC, load 0.1"),
        _measured("noop", 12.0, "2026-11-01 10:05 UTC"),
    ),
    (HeldMemory("plugin", 1000, 99.0, 40.0, 150, "2026-11-01 11:00 UTC", "a machine"),),
    Single({"check, 2 kB of SQL": 0.3}, "2026-11-01 12:00 UTC", "a machine"),
)
_PART = Measurements((_measured("noop", 10.0, "2026-11-29 10:00 UTC, load 0.2"),))


def test_a_part_takes_its_own_place_and_leaves_the_others(tmp_path: Path) -> None:
    kept = tmp_path / "benchmarks.json"
    record.write(kept, _BEFORE)
    record.write(kept, record.read(kept).renewed(_PART))
    found = record.read(kept)
    assert {one.key: one.made for one in found.commands} == {
        "preview": "2026-11-01 10:00 UTC, load 0.1",
        "noop": "2026-11-29 10:00 UTC, load 0.2",
    }
    assert (found.waiting, found.micro) == (_BEFORE.waiting, _BEFORE.micro)


def test_every_line_says_when_it_was_measured() -> None:
    lines = figures.sections(_BEFORE.renewed(_PART))["jobs-1000"].splitlines()
    assert (
        "| `preview`, nothing changed | plugin | 11.0 s | 8.0 s | 1.38 | 9.0 s | 1.22 | - | 50 MB | 3 list | "
        in (line.removesuffix("2026-11-01 10:00 UTC, load 0.1 |") for line in lines)
    )
    assert any(line.endswith("2026-11-29 10:00 UTC, load 0.2 |") for line in lines)
    assert lines[0] == "Measured 2026-11-01 10:00 UTC to 2026-11-29 10:00 UTC: a machine."


def test_sections_that_were_not_measured_stay() -> None:
    text = "".join(
        f"<!-- measured: {name} -->\nold {name}\n<!-- end of {name} -->\n"
        for name in ("jobs-10", "jobs-1000", "targets")
    )
    renewed = figures.renew(text, figures.sections(_PART))
    assert "old jobs-10\n" in renewed
    assert "old jobs-1000" not in renewed
    assert "old targets" not in renewed
    with pytest.raises(LookupError, match="jobs-1000, targets"):
        figures.renew("", figures.sections(_PART))


def test_a_target_is_held_against_both_floors() -> None:
    by_few, by_same = verdicts([_measured("noop", 10.0, "now")], (), None)
    assert [by_few.limit, by_same.limit] == pytest.approx([1.15 * 8, 1.15 * 9])
    assert [by_few.met, by_same.met] == [False, True]


def test_the_best_of_two_runs_is_told_of_each_program() -> None:
    first = _measured("noop", 12.0, "first")
    second = replace(_measured("noop", 11.0, "second"), floor=Took(7.5, {**_CPU, "engine": 3.0}, 60.0))
    best = first.best(second)
    assert (best.ours.seconds, best.floor.seconds, best.alike.seconds) == (11.0, 7.5, 9.0)
    assert (best.floor.cpu["engine"], best.floor.plugin_mb, best.made) == (2.0, 60.0, "second")


def test_what_is_in_the_document_is_what_is_kept() -> None:
    document = Path(record.__file__).parents[2] / "docs" / "benchmarks.md"
    kept = document.with_suffix(".json")
    if not kept.exists():
        pytest.skip("nothing has been written since figures are kept")
    text = document.read_text()
    assert figures.renew(text, figures.sections(record.read(kept))) == text
    assert json.loads(kept.read_text()).keys() == {"commands", "waiting", "micro"}
