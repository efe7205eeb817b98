"""Slips of the pen are told with their place and with what was meant; what may be valid is never called one."""

from __future__ import annotations

import pytest

from dli_provider.job.constraints import violations
from dli_provider.sql import mistakes
from tests.sql.pairs import pairs
from tests.sql.test_measured_pairs import MEASURED

SQL = """CREATE TABLE payments (id BIGINT, amount BIGINT, currency STRING) WITH ('connector' = 'datagen');
CREATE TABLE totals (currency STRING, total BIGINT) WITH ('connector' = 'print');
INSERT INTO totals
SELECT currency, SUM(amount) AS total FROM payments WHERE amount > 1 GROUP BY currency;
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "said"),
    [
        ("FROM payments", "FROM paymentz", 4, 44, "paymentz is not defined; did you mean payments?"),
        ("INTO totals", "INTO total", 3, 13, "total is not defined; did you mean totals?"),
        ("SUM(amount)", "SUM(amout)", 4, 22, "amout is no column of payments; did you mean amount?"),
        ("BY currency", "BY curency", 4, 79, "curency is no column of payments; did you mean currency?"),
        ("SELECT", "SELCT", 4, 1, "SELCT begins no query; did you mean SELECT?"),
        ("INSERT", "INSRET", 3, 1, "INSRET begins no statement; did you mean INSERT?"),
        ("GROUP BY", "GRUOP BY", 4, 70, "GRUOP BY is nothing; did you mean GROUP BY?"),
        ("WHERE", "WHRE", 4, 53, "WHRE follows a table; did you mean WHERE?"),
        ("amount > 1", "amount != 1", 4, 66, "Flink does not know !=; write <>"),
        (
            "currency, SUM",
            "currency,\u00a0SUM",
            4,
            17,
            "there is a no-break space, which Flink cannot read; put a plain one",
        ),
    ],
)
def test_a_slip_is_told_with_its_place(old: str, new: str, line: int, column: int, said: str) -> None:
    assert old in SQL
    (found,) = mistakes(SQL.replace(old, new))
    assert (found.line, found.column, found.said) == (line, column, said)


@pytest.mark.parametrize(
    "head",
    [
        "CREATE TEMPORARY VIEW v AS ",
        "CREATE TABLE made WITH ('connector' = 'print') AS ",
        "REPLACE TABLE made WITH ('connector' = 'print') AS ",
    ],
)
@pytest.mark.parametrize(
    ("query", "at", "said"),
    [
        ("SELECT currency FROM paymentz", 21, "paymentz is not defined; did you mean payments?"),
        ("SELECT curency FROM payments", 7, "curency is no column of payments; did you mean currency?"),
    ],
)
def test_a_slip_in_a_view_or_a_table_that_a_query_fills_is_told_too(
    head: str, query: str, at: int, said: str
) -> None:
    (found,) = mistakes(f"{SQL}{head}{query};")
    assert (found.line, found.column, found.said) == (5, len(head) + at + 1, said)


@pytest.mark.parametrize(
    ("sql", "line", "column", "said"),
    [
        ("SELECT 'a", 1, 8, "this string literal is never closed"),
        ("SELECT a\nFROM `b", 2, 6, "this quoted name is never closed"),
        ("SELECT a\r\n\r\n /* b", 3, 2, "this comment is never closed"),
        ("SELECT X'0g'", 1, 8, "this binary literal holds other letters than 0 to 9 and A to F"),
        ("CREATE TABLE a (b INT;\nINSERT INTO c SELECT b FROM a", 1, 16, "this ( is never closed"),
        ("INSERT INTO c SELECT (b FROM\n (SELECT 1)", 1, 22, "this ( is never closed"),
        ("INSERT INTO c SELECT b) FROM a", 1, 23, "this ) closes nothing"),
        ("INSERT INTO c SELECT ARRAY[1) FROM a", 1, 29, "this ) closes nothing"),
        ("CREATE VIEW v AS SELECT ARRAY[1, 2 FROM a", 1, 30, "this [ is never closed"),
    ],
)
def test_what_is_left_open_is_told_where_it_begins(sql: str, line: int, column: int, said: str) -> None:
    (found,) = mistakes(sql)
    assert (found.line, found.column, found.said) == (line, column, said)


def test_a_slip_refuses_a_new_job_too() -> None:
    reasons = [
        each.reason
        for each in violations(
            {"name": "a", "queue_name": "q", "sql_body": SQL.replace("payments W", "paymentz W")}
        )
    ]
    assert reasons == [
        "sql_body cannot run: line 4, column 44: paymentz is not defined; did you mean payments?"
    ]


@pytest.mark.parametrize(
    "sql",
    [
        SQL,
        SQL.replace("FROM payments", "FROM hive.db.paymentz"),
        "USE CATALOG hive;" + SQL.replace("FROM payments", "FROM paymentz"),
        SQL.replace("FROM payments", "FROM stock"),
        SQL.replace("SUM(amount)", "MY_SUM(amounts(amount))"),
        SQL.replace("SUM(amount)", "SUM(p.amount)").replace("FROM payments", "FROM payments AS p"),
        SQL.replace("FROM payments", "FROM (SELECT amount AS amout, amount, currency FROM payments) AS x"),
        SQL.replace("SUM(amount) AS total", "COUNT(*) OVER amountw").replace(
            "GROUP BY currency", "WINDOW amountw AS (PARTITION BY currency ORDER BY amount)"
        ),
        SQL.replace("'datagen'", "'!='"),
        "WITH_ME = 1;" + SQL,
        SQL.replace("'datagen'", "'it\\'s'"),  # Hive's dialect reads it
        "ADD JAR (a;" + SQL,
        "SET a = ( ;" + SQL,
        SQL.replace("amount > 1", "channel = ')('"),
        SQL.replace("amount > 1", "`a)` = 1 -- )"),
        SQL.replace("amount > 1", "amount > @{least}"),
    ],
)
def test_what_may_be_valid_is_no_mistake(sql: str) -> None:
    assert mistakes(sql) == ()


def test_nothing_that_flink_took_is_called_a_mistake() -> None:
    found = {
        pair.id: told for pair in MEASURED for text in (pair.before, pair.after) if (told := mistakes(text))
    }
    assert found == {}
    meant = {
        pair.name: told for pair in pairs() for text in (pair.before, pair.after) if (told := mistakes(text))
    }
    assert set(meant) <= {"aggregates/case-of-a-column-name", "other/open-quote"}
