"""A promotion asks for tests that passed for just the version that moves."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dli_provider.flink import pins
from dli_provider.promotion.gate import Check
from dli_provider.promotion.layout import Layout
from dli_provider.promotion.manifest import Promoted
from dli_provider.workspace.demanded_tests import demanded
from dli_provider.workspace.testing import ProofBench, ProofRecord

ROOT = Path(__file__).resolve().parents[2]
JOB = "stock_levels"


def project(folder: Path) -> Layout:
    """The sample project, in a folder of its own."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    return Layout.of(folder)


def noted(layout: Layout, **changes: object) -> None:
    """A record as `dli test` writes it, of the job as it is now."""
    (held,) = ProofBench(layout, "dev").jobs([JOB])
    record = ProofRecord(
        JOB, "dev", held.digest, held.matter, pins.VERSION, "passed", 4, 0, "2026-01-01T00:00:00Z"
    )
    file = layout.path(".dli/tests.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({f"dev/{JOB}": {**asdict(record), **changes}}))


def check(layout: Layout, job: str = JOB) -> Check:
    (found,) = demanded(layout, "dev", [job]).checks
    return found


def test_tests_that_passed_let_the_version_through_and_are_recorded(tmp_path: Path) -> None:
    layout = project(tmp_path)
    noted(layout)
    found = demanded(layout, "dev", [JOB])
    assert found.checks == (Check("tests", JOB, True, f"4 tests passed on Flink {pins.VERSION}"),)
    entry = Promoted.model_validate({"digest": "d", "from": "dev", "commit": "c", "time": "t"})
    tests = found.recorded({JOB: entry, "other": entry})[JOB].tests
    assert tests is not None
    assert (tests.passed, tests.flink) == (4, pins.VERSION)
    assert found.recorded({"other": entry})["other"].tests is None


def test_of_two_runs_side_by_side_neither_loses_what_the_other_has_written_down(tmp_path: Path) -> None:
    bench = ProofBench(project(tmp_path), "dev")
    (held,) = bench.jobs([JOB])
    jobs = [replace(held, job=f"job_{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as runs:
        list(runs.map(lambda job: ProofBench(Layout.of(tmp_path), "dev").record(job, []), jobs))
    assert set(bench.records()) == {f"dev/{job.job}" for job in jobs}


def test_tests_that_never_ran_or_ran_for_another_version_do_not(tmp_path: Path) -> None:
    layout = project(tmp_path)
    assert "its tests have not run for this version" in check(layout).reason
    noted(layout)
    sql = layout.path(f"stacks/releases/dev/{JOB}.sql")
    sql.write_text(sql.read_text() + "-- another version\n")
    assert not check(layout).passed
    assert f"run `dli test {JOB} --stack dev`" in check(layout).reason


def test_a_record_of_other_cases_or_of_another_flink_says_nothing(tmp_path: Path) -> None:
    layout = project(tmp_path)
    for changed in ({"matter": "others"}, {"flink": "1.15.4"}):
        noted(layout, **changed)
        assert not check(layout).passed


UPGRADE = """\
- name: goes on
  upgrade: {from: old.sql}
  given: {stock_movements: moves.csv}
  then: [{given: {stock_movements: moves.csv}}]
  expect: {stock_levels: "article | on_hand\\na1 | 2"}
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stacks/tests/stock_levels.yaml", UPGRADE.replace("a1 | 2", "a1 | 3")),
        ("stacks/tests/moves.csv", "article,quantity\na1,2\n"),
        # What an upgrade begins with is part of what was run, wherever it lies.
        ("old.sql", "INSERT INTO a SELECT c FROM b;"),
        ("old.yaml", "runtime_config: {table.exec.mini-batch.enabled: 'true'}"),
        ("stacks/Pulumi.dev.yaml", "config: {sql:prefix: another}"),
    ],
)
def test_a_record_is_of_just_what_was_run(file: str, text: str, tmp_path: Path) -> None:
    layout = project(tmp_path)
    layout.path("stacks/tests/stock_levels.yaml").write_text(UPGRADE)
    layout.path("stacks/tests/moves.csv").write_text("article,quantity\na1,1\n")
    layout.path("old.sql").write_text("INSERT INTO a SELECT b FROM c;")
    layout.path("old.yaml").write_text("")
    noted(layout)
    assert check(layout).passed
    layout.path(file).write_text(text)
    assert "its tests have not run for this version" in check(layout).reason


def test_a_record_of_another_stack_says_nothing(tmp_path: Path) -> None:
    layout = project(tmp_path)
    noted(layout)
    (found,) = demanded(layout, "staging", [JOB]).checks
    assert f"run `dli test {JOB} --stack staging`" in found.reason


def test_tests_that_failed_and_jobs_without_any_do_not(tmp_path: Path) -> None:
    layout = project(tmp_path)
    noted(layout, verdict="failed", failed=2)
    assert check(layout).reason.startswith("2 of its tests failed")
    layout.path(f"stacks/tests/{JOB}.yaml").unlink()
    assert "has no tests" in check(layout).reason
