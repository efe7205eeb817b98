"""The verdict of a rehearsal, from what its runs brought: proven, differs, refused or cannot tell.

The *old* SQL ran on the rows before the switch, and the *upgraded* job, the new SQL, went on from its savepoint.
Beside them the *control* had the new SQL all along, with a savepoint at the same moment, and one more run had the new
SQL on the rows after the switch alone: where that brings the same, no state mattered, and nothing is proven of any.

What the new SQL never looks at again may be wrong all the same. So the *way back* is tried too: the old SQL from the
control's savepoint, beside the old SQL from its own. If both ways nothing changes, both keep the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dli_provider.proof.continuation import Divergence, Outputs, divergence, table_divergence

Word: TypeAlias = Literal["proven", "differs", "refused", "cannot tell"]
PROVEN: Final[Word] = "proven"
DIFFERS: Final[Word] = "differs"
REFUSED: Final[Word] = "refused"
CANNOT_TELL: Final[Word] = "cannot tell"


@dataclass(frozen=True)
class RehearsalRuns:
    """What the runs brought: the first two before the switch, the others after it.

    `back` is the old SQL from the control's savepoint, `stayed` the old SQL from its own; "" or why Flink refused it.
    `again` is a second control, which is run only where the first does not agree with the upgraded job.
    """

    old: Outputs
    control_before: Outputs
    control: Outputs
    upgraded: Outputs
    stateless: Outputs
    stayed: Outputs
    back: Outputs | str
    again: Outputs | None = None


@dataclass(frozen=True)
class Doubts:
    """What the SQL itself leaves open. `stateful` are the sinks of whose query Flink surely keeps state.

    `blind` says what no rehearsal can see, such as a random function; `untried` are the literals, functions and
    comparisons that only one text has: each decides something, if any row comes near it.
    `notes` are said beside a verdict, and change none.
    """

    stateful: frozenset[str] = frozenset()
    blind: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RehearsalVerdict:
    """What came of it. `rows` were generated, `changes` came after the switch and were compared."""

    word: Word
    because: str
    divergence: Divergence | None = None
    rows: int = 0
    changes: int = 0
    notes: tuple[str, ...] = ()


def disagrees(runs: RehearsalRuns) -> bool:
    """Whether a second control is needed to tell a difference from an order that Flink does not fix."""
    return divergence(runs.control, runs.upgraded) is not None


def judged(runs: RehearsalRuns, doubts: Doubts, rows: int) -> RehearsalVerdict:
    """The verdict on runs that all came to their end."""
    changes = sum(len(each.changes) for each in runs.control.values())
    found, order = _difference(runs)
    if doubts.blind:
        return RehearsalVerdict(CANNOT_TELL, "; ".join(doubts.blind), None, rows, changes, doubts.notes)
    if isinstance(found, Divergence):
        return RehearsalVerdict(DIFFERS, str(found), found, rows, changes, doubts.notes)
    missing = found or _too_little(runs, doubts) or _no_way_back(runs, in_table=bool(order))
    if missing:
        return RehearsalVerdict(CANNOT_TELL, missing, None, rows, changes, doubts.notes)
    because = f"{_several(changes, 'change')} after the switch came as if the new SQL had run all along"
    return RehearsalVerdict(PROVEN, because, None, rows, changes, (*order, *doubts.notes))


def _difference(runs: RehearsalRuns) -> tuple[Divergence | str, tuple[str, ...]]:
    """What is not as it should be, or why that cannot be told; "" where all is. And what there is to say of order."""
    found = divergence(runs.control, runs.upgraded)
    if found is None or runs.again is None:
        return found or "", ()
    if divergence(runs.control, runs.again) is None:
        return found, ()
    if table_divergence(runs.control, runs.again) is not None:
        return "two runs of the new SQL alone brought different results already", ()
    in_table = table_divergence(runs.control, runs.upgraded)
    return in_table or "", (
        "compared as the table that results: Flink does not fix the order of changes here",
    )


def _too_little(runs: RehearsalRuns, doubts: Doubts) -> str:
    """Why what came is too little to prove anything; "" where it is enough."""
    quiet = [sink for sink, output in runs.control.items() if not output.changes]
    if quiet:
        return f"nothing came out of {' and '.join(quiet)} after the switch"
    unmoved = [sink for sink in runs.control if sink in doubts.stateful and _same(sink, runs)]
    if unmoved:
        return f"no state mattered for {' and '.join(unmoved)}: without any, the same came out"
    if doubts.untried and _alike(runs.old, runs.control_before):
        tried = " and ".join(doubts.untried)
        return (
            f"no generated row shows what {tried} changes: old and new SQL brought the same before the switch"
        )
    return ""


def _no_way_back(runs: RehearsalRuns, *, in_table: bool) -> str:
    """Why the two do not keep the same, though what came after the switch is the same; "" where they do."""
    if isinstance(runs.back, str):
        return f"the new SQL goes on as it should, but the old SQL cannot go on from its state: {runs.back}"
    found = divergence(runs.stayed, runs.back)
    # Where Flink fixes no order, the order tells nothing on the way back either.
    if found and in_table:
        found = table_divergence(runs.stayed, runs.back)
    if found is None:
        return ""
    return f"the state is not the same, only no row showed it: the old SQL, from the new one's state, brings {found}"


def _same(sink: str, runs: RehearsalRuns) -> bool:
    return divergence({sink: runs.control[sink]}, {sink: runs.stateless[sink]}) is None


def _alike(old: Outputs, new: Outputs) -> bool:
    return old.keys() == new.keys() and divergence(old, new) is None


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
