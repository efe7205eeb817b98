"""Who writes what another job reads, and which columns between them come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dli_provider.sql import Columns, Flow, Where, describe

Flows = Mapping[str, Flow]
"""What each job reads and writes."""


@dataclass(frozen=True)
class Edge:
    """A job that writes what another one reads, and what becomes of the columns between them."""

    writer: str
    reader: str
    table: str
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()

    @property
    def sequence(self) -> tuple[str, str] | None:
        """Who goes first; None where it does not matter."""
        # Also where it gains some: a reader that still wants a lost column fails, while a gained one can wait.
        if self.loses:
            return self.reader, self.writer
        return (self.writer, self.reader) if self.gains else None

    @property
    def because(self) -> str:
        """The sentence shown in review."""
        changed = [f"gains {', '.join(self.gains)}"] if self.gains else []
        changed += [f"loses {', '.join(self.loses)}"] if self.loses else []
        where = f"{self.table}, which {self.reader} reads"
        if not changed:
            return f"{self.writer} writes {where}: the columns stay, so the order does not matter"
        first = self.sequence[0] if self.sequence else ""
        return f"{self.writer} writes {where}, and {' and '.join(changed)}: {first} goes first"


@dataclass(frozen=True)
class Missed:
    """Columns that a job writes no longer, and another one goes on reading."""

    writer: str
    reader: str
    table: str
    columns: tuple[str, ...]


def edges(old: Flows, new: Flows) -> tuple[Edge, ...]:
    """Who writes what another one reads, before or after; `old` is how the jobs are, `new` how they will be."""
    readers: dict[Where, set[str]] = {}
    for flows in (old, new):
        for name, each in flows.items():
            for where in each.reads:
                readers.setdefault(where, set()).add(name)
    found = []
    for writer in sorted({*old, *new}):
        before, after = _writes(old, writer), _writes(new, writer)
        # A table that is only now written, or no longer, counts too: its readers gain or lose all of it.
        for where in sorted({*before, *after}):
            gains, loses = changed(before.get(where, {}), after.get(where, {}))
            for reader in sorted(readers.get(where, set()) - {writer}):
                found.append(Edge(writer, reader, describe(where), gains, loses))
    return tuple(found)


def missed(new: Flows, between: tuple[Edge, ...]) -> Iterator[Missed]:
    """Readers that would lose a column which they go on reading."""
    for edge in between:
        # A column of another type is lost and gained; the reader finds it under its name.
        gone = [name for name in edge.loses if name not in edge.gains]
        # A job may hand a topic over to another one: what no longer comes from here comes from there.
        if gone and not _columns(_writes(new, edge.writer), edge.table):
            written = {name for flow in new.values() for name in _columns(flow.writes, edge.table)}
            gone = [name for name in gone if name not in written]
        read = _columns(new[edge.reader].reads, edge.table) if gone and edge.reader in new else {}
        lost = tuple(name for name in gone if name in read)
        if lost:
            yield Missed(edge.writer, edge.reader, edge.table, lost)


def changed(before: Columns, after: Columns) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns gained and lost; one of another type is both."""
    gains = tuple(name for name, kind in after.items() if before.get(name) != kind)
    loses = tuple(name for name, kind in before.items() if after.get(name) != kind)
    return gains, loses


def _writes(flows: Flows, job: str) -> Mapping[Where, Columns]:
    return flows[job].writes if job in flows else {}


def _columns(tables: Mapping[Where, Columns], table: str) -> Columns:
    return next((schema for where, schema in tables.items() if describe(where) == table), {})
