"""Rehearsals on a real Flink: what is known of measured changes of SQL is found out, without a wrong word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dli_provider.cli import cli
from dli_provider.flink.provision import Distribution
from dli_provider.flink.row_runner import RowRunner
from dli_provider.workspace.rehearsing import Conditions, RehearsedChange, rehearse
from tests.sql.test_measured_pairs import MEASURED
from tests.support.json_documents import valid

pytestmark = pytest.mark.flink

PAIRS = {pair.id: pair for pair in MEASURED}
RIGHT = ["agg-01", "dist-02", "ij-02", "q13-04", "tum-10", "union-04"]
WRONG = ["agg-07", "cdc-03", "exists-01", "joinpk-02", "topn-04", "union-01"]
REFUSED = ["agg-05", "mb-03", "set-06"]
"""A sample of kinds; `python -m tools.rehearsals` holds them all against the measured truth."""


@pytest.fixture(scope="module")
def flink(distribution: Distribution) -> Iterator[RowRunner]:
    with RowRunner(distribution, os.environ) as running:
        yield running


def word(flink: RowRunner, pair: str, conditions: Conditions | None = None) -> str:
    held = rehearse(flink, RehearsedChange(PAIRS[pair].before, PAIRS[pair].after), conditions or Conditions())
    return held.verdict.word


@pytest.mark.parametrize("pair", RIGHT)
def test_a_change_that_keeps_what_state_means_is_proven(flink: RowRunner, pair: str) -> None:
    assert word(flink, pair) == "proven"


@pytest.mark.parametrize("pair", WRONG)
def test_a_change_that_flink_restores_with_another_meaning_differs(flink: RowRunner, pair: str) -> None:
    assert word(flink, pair) == "differs"


@pytest.mark.parametrize("pair", REFUSED)
def test_a_change_that_flink_refuses_is_refused_with_its_words(flink: RowRunner, pair: str) -> None:
    held = rehearse(flink, RehearsedChange(PAIRS[pair].before, PAIRS[pair].after))
    assert held.verdict.word == "refused"
    assert "savepoint" in held.verdict.because or "serializer" in held.verdict.because


PAYMENTS = """
CREATE TABLE pay (
  id STRING, card STRING, kind STRING, amount BIGINT, fee BIGINT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'pay', 'format' = 'json');
"""
SUMS = (
    PAYMENTS
    + "CREATE TABLE o (card STRING, s BIGINT) WITH ('connector' = 'print'); INSERT INTO o SELECT * FROM ({});"
)
SUM = "SELECT card, SUM(amount) FROM pay {} GROUP BY card"
RANKED = (
    PAYMENTS
    + "CREATE TABLE o (card STRING, id STRING, amount BIGINT) WITH ('connector' = 'print'); INSERT INTO o "
    "SELECT card, id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY card ORDER BY {}) rn FROM pay) "
    "WHERE rn <= {};"
)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # Rows aim at columns, and not at what is calculated from them.
        (
            SUMS.format(SUM.format("WHERE HOUR(ts) < 12")),
            SUMS.format(SUM.format("WHERE HOUR(ts) < 18")),
            "cannot tell",
        ),
        (
            SUMS.format(SUM.format("WHERE CHAR_LENGTH(kind) < 12")),
            SUMS.format(SUM.format("WHERE CHAR_LENGTH(kind) < 14")),
            "cannot tell",
        ),
        (
            SUMS.format("SELECT c, SUM(amount) FROM (SELECT TRIM(card) AS c, amount FROM pay) GROUP BY c"),
            SUMS.format("SELECT c, SUM(amount) FROM (SELECT RTRIM(card) AS c, amount FROM pay) GROUP BY c"),
            "cannot tell",
        ),
        (RANKED.format("amount DESC", 50), RANKED.format("amount DESC", 200), "cannot tell"),
        (RANKED.format("amount DESC", 3), RANKED.format("amount DESC", 5), "differs"),
        (RANKED.format("amount DESC, fee", 3), RANKED.format("amount DESC, fee DESC", 3), "differs"),
        (RANKED.format("ts", 1), RANKED.format("ts DESC", 1), "differs"),
    ],
)
def test_what_goes_wrong_silently_is_not_proven(
    flink: RowRunner, old: str, new: str, told: str, seed: int
) -> None:
    held = rehearse(flink, RehearsedChange(old, new), Conditions(seed=seed))
    assert held.verdict.word == told, held.verdict.because


def test_state_that_no_row_shows_is_not_proven(flink: RowRunner) -> None:
    assert word(flink, "nest-05") == "cannot tell"


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_parallel_jobs_are_rehearsed_on_either_backend(flink: RowRunner, backend: str) -> None:
    wanted = Conditions(seed=2, parallelism=2, backend="rocksdb" if backend == "rocksdb" else "hashmap")
    assert word(flink, "agg-02", wanted) == "proven"
    assert word(flink, "agg-07", wanted) == "differs"


def test_what_depends_on_the_clock_is_not_told(flink: RowRunner) -> None:
    pair = PAIRS["agg-02"]
    clocked = pair.after.replace("SUM(price) + 1000", "SUM(price) + EXTRACT(YEAR FROM CURRENT_TIMESTAMP)")
    held = rehearse(flink, RehearsedChange(pair.before, clocked))
    assert held.verdict.word == "cannot tell"
    assert "CURRENT_TIMESTAMP" in held.verdict.because


def test_the_command_says_what_differs_and_exits_with_1(distribution: Distribution, tmp_path: Path) -> None:
    del distribution  # it is there, or this is skipped
    for name, text in (("old", PAIRS["agg-07"].before), ("new", PAIRS["agg-07"].after)):
        (tmp_path / f"{name}.sql").write_text(text)
    said = CliRunner().invoke(cli, ["rehearse", str(tmp_path / "old.sql"), str(tmp_path / "new.sql")])
    assert said.exit_code == 1, said.output
    assert said.output.startswith("new: differs\n  snk: ")
    assert "evidence on generated rows" in said.output
    asked = ["--json", "--parallelism", "2", "--state-backend", "rocksdb", "--flink-version", "1.15"]
    said = CliRunner().invoke(
        cli, ["rehearse", *map(str, (tmp_path / "old.sql", tmp_path / "new.sql")), *asked]
    )
    (told,) = valid("rehearse", said.stdout)["rehearsals"]
    assert (told["verdict"], told["parallelism"], told["state_backend"]) == ("differs", 2, "rocksdb")
    assert told["first_difference"]["sink"] == "snk"
    assert told["notes"] == ["the job runs on Flink 1.15"]
