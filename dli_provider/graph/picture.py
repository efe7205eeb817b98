"""The graph of jobs and the tables between them, as data; layouts only draw it.

A table here is one of another system that a job reads or writes, such as a topic of Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from dli_provider.graph.edges import Flows, Missed, changed, edges, missed
from dli_provider.sql import Columns, Flow, Where, describe, flow

Fit = Callable[[str], str]
"""Makes a text fit to be shown."""


class Tone(Enum):
    """How much a job needs its reader; the colour of its box."""

    REST = "rest"
    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"


class ArrowFate(Enum):
    """What becomes of an arrow."""

    STAYS = "stays"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class DrawnJob:
    """A job to be drawn: what it reads and writes before and after; None where there is no such job then.

    `note` says what happens to it, or how it is. `outside`: nothing is done to it. `link` is where more is told of it.
    """

    name: str
    before: Flow | None
    after: Flow | None
    note: str = ""
    tone: Tone = Tone.REST
    outside: bool = False
    link: str = ""


@dataclass(frozen=True)
class Box:
    """A job, or a table."""

    key: str
    name: str
    note: str = ""
    tone: Tone = Tone.REST
    is_job: bool = False
    outside: bool = False
    link: str = ""


@dataclass(frozen=True)
class Arrow:
    """Rows go from a box to another one; both by key."""

    source: str
    target: str
    note: str = ""
    fate: ArrowFate = ArrowFate.STAYS


@dataclass(frozen=True)
class Graph:
    """Jobs and tables. `unread` jobs have SQL that is not understood: arrows may be missing at them."""

    boxes: tuple[Box, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    unread: tuple[str, ...] = ()

    def box(self, key: str) -> Box:
        """The box of a key."""
        return next(box for box in self.boxes if box.key == key)


def draw(jobs: Iterable[DrawnJob], fit: Fit) -> Graph:
    """The graph of these jobs and of all tables that they read or write; every text in it is made `fit`."""
    held = sorted(jobs, key=lambda job: job.name)
    old, new = before_and_after(held)
    late = {(each.table, each.reader): each for each in missed(new, edges(old, new))}
    boxes = {f"job {job.name}": _job(job, fit) for job in held}
    arrows: list[Arrow] = []
    for job in held:
        for key, schemas, reads in _tables(job):
            where = f"table {describe(key)}"
            boxes.setdefault(where, Box(where, fit(describe(key))))
            fate, note = _between(schemas, late.get((describe(key), job.name)) if reads else None, reads)
            ends = (where, f"job {job.name}") if reads else (f"job {job.name}", where)
            arrows.append(Arrow(*ends, fit(note), fate))
    unread = tuple(fit(job.name) for job in held if not all(_sides(job, "understood")))
    # The keys hold what the SQL says, so they do not leave this function: only that they differ matters.
    numbers = {key: f"{'j' if box.is_job else 't'}{index}" for index, (key, box) in enumerate(boxes.items())}
    return Graph(
        tuple(replace(box, key=numbers[box.key]) for box in boxes.values()),
        tuple(replace(each, source=numbers[each.source], target=numbers[each.target]) for each in arrows),
        unread,
    )


def before_and_after(jobs: Iterable[DrawnJob]) -> tuple[Flows, Flows]:
    """What the jobs read and write before, and after."""
    held = list(jobs)
    old = {job.name: job.before for job in held if job.before is not None}
    return old, {job.name: job.after for job in held if job.after is not None}


def readers_outside(changing: Iterable[DrawnJob], others: Mapping[str, str]) -> tuple[DrawnJob, ...]:
    """Those of `others`, SQL by name, that read what the `changing` jobs write, before or after; with just the tables
    that they share."""
    written = {where for job in changing for side in (job.before, job.after) if side for where in side.writes}
    # A project may have thousands of jobs: only those are read whose text has the name of such a table in it.
    telling = {where[-1] for where in written}
    found = []
    for name, sql in sorted(others.items()):
        if any(each in sql for each in telling):
            seen = flow(sql)
            shared = Flow({where: seen.reads[where] for where in sorted(written & seen.reads.keys())}, {})
            if shared.reads:
                found.append(DrawnJob(name, shared, shared, outside=True))
    return tuple(found)


def _job(job: DrawnJob, fit: Fit) -> Box:
    return Box(
        f"job {job.name}",
        fit(job.name),
        fit(job.note),
        job.tone,
        is_job=True,
        outside=job.outside,
        link=job.link,
    )


def _sides(job: DrawnJob, what: str) -> Iterator[bool]:
    return (getattr(side, what) for side in (job.before, job.after) if side is not None)


Schemas = tuple[Columns | None, Columns | None]
"""The columns of a table before and after; None where the job has nothing to do with it then."""


def _tables(job: DrawnJob) -> Iterator[tuple[Where, Schemas, bool]]:
    """Each table of a job, its columns, and whether the job reads it."""
    for reads in (True, False):
        before, after = (
            (side.reads if reads else side.writes) if side else {} for side in (job.before, job.after)
        )
        for where in sorted({*before, *after}):
            yield where, (before.get(where), after.get(where)), reads


def _between(schemas: Schemas, late: Missed | None, reads: bool) -> tuple[ArrowFate, str]:
    before, after = schemas
    if after is None:
        return ArrowFate.GONE, ""
    if late:
        return ArrowFate.STAYS, f"still reads {', '.join(late.columns)}"
    if before is None:
        return ArrowFate.NEW, ""
    # What a reader makes of a table is its own affair; what a writer does to it is everybody's.
    gains, loses = ((), ()) if reads else changed(before, after)
    told = [f"{word} {', '.join(names)}" for word, names in (("gains", gains), ("loses", loses)) if names]
    return ArrowFate.STAYS, "; ".join(told)
