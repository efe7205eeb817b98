"""In which order jobs that read each other's tables are promoted, and why; derived from their SQL. Pure.

A job whose sink only gains columns goes before the jobs that read it; one whose sink loses some goes after them. So
whoever reads a column always finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from dli_provider.graph.edges import Edge, Flows, missed
from dli_provider.likeness import likeliest
from dli_provider.promotion.gate import Check
from dli_provider.promotion.problems import Problems

After = Mapping[str, Sequence[str]]
"""Jobs that wait, and those for which they wait."""


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


def still_read(new: Flows, between: tuple[Edge, ...]) -> Iterator[Check]:
    """Readers in the target that would lose a column which they go on reading."""
    for each in missed(new, between):
        lost = f"{each.writer} no longer writes {', '.join(each.columns)} of {each.table}"
        reason = f"{lost}; {each.reader} reads it still; promote a version of {each.reader} without it first"
        yield Check("readers", each.reader, False, reason)
