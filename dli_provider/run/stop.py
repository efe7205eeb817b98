"""Stopping a job for certain, with its state or without."""

from __future__ import annotations

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import FailedToStop, TimedOut, WrongStatus
from dli_provider.job.status import Status, run_state
from dli_provider.run.delivery import Delivery
from dli_provider.run.handle import JobHandle


def stop(job: JobHandle, *, trigger_savepoint: bool) -> None:
    """Stop the job and wait until it is at rest. Raises FailedToStop when it runs on, and TimedOut."""

    def stops(live: LiveJob) -> bool:
        return job.sightings.is_news(live) and not run_state(live.status).may_run

    def rests(live: LiveJob) -> bool:
        return run_state(live.status).at_rest and job.sightings.believed(live)

    Delivery(
        job, "stop", lambda: job.api.stop(job.id, trigger_savepoint), stops, needless=rests, unclear=True
    ).make()

    def at_rest(live: LiveJob) -> bool:
        state = run_state(live.status)
        # It runs: at first that is old news. That the stop came to nothing takes more than one look.
        if not state.settled or not job.sightings.believed(live):
            return False
        if not state.may_run:
            return True
        failure = _runs_on(job, live)
        if job.sightings.is_news(live):
            job.sightings.arrived(live)
        raise failure

    live = job.wait(at_rest, "stopping")
    job.sightings.arrived(live)
    # A stop without a savepoint leaves the path of an older one, which is not the state that the job stopped with.
    job.notes.stopped_at = live.savepoint_path if trigger_savepoint else None


def halt(job: JobHandle) -> None:
    """Make sure that nothing runs, whatever the status is; state is not kept."""
    live = job.known()
    # A job that is being submitted can be stopped; waiting for it first could take the whole deadline.
    if live.status != Status.SUBMITTING:
        live = job.settled()
    if live.status == Status.SUBMITTING or run_state(live.status).may_run:
        try:
            stop(job, trigger_savepoint=False)
        except WrongStatus:
            # It has ended by itself in the meantime, or is about to.
            job.settled()
    # No run of ours is left; the error of a rollback names `source` as what the job runs from.
    job.notes.halted, job.notes.source = True, ""


def bring_to_rest(job: JobHandle, *, trigger_savepoint: bool) -> bool:
    """Make sure that the job can be run from its savepoint. False where it never stopped, and runs on."""
    state = run_state(job.settled().status)
    # We asked it to stop and have not run it since, so what runs is the old run, undisturbed. What runs after a halt
    # is DLI's own restart of the failed definition, and is stopped.
    if state.runs and not job.notes.halted:
        return False
    if state.may_run:
        try:
            # State of a run that we had halted is not the state to go on from.
            stop(job, trigger_savepoint=trigger_savepoint and not job.notes.halted)
        except (FailedToStop, TimedOut):
            # False only if the old run surely goes on. After a halt, what runs is the failed definition: it must go.
            if job.notes.halted or not run_state(job.seen.status).runs:
                raise
            return False
    return True


def _runs_on(job: JobHandle, live: LiveJob) -> FailedToStop:
    still = "" if job.sightings.is_news(live) else "still "
    seen = f"{job.sightings.when()}, {job.sightings.waited:.0f} s after it was asked to stop"
    return FailedToStop(
        job.subject,
        [
            f"it was {still}{live.status} when last seen at {seen}",
            *([live.status_desc] if live.status_desc else []),
        ],
        remedy="look at the job in the DLI console, then deploy again with `pulumi up --refresh`",
    )
