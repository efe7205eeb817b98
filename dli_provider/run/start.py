"""Running a job for certain, and what counts as running: it came up, and stays up for a while."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import FailedToStart, TimedOut
from dli_provider.job.status import Status, run_state
from dli_provider.run.waiting import Deadline

if TYPE_CHECKING:
    from dli_provider.run.handle import RemoteJob

EMPTY = "empty state"
GRACE = 15.0
"""Seconds that an accepted request may take to show in the status."""


def bring_up(job: RemoteJob, source: str, health_window: float) -> None:
    """Run the job, wait until it does, and watch it for `health_window` seconds.

    `source` says where its state comes from: what was made its savepoint, or EMPTY. Raises FailedToStart
    with DLI's own reason, and TimedOut.
    """
    before = job.known()
    job.source = source
    job.deliver(
        lambda: job.api.run(job.id, resume_savepoint=source != EMPTY),
        arrived=lambda live: live.status != before.status or run_state(live.status).runs,
        needless=lambda live: run_state(live.status).runs and not job.halted,
    )
    job.halted = False
    asked = Deadline(GRACE, job.clock)

    def up(live: LiveJob) -> bool:
        state = run_state(live.status)
        if state.came_up:
            return True
        if not state.settled or (live.status == before.status and asked.remaining):
            return False
        raise _not_up(job, live)

    # A job that has never run is not listed as running unless it does.
    first = before.status == Status.INIT and before.start_time is None
    live = job.wait(up, "starting", believe=first)
    job.paused = None if job.stood_from is None else job.clock.now() - job.stood_from
    job.say("running" if run_state(live.status).runs else "finished")
    if health_window:
        _stay_up(job, live, health_window)


def _stay_up(job: RemoteJob, started: LiveJob, health_window: float) -> None:
    """Watch the job until the window ends. Then it is looked at itself: the list need not tell of restarts."""

    def down(live: LiveJob) -> bool:
        if live.restart_times > started.restart_times:
            raise _not_up(job, live, f"it failed and was restarted within {health_window:g} s")
        if (state := run_state(live.status)).settled and not state.came_up:
            raise _not_up(job, live)
        return False

    with suppress(TimedOut):
        window = Deadline(health_window, job.clock)
        job.wait(down, "staying up", window, pause=min(1.0, health_window / 4))


def _not_up(job: RemoteJob, live: LiveJob, why: str = "") -> FailedToStart:
    return FailedToStart(
        job.subject,
        [f"it did not come up: {why or live.status}", *([live.status_desc] if live.status_desc else [])],
        remedy="correct what DLI names, then deploy again",
    )
