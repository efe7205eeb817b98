"""Scripts are cut where Flink would cut them, and each place in a statement is a place in the script."""

from __future__ import annotations

import pytest

from dli_provider.flink.failures import StatementError
from dli_provider.flink.sessions import session_settings, told
from dli_provider.flink.stand_ins import StoodIn, stand_in
from dli_provider.flink.statements import combined, split
from dli_provider.sql import BUILT_IN_CONNECTORS

SCRIPT = """-- a comment; with a semicolon
SET 'a' = 'b;c';
/* ; */ CREATE TABLE `t;` (k STRING) WITH ('x' = 'it''s;');
EXECUTE STATEMENT SET
BEGIN
  INSERT INTO a SELECT CASE WHEN x THEN 1 END FROM b;
INSERT INTO c /*+ OPTIONS('a'=';') */ SELECT 1; // to the end; of the line
END;
"""


def test_a_byte_order_mark_hides_no_statement() -> None:
    (insert,) = split("\ufeffINSERT INTO t SELECT 1")
    assert insert.is_insert
    assert (insert.line, insert.column) == (1, 1)


def test_statements_end_at_semicolons_outside_of_literals_names_hints_and_comments() -> None:
    found = [(each.line, each.column, each.words[0]) for each in split(SCRIPT)]
    assert found == [(2, 1, "SET"), (3, 9, "CREATE"), (6, 3, "INSERT"), (7, 1, "INSERT")]
    assert split(SCRIPT)[1].text == "CREATE TABLE `t;` (k STRING) WITH ('x' = 'it''s;')"
    assert split(SCRIPT)[3].text == "INSERT INTO c /*+ OPTIONS('a'=';') */ SELECT 1"
    assert [each.text for each in split("BEGIN STATEMENT SET;\nINSERT INTO c SELECT 2\n;END")] == [
        "INSERT INTO c SELECT 2"
    ]
    assert split(" ; -- nothing\n;") == []


def test_places_in_a_set_of_inserts_are_places_in_the_script() -> None:
    whole, place = combined([each for each in split(SCRIPT) if each.is_insert])
    lines = whole.text.splitlines()
    assert lines[2].startswith("INSERT INTO a")
    assert place(3, 1) == (6, 3)
    assert place(3, 15) == (6, 17)
    assert place(lines.index("INSERT INTO c /*+ OPTIONS('a'=';') */ SELECT 1") + 1, 8) == (7, 8)


@pytest.mark.parametrize(
    ("sql", "line", "column", "what"),
    [("a;\nb 'c", 2, 3, "string literal"), ("`a", 1, 1, "quoted name"), ("a\r\nb /* c", 2, 3, "comment")],
)
def test_what_is_never_closed_is_told_with_its_place(sql: str, line: int, column: int, what: str) -> None:
    with pytest.raises(StatementError, match=f"line {line}, column {column}: the {what} is never closed"):
        split(sql)


def test_only_tables_whose_connector_is_not_there_get_a_stand_in_and_lines_stay_lines() -> None:
    sql = (
        "CREATE TEMPORARY TABLE IF NOT EXISTS shop.`my orders` (\n  k INT\n) WITH (\n  'connector' = 'Redis',\n"
        "  'key' = 'x');\nCREATE TABLE there (k INT) WITH ('connector' = 'print');\n"
        "CREATE VIEW connector AS SELECT 'connector' = 'redis' FROM there"
    )
    before = split(sql)
    after, found = stand_in(before, BUILT_IN_CONNECTORS)
    assert found == [StoodIn("shop.my orders", "redis")]
    assert "'connector' = 'stand-in', 'stand-in.for' = 'redis'" in after[0].text
    assert after[0].text.count("\n") == before[0].text.count("\n")
    assert after[1:] == before[1:]


def test_of_a_stack_trace_the_innermost_words_are_told() -> None:
    trace = (
        "Internal server error.\n<Exception on server side:\n"
        "org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation x.\n"
        "\tat org.a.B(C.java:1)\n"
        "Caused by: org.apache.flink.table.api.ValidationException: SQL validation failed. From line 2, column 9 to"
        " line 2, column 12: Column 'nope' not found in any table\n\tat org.a.B(C.java:2)\n"
        "Caused by: org.apache.calcite.sql.validate.SqlValidatorException: Column 'nope' not found in any table\n"
    )
    assert told(trace) == ("Column 'nope' not found in any table", 2, 9)


@pytest.mark.parametrize(
    ("given", "settings"),
    [
        ({"a": True, "b": 4}, {"a": "true", "b": "4"}),
        ('[{"key":"a","value":true},{"key":"b","value":"x"}]', {"a": "true", "b": "x"}),
        *((text, {}) for text in ("", "a=b", "[1]", '{"a":1}', '[{"key":1}]', "null")),
        (None, {}),
    ],
)
def test_the_settings_of_a_job_are_read_from_either_form(given: object, settings: dict[str, str]) -> None:
    assert session_settings(given) == settings
