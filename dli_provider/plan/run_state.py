"""What a status means for the next step: fourteen words of DLI's, seven of ours."""

from __future__ import annotations

from enum import Enum

from dli_provider.api.status import Status


class RunState(Enum):
    """Where a job stands, as far as the planner cares."""

    RUNNING = "running"
    STOPPED = "stopped"
    """A draft, or stopped on purpose."""
    FAILED = "failed"
    FINISHED = "finished"
    """A bounded job that has read all its input."""
    IN_ARREARS = "stopped for arrears"
    STUCK = "asked to stop without success; may still run"
    MOVING = "on its way to another status"
    """Also every status that is not documented or not understood: neither running nor at rest, so we wait."""


_RUN_STATE = {
    Status.INIT: RunState.STOPPED,
    Status.SUBMITTING: RunState.MOVING,
    Status.SUBMIT_FAIL: RunState.FAILED,
    Status.RUNNING: RunState.RUNNING,
    Status.RUNNING_EXCEPTION: RunState.FAILED,
    Status.DOWNLOADING: RunState.MOVING,
    Status.IDLE: RunState.MOVING,
    Status.CANCELING: RunState.MOVING,
    Status.CANCEL_SUCCESS: RunState.STOPPED,
    Status.CANCEL_FAIL: RunState.STUCK,
    Status.SAVEPOINTING: RunState.MOVING,
    Status.ARREARAGE_STOPPED: RunState.IN_ARREARS,
    Status.ARREARAGE_RECOVERING: RunState.MOVING,
    Status.FINISH: RunState.FINISHED,
}


def run_state(status: str) -> RunState:
    """The run state that a live job's status stands for."""
    return _RUN_STATE.get(status, RunState.MOVING)  # type: ignore[call-overload, no-any-return]
