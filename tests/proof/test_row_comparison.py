"""What came, held against what was expected."""

from __future__ import annotations

import pytest

from dli_provider.proof.row_comparison import Mark, RowsDiff, SinkChange, SinkView, Untold


def changes(text: str) -> list[SinkChange]:
    rows = [line.split() for line in text.strip().splitlines()]
    return [(op if op != "." else "", {"k": key, "v": value}) for op, key, value in rows]


def view(key: str = "", ops: bool = False, columns: str = "k v") -> SinkView:
    return SinkView("out", tuple(key.split()), tuple(columns.split()), ops)


def shown(diff: RowsDiff) -> list[str]:
    return [" ".join([line.mark.value, *map(str, line.cells)]) for line in diff.lines]


def test_a_sink_with_a_key_is_the_table_that_it_is_by_then() -> None:
    before, step = changes("+I a 1\n+I b 2"), changes("+U a 3\n-D b 2\n+I c 4")
    keyed = view("k")
    assert keyed.came(before, step) == changes(". a 3\n. c 4")
    assert keyed.diff(changes(". c 4\n. a 3"), keyed.came(before, step)).same


def test_a_sink_without_a_key_is_the_rows_of_the_step() -> None:
    plain = view()
    assert plain.came(changes("+I a 1"), changes("+I b 2\n+I b 2\n-U b 2\n+U b 3")) == changes(". b 2\n. b 3")
    with pytest.raises(Untold, match="expect its changes"):
        plain.came(changes("+I a 1"), changes("-D a 1"))


def test_rows_count_as_often_as_they_came() -> None:
    diff = view().diff(changes(". a 1\n. a 1"), changes(". a 1"))
    assert shown(diff) == ["  a 1", "- a 1"]
    assert not diff.same
    assert shown(view().diff(changes(". a 1"), changes(". a 1\n. a 1"))) == ["  a 1", "+ a 1"]


def test_changes_have_their_order_for_each_key_and_none_among_keys() -> None:
    wanted = changes("+I a 1\n+U a 2\n+I b 1")
    assert view("k", ops=True).diff(wanted, changes("+I b 1\n+I a 1\n+U a 2")).same
    assert not view("k", ops=True).diff(wanted, changes("+I b 1\n+U a 2\n+I a 1")).same
    assert view("", ops=True).diff(wanted, changes("+I b 1\n+U a 2\n+I a 1")).same


def test_changes_are_those_of_the_step_alone() -> None:
    assert view("k", ops=True).came(changes("+I a 1"), changes("+U a 2")) == changes("+U a 2")


def test_a_wrong_row_stands_beside_the_one_it_is_in_the_place_of() -> None:
    diff = view("k").diff(changes(". a 1\n. b 2"), changes(". b 3\n. a 1\n. c 9"))
    assert shown(diff) == ["  a 1", "- b 2", "+ b 3", "+ c 9"]
    assert [line.changed for line in diff.lines if line.mark is not Mark.SAME] == [{1}, {1}, frozenset()]


def test_columns_that_are_not_expected_are_not_compared() -> None:
    part = view("k", columns="v")
    assert part.diff([("", {"v": "1"})], part.came([], changes("+I a 1"))).same
