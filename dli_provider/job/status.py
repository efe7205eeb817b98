"""The statuses that DLI documents for a job, and what each means for whatever is done next."""

from __future__ import annotations

from enum import Enum

LONG = 15 * 60.0
"""Seconds after which a status that should pass counts as stuck: a first job on a new queue takes up to ten minutes to
start (DLI user guide)."""


class Status(str, Enum):
    """A job's status, under DLI's name for it (DLI API reference, 'Querying Job Details').

    Members are strings, equal to the wire's text. A live job carries the wire's text itself, so that a
    status which DLI introduces later is shown as it is and is simply none of these.
    """

    INIT = "job_init"
    SUBMITTING = "job_submitting"
    SUBMIT_FAIL = "job_submit_fail"
    RUNNING = "job_running"
    RUNNING_EXCEPTION = "job_running_exception"
    DOWNLOADING = "job_downloading"
    IDLE = "job_idle"
    CANCELING = "job_canceling"
    CANCEL_SUCCESS = "job_cancel_success"
    CANCEL_FAIL = "job_cancel_fail"
    SAVEPOINTING = "job_savepointing"
    ARREARAGE_STOPPED = "job_arrearage_stopped"
    ARREARAGE_RECOVERING = "job_arrearage_recovering"
    FINISH = "job_finish"

    # How such members are formatted differs from one Python to the next; the wire's text is always wanted.
    __str__ = str.__str__


class RunState(Enum):
    """Where a job stands, as far as anybody here cares: DLI's fourteen statuses are seven of these.

    Which of them belong together is said by the properties, and nowhere else.
    """

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

    @property
    def runs(self) -> bool:
        """Whether it runs for certain."""
        return self is RunState.RUNNING

    @property
    def settled(self) -> bool:
        """Whether the status lasts until somebody acts."""
        return self is not RunState.MOVING

    @property
    def may_run(self) -> bool:
        """Whether it has to be stopped before it can be changed: it runs, or a stop of it failed."""
        return self in (RunState.RUNNING, RunState.STUCK)

    @property
    def at_rest(self) -> bool:
        """Whether nothing runs and nothing is about to. Such a job takes no CUs, and its last run has ended."""
        return self.settled and not self.may_run

    @property
    def came_up(self) -> bool:
        """Whether a start that led here was a success: a bounded job may have read all its input by then."""
        return self in (RunState.RUNNING, RunState.FINISHED)

    @property
    def failed(self) -> bool:
        """Whether it ended by an error of its own, or could not be started."""
        return self is RunState.FAILED

    @property
    def counts_as_stopped(self) -> bool:
        """Whether a program generated from this job should say `desired_state="stopped"`: it is at rest, and not
        because it failed. A job that failed is one that should run."""
        return self.at_rest and not self.failed

    @property
    def was_stopped(self) -> bool:
        """Whether somebody put an end to it, or nobody has run it yet. One that finished needs no other run."""
        return self in (RunState.STOPPED, RunState.IN_ARREARS)

    @property
    def in_trouble(self) -> bool:
        """Whether something is wrong with it, whatever its program declares."""
        return self in (RunState.FAILED, RunState.STUCK, RunState.IN_ARREARS)

    @property
    def falls_short_of_running(self) -> bool:
        """Whether it is not as a program that declares it running wants it. One that finished has done its work, and
        one that moves is given the time to arrive."""
        return self.in_trouble or self is RunState.STOPPED


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
    # A status that DLI introduces later is waited out: taken for at rest, it could be changed while it runs.
    return _RUN_STATE.get(status, RunState.MOVING)  # type: ignore[call-overload, no-any-return]


def is_known(status: str) -> bool:
    """Whether this is a status that DLI documents."""
    return status in _RUN_STATE


def not_settled(status: str, unchanged_since: str) -> str:
    """What is to be said of a status that does not last by itself, and has not passed yet; "" of all others.

    `unchanged_since` is when DLI last tells of a change of the job: it has no time for a status.
    """
    if run_state(status).settled:
        return ""
    what = "has not settled" if is_known(status) else "is no status that is known here"
    told = f"tells of no change of the job since {unchanged_since}"
    return f"{status} {what}; DLI {told if unchanged_since else 'does not say since when'}"


def overdue(status: str, unchanged_since: str, last_change: int | None, now: float) -> str:
    """The same of a status that should have passed by `now`, in epoch seconds, or that nobody knows. `last_change` is
    that time in epoch milliseconds."""
    passing = is_known(status) and last_change is not None and now - last_change / 1000 < LONG
    return "" if passing else not_settled(status, unchanged_since)


def arrival(status: str, desired_state: str | None = "running") -> str:
    """The status that a job is planned from where nobody waits, as in a preview.

    A deployment waits for a moving job before it plans. So that a preview shows the same plan, the job is taken to
    arrive where it was last told to go.
    """
    if run_state(status).settled:
        return status
    return str(Status.RUNNING if desired_state == "running" else Status.CANCEL_SUCCESS)
