"""Jobs of Flink 1.13 to 1.15 are judged by Flink 1.15's own planner, which differs where its plans do."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dli_provider.flink import java, pins
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.judging import Judge, SqlChange
from dli_provider.flink.planner import NAME, name_of
from dli_provider.flink.provision import Distribution, obtain_older_planner
from dli_provider.sql import SqlVerdict
from tests.sql.test_measured_pairs import HARMFUL, MEASURED

pytestmark = pytest.mark.flink

OLDER = name_of(pins.OLDER_PLANNER.version)
BIDS = """CREATE TABLE bid (auction BIGINT, price BIGINT, channel STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'kafka', 'topic' = 'bid', 'properties.bootstrap.servers' = 'k1:9092',
  'format' = 'json');
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');
"""
SUM = BIDS + "INSERT INTO snk SELECT channel, SUM(price) FROM bid GROUP BY channel;"
WINDOW = (
    BIDS + "INSERT INTO snk SELECT channel, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts),"
    " INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, channel;"
)
LOOKUP = """CREATE TABLE names (id BIGINT, name STRING) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d',
  'table-name' = 'n');
""" + BIDS.replace("ts TIMESTAMP(3)", "seen AS PROCTIME(), ts TIMESTAMP(3)")
LOOKUP += (
    "INSERT INTO snk SELECT n.name, b.price FROM bid b JOIN names FOR SYSTEM_TIME AS OF b.seen AS n"
    " ON b.auction = n.id;"
)
USERS = """CREATE TABLE users (a STRING, b STRING, n BIGINT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' =
  'upsert-kafka', 'topic' = 'users', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE copy (k STRING, v BIGINT) WITH ('connector' = 'print');
INSERT INTO copy SELECT b, n FROM users;"""


@pytest.fixture(scope="module")
def older() -> Distribution:
    """Its jars, from the cache or fetched into it: 234 MB, as much as the Flink that all other tests here need."""
    try:
        java.find(os.environ)
        return obtain_older_planner(os.environ)
    except FlinkError as error:
        pytest.skip(f"NO PLANNER OF FLINK 1.15, SO NOTHING IS PROVEN ABOUT ITS PLANS: {error}")


@pytest.fixture(scope="module")
def judge(older: Distribution, distribution: Distribution) -> Iterator[Judge]:
    found = Judge("flink", os.environ, lambda: distribution, lambda: older)
    yield found
    found.close()


def judged(judge: Judge, before: str, after: str, version: str = "1.15", *settings: str) -> SqlVerdict:
    ttl = tuple((("table.exec.state.ttl", each),) if each else () for each in settings) or ((), ())
    return judge.verdict(SqlChange(before, after, (ttl[0], ttl[1]), version))


def test_measured_pairs_are_judged_by_it_as_flink_does(judge: Judge) -> None:
    harmful = [pair for pair in MEASURED if pair.truth in HARMFUL]
    # Of the harmless ones a third: each is two plans, and all of them are judged by the newer planner.
    right = [pair for pair in MEASURED if pair.truth == "right"][::3]
    verdicts = {pair.id: judged(judge, pair.before, pair.after) for pair in (*harmful, *right)}
    assert {verdicts[pair.id].name for pair in harmful} == {"incompatible"}
    assert {verdicts[pair.id].name for pair in right} <= {"unchanged", "cosmetic", "carried"}
    others = [pair.id for pair in right if verdicts[pair.id].computed_by != OLDER]
    assert len(others) <= 2, "windows of sessions are newer than it"


@pytest.mark.parametrize(
    ("version", "by"),
    [("1.13", OLDER), ("1.15", OLDER), ("1.15.2", OLDER), ("1.17", NAME), ("", NAME), ("1.12", "the text")],
)
def test_who_judges_follows_from_the_version_of_the_job(judge: Judge, version: str, by: str) -> None:
    found = judged(judge, SUM, SUM.replace("SUM", "MAX"), version)
    assert (found.name, found.computed_by) == ("incompatible", by)


def test_an_older_job_needs_no_other_planner(older: Distribution) -> None:
    def never() -> Distribution:
        raise AssertionError("nobody needs it")

    judge = Judge("flink", os.environ, never, lambda: older)
    assert judged(judge, SUM, SUM.replace("SUM", "MAX")).computed_by == OLDER
    judge.close()


@pytest.mark.parametrize(
    ("sql", "before", "after", "verdict"),
    [
        (SUM, "", "1 h", "incompatible"),
        (SUM, "1 h", "", "incompatible"),
        (SUM, "1 h", "0", "incompatible"),
        (SUM, "1 h", "2 h", "carried"),
        (SUM, "0 s", "", "carried"),
        (WINDOW, "", "1 h", "carried"),
    ],
)
def test_how_long_state_lives_is_read_of_settings_as_its_plans_do_not_say_it(
    judge: Judge, sql: str, before: str, after: str, verdict: str
) -> None:
    found = judged(judge, sql, sql, "1.15", before, after)
    assert (found.name, found.computed_by) == (verdict, OLDER), found.because


def test_plans_that_differ_between_versions_are_judged_each_as_it_is(judge: Judge) -> None:
    # The newer one keeps only the columns that are read of an upserting source, and so other state.
    less = USERS.replace("SELECT b, n", "SELECT b, CHAR_LENGTH(a)")
    assert judged(judge, USERS, less).name == "carried"
    assert judged(judge, USERS, less, "1.17").name == "incompatible"


def test_look_ups_are_planned_without_the_system_that_is_looked_up(judge: Judge) -> None:
    found = judged(judge, LOOKUP, LOOKUP.replace("b.price FROM", "b.price + 1 FROM"))
    assert (found.name, found.computed_by) == ("carried", OLDER), found.because


def test_what_only_a_newer_flink_plans_is_left_to_that(judge: Judge) -> None:
    one = SUM.replace(
        "SUM(price)", "SUM(price) FILTER (WHERE CARDINALITY(ARRAY_DISTINCT(ARRAY[price, auction])) > 1)"
    )
    found = judged(judge, one, one.replace("> 1", "> 2"))
    assert (found.name, found.computed_by) == ("incompatible", NAME), found.because


def test_what_it_refuses_itself_is_told_with_its_name(judge: Judge) -> None:
    found = judged(judge, SUM, SUM.replace("BY channel", "BY nowhere"))
    assert (found.name, found.computed_by) == ("invalid", OLDER)
    assert "line 5, column 62: Column 'nowhere' not found" in found.because


def test_where_it_cannot_be_had_another_judges_and_that_is_said_once(distribution: Distribution) -> None:
    def offline() -> Distribution:
        raise FlinkError("no way to the index")

    said: list[str] = []
    judge = Judge("flink", os.environ, lambda: distribution, offline, said.append)
    assert judged(judge, SUM, SUM.replace("SUM", "MAX"), "1.17").computed_by == NAME
    assert said == []
    for function in ("MAX", "MIN"):
        assert judged(judge, SUM, SUM.replace("SUM", function)).computed_by == NAME
    judge.close()
    assert said == [f"{OLDER} cannot be had (no way to the index): jobs of Flink 1.15 are judged by {NAME}"]
