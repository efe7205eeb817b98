"""The verdict by Flink's planner, held against what a real Flink did; and what happens where it cannot be asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dli_provider.flink import planner, warm_classes
from dli_provider.flink.judging import Judge, SqlChange
from dli_provider.flink.planner import NAME, Planner, Script
from dli_provider.flink.provision import Distribution
from dli_provider.sql import ChangeRule, SqlVerdict, from_text
from tests.sql.pairs import pairs, quoted
from tests.sql.test_changed_jobs import CHANGED_JOBS, NIGHT_CHANGES
from tests.sql.test_measured_pairs import HARMFUL, MEASURED, MeasuredPair

pytestmark = pytest.mark.flink

SOURCE = """CREATE TABLE bid (auction BIGINT, price BIGINT, channel STRING, extra STRING) WITH ('connector' = 'kafka',
  'topic' = 'bid', 'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');
"""
SUM = SOURCE + "INSERT INTO snk SELECT channel, SUM(price) FROM bid GROUP BY channel;"
SAFE = ("unchanged", "cosmetic", "carried")


@pytest.fixture(scope="module")
def judge(distribution: Distribution) -> Iterator[Judge]:
    found = Judge("flink", os.environ, lambda: distribution)
    yield found
    found.close()


def judged(judge: Judge, before: str, after: str) -> SqlVerdict:
    return judge.verdict(SqlChange(before, after))


@pytest.mark.parametrize(
    "known", [MEASURED, CHANGED_JOBS, NIGHT_CHANGES], ids=["measured", "whole jobs", "by night"]
)
def test_changes_are_judged_as_flink_does(judge: Judge, known: Sequence[MeasuredPair]) -> None:
    verdicts = {pair.id: judged(judge, pair.before, pair.after) for pair in known}
    table = Counter((pair.truth, verdicts[pair.id].name) for pair in known)
    names = (*SAFE, "at_risk", "incompatible", "invalid")
    print(f"\n{'truth':>8}", *(f"{each:>13}" for each in names))
    for truth in ("right", *HARMFUL, "unclear"):
        print(f"{truth:>8}", *(f"{table[truth, each]:>13}" for each in names))
    assert [pair.id for pair in known if pair.truth in HARMFUL and verdicts[pair.id].name in SAFE] == []
    assert {verdicts[pair.id].name for pair in known if pair.truth == "fails"} == {"incompatible"}
    right = [verdicts[pair.id] for pair in known if pair.truth == "right"]
    assert sum(each.name in SAFE for each in right) >= 0.92 * len(right)
    # Neither where nothing changes that a planner could see, nor with functions whose jar is not here.
    planned = [
        verdicts[pair.id] for pair in known if pair.truth == "right" and "CREATE FUNCTION" not in pair.before
    ]
    assert all(each.computed_by == NAME for each in planned if each.name != "cosmetic")


def test_no_harmful_pair_of_the_corpus_is_called_safe(judge: Judge) -> None:
    bold, planned = [], 0
    met: set[ChangeRule] = set()
    for pair in pairs():
        found = judged(judge, quoted(pair.before), quoted(pair.after))
        met |= {reason.rule for reason in found.reasons}
        planned += found.computed_by == NAME
        if pair.truth in ("wrong", "loses") and found.name in SAFE:
            bold.append((pair.name, found.because))
    assert bold == []
    assert planned > 200
    of_plans = {rule for rule in ChangeRule if rule.name.startswith(("OPERATOR_", "SAME_JOB", "SAME_STATE"))}
    never = of_plans - met - {ChangeRule.OPERATOR_UNKNOWN, ChangeRule.SAME_JOB}
    assert never == set()


@pytest.mark.parametrize(
    ("after", "verdict", "words"),
    [
        (
            SUM.replace("FROM bid GROUP", "FROM bid WHERE price > 2 GROUP"),
            "incompatible",
            "the filter price > 2 is new",
        ),
        (SUM.replace("SUM(price)", "MAX(price)"), "incompatible", "GroupAggregate(groupBy=[channel]"),
        (SUM.replace("BY channel", "BY channel HAVING SUM(price) > 2"), "carried", "keeps the same"),
        (
            SUM.replace("FROM bid GROUP", "FROM (SELECT * FROM bid) AS b GROUP"),
            "unchanged",
            "the very same job",
        ),
        (SUM.replace("'topic' = 'bid'", "'topic' = 'other'"), "incompatible", "reads from elsewhere"),
        ("SET 'table.exec.state.ttl' = '1 h';" + SUM, "incompatible", "GroupAggregate"),
        ("SET 'pipeline.max-parallelism' = '512';" + SUM, "incompatible", "maximal parallelism"),
        ("SET 'pipeline.name' = 'a';" + SUM, "carried", "same id"),
        (SUM.replace("BY channel", "BY nowhere"), "invalid", "line 4, column 62: Column 'nowhere' not found"),
        (SUM.replace("GROUP BY", "GROUP"), "invalid", 'line 4, column 59: Encountered "channel".'),
    ],
)
def test_reasons_speak_of_operators(judge: Judge, after: str, verdict: str, words: str) -> None:
    found = judged(judge, SUM, after)
    assert (found.name, found.computed_by) == (verdict, NAME), found.because
    assert words in found.because


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("FROM bid", "FROM bidz", "line 4, column 49: bidz is not defined; did you mean bid?"),
        ("SELECT", "SELCT", "line 4, column 17: SELCT begins no query; did you mean SELECT?"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(judge: Judge, old: str, new: str, said: str) -> None:
    found = judged(judge, SUM, SUM.replace(old, new))
    assert (found.name, found.because) == ("invalid", said)


OVER = SOURCE.replace("extra STRING", "ts TIMESTAMP(3), WATERMARK FOR ts AS ts") + (
    "INSERT INTO snk SELECT channel, COUNT(*) OVER (PARTITION BY channel ORDER BY ts"
    " RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) FROM bid;"
)
FILTERED = SUM.replace("SUM(price)", "SUM(price) FILTER (WHERE price > 2)")
JOINED = (
    SOURCE + "INSERT INTO snk SELECT a.channel, b.price FROM bid a JOIN bid b"
    " ON a.auction = b.auction AND a.price < b.price;"
)
MET = (
    JOINED.replace("a.channel, b.price", "a.channel, SUM(b.price)").removesuffix(";") + " GROUP BY a.channel;"
)
TEMPORARY = SUM.replace("CREATE TABLE", "CREATE TEMPORARY TABLE")


@pytest.mark.parametrize(
    ("before", "old", "new", "verdict"),
    [
        (OVER, "COUNT(*)", "COUNT(1)", "carried"),
        (OVER, "COUNT(*)", "COUNT(price)", "incompatible"),
        (OVER, "COUNT(*)", "COUNT(CAST(NULL AS INT))", "incompatible"),
        (OVER, "'1' HOUR", "'60' MINUTE", "carried"),
        (OVER, "'1' HOUR", "'61' MINUTE", "incompatible"),
        (OVER, "'1' HOUR", "'1' MINUTE", "incompatible"),
        (FILTERED, "price > 2", "2 < price", "carried"),
        (FILTERED, "price > 2", "2 > price", "incompatible"),
        (JOINED, "a.price < b.price", "b.price > a.price", "carried"),
        # An inner join keeps the rows of both sides, whomever they meet. An outer one counts, and a sum is of those.
        (JOINED, "a.price < b.price", "b.price < a.price", "carried"),
        (JOINED.replace("JOIN", "LEFT JOIN"), "a.price < b.price", "b.price < a.price", "incompatible"),
        (TEMPORARY, "BY channel", "BY channel HAVING SUM(price) > 2", "carried"),
        (TEMPORARY, "'topic' = 'bid'", "'topic' = 'other'", "incompatible"),
        (MET, "a.price < b.price", "b.price < a.price", "incompatible"),
    ],
)
def test_what_only_reads_otherwise_is_carried(
    judge: Judge, before: str, old: str, new: str, verdict: str
) -> None:
    found = judged(judge, before, before.replace(old, new))
    assert (found.name, found.computed_by) == (verdict, NAME), found.because


def test_settings_of_the_job_count_like_those_of_the_script(judge: Judge) -> None:
    ttl = (("table.exec.state.ttl", "1 h"),)
    assert judge.verdict(SqlChange(SUM, SUM, ((), ttl))).name == "incompatible"
    moved = SqlChange("SET 'table.exec.state.ttl' = '1 h';" + SUM, SUM, ((), ttl))
    assert judge.verdict(moved).name == "cosmetic"


def test_the_parallelism_of_the_job_counts_where_a_table_has_its_own(judge: Judge) -> None:
    timed = SOURCE.replace("extra STRING", "ts TIMESTAMP(3), WATERMARK FOR ts AS ts")
    sql = (
        timed
        + "INSERT INTO snk SELECT channel, SUM(price) FROM bid GROUP BY channel, TUMBLE(ts, INTERVAL '1' HOUR);"
    )
    fixed = sql.replace("'print'", "'print', 'sink.parallelism' = '4'")
    one, four = (("parallelism.default", "1"),), (("parallelism.default", "4"),)
    # The window is chained to a sink of as many tasks as the job has, and has another id then.
    assert judge.verdict(SqlChange(fixed, fixed, (four, one))).name == "incompatible"
    assert judge.verdict(SqlChange(sql, sql, (four, one))).name == "carried"
    assert judge.verdict(SqlChange(sql, fixed, (one, one))).name == "incompatible"


def test_what_the_planner_cannot_plan_is_left_to_the_text(judge: Judge) -> None:
    own = SUM.replace("SUM(price)", "MY_OWN(price)")
    other = own.replace("channel,", "channel || 'x',")
    found = judged(judge, own, other)
    assert replace(found, unplanned="") == from_text(own, other)
    assert "MY_OWN" in found.unplanned


def test_nothing_is_written_or_run_while_planning(distribution: Distribution, tmp_path: Path) -> None:
    there = tmp_path / "plan.json"
    with Planner(distribution, os.environ) as planner:
        told = planner.answer(
            Script(SUM + f"COMPILE PLAN 'file://{there}' FOR INSERT INTO snk SELECT extra, 1 FROM bid;")
        )
    assert "not planned here" in told.told["error"]
    assert not there.exists()


def test_without_a_flink_the_text_judges_silently_and_a_demand_is_told(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sql", tmp_path / "new.sql"
    old.write_text(SUM)
    new.write_text(SUM.replace("SUM(price)", "MAX(price)"))
    dli = Path(sys.executable).with_name("dli")
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "empty"), "JAVA_HOME": str(tmp_path)}

    def diff(*more: str) -> subprocess.CompletedProcess[str]:
        command = [str(dli), "sql", "diff", str(old), str(new), *more]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)

    told = diff("--json", "--flink-version", "1.15")
    assert (told.returncode, told.stderr) == (1, "")
    assert json.loads(told.stdout)["computed_by"] == "the text"
    demanded = diff("--judge", "flink")
    assert demanded.returncode == 2
    assert "java" in demanded.stderr


def test_scripts_side_by_side_are_told_as_each_alone(distribution: Distribution) -> None:
    count = SUM.replace("SUM(price)", "COUNT(price)")
    wrong = ("INSERT INTO nowhere SELECT 1", "a 'quote")
    scripts = [Script(sql, (), stood_in=True) for sql in (SUM, *wrong, count, SUM)]
    with Planner(distribution, os.environ) as planner:
        together = planner.answers(*scripts)
    with Planner(distribution, os.environ) as planner:
        alone = [planner.answer(each) for each in reversed(scripts)][::-1]
    assert [each.told.get("error") for each in together] == [each.told.get("error") for each in alone]
    assert [each.place for each in together] == [each.place for each in alone]
    ids = [[operator["id"] for operator in each.told.get("operators", ())] for each in together]
    assert ids == [[operator["id"] for operator in each.told.get("operators", ())] for each in alone]
    assert [bool(each) for each in ids] == [True, False, False, True, True]
    nodes = [operator["node"] for operator in together[0].told["operators"]]
    assert nodes == sorted(nodes), "in the order of the plan, whatever was asked before"


def test_an_archive_of_classes_that_does_not_fit_is_done_without_in_silence(
    distribution: Distribution, tmp_path: Path
) -> None:
    (tmp_path / "dli-provider").mkdir()
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    # Another Java, a jar that was touched, a disk that was full: what Java says of it is no answer.
    planner.command(distribution, environ)[1].write_bytes(b"no archive" * 1000)
    assert any("SharedArchiveFile" in each for each in planner.command(distribution, environ)[0])
    with Planner(distribution, environ) as asked:
        assert "operators" in asked.answer(Script(SUM, stood_in=True)).told


def test_an_archive_is_of_just_these_jars_and_none_is_of_logging(tmp_path: Path) -> None:
    jars = [tmp_path / name for name in ("a.jar", "log4j-core-1.jar", "flink-table-planner-loader-1.jar")]
    for jar in jars[:2]:
        jar.write_text("old")
    inner = tmp_path / "inner.jar"
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("x", "")
    with zipfile.ZipFile(jars[2], "w") as packed:
        packed.write(inner, "flink-table-planner.jar")
    first = warm_classes.class_path(jars, tmp_path)
    assert [each.name.partition("-")[0] for each in first] == ["a.jar", "planner"]
    assert zipfile.ZipFile(first[1]).namelist() == ["x"]
    before = warm_classes.archive(jars[0], tmp_path, first)
    assert warm_classes.archive(jars[0], tmp_path, first) == before
    jars[0].write_text("newer")
    assert warm_classes.archive(jars[0], tmp_path, first) != before


def test_where_no_planner_can_plan_the_text_judges_and_says_why(judge: Judge) -> None:
    reserved = re.sub(r"\bsnk\b", "out", SUM)
    found = judged(judge, reserved, reserved + " HAVING SUM(price) > 2")
    assert found.computed_by == "the text"
    assert found.unplanned == f'{NAME} cannot plan the old SQL: line 3, column 14: Encountered "out"'
    assert judged(judge, SUM, SUM + " HAVING SUM(price) > 2").unplanned == ""
