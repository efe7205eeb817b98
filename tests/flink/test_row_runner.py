"""Rows in, rows out on a real Flink: what tests and rehearsals rely on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from dli_provider.flink.provision import Distribution
from dli_provider.flink.row_runner import (
    END_OF_TIME,
    Change,
    RowRunner,
    RunRefused,
    RunStep,
    ScriptRun,
    StateBackend,
    Written,
)

pytestmark = pytest.mark.flink


@pytest.fixture(scope="module")
def runner(distribution: Distribution) -> Iterator[RowRunner]:
    """A warm Flink for all of these."""
    with RowRunner(distribution, os.environ) as warm:
        yield warm


SALES = """
CREATE TABLE sales (id STRING, shop STRING, amount DECIMAL(10, 2), at_time TIMESTAMP_LTZ(3),
  WATERMARK FOR at_time AS at_time - INTERVAL '1' MINUTE)
  WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json', 'scan.startup.mode' = 'group-offsets');
"""
TOTALS = """
CREATE TABLE totals (shop STRING, total DECIMAL(38, 2), PRIMARY KEY (shop) NOT ENFORCED)
  WITH ('connector' = 'upsert-kafka', 'topic' = 'o', 'key.format' = 'json', 'value.format' = 'json');
"""
SUMS = f"{SALES}{TOTALS}INSERT INTO totals SELECT shop, SUM(amount) FROM sales GROUP BY shop;"


def table(header: str, *lines: str) -> list[Change]:
    names = header.split()
    return [("+I", dict(zip(names, line.split(), strict=True))) for line in lines]


def sales(*lines: str) -> list[Change]:
    return table("id shop amount at_time", *lines)


def shown(changes: Sequence[Written]) -> list[str]:
    return [" ".join([op, *(str(value) for value in values.values())]) for op, values in changes]


FIRST = RunStep({"sales": sales("1 a 1.50 2026-01-01T10:00:00Z", "2 a 2 2026-01-01T10:00:30Z")})
MORE = RunStep({"sales": sales("3 a 4 2026-01-01T10:01:00Z")})


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
@pytest.mark.parametrize("parallelism", [1, 2])
def test_state_goes_from_one_script_to_the_next(
    runner: RowRunner, backend: StateBackend, parallelism: int
) -> None:
    old = runner.run(ScriptRun(SUMS, (FIRST,), save=True, backend=backend, parallelism=parallelism))
    assert shown(old.steps[0]["totals"]) == ["+I a 1.50", "+U a 3.50"]
    again = SUMS.replace("SUM(amount)", "SUM( amount )")
    new = runner.run(
        ScriptRun(
            again,
            (MORE,),
            restore=old.savepoint,
            before=old.fed,
            backend=backend,
            parallelism=3 - parallelism,
        )
    )
    assert new.at_start == {"totals": ()}, "nothing is read twice"
    assert shown(new.steps[0]["totals"]) == ["+U a 7.50"]
    assert new.keys == {"totals": ["shop"]}


def test_state_that_does_not_fit_is_refused_in_flinks_words(runner: RowRunner) -> None:
    old = runner.run(ScriptRun(SUMS, (FIRST,), save=True))
    other = SUMS.replace("SUM(amount)", "SUM(amount) + COUNT(DISTINCT id)")
    with pytest.raises(RunRefused) as refused:
        runner.run(ScriptRun(other, (MORE,), restore=old.savepoint, before=old.fed))
    assert refused.value.phase in ("start", "run"), "at once, or when the first row reaches the state"
    assert "state" in refused.value.told.lower(), refused.value.told


def test_a_source_without_state_begins_where_its_connector_does(runner: RowRunner) -> None:
    old = runner.run(ScriptRun(SUMS, (FIRST,), save=True))
    for mode, expected in (("group-offsets", []), ("earliest-offset", ["+I a 1.50", "+U a 3.50"])):
        anew = ScriptRun(SUMS.replace("group-offsets", mode), (MORE,), before=old.fed)
        assert shown(runner.run(anew).at_start["totals"]) == expected


HOURS = f"""{SALES}
CREATE TABLE hours (begins TIMESTAMP(3), shop STRING, total DECIMAL(38, 2)) WITH ('connector' = 'kafka');
INSERT INTO hours SELECT window_start, shop, SUM(amount)
FROM TABLE(TUMBLE(TABLE sales, DESCRIPTOR(at_time), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, shop;
"""


def test_event_time_goes_on_by_rows_and_by_order_and_late_rows_do_not_count(runner: RowRunner) -> None:
    rows = sales("1 a 1 2026-01-01T10:00:00Z", "2 a 2 2026-01-01T11:01:00Z", "3 a 4 2026-01-01T10:59:00Z")
    ran = runner.run(
        ScriptRun(
            HOURS, (RunStep({"sales": rows}), RunStep(time="2026-01-01T11:59:59Z"), RunStep(time=END_OF_TIME))
        )
    )
    assert [shown(step["hours"]) for step in ran.steps] == [
        ["+I 2026-01-01T10:00:00 a 1.00"],
        [],
        ["+I 2026-01-01T11:00:00 a 2.00"],
    ]


def test_a_sink_that_cannot_take_rows_back_refuses_them_as_the_real_one_does(runner: RowRunner) -> None:
    into_kafka = SUMS.replace("upsert-kafka", "kafka").replace(", PRIMARY KEY (shop) NOT ENFORCED", "")
    with pytest.raises(RunRefused, match="doesn't support consuming update changes") as refused:
        runner.run(ScriptRun(into_kafka, (FIRST,)))
    assert refused.value.phase == "plan"


def test_changes_come_in_as_their_format_brings_them(runner: RowRunner) -> None:
    rows: list[Change] = [
        ("+I", {"id": "1", "shop": "a", "amount": "1"}),
        ("-U", {"id": "1", "shop": "a", "amount": "1"}),
        ("+U", {"id": "1", "shop": "b", "amount": "2"}),
        ("+I", {"id": "2", "shop": "b", "amount": "3"}),
        ("-D", {"id": "2", "shop": "b", "amount": "3"}),
    ]
    captured = SUMS.replace("'format' = 'json'", "'format' = 'debezium-json'").replace(
        ",\n  WATERMARK FOR at_time AS at_time - INTERVAL '1' MINUTE", ""
    )
    ran = runner.run(ScriptRun(captured, (RunStep({"sales": rows}),)))
    assert shown(ran.steps[0]["totals"]) == ["+I a 1.00", "-D a 1.00", "+I b 2.00", "+U b 5.00", "+U b 2.00"]
    with pytest.raises(RunRefused, match="-U never comes from kafka") as refused:
        runner.run(ScriptRun(SUMS, (RunStep({"sales": rows}),)))
    assert (refused.value.phase, refused.value.table, refused.value.row) == ("rows", "sales", 2)
    assert (refused.value.about, refused.value.step) == ("given", 0)


LOOKED_UP = """
CREATE TABLE sales (id STRING, shop STRING, now_ AS PROCTIME()) WITH ('connector' = 'kafka', 'format' = 'json');
CREATE TABLE shops (id STRING, city STRING, unused INT, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = '%s');
CREATE TABLE named (id STRING, city STRING) WITH ('connector' = 'kafka');
INSERT INTO named SELECT sales.id, city FROM sales LEFT JOIN shops FOR SYSTEM_TIME AS OF now_ ON shops.id = shop;
"""


@pytest.mark.parametrize("connector", ["jdbc", "redis", "hbase-2.2"])
def test_what_is_looked_up_is_what_the_store_holds_by_then(runner: RowRunner, connector: str) -> None:
    def city(op: str, name: str) -> Change:
        return op, {"id": "a", "city": name}

    def sold(number: str) -> list[Change]:
        return table("id shop", f"{number} a", f"{number} b")

    steps = (
        RunStep({"shops": [city("+I", "Ulm")], "sales": sold("1")}),
        RunStep({"shops": [city("+U", "Bonn")], "sales": sold("2")}),
        RunStep({"shops": [city("-D", "Bonn")], "sales": sold("3")}),
    )
    ran = runner.run(ScriptRun(LOOKED_UP % connector, steps))
    assert [shown(step["named"]) for step in ran.steps] == [
        ["+I 1 Ulm", "+I 1 None"],
        ["+I 2 Bonn", "+I 2 None"],
        ["+I 3 None", "+I 3 None"],
    ]
    assert not ran.clocks, "when a row is looked up shows nowhere"


def test_a_store_that_is_read_as_a_stream_is_read_once(runner: RowRunner) -> None:
    stored = SUMS.replace("'connector' = 'kafka'", "'connector' = 'jdbc'")
    ran = runner.run(ScriptRun(stored, (FIRST,)))
    assert shown(ran.steps[0]["totals"]) == ["+I a 1.50", "+U a 3.50"]
    with pytest.raises(RunRefused, match="is read once"):
        runner.run(ScriptRun(stored, (FIRST, MORE)))


STOCK = """
CREATE TABLE stock (id STRING, n INT) WITH ('connector' = 'jdbc', 'url' = 'u', 'table-name' = 't');
CREATE TABLE sold (id STRING, m INT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
CREATE TABLE left_ (id STRING, n INT) WITH ('connector' = 'print');
"""


@pytest.mark.parametrize("parallelism", [1, 2])
def test_a_job_goes_on_after_a_source_that_was_read_once(runner: RowRunner, parallelism: int) -> None:
    sql = STOCK + "INSERT INTO left_ SELECT stock.id, n - m FROM stock JOIN sold ON stock.id = sold.id;"
    first = RunStep({"stock": table("id n", "a 5"), "sold": table("id m", "a 1")})
    old = runner.run(ScriptRun(sql, (first,), save=True, parallelism=parallelism))
    more = RunStep({"sold": table("id m", "a 3")})
    new = runner.run(ScriptRun(sql, (more,), restore=old.savepoint, before=old.fed, parallelism=parallelism))
    assert [shown(each["left_"]) for each in (old.steps[0], new.steps[0])] == [["+I a 4"], ["+I a 2"]]


def test_a_job_that_ends_by_itself_leaves_no_savepoint(runner: RowRunner) -> None:
    sql = STOCK + "INSERT INTO left_ SELECT id, SUM(n) FROM stock GROUP BY id;"
    with pytest.raises(RunRefused, match="the job ends by itself") as refused:
        runner.run(ScriptRun(sql, (RunStep({"stock": table("id n", "a 5")}),), save=True))
    assert refused.value.phase == "savepoint"


def test_late_rows_are_counted_step_by_step(runner: RowRunner) -> None:
    at = [f"{n} a 1 2026-01-01T{time}:00Z" for n, time in enumerate(("10:00", "12:00", "10:01", "10:02"))]
    steps = (RunStep({"sales": sales(*at[:3])}), RunStep({"sales": sales(*at[3:])}, END_OF_TIME))
    assert runner.run(ScriptRun(HOURS, steps)).late == (1, 1)
    assert runner.run(ScriptRun(HOURS, steps[:1])).late == (1,), "counted anew for each run"


PROCESSED = """
CREATE TABLE o (id STRING, n INT, pt AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
CREATE TABLE x (n BIGINT) WITH ('connector' = 'print');
INSERT INTO x """


@pytest.mark.parametrize(
    ("sql", "clock"),
    [
        (SUMS.replace("SELECT shop", "SELECT UUID()"), "UUID"),
        (SUMS.replace("FROM sales", "FROM sales WHERE at_time < NOW()"), "NOW"),
        (LOOKED_UP % "jdbc" + "INSERT INTO named SELECT id, CAST(now_ AS STRING) FROM sales;", "PROCTIME"),
        (HOURS.replace("at_time TIMESTAMP_LTZ(3),", "at_time AS PROCTIME(),").replace(
            "WATERMARK FOR at_time AS at_time - INTERVAL '1' MINUTE", "x INT"), "a window of processing time"),
        (PROCESSED + "SELECT COUNT(*) FROM o GROUP BY TUMBLE(pt, INTERVAL '1' MINUTE);", "a window of processing"),
        (PROCESSED + "SELECT COUNT(*) OVER (PARTITION BY id ORDER BY pt RANGE BETWEEN INTERVAL '1' HOUR PRECEDING "
         "AND CURRENT ROW) FROM o;", "a range of processing time"),
        (PROCESSED + "SELECT CAST(a.n AS BIGINT) FROM o a JOIN o b ON a.id = b.id AND a.pt BETWEEN b.pt - INTERVAL "
         "'1' HOUR AND b.pt;", "a join within an interval of processing time"),
        (PROCESSED + "SELECT CAST(x AS BIGINT) FROM o MATCH_RECOGNIZE (PARTITION BY id ORDER BY pt MEASURES B.n AS x "
         "PATTERN (A B) WITHIN INTERVAL '1' MINUTE DEFINE A AS n > 1, B AS n > 2);", "a pattern within an interval"),
    ],
)  # fmt: skip
def test_what_depends_on_when_it_runs_is_told(runner: RowRunner, sql: str, clock: str) -> None:
    found = runner.run(ScriptRun(sql, only_plan=True)).clocks
    assert any(each.startswith(clock) for each in found), found


def test_a_mistake_says_where_it_is(runner: RowRunner) -> None:
    with pytest.raises(RunRefused) as reserved:
        runner.run(ScriptRun(SUMS.replace("(shop STRING, total", "(at STRING, total")))
    assert reserved.value.message.endswith("a name that is a reserved word is written in backquotes: `at`")
    assert "Was expecting" not in reserved.value.message
    with pytest.raises(RunRefused, match="Column 'shp' not found") as refused:
        runner.run(ScriptRun(SUMS.replace("SELECT shop", "SELECT shp")))
    assert (refused.value.phase, refused.value.place) == ("plan", (8, 27))
    for cell, told in (("x", "'x' is no DECIMAL"), ("1.234", "more digits"), ("123456789.00", "too large")):
        with pytest.raises(RunRefused, match=told) as unfit:
            runner.run(ScriptRun(SUMS, (RunStep({"sales": sales(f"1 a {cell} 2026-01-01T10:00:00Z")}),)))
        assert (unfit.value.table, unfit.value.row, unfit.value.column) == ("sales", 1, "amount")


def test_expected_values_are_answered_in_the_form_of_written_ones(runner: RowRunner) -> None:
    read = runner.run(ScriptRun(SUMS, read={"totals": [{"total": "7", "shop": None}]}, only_plan=True)).read
    assert read == {"totals": [{"total": "7.00", "shop": None}]}
    with pytest.raises(RunRefused, match="no such column"):
        runner.run(ScriptRun(SUMS, read={"totals": [{"totl": "7"}]}, only_plan=True))


def test_rows_gathered_in_bundles_come_out_at_the_end_of_each_step(runner: RowRunner) -> None:
    bundles = {
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": "2s",
        "table.exec.mini-batch.size": "5000",
    }
    ran = runner.run(ScriptRun(SUMS, (FIRST, MORE), settings=bundles))
    assert [shown(step["totals"]) for step in ran.steps] == [["+I a 3.50"], ["+U a 7.50"]]
