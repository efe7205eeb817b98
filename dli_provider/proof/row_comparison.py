"""What a sink was given, held against what was expected of it.

Three ways, by what Flink promises. A sink with a key, without `op`: the table as it stands by then. One without a key:
the rows of the step, in any order. With `op`: the changes of the step; with a key, in order for each key, which Flink
keeps; without one, in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Values: TypeAlias = Mapping[str, "str | None"]
SinkChange: TypeAlias = tuple[str, Values]
"""A change as a sink was given it: its kind, and its values by column in the form in which they are compared."""
_Cells: TypeAlias = tuple["str | None", ...]

_GONE = ("-U", "-D")


class Mark(str, Enum):
    """What a line of a difference is: as expected, expected and not there, there and not expected."""

    SAME = " "
    MISSING = "-"
    SURPLUS = "+"


@dataclass(frozen=True)
class DiffLine:
    """A row of a difference. `changed` are the columns in which it is not like the line that belongs to it."""

    mark: Mark
    cells: tuple[str | None, ...]
    changed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class RowsDiff:
    """What was expected of a sink and what came. `how` says in words how they were compared."""

    sink: str
    columns: tuple[str, ...]
    lines: tuple[DiffLine, ...]
    how: str

    @property
    def same(self) -> bool:
        return all(line.mark is Mark.SAME for line in self.lines)


class Untold(Exception):
    """What cannot be compared as it was expected: why, and what to write instead."""


@dataclass(frozen=True)
class SinkView:
    """What is to be compared of a sink: its key (empty: none), the columns that are expected, and if as changes."""

    sink: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    ops: bool

    def came(self, before: Sequence[SinkChange], step: Sequence[SinkChange]) -> list[SinkChange]:
        """What came, in the form of what is expected: the table, the rows, or the changes. Raises Untold."""
        if self.ops:
            return [(op, self._cut(values)) for op, values in step]
        if self.key:
            return [("", self._cut(row)) for row in standing([*before, *step], self.key)]
        return [("", self._cut(row)) for row in self._remaining(step)]

    def diff(self, expected: Sequence[SinkChange], came: Sequence[SinkChange]) -> RowsDiff:
        """The difference, line by line."""
        wanted = [self._cells(each) for each in expected]
        found = [self._cells(each) for each in came]
        lines = self._by_key(wanted, found) if self.ops and self.key else _any_order(wanted, found)
        names = (*(("op",) if self.ops else ()), *self.columns)
        return RowsDiff(self.sink, names, tuple(_paired(lines, self._shown_key())), self.how)

    @property
    def how(self) -> str:
        """How it is compared, in words."""
        key = ", ".join(self.key)
        if self.ops:
            return f"as changes, in order for each {key}" if key else "as changes, in any order"
        return (
            f"as the table that it is by then, by {key}" if key else "as the rows of the step, in any order"
        )

    def _cut(self, values: Values) -> Values:
        return {name: values.get(name) for name in self.columns}

    def _cells(self, change: SinkChange) -> _Cells:
        op, values = change
        return (*((op,) if self.ops else ()), *(values.get(name) for name in self.columns))

    def _shown_key(self) -> tuple[int, ...]:
        offset = int(self.ops)
        return tuple(self.columns.index(name) + offset for name in self.key if name in self.columns)

    def _remaining(self, step: Sequence[SinkChange]) -> list[Values]:
        rows: list[Values] = []
        for op, values in step:
            if op not in _GONE:
                rows.append(values)
            elif values in rows:
                rows.remove(values)
            else:
                raise Untold(
                    f"{self.sink} has no key, and takes back rows of an earlier step:"
                    " expect its changes, with a column op"
                )
        return rows

    def _by_key(self, wanted: Sequence[_Cells], found: Sequence[_Cells]) -> list[tuple[Mark, _Cells]]:
        """Changes of each key in their order; the keys in the order in which they are expected."""
        if set(self.key) - set(self.columns):
            return _any_order(wanted, found)
        at = self._shown_key()
        lines: list[tuple[Mark, _Cells]] = []
        for key in dict.fromkeys(tuple(row[i] for i in at) for row in (*wanted, *found)):
            mine = [[row for row in rows if tuple(row[i] for i in at) == key] for rows in (wanted, found)]
            lines += _in_order(*mine)
        return lines


def standing(changes: Iterable[SinkChange], key: Sequence[str]) -> list[Values]:
    """The table that changes have made, by its key."""
    table: dict[tuple[str | None, ...], Values] = {}
    for op, values in changes:
        identity = tuple(values.get(name) for name in key)
        if op == "-D":
            table.pop(identity, None)
        elif op != "-U":  # what follows it has the same key
            table[identity] = values
    return list(table.values())


def _any_order(wanted: Sequence[_Cells], found: Sequence[_Cells]) -> list[tuple[Mark, _Cells]]:
    left = Counter(found)
    lines = []
    for row in wanted:
        there = left[row] > 0
        left[row] -= there
        lines.append((Mark.SAME if there else Mark.MISSING, row))
    for row in found:
        if left[row] > 0:
            left[row] -= 1
            lines.append((Mark.SURPLUS, row))
    return lines


def _in_order(wanted: Sequence[_Cells], found: Sequence[_Cells]) -> list[tuple[Mark, _Cells]]:
    same = next(
        (n for n, (one, other) in enumerate(zip(wanted, found, strict=False)) if one != other),
        min(len(wanted), len(found)),
    )
    head = [(Mark.SAME, row) for row in wanted[:same]]
    return [
        *head,
        *((Mark.MISSING, row) for row in wanted[same:]),
        *((Mark.SURPLUS, row) for row in found[same:]),
    ]


def _paired(lines: Sequence[tuple[Mark, _Cells]], key: tuple[int, ...]) -> Iterable[DiffLine]:
    """Each surplus row behind the missing one that it most likely stands for: of the same key, or else most alike."""
    surplus = [row for mark, row in lines if mark is Mark.SURPLUS]
    for mark, row in lines:
        if mark is Mark.SURPLUS:
            continue
        twin = _twin(row, surplus, key) if mark is Mark.MISSING else None
        if twin is None:
            yield DiffLine(mark, row)
            continue
        surplus.remove(twin)
        changed = frozenset(at for at, cell in enumerate(row) if cell != twin[at])
        yield DiffLine(Mark.MISSING, row, changed)
        yield DiffLine(Mark.SURPLUS, twin, changed)
    yield from (DiffLine(Mark.SURPLUS, row) for row in surplus)


def _twin(row: _Cells, surplus: Sequence[_Cells], key: tuple[int, ...]) -> _Cells | None:
    def alike(other: _Cells) -> int:
        return sum(one == two for one, two in zip(row, other, strict=True))

    if key:
        same = [other for other in surplus if all(other[at] == row[at] for at in key)]
        return same[0] if same else None
    best = max(surplus, key=alike, default=None)
    return best if best is not None and alike(best) * 2 >= len(row) else None
