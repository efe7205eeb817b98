"""Rows made up for a rehearsal: the same for the same scripts and seed, aimed at what the query compares and keeps.

Two halves share their keys, so that what comes after the switch depends on what was kept before it. Rows of several
sources come in batches of one source each, since the order between sources decides what comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random
from typing import Any, Final

from dli_provider.proof.aims import Aims, aims
from dli_provider.proof.column_types import ColumnType, column_type
from dli_provider.proof.value_pools import KEYS, RARE, Pools, begin, iso
from dli_provider.sql import TRIAL_CONNECTORS, Table, connector, identity, is_computed, readings

_ROWS: Final = 60
"""Rows of a source in each half; more where the query counts further."""
_MOST_ROWS: Final = 400
_HOT: Final = 0.4
"""The share of rows with one and the same key."""
_RARELY: Final = 0.35
"""The share of rows with one of the keys that hardly any other row has."""
MOST_COUNTED: Final = 130
"""How far a query may count, so that its most frequent key gets there."""
# So that keys come up before the switch only, after it only, and before it in one source and after it in the other.
_BARRED_BEFORE: Final = ((5, 4), (5, 3))
_BARRED_AFTER: Final = ((2,),)
_FEW: Final = 3
_SECOND: Final = 1000
_BESIDE: Final = (-_SECOND, -1, 0, 1, _SECOND)
_SCALES: Final = 100
"""Steps as long as a part of each span that is no more than so many times as long as the shortest."""
_DELETES: Final = 0.2
_LATE: Final = 0.06
_BEHIND: Final = 0.1
_ON_EDGE: Final = 0.15
_SPAN: Final = 10_000
"""How long a time is looked at where the query has no windows, in milliseconds."""
_SLICES: Final = 300
"""So many steps of the shortest span may fit into the longest that is leapt over: each may bring a row of each key."""


class Changes(Enum):
    """What a source sends: rows alone, the last row of each key, or both sides of each change."""

    ROWS = "rows"
    UPSERTS = "upserts"
    ALL = "all"


@dataclass(frozen=True)
class RowSource:
    """A table that rows are made for. `columns` are those in its messages, with the types of all scripts.

    `rowtime` are the columns that its event time comes from. `names` are what the scripts call it.
    """

    names: frozenset[str]
    columns: Mapping[str, tuple[ColumnType, ...]]
    key: tuple[str, ...] = ()
    rowtime: frozenset[str] = frozenset()
    delay: int = 0
    changes: Changes = Changes.ROWS
    standing: bool = False
    """Whether its rows are there before any other arrives, and no more come."""


@dataclass(frozen=True)
class MadeRow:
    """One row, or one side of a change of it (`+I`, `-U`, `+U`, `-D`). Times are texts without a zone, in UTC."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """Rows of one source that arrive together, after those of the batches before."""

    source: RowSource
    rows: tuple[MadeRow, ...]


@dataclass(frozen=True)
class MadeRows:
    """Rows for a rehearsal: what is there at the beginning, what arrives before the switch, and what after it."""

    standing: tuple[Batch, ...]
    before: tuple[Batch, ...]
    after: tuple[Batch, ...]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(batch.rows) for batch in (*self.standing, *self.before, *self.after))


def generate(scripts: Sequence[str], seed: int, *, nulls: bool = True) -> MadeRows:
    """Rows for all of these scripts. Raises `Unreadable` and `Unparsable` where a script is not understood."""
    found = aims(scripts)
    return _Generator(found, sources(scripts), Random(seed), nulls=nulls).made()


# -- sources -------------------------------------------------------------------------------------------------------


def sources(scripts: Iterable[str]) -> tuple[RowSource, ...]:
    """What the scripts read. Tables of one name are one source, whatever each script says of its columns."""
    tables: dict[str, list[tuple[Table, bool]]] = {}
    for sql in scripts:
        for name, reading in readings(sql).items():
            tables.setdefault(name, []).append((reading.table, reading.standing))
    groups: dict[object, list[str]] = {}
    for name, found in sorted(tables.items()):
        # Two names for one topic are two ways to the same rows.
        outside = connector(found[0][0]) not in (*TRIAL_CONNECTORS, "")
        groups.setdefault(identity(found[0][0]) if outside else name, []).append(name)
    return tuple(
        _source(frozenset(names), [each for name in names for each in tables[name]])
        for names in groups.values()
    )


def _source(names: frozenset[str], tables: Sequence[tuple[Table, bool]]) -> RowSource:
    columns: dict[str, tuple[ColumnType, ...]] = {}
    rowtime: set[str] = set()
    delay = 0
    for table, _ in tables:
        for column in table.columns:
            if not is_computed(column):
                kind = column_type(column.expr)
                columns[column.name] = tuple(dict.fromkeys([*columns.get(column.name, ()), kind]))
        rowtime |= _rowtime(table)
        after = table.watermark[3:]
        delay = max([delay, *(int(word) for word in after if word.isdecimal())])
    first = tables[0][0]
    return RowSource(
        names,
        columns,
        first.primary_key,
        frozenset(rowtime),
        delay,
        _changes(first),
        standing=all(standing for _, standing in tables),
    )


def _rowtime(table: Table) -> set[str]:
    """The columns of its messages that the event time is read from."""
    name = table.watermark[0].removeprefix("`") if table.watermark else ""
    expr = next((column.expr for column in table.columns if column.name == name), ())
    if expr[:1] != ("AS",):
        return {name} - {""}
    own = {column.name for column in table.columns if not is_computed(column)}
    return {word.removeprefix("`") for word in expr} & own


def _changes(table: Table) -> Changes:
    kind = connector(table)
    if kind == "upsert-kafka":
        return Changes.UPSERTS
    options = dict(table.options)
    form = options.get("value.format", options.get("format", ""))
    told = kind.endswith("-cdc") or form.split("-")[0] in ("debezium", "canal", "maxwell", "ogg")
    return Changes.ALL if told else Changes.ROWS


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass
class _Arriving:
    """A source while its rows are made: what its tables of changes hold at this moment, and how late it is."""

    source: RowSource
    now: int
    held: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)


class _Generator:
    def __init__(self, aims: Aims, sources: Sequence[RowSource], random: Random, *, nulls: bool) -> None:
        self._aims, self._random = aims, random
        aims.keys.update(name for source in sources for name in source.key)
        types: dict[str, tuple[ColumnType, ...]] = {}
        for source in sources:
            for name, kinds in source.columns.items():
                types[name] = (*types.get(name, ()), *kinds)
        self._pools = Pools(aims, types, random, nulls)
        self._sources = sources
        spans = sorted(aims.spans) or [_SPAN]
        self._spans = spans
        self._leaps = [span for span in spans if span <= spans[0] * _SLICES][:4]
        # Windows of very many steps bring a row of each key at each step: then fewer keys tell enough.
        self._rare = RARE if spans[-1] <= spans[0] * _SLICES else _FEW
        self._now = begin(aims)

    def made(self) -> MadeRows:
        standing = tuple(Batch(each, tuple(self._standing(each))) for each in self._sources if each.standing)
        flowing = [_Arriving(each, self._now) for each in self._sources if not each.standing]
        counted = max([count for count in self._aims.counts if count <= MOST_COUNTED], default=0)
        wanted = min(_MOST_ROWS, max(_ROWS, round((counted + 8) / _HOT)))
        before = self._half(flowing, wanted, _BARRED_BEFORE, last=False)
        after = self._half(flowing, wanted, _BARRED_AFTER, last=True)
        return MadeRows(standing, before, after)

    def _half(
        self, flowing: Sequence[_Arriving], rows: int, barred: Sequence[Collection[int]], *, last: bool
    ) -> tuple[Batch, ...]:
        """Batches of one half; `barred` are the places of key values that every other source does not have in it."""
        rounds = 3 if len(flowing) == 1 else 2
        batches = [*self._touched(flowing)] if last else []
        for turn in range(rounds):
            # All sources pass through the same stretch of time, and take turns in being first.
            start = max((each.now for each in flowing), default=0)
            order = flowing if turn % 2 == 0 else [*reversed(flowing)]
            # Long steps lie far from the switch, beside which rows are dense: there they meet what was kept.
            leaps = self._leaps if turn == (rounds - 1 if last else 0) else []
            for each in order:
                place = flowing.index(each)
                each.now = start
                # No two sources have as many rows: one that goes on from another's place then misses some.
                steps = self._steps(rows // rounds + place, leaps)
                made = self._stretch(each, steps, barred[place % len(barred)])
                batches.append(Batch(each.source, tuple(made)))
        if last:
            start = max((each.now for each in flowing), default=0)
            batches += [Batch(each.source, tuple(self._rest(each, start))) for each in flowing]
        return tuple(batches)

    def _touched(self, flowing: Sequence[_Arriving]) -> Iterator[Batch]:
        """Right after the switch, a row of each rare key in one of the sources: it meets what was kept, and no more.

        First, of the most frequent key one that is late: whether the first or the last row was kept shows by it alone.
        """
        start = max((each.now for each in flowing), default=0)
        for turn, each in enumerate(flowing):
            each.now = start
            found = self._arrive(each, self._row(each.source, start - self._spans[0], 0))
            for place in range(KEYS + turn, KEYS + self._rare, len(flowing)):
                each.now += _SECOND
                found += self._arrive(each, self._row(each.source, each.now, place))
            yield Batch(each.source, tuple(found))

    def _steps(self, rows: int, leaps: Sequence[int]) -> list[int]:
        """How far event time goes on before each row."""
        short = self._spans[0]
        scales = [span for span in self._spans if span <= short * _SCALES]
        steps = [
            max(_SECOND, short // 6 if self._random.random() < 0.7 else self._random.choice(scales) // 12)
            for _ in range(rows)
        ]
        for span in leaps:
            # One step about as long as each window, to both sides of its edge.
            steps[rows // 3 + self._random.randrange(rows // 3)] += span + self._random.choice(_BESIDE)
        return steps

    def _stretch(self, arriving: _Arriving, steps: Sequence[int], barred: Collection[int]) -> list[MadeRow]:
        found: list[MadeRow] = []
        for step in steps:
            arriving.now += step
            row = self._row(arriving.source, self._moment(arriving), self._place(), barred)
            found += self._arrive(arriving, row)
        return found

    def _rest(self, arriving: _Arriving, start: int) -> list[MadeRow]:
        """Last, a row of each key, or the end of what each key holds: so whatever was kept of it comes out."""
        source = arriving.source
        arriving.now = start
        if source.changes is not Changes.ROWS:
            return [self._gone(source, row) for row in arriving.held.values()]
        found = []
        for place in range(KEYS + self._rare):
            arriving.now += _SECOND
            found.append(MadeRow("+I", self._row(source, arriving.now, place)))
        return found

    def _moment(self, arriving: _Arriving) -> int:
        """The event time of the next row: mostly now, sometimes behind, late, or just on the edge of a window."""
        drawn, delay = self._random.random(), arriving.source.delay
        if drawn < _LATE:
            return arriving.now - delay - self._spans[0] - 1000
        if drawn < _LATE + _BEHIND:
            return arriving.now - delay // 2
        if drawn < _LATE + _BEHIND + _ON_EDGE:
            return arriving.now // self._spans[0] * self._spans[0] - self._random.choice([0, 1])
        return arriving.now

    def _arrive(self, arriving: _Arriving, row: dict[str, Any]) -> list[MadeRow]:
        """The row, or the change that it makes: always one that can follow what came before."""
        source, held = arriving.source, arriving.held
        if source.changes is Changes.ROWS:
            return [MadeRow("+I", row)]
        key = tuple(row[name] for name in source.key) or (self._random.randrange(KEYS + RARE),)
        old = held.get(key)
        if old is None:
            held[key] = row
            return [MadeRow("+I", row)]
        if self._random.random() < _DELETES:
            return [self._gone(source, held.pop(key))]
        held[key] = row
        both = [MadeRow("-U", old), MadeRow("+U", row)]
        return both[1:] if source.changes is Changes.UPSERTS else both

    def _gone(self, source: RowSource, row: Mapping[str, Any]) -> MadeRow:
        if source.changes is Changes.UPSERTS:
            # Such a source knows the key alone.
            row = {name: value if name in source.key else None for name, value in row.items()}
        return MadeRow("-D", row)

    def _place(self) -> int | None:
        """Which key the next row has: the most frequent, a rare one, or, with None, any of the others."""
        drawn = self._random.random()
        if drawn < _HOT:
            return 0
        return KEYS + self._random.randrange(self._rare) if drawn < _HOT + _RARELY else None

    def _row(
        self, source: RowSource, moment: int, place: int | None, barred: Collection[int] = ()
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, kinds in source.columns.items():
            kind = _common(kinds)
            if name in source.rowtime:
                found[name] = self._event_time(name, kind, moment)
            elif name in source.key or self._aims.is_key(name):
                kind = replace(kind, nullable=kind.nullable and name not in source.key)
                found[name] = self._pools.key(name, kind, moment, place, barred)
            else:
                found[name] = self._pools.value(name, kind, moment)
        return found

    def _event_time(self, name: str, kind: ColumnType, moment: int) -> Any:
        if kind.number:
            return moment // 1000 if self._aims.texts.get(name) == "seconds" else moment
        return iso(moment, 0 if kind.kind == "STRING" else min(kind.size or 6, 3))

    def _standing(self, source: RowSource) -> list[MadeRow]:
        """The rows of a table that has them already: one for each key but some, which are not found."""
        places = [place for place in range(KEYS + self._rare) if place % 4 != 3]
        found: dict[tuple[Any, ...], MadeRow] = {}
        for place in places:
            row = self._row(source, self._now, place)
            found.setdefault(tuple(row[name] for name in source.key) or (place,), MadeRow("+I", row))
        return list(found.values())


def _common(kinds: Sequence[ColumnType]) -> ColumnType:
    """A type whose values all of these types can hold: of a number and a text, the number."""
    numbers = [kind for kind in kinds if kind.number]
    if not numbers:
        return kinds[0]
    return min(numbers, key=lambda kind: (not kind.whole, kind.bits if kind.whole else 0))
