"""Types of columns, read from the words of a table."""

from __future__ import annotations

import pytest

from dli_provider.proof.column_types import ColumnType, column_type
from dli_provider.sql import outline

INT = ColumnType("INT")
STRING = ColumnType("STRING")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("BIGINT NOT NULL", ColumnType("BIGINT", nullable=False)),
        ("DECIMAL(20, 2)", ColumnType("DECIMAL", 20, 2)),
        ("VARCHAR(10) COMMENT 'x'", ColumnType("STRING", 10)),
        ("TIMESTAMP(3) WITH LOCAL TIME ZONE", ColumnType("TIMESTAMP_LTZ", 3)),
        ("TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL", ColumnType("TIMESTAMP_LTZ", 3)),
        ("INT ARRAY", ColumnType("ARRAY", parts=(("", INT),))),
        (
            "ROW(p INT NOT NULL, `q r` STRING)",
            ColumnType("ROW", parts=(("p", ColumnType("INT", nullable=False)), ("q r", STRING))),
        ),
        (
            "MAP<STRING, ARRAY<ROW<a INT>>>",
            ColumnType(
                "MAP",
                parts=(
                    ("", STRING),
                    ("", ColumnType("ARRAY", parts=(("", ColumnType("ROW", parts=(("a", INT),))),))),
                ),
            ),
        ),
    ],
)
def test_a_type_is_read_as_a_tree(text: str, wanted: ColumnType) -> None:
    table = outline(f"CREATE TABLE t (c {text}) WITH ('connector' = 'kafka');").tables["t"]
    found = column_type(table.columns[0].expr)
    assert found == wanted
    assert found.known


def test_a_type_that_no_values_are_made_of_is_said_to_be_unknown() -> None:
    table = outline("CREATE TABLE t (c ARRAY<MULTISET<INT>>) WITH ('connector' = 'kafka');").tables["t"]
    assert not column_type(table.columns[0].expr).known
