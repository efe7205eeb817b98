"""What a check may do with each statement of somebody else's SQL. What is not known here is not executed."""

from __future__ import annotations

import pytest

from dli_provider.flink.allowed import Deed, Judged, harmless, judged
from dli_provider.flink.statements import filled, split

JAR = "obs://bucket/own.jar"
EXECUTED = [
    "SET 'table.exec.state.ttl' = '1 h'",
    "set 'sql-client.verbose' = 'true'",
    "/* a */ SeT -- b\n 'parallelism.default' = '4'",
    "RESET",
    "RESET 'parallelism.default'",
    "CREATE TABLE t (k INT) WITH ('connector' = 'print')",
    "create\ttable IF NOT EXISTS `a b` (k INT, p AS PROCTIME()) WITH ('connector' = 'print')",
    "CREATE TEMPORARY TABLE t (k INT, v AS (k + 1)) WITH ('connector' = 'print')",
    "CREATE TABLE t WITH ('connector' = 'print') LIKE s (EXCLUDING ALL)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TEMPORARY VIEW v AS SELECT * FROM t",
    "CREATE FUNCTION f AS 'org.apache.flink.Some'",
    f"CREATE TEMPORARY SYSTEM FUNCTION f AS 'x.Y' LANGUAGE JAVA USING JAR '{JAR}'",
    f"CREATE FUNCTION IF NOT EXISTS f AS 'x.Y' USING JAR '{JAR}', JAR '{JAR}'",
    "CREATE DATABASE d",
    "CREATE CATALOG m WITH ('type' = 'generic_in_memory')",
    "DROP TABLE IF EXISTS t",
    "DROP TEMPORARY TABLE t",
    "DROP TEMPORARY VIEW v",
    "DROP TEMPORARY SYSTEM FUNCTION f",
    "DROP DATABASE d",
    "USE d",
    "USE CATALOG default_catalog",
    f"ADD JAR '{JAR}'",
]
FLOWS = [
    "INSERT INTO t SELECT 1",
    "insert /* x */ overwrite t VALUES (1)",
    "EXECUTE INSERT INTO t SELECT 1",
    "\ufeffINSERT INTO `c`.`d`.`t` SELECT 1",
    "CREATE TABLE t WITH ('connector' = 'print') AS SELECT 1 AS a",
    "CREATE TABLE t -- AS\n WITH ('connector' = 'print') as /* q */ WITH q AS (SELECT 1 AS a) SELECT a FROM q",
    "CREATE TABLE IF NOT EXISTS d.t AS SELECT 1 AS a",
    "CREATE OR REPLACE TABLE t WITH ('connector' = 'print') AS SELECT 1 AS a",
    "REPLACE TABLE t AS SELECT 1 AS a",
    "CREATE TABLE t (PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'print') AS SELECT 1 AS a",
    "CREATE TABLE t AS (SELECT 1 AS a)",
]
EXPLAINED = ["SELECT 1", "with q as (select 1) select * from q", "VALUES (1)"]
NOT_HERE = [
    "COMPILE PLAN 'file:///tmp/plan.json' FOR INSERT INTO t SELECT 1",
    "COMPILE AND EXECUTE PLAN 'file:///tmp/plan.json' FOR INSERT INTO t SELECT 1",
    "EXECUTE PLAN 'file:///tmp/plan.json'",
    "EXECUTE SELECT 1",
    "compile/**/plan 'x' for insert into t select 1",
    "CALL sys.rewrite()",
    "ALTER TABLE t ADD k INT",
    "ALTER DATABASE d SET ('a' = 'b')",
    "TRUNCATE TABLE t",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "MERGE INTO t USING s ON t.a = s.a",
    "LOAD MODULE hive",
    "UNLOAD MODULE core",
    "ANALYZE TABLE t COMPUTE STATISTICS",
    "STOP JOB 'abc' WITH DRAIN",
    "SHOW TABLES",
    "DESCRIBE t",
    "EXPLAIN SELECT 1",
    "TABLE t",
    "(SELECT 1)",
    "BEGIN",
    "REMOVE JAR 'x.jar'",
    "ADD JAR 'file:///home/me/.m2/evil.jar'",
    "ADD JAR '/tmp/x.jar'",
    "ADD FILE 'x'",
    "CREATE FUNCTION f AS 'x.Y' USING JAR 'http://elsewhere/x.jar'",
    f"CREATE FUNCTION f AS 'x.Y' USING JAR '{JAR}', JAR 'file:///tmp/x.jar'",
    "CREATE TEMPORARY FUNCTION f AS 'module.f' LANGUAGE PYTHON",
    "CREATE CATALOG c WITH ('type' = 'jdbc', 'base-url' = 'jdbc:postgresql://h', 'password' = 'x')",
    "CREATE CATALOG c WITH ('type' = 'hive')",
    "CREATE CATALOG c WITH ('type' = 'generic_in_memory', 'type' = 'jdbc')",
    "CREATE CATALOG c",
    "CREATE MATERIALIZED TABLE t FRESHNESS = INTERVAL '1' DAY AS SELECT 1",
    "CREATE MODEL m",
    "CREATE SOURCE STREAM s (k INT)",
    "DROP MATERIALIZED TABLE t",
    "DROP PROCEDURE p",
    "SET 'pipeline.jars' = 'file:///tmp/x.jar'",
    "SET 'pipeline.classpaths' = 'http://elsewhere/'",
    "SET 'python.client.executable' = '/tmp/x'",
    "SET execution.target = remote",
    "SET 'rest.address' = 'elsewhere'",
    "SET 'table.catalog-store.kind' = 'file'",
    "SET 'table.resources.download-dir' = '/tmp'",
    "`SET` 'a' = 'b'",
    "'INSERT' INTO t SELECT 1",
    "INSERTS INTO t SELECT 1",
    "DO SOMETHING NEW",
]


def deed(sql: str) -> Judged:
    (found,) = judged(split(sql), {JAR})
    return found


@pytest.mark.parametrize("sql", EXECUTED)
def test_what_makes_things_of_the_session_is_executed(sql: str) -> None:
    assert deed(sql).deed is Deed.EXECUTED


@pytest.mark.parametrize("sql", FLOWS)
def test_what_makes_data_flow_is_never_executed(sql: str) -> None:
    assert deed(sql).deed is Deed.FLOWS


@pytest.mark.parametrize("sql", EXPLAINED)
def test_a_query_is_explained(sql: str) -> None:
    assert deed(sql).deed is Deed.EXPLAINED


@pytest.mark.parametrize("sql", NOT_HERE)
def test_all_else_is_not_executed_and_said_with_its_place(sql: str) -> None:
    found = deed("\n  " + sql)
    assert found.deed is Deed.NOT_HERE
    error = found.refusal
    assert error.message.startswith("not executed here: ")
    assert (error.line, error.column) == (2, 3)
    assert "password" not in error.message
    assert "elsewhere" not in error.message or "jar is not declared" in error.message


def test_the_frame_of_a_statement_set_is_none_of_its_statements() -> None:
    inserts = "INSERT INTO a SELECT 1; INSERT INTO b SELECT 2;"
    for sql in (
        f"EXECUTE STATEMENT SET BEGIN {inserts} END;",
        f"execute statement set\nbegin {inserts} end",
        f"BEGIN STATEMENT SET; {inserts} END;",
    ):
        assert [each.deed for each in judged(split(sql))] == [Deed.FLOWS, Deed.FLOWS]


def test_what_needs_a_catalog_that_is_not_opened_is_not_checked_and_the_rest_is() -> None:
    script = """CREATE CATALOG shop WITH ('type' = 'jdbc');
CREATE TABLE here (k INT) WITH ('connector' = 'print');
INSERT INTO here SELECT k FROM shop.db.orders;
INSERT INTO `shop`.`db`.sink SELECT k FROM here;
DROP TABLE shop.db.orders;
USE CATALOG shop;
CREATE TABLE there (k INT);
SET 'parallelism.default' = '2';
CALL sys.run();
USE CATALOG default_catalog;
INSERT INTO here SELECT 1;
USE shop.db;
DELETE FROM t;
CREATE CATALOG m WITH ('type' = 'generic_in_memory');
USE m.default;
INSERT INTO m.d.t SELECT 1;
"""
    needs = "cannot be checked: it needs catalog shop, which is not opened here"
    not_here = {each.statement.line: each.why for each in judged(split(script)) if each.deed is Deed.NOT_HERE}
    assert not_here == {
        1: "not executed here: CREATE CATALOG shop. Only catalogs of type 'generic_in_memory' are opened",
        **dict.fromkeys((3, 4, 5, 6, 7, 9, 12, 13), needs),
    }


def test_a_jobs_own_settings_lead_nowhere_either() -> None:
    given = {"pipeline.jars": "http://x/y.jar", "table.exec.state.ttl": "1 h", "python.executable": "/tmp/x"}
    assert harmless(given) == {"table.exec.state.ttl": "1 h"}


def test_a_table_that_is_filled_is_a_table_and_a_query_that_keeps_its_places() -> None:
    (statement,) = split("\n CREATE TABLE `a b`.t COMMENT 'AS' WITH ('x' = 'AS') AS\n  SELECT nope FROM s")
    table = filled(statement)
    assert table is not None
    assert (table.name, table.description) == ("`a b`.t", "COMMENT 'AS' WITH ('x' = 'AS')")
    insert = table.led_by(f"INSERT INTO {table.name}")
    assert insert.is_insert
    line, column = next(
        (n, each.index("nope")) for n, each in enumerate(insert.text.splitlines(), 1) if "nope" in each
    )
    assert insert.place(line, column + 1) == (3, 10)
