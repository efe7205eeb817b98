"""In which order jobs that read each other's tables are promoted, and why; derived from their SQL. Pure.

A job whose sink only gains columns goes before the jobs that read it; one whose sink loses some goes after them. So
whoever reads a column always finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from dli_provider.likeness import likeliest
from dli_provider.promotion.gate import Check
from dli_provider.promotion.problems import Problems
from dli_provider.sql import Columns, Flow, Where, describe

Flows = Mapping[str, Flow]
"""What each job of a release reads and writes."""

After = Mapping[str, Sequence[str]]
"""Jobs that wait, and those for which they wait."""


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


def edges(old: Flows, new: Flows) -> tuple[Edge, ...]:
    """Who writes what another one reads, before or after; `old` is the target's release, `new` what it will be."""
    found = []
    for writer in sorted({*old, *new}):
        before, after = _writes(old, writer), _writes(new, writer)
        # A table that is only now written, or no longer, counts too: its readers gain or lose all of it.
        for where in sorted({*before, *after}):
            for reader in sorted({*old, *new} - {writer}):
                if where in _reads(old, reader) or where in _reads(new, reader):
                    gains, loses = _changed(before.get(where, {}), after.get(where, {}))
                    found.append(Edge(writer, reader, describe(where), gains, loses))
    return tuple(found)


def ordered(
    jobs: Sequence[str], between: Sequence[Edge], given: Sequence[str] = ()
) -> tuple[tuple[str, ...], After, Check]:
    """The jobs in an order that works, who waits for whom, and whether there is such an order.

    `given` jobs go one after another, whatever the rule says about them.
    """
    first = [edge.sequence for edge in between if edge.sequence and {*edge.sequence} <= {*jobs}]
    # Between two jobs that the user has put in order, the rule says nothing any more.
    pairs = [*pairwise(given), *(pair for pair in first if not {*pair} <= {*given})]
    after = {job: tuple(sorted({one for one, then in pairs if then == job})) for job in sorted(jobs)}
    after = {job: before for job, before in after.items() if before}
    try:
        sequence = tuple(TopologicalSorter({job: after.get(job, ()) for job in sorted(jobs)}).static_order())
    # Jobs that feed each other, or an --order against the rule. Only a person knows which may break.
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        reason = f"each would have to go before the other: {circle}; choose with --order"
        return tuple(sorted(jobs)), {}, Check("order", "all", False, reason)
    waits = "; ".join(f"{job} after {' and '.join(before)}" for job, before in after.items())
    return sequence, after, Check("order", "all", True, waits or "none of them waits for another")


def chosen(given: Sequence[str], known: Collection[str], moving: Collection[str]) -> tuple[str, ...]:
    """Those of the `given` jobs that move. Raises Problems for what is no job at all."""
    problems = [
        f"--order: there is no job {job}. {likeliest(job, known)}" for job in given if job not in known
    ]
    if problems:
        raise Problems(problems)
    return tuple(job for job in given if job in moving)


def still_read(new: Flows, between: Sequence[Edge]) -> Iterator[Check]:
    """Readers in the target that would lose a column which they go on reading."""
    for edge in between:
        # A column of another type is lost and gained; the reader finds it under its name.
        gone = [name for name in edge.loses if name not in edge.gains]
        lost = [name for name in gone if name in _columns_read(new, edge)]
        if lost:
            reason = f"{edge.writer} no longer writes {', '.join(lost)} of {edge.table}; {edge.reader} reads it still"
            yield Check(
                "readers",
                edge.reader,
                False,
                f"{reason}; promote a version of {edge.reader} without it first",
            )


def _columns_read(new: Flows, edge: Edge) -> Columns:
    for where, schema in _reads(new, edge.reader).items():
        if describe(where) == edge.table:
            return schema
    return {}


def _changed(before: Columns, after: Columns) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns gained and lost; one of another type is both."""
    gains = tuple(name for name, kind in after.items() if before.get(name) != kind)
    loses = tuple(name for name, kind in before.items() if after.get(name) != kind)
    return gains, loses


def _writes(flows: Flows, job: str) -> Mapping[Where, Columns]:
    return flows[job].writes if job in flows else {}


def _reads(flows: Flows, job: str) -> Mapping[Where, Columns]:
    return flows[job].reads if job in flows else {}
