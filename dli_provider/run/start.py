"""Running a job for certain, and what counts as running: it came up, and stays up for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import FailedToStart, Refused, TimedOut
from dli_provider.job.status import Status, run_state
from dli_provider.run.delivery import Delivery
from dli_provider.run.handle import JobHandle
from dli_provider.run.savepoints import import_first
from dli_provider.run.waiting import Deadline

EMPTY = "empty state"
_ITS_OWN = "its savepoint"
_LONGEST_LAG = 20.0
"""Seconds by which a window is made longer at the most, where reads lag."""


def resume(job: JobHandle, spares: Sequence[str], health_window: float = 0.0) -> None:
    """Run the job from its savepoint; where it is not seen to have one, from the one that we took, or else from the
    first spare. Never empty: asked to resume what is not there, DLI may refuse, or begin with nothing."""
    # Ours first: it outlives every start, while DLI drops what its own stop saved (`stopped_at`) at the next one.
    known = (job.notes.own_savepoint, job.notes.stopped_at, *spares)
    spares = [path for path in known if path]
    if not _has_its_own(job):
        return run(job, _imported(job, spares), health_window)
    try:
        run(job, _ITS_OWN, health_window)
    except Refused:
        # It said that it had one. What is known to us is tried before the state is given up.
        if not spares or job.notes.displaced:
            raise
        run(job, _imported(job, spares), health_window)


def _has_its_own(job: JobHandle) -> bool:
    """Whether the savepoint that the job would resume now was seen, and is its own."""
    if job.notes.imported:
        return True  # DLI took it, so it is there
    # After an import that could not be taken back, it would resume another job's state, or an older one.
    if job.notes.displaced:
        return False
    live = job.known()
    if not job.sightings.believed(live):
        live = job.settled()
    # A start uses up DLI's own savepoint, and a look that lags still shows it. A job that could not even be submitted
    # has used nothing.
    used = job.notes.ran and not (live.status == Status.SUBMIT_FAIL and job.sightings.is_news(live))
    return live.has_savepoint is True and not used


def run(job: JobHandle, source: str = EMPTY, health_window: float = 0.0) -> None:
    """Run the job, wait until it does, and watch it for `health_window` seconds.

    `source` says where its state comes from: what was made its savepoint, or EMPTY. Raises FailedToStart
    with DLI's own reason, and TimedOut.
    """
    before = job.known()
    job.notes.source = source
    Delivery(
        job,
        "run",
        lambda: job.api.run(job.id, resume_savepoint=source != EMPTY),
        # After a lost answer anything new is our run: nobody else is to touch the job meanwhile. A second call would
        # be refused at best, and at worst run a job again that has failed already.
        arrived=job.sightings.is_news,
        # A job that runs need not be run, unless DLI itself restarted the run that we stopped.
        needless=lambda live: (
            run_state(live.status).runs and job.sightings.believed(live) and not job.notes.halted
        ),
    ).make()
    job.notes.halted, job.notes.imported, job.notes.ran = False, False, True

    def up(live: LiveJob) -> bool:
        state = run_state(live.status)
        # "Running" may be the run before, as a replica still shows it; "stopped" is, until DLI has begun.
        if not state.settled or not job.sightings.believed(live):
            return False
        if state.came_up:
            return True
        failure = _not_up(job, live)
        if job.sightings.is_news(live):
            job.sightings.arrived(live)
        raise failure

    # A job that has never run is not listed as running unless it does.
    first = before.status == Status.INIT and before.start_time is None
    live = job.wait(up, "starting", believe=first)
    job.sightings.arrived(live)
    if job.notes.stood_from is not None:
        job.notes.paused = job.clock.now() - job.notes.stood_from
    if source == EMPTY and job.notes.own_savepoint:
        # No output has it, as the query does not fit it: whoever wants to go back has only this line.
        job.say(f"it began empty; the state that it had is in {job.notes.own_savepoint}")
    if health_window:
        _stay_up(job, live, health_window)


def _imported(job: JobHandle, spares: Sequence[str]) -> str:
    job.say(f"importing savepoint {(taken := import_first(job, spares))}")
    return f"savepoint {taken}"


def _stay_up(job: JobHandle, started: LiveJob, health_window: float) -> None:
    """Watch the job until the window ends. Then it is fetched by id: the list may lack the restart count."""

    def down(live: LiveJob) -> bool:
        if not job.sightings.believed(live):
            return False  # the run before, as a replica still shows it
        # A job that DLI restarts looks well again a moment later; only the count tells that it does not stay up.
        if live.restart_times > started.restart_times:
            raise _not_up(job, live, f"it failed and was restarted within {health_window:g} s")
        state = run_state(live.status)
        if state.settled and not state.came_up:
            raise _not_up(job, live)
        return False

    _watch(job, down, health_window)
    # Where reads were seen to lag, the end of the window shows only now.
    if job.sightings.lag:
        _watch(job, down, min(job.sightings.lag, health_window, _LONGEST_LAG))


def _watch(job: JobHandle, down: Callable[[LiveJob], bool], seconds: float) -> None:
    # `down` only ever raises or says no, so that the time runs out is the success.
    with suppress(TimedOut):
        # A quarter of the window, so that a short window is also looked into more than once.
        job.wait(down, "staying up", Deadline(seconds, job.clock), pause=min(1.0, seconds / 4))


def _not_up(job: JobHandle, live: LiveJob, why: str = "") -> FailedToStart:
    seen = why or live.status
    if not why and not job.sightings.is_news(live):
        seen = (
            f"still {live.status} when last seen at {job.sightings.when()}, {job.sightings.waited:.0f} s after it "
            "was asked to run"
        )
    return FailedToStart(
        job.subject,
        [f"it did not come up: {seen}", *([live.status_desc] if live.status_desc else [])],
        remedy="correct what DLI names, then deploy again",
    )
