"""A check of somebody else's SQL plans it on a real Flink, and does nothing else: no job, no file, no other system."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.plans import judged
from tests.flink.dli import Dli

pytestmark = pytest.mark.flink

TABLES = """CREATE TABLE src (b STRING, c DOUBLE) WITH ('connector' = 'datagen');
CREATE TABLE dst (b STRING, m BIGINT) WITH ('connector' = 'print');
"""
FILLED = """CREATE TABLE src (b STRING, c DECIMAL(10, 2), a ARRAY<ROW<x INT NOT NULL, y STRING>>, ts TIMESTAMP_LTZ(3),
  p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'datagen', 'rows-per-second' = '5'
  );
CREATE TABLE counts WITH ('connector' = 'blackhole') AS
  SELECT b, COUNT(*) AS m, MAX(c) AS `max c` FROM src GROUP BY b;
CREATE OR REPLACE TABLE everything WITH ('connector' = 'blackhole') AS SELECT * FROM src;
INSERT INTO counts SELECT b, 1, c FROM src;
"""


def said(flink: Cluster, sql: str) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.message) for each in judged(flink, sql, {})[0]]


def jobs(flink: Cluster) -> int:
    return len(flink.rest.get("/jobs")["jobs"])


def test_a_plan_is_not_written_to_this_machine(flink: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "written_by_check.json"
    for location in (f"file://{file}", str(file), file.as_uri()):
        sql = (
            f"{TABLES}COMPILE PLAN '{location}' FOR INSERT INTO dst SELECT b, COUNT(*) FROM src GROUP BY b;\n"
        )
        ((line, column, why),) = said(flink, sql + "INSERT INTO dst SELECT b, COUNT(*) FROM src GROUP BY b;")
        assert (line, column) == (3, 1)
        assert why.startswith("not executed here: COMPILE PLAN")
        assert not file.exists()


def test_a_table_that_is_filled_by_a_query_is_planned_and_not_run(flink: Cluster) -> None:
    before, began = jobs(flink), time.monotonic()
    assert said(flink, FILLED) == []
    assert said(flink, FILLED.partition("INSERT")[0]) == [], "it counts as an INSERT"
    assert said(flink, FILLED.replace("MAX(c)", "MAX(nope)"))[0] == (
        5,
        32,
        "Column 'nope' not found in any table",
    )
    assert said(flink, FILLED.replace("SELECT b, 1, c", "SELECT b, 1, b"))[0][0] == 7
    assert jobs(flink) == before
    assert time.monotonic() - began < 60


def test_what_would_leave_the_session_is_said_and_nothing_is_done(flink: Cluster, tmp_path: Path) -> None:
    before = jobs(flink)
    out = tmp_path / "out"
    files = f"CREATE TABLE outside (b STRING) WITH ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'csv');\n"
    sql = f"""{TABLES}{files}CREATE CATALOG shop WITH ('type' = 'jdbc', 'base-url' = 'jdbc:postgresql://127.0.0.1:1');
DROP TABLE shop.d.t;
CALL shop.sys.x();
SELECT b FROM src;
EXECUTE SELECT b FROM src;
CREATE FUNCTION f AS 'x.Y' USING JAR 'http://127.0.0.1:1/x.jar';
ADD JAR 'http://127.0.0.1:1/x.jar';
SET 'pipeline.jars' = 'http://127.0.0.1:1/x.jar';
INSERT INTO outside SELECT b FROM src;
"""
    told = said(flink, sql)
    assert [line for line, _, _ in told] == [4, 5, 6, 8, 9, 10, 11], told
    assert all(why.startswith(("not executed here: ", "cannot be checked: ")) for _, _, why in told)
    assert jobs(flink) == before
    assert not out.exists()


def test_a_job_with_a_table_that_is_filled_is_one_job_on_the_local_dli(dli: Emulator, flink: Cluster) -> None:
    before = jobs(flink)
    client = Dli(dli.url)
    job_id = client.create(sql_body=FILLED)
    client.run(job_id)
    assert client.wait(job_id, "job_running", "job_submit_fail")["status"] == "job_running"
    assert jobs(flink) == before + 1
    alone = client.create(name="alone", sql_body=FILLED.partition("CREATE OR")[0])
    client.run(alone)
    assert client.wait(alone, "job_running", "job_submit_fail")["status"] == "job_running"
    assert jobs(flink) == before + 2
