"""Tables of rows: read, written, read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.proof.row_tables import OPS, TableFault, draw, drawn, from_csv


def values(text: str) -> list[dict[str, str | None]]:
    return [dict(row.values) for row in drawn(text).rows]


def test_columns_stand_apart_by_bars_in_the_ways_people_draw_them() -> None:
    for text in ("a | b\n1 | 2", "| a | b |\n|---|---|\n| 1 | 2 |", "a|b\n\n1|2\n", "  a | b\n  1 | 2"):
        assert values(text) == [{"a": "1", "b": "2"}], text


def test_nothing_is_null_and_what_stands_in_quotes_is_a_text() -> None:
    assert values("a | b\nnull |\nNULL | ''\n'null' | 'a | b'\n'it''s' | \" x \"") == [
        {"a": None, "b": None},
        {"a": None, "b": ""},
        {"a": "null", "b": "a | b"},
        {"a": "it's", "b": " x "},
    ]


def test_a_column_op_has_the_kinds_of_changes_unless_it_is_in_quotes() -> None:
    table = drawn("op | a\n+I | 1\n-D | 1")
    assert (table.has_op, [row.op for row in table.rows]) == (True, ["+I", "-D"])
    assert drawn("'op' | a\nx | 1").columns == ("op", "a")


@pytest.mark.parametrize(
    ("text", "why", "line", "start"),
    [
        ("a | b\n1", "this row has 1 cell, and the header has 2 columns", 1, 0),
        ("a | b\n1 | 2 | 3", "this row has 3 cells, and the header has 2 columns", 1, 8),
        ("a | a\n1 | 2", "the column a is there twice", 0, 0),
        ("a |  | b\n", "a column has no name", 0, 5),
        ("op | a\nI | 1", "op is one of +I, -U, +U, -D, not I", 1, 0),
        ("a | b\n1 | 'x", "the quotes (') are never closed", 1, 4),
        ("a | b\n'x' y | 1", "there is more behind the quotes: y", 1, 3),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, why: str, line: int, start: int) -> None:
    with pytest.raises(TableFault) as fault:
        drawn(text)
    assert (fault.value.message, fault.value.line, fault.value.start) == (why, line, start)


def test_a_table_in_csv() -> None:
    table = from_csv('op,a,b\n+I,"x, y",\n')
    assert [(row.op, dict(row.values), row.line) for row in table.rows] == [
        ("+I", {"a": "x, y", "b": None}, 1)
    ]
    with pytest.raises(TableFault, match="this is not CSV"):
        from_csv('a,b\n"x" y,2\n')


cells = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("' |\""), max_size=12)
)


@given(st.lists(st.tuples(st.sampled_from(OPS), cells, cells), max_size=5), st.booleans())
def test_what_is_drawn_is_read_again_as_it_was(
    rows: list[tuple[str, str | None, str | None]], ops: bool
) -> None:
    changes = [(op if ops else "", {"op": one, "b": two}) for op, one, two in rows]
    read = drawn(draw(("op", "b"), changes, ops=ops))
    assert [(row.op, dict(row.values)) for row in read.rows] == changes
