"""Running a job for certain, and what counts as running: it came up, and stays up for a while."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import FailedToStart, NoSavepoint, StateLoss, TimedOut
from dli_provider.job.status import Status, run_state
from dli_provider.run.handle import GRACE, JobHandle
from dli_provider.run.savepoints import import_first
from dli_provider.run.waiting import Deadline

EMPTY = "empty state"
_ITS_OWN = "its savepoint"


def resume(job: JobHandle, spares: Sequence[str], health_window: float = 0.0) -> None:
    """Run the job from its savepoint; where DLI has dropped that one, from the one that we took, or else from the
    first spare. Never empty."""
    # Ours first: it outlives every start, while DLI drops what its own stop saved (`stopped_at`) at the next one.
    known = (job.notes.own_savepoint, job.notes.stopped_at, *spares)
    spares = [path for path in known if path]
    source, none_taken = _ITS_OWN, None
    # Asked to resume a savepoint that it does not have, DLI refuses; but what it would resume after an import that
    # could not be taken back is another job's state, or an older one.
    if job.known().has_savepoint is False or job.notes.displaced:
        try:
            source = _imported(job, spares)
        except StateLoss as refused:
            if job.notes.displaced:
                raise
            # What DLI reports may be incomplete; if it has none indeed, it refuses to resume.
            none_taken = refused
    try:
        run(job, source, health_window)
    except NoSavepoint as refused:
        if none_taken:
            raise none_taken from refused
        # It said that it had one, or said nothing. What is known to us is tried before the state is given up.
        run(job, _imported(job, spares), health_window)


def run(job: JobHandle, source: str = EMPTY, health_window: float = 0.0) -> None:
    """Run the job, wait until it does, and watch it for `health_window` seconds.

    `source` says where its state comes from: what was made its savepoint, or EMPTY. Raises FailedToStart
    with DLI's own reason, and TimedOut.
    """
    before = job.known()
    job.notes.source = source
    job.deliver(
        lambda: job.api.run(job.id, resume_savepoint=source != EMPTY),
        # After a lost answer any other status than before is our run: nobody else is to touch the job meanwhile. A
        # second call would be refused at best, and at worst run a job again that has failed already.
        arrived=lambda live: live.status != before.status or run_state(live.status).runs,
        # A job that runs need not be run, unless DLI itself restarted the run that we stopped.
        needless=lambda live: run_state(live.status).runs and not job.notes.halted,
    )
    job.notes.halted = False
    asked = Deadline(GRACE, job.clock)

    def up(live: LiveJob) -> bool:
        state = run_state(live.status)
        if state.came_up:
            return True
        # The old status may still be shown for a while: not yet under way is not failed.
        if not state.settled or (live.status == before.status and asked.remaining):
            return False
        raise _not_up(job, live)

    # A job that has never run is not listed as running unless it does.
    first = before.status == Status.INIT and before.start_time is None
    live = job.wait(up, "starting", believe=first)
    if job.notes.stood_from is not None:
        job.notes.paused = job.clock.now() - job.notes.stood_from
    job.say("running" if run_state(live.status).runs else "finished")
    if health_window:
        _stay_up(job, live, health_window)


def _imported(job: JobHandle, spares: Sequence[str]) -> str:
    job.say(f"importing savepoint {(taken := import_first(job, spares))}")
    return f"savepoint {taken}"


def _stay_up(job: JobHandle, started: LiveJob, health_window: float) -> None:
    """Watch the job until the window ends. Then it is fetched by id: the list may lack the restart count."""

    def down(live: LiveJob) -> bool:
        # A job that DLI restarts looks well again a moment later; only the count tells that it does not stay up.
        if live.restart_times > started.restart_times:
            raise _not_up(job, live, f"it failed and was restarted within {health_window:g} s")
        state = run_state(live.status)
        if state.settled and not state.came_up:
            raise _not_up(job, live)
        return False

    # `down` only ever raises or says no, so that the window runs out is the success.
    with suppress(TimedOut):
        window = Deadline(health_window, job.clock)
        # A quarter of the window, so that a short window is also looked into more than once.
        job.wait(down, "staying up", window, pause=min(1.0, health_window / 4))


def _not_up(job: JobHandle, live: LiveJob, why: str = "") -> FailedToStart:
    return FailedToStart(
        job.subject,
        [f"it did not come up: {why or live.status}", *([live.status_desc] if live.status_desc else [])],
        remedy="correct what DLI names, then deploy again",
    )
