"""What is true of a job at the local DLI, and whether it keeps the promise. Knows nothing of plans.

The promise: whatever happens, a job ends up running the new definition from its state, or the old definition from its
state, and the user is told which. Never stopped, never duplicated, never started empty unless asked to.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from dli_provider.emulator.views import JobView

Definition = dict[str, Any]

_OPEN = ("job_submitting", "job_running", "job_savepointing", "job_canceling", "job_cancel_fail")


class State(Enum):
    """What became of Flink's state, as the history of runs tells it."""

    UNTOUCHED = "untouched"
    """The run goes on that was there before."""
    CARRIED = "carried"
    """Every run since began from a savepoint or checkpoint of the run before."""
    EMPTY = "empty"
    """Some run since began without any."""
    AT_REST = "at rest"
    """Nothing was run."""


def state_of(after: JobView, before: JobView | None) -> State:
    """What became of the state between two looks."""
    known = before.run if before else 0
    later = [run for run in after.runs if run.number > known]
    if any(run.resumed_from is None for run in later):
        return State.EMPTY
    if later:
        assert all(run.lineage == later[0].lineage for run in later)
        return State.CARRIED
    return State.UNTOUCHED if after.status in _OPEN else State.AT_REST


def same_definition(one: Definition, other: Definition) -> bool:
    """Whether two definitions mean the same to DLI: null, empty and absent do."""
    return not differences(one, other)


def differences(one: Definition, other: Definition) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, with both values."""
    found = {name: (one.get(name), other.get(name)) for name in {*one, *other}}
    return {name: pair for name, pair in found.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(value: Any) -> Any:
    return None if value in ("", [], {}) else value
