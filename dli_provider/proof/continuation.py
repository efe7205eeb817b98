"""Whether a job goes on after a change of its SQL as if it had had the new SQL all along. Compares what came out.

What came out is compared in its order: of each key where the sink has one. Where Flink's own order is not fixed, which
a second run of the new SQL shows, what counts is the table that results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

REMOVES = frozenset(["-U", "-D"])
"""The kinds of change that take a row back."""


@dataclass(frozen=True)
class RowChange:
    """One change that a sink was given: its kind (`+I`, `-U`, `+U`, `-D`) and the row."""

    kind: str
    row: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.kind}[{', '.join('NULL' if each is None else str(each) for each in self.row)}]"


@dataclass(frozen=True)
class SinkOutput:
    """What one sink was given, in its order. `key` are the places of the primary key's columns; () without one."""

    sink: str
    columns: tuple[str, ...]
    key: tuple[int, ...]
    changes: tuple[RowChange, ...]


@dataclass(frozen=True)
class Divergence:
    """The first change that is not as it should be. `wanted` is "" where nothing should come, `got` where nothing did.

    `key` are the values of the sink's key; empty where it has none.
    """

    sink: str
    key: Mapping[str, Any]
    wanted: str
    got: str

    def __str__(self) -> str:
        named = ", ".join(f"{name}={'NULL' if value is None else value}" for name, value in self.key.items())
        where = f"{self.sink}, {named}" if named else self.sink
        return f"{where}: {self.got or 'nothing'} instead of {self.wanted or 'nothing'}"


Outputs = Mapping[str, SinkOutput]
"""What each sink was given."""


def divergence(wanted: Outputs, got: Outputs) -> Divergence | None:
    """The first difference in what came, key by key in its order; None where there is none."""
    return next(filter(None, (_in_order(wanted[sink], got[sink]) for sink in wanted)), None)


def table_divergence(wanted: Outputs, got: Outputs) -> Divergence | None:
    """The first difference in what remains of it, whatever the order; None where there is none."""
    return next(filter(None, (_in_table(wanted[sink], got[sink]) for sink in wanted)), None)


def _in_order(wanted: SinkOutput, got: SinkOutput) -> Divergence | None:
    if wanted.changes == got.changes:
        return None
    if not wanted.key:
        # Between keys the order means nothing, and without a key none is known: then each change must come as often.
        missing = Counter(wanted.changes) - Counter(got.changes)
        added = Counter(got.changes) - Counter(wanted.changes)
        if not missing and not added:
            return None
        first = next((each for each in wanted.changes if each in missing), None)
        come = [each for each in got.changes if each in added]
        return _diverged(wanted, first, max(come, key=lambda each: _alike(first, each), default=None))
    olds, news = _by_key(wanted), _by_key(got)
    for key in dict.fromkeys([*olds, *news]):
        for one, other in zip_longest(olds.get(key, ()), news.get(key, ())):
            if one != other:
                return _diverged(wanted, one, other)
    return None


def _alike(one: RowChange | None, other: RowChange) -> int:
    """How much two changes have in common: without a key, that tells best which came in the place of which."""
    if one is None:
        return 0
    return sum(a == b for a, b in zip((one.kind, *one.row), (other.kind, *other.row), strict=False))


def _in_table(wanted: SinkOutput, got: SinkOutput) -> Divergence | None:
    olds, news = _remains(wanted), _remains(got)
    if olds == news:
        return None
    for key in dict.fromkeys([*olds, *news]):
        if (one := olds.get(key)) != (other := news.get(key)):
            return _diverged(wanted, one, other)
    return None


def _remains(output: SinkOutput) -> dict[Any, RowChange]:
    """By key what its last change leaves; without a key, each row with how often more it was added than taken back."""
    if output.key:
        return {key: _left(changes[-1]) for key, changes in _by_key(output).items()}
    balance: Counter[tuple[Any, ...]] = Counter()
    for change in output.changes:
        balance[change.row] += -1 if change.kind in REMOVES else 1
    return {
        (row, count): RowChange("+I" if count > 0 else "-D", row) for row, count in balance.items() if count
    }


def _left(change: RowChange) -> RowChange:
    # Whether the row was there before depends on the order, and to the table it is the same.
    return RowChange("-D" if change.kind in REMOVES else "+I", change.row)


def _by_key(output: SinkOutput) -> dict[tuple[Any, ...], list[RowChange]]:
    found: dict[tuple[Any, ...], list[RowChange]] = {}
    for change in output.changes:
        found.setdefault(tuple(change.row[place] for place in output.key), []).append(change)
    return found


def _diverged(output: SinkOutput, wanted: RowChange | None, got: RowChange | None) -> Divergence:
    shown = wanted or got
    assert shown is not None
    key = {output.columns[place]: shown.row[place] for place in output.key}
    return Divergence(output.sink, key, str(wanted or ""), str(got or ""))
