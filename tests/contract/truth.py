"""What is true of a job at the local DLI, and whether it keeps the promise. Knows nothing of plans.

The promise: whatever happens, a job ends up running the new definition from its state, or the old definition from its
state, and the user is told which. Never stopped, never duplicated, never started empty unless asked to.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from dli_provider.emulator.job_views import JobView

Definition = dict[str, Any]

_OPEN = ("job_submitting", "job_running", "job_savepointing", "job_canceling", "job_cancel_fail")


class State(Enum):
    """What became of Flink's state, as the history of runs tells it."""

    UNTOUCHED = "untouched"
    """The run goes on that was there before."""
    CARRIED = "carried"
    """What runs now has the state of the run that was there before."""
    EMPTY = "empty"
    """What runs now began without any, or with another."""
    AT_REST = "at rest"
    """Nothing was run."""


def state_of(after: JobView, before: JobView | None) -> State:
    """What became of the state between two looks."""
    if after.status not in _OPEN:
        return State.AT_REST
    if before and after.run == before.run:
        return State.UNTOUCHED
    handed_on = not (before and before.runs) or after.lineage == before.lineage
    return State.CARRIED if after.resumed_from and handed_on else State.EMPTY


def started_empty(after: JobView, before: JobView | None) -> bool:
    """Whether any run between two looks began without state, be it for a moment."""
    known = before.run if before else 0
    return any(run.resumed_from is None for run in after.runs if run.number > known)


def same_definition(one: Definition, other: Definition) -> bool:
    """Whether two definitions mean the same to DLI: null, empty and absent do."""
    return not differences(one, other)


def differences(one: Definition, other: Definition) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, with both values."""
    found = {name: (one.get(name), other.get(name)) for name in {*one, *other}}
    return {name: pair for name, pair in found.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(value: Any) -> Any:
    return None if value in ("", [], {}) else value
