"""How each step of a plan is carried out, and taken back.

`revert` is called on the steps that were begun, last first, also on the one that failed. So it looks at the job, and
finding nothing to undo is fine.
"""

from __future__ import annotations

from contextlib import suppress
from functools import singledispatch

from dli_provider.errors import DliError, Misconfigured, StateLoss, Throttled, Unavailable
from dli_provider.job.status import Status
from dli_provider.plan.ownership import SAVEPOINT_NOTE
from dli_provider.plan.steps import (
    Adopt,
    AuthorizeBucket,
    ChangeTags,
    Claim,
    ContinueWith,
    CreateJob,
    DeleteJob,
    FoundAtRest,
    HaltJob,
    ImportSavepoint,
    Keep,
    Lasting,
    NoteSavepoint,
    RunJob,
    Step,
    StopJob,
    TakeSavepoint,
    UpdateJob,
)
from dli_provider.run.amend import change_tags, holds, see_updated, tags_now, update, was_sent
from dli_provider.run.creation import create, delete, remove_created
from dli_provider.run.handle import JobHandle
from dli_provider.run.look import SAYS_NOTHING_OF_TAGS
from dli_provider.run.savepoints import import_first, resumes, take_savepoint
from dli_provider.run.start import resume, run
from dli_provider.run.stop import bring_to_rest, halt, stop
from dli_provider.run.waiting import Deadline


@singledispatch
def apply(step: Step | Lasting, job: JobHandle) -> None:
    """Carry a step out. Raises DliError."""
    raise TypeError(f"{job.subject}: nothing here carries out {type(step).__name__}")


@singledispatch
def revert(step: Step | Lasting, job: JobHandle) -> None:
    """Take a step back, as far as it was done. Raises DliError."""
    raise TypeError(f"{job.subject}: nothing here takes back {type(step).__name__}")


@revert.register
def _(step: Lasting, job: JobHandle) -> None:
    """Nothing to undo."""


# -- a job comes into being, and goes ------------------------------------------------------------------------------


@apply.register
def _(step: CreateJob, job: JobHandle) -> None:
    create(job, step.document, step.owner)


@revert.register
def _(step: CreateJob, job: JobHandle) -> None:
    remove_created(job, step.owner)


@apply.register
def _(step: ContinueWith, job: JobHandle) -> None:
    job.job_id = step.job_id


@revert.register
def _(_step: ContinueWith, job: JobHandle) -> None:
    delete(job)


@apply.register
def _(step: Adopt, job: JobHandle) -> None:
    job.job_id = step.job_id


@apply.register
def _(_step: HaltJob, job: JobHandle) -> None:
    whole = job.deadline
    try:
        # One that is still being submitted has no state of its own yet, and need not be waited for at length.
        if job.known().status == Status.SUBMITTING:
            job.deadline = Deadline(job.sightings.patience, job.clock)
        halt(job)
    except DliError as refused:
        # DLI deletes jobs of any status, so a refusal to stop does not matter.
        job.say(f"it did not stop ({'; '.join(refused.reasons)}); deleting it as it is")
    finally:
        job.deadline = whole


@apply.register
def _(_step: DeleteJob, job: JobHandle) -> None:
    delete(job)


# -- its definition ------------------------------------------------------------------------------------------------


@apply.register
def _(step: AuthorizeBucket, job: JobHandle) -> None:
    # The permission is the bucket's, and lasts: a thousand jobs that share one need a single call. Where DLI says no,
    # that is its answer to all of them; where it did not answer, the next job asks again.
    with suppress(Unavailable, Throttled), job.once.first(step.describe()) as first:
        if not first:
            return
        try:
            job.api.authorize_bucket(step.bucket)
        except DliError as refused:
            # DLI's pages call this call deprecated, and the bucket may be open to DLI all the same. If it is not, the
            # job says so when it writes there.
            job.say(
                f"bucket {step.bucket} could not be authorised ({'; '.join(refused.reasons)}); going on: if DLI may "
                "not write to it yet, checkpoints, savepoints and logs fail"
            )
            if isinstance(refused, Unavailable | Throttled):
                raise


@apply.register
def _(step: UpdateJob, job: JobHandle) -> None:
    # What may be refused because the job runs is not asked again: a restart takes its place.
    update(job, step.document, patient=not step.refusable)
    see_updated(job, step.document, step.undo)


@revert.register
def _(step: UpdateJob, job: JobHandle) -> None:
    # A refused update changed nothing. One that may have arrived is taken back whatever a look shows, which may be old.
    if step.undo and (was_sent(job, step.document) or not holds(job.look(), step.undo)):
        update(job, step.undo)
        see_updated(job, step.undo, step.document)


@apply.register
def _(step: ChangeTags, job: JobHandle) -> None:
    change_tags(job, step.remove, step.add)


@revert.register
def _(step: ChangeTags, job: JobHandle) -> None:
    # One of the two calls may have failed, so only what was really changed is changed back.
    now = tags_now(job).items()
    added = {key: value for key, value in step.add.items() if (key, value) in now}
    removed = {key: value for key, value in step.remove.items() if (key, value) not in now}
    change_tags(job, added, removed)


@apply.register
def _(step: Claim, job: JobHandle) -> None:
    try:
        # The plan may be from an older look at the job: what somebody has done meanwhile is not asked for again.
        now = tags_now(job).items()
        for remove, add in step.parts(dict(step.remove.items() & now), dict(step.add.items() - now)):
            change_tags(job, remove, add)
    except SAYS_NOTHING_OF_TAGS:
        raise
    except DliError as refused:
        if step.taken and not isinstance(refused, Misconfigured):
            # The marks that stay are another's, so the next deployment would not know the job again.
            raise
        # Not every region publishes the tag calls; the state knows whose the job is.
        job.notes.unmarked = True
        job.say(f"the job could not be marked as this stack's: {'; '.join(refused.reasons)}")


@apply.register
def _(step: Keep, job: JobHandle) -> None:
    try:
        for remove, add in step.parts(step.remove, step.add):
            change_tags(job, remove, add)
    except SAYS_NOTHING_OF_TAGS:
        raise
    except DliError as refused:
        # Who took over another's name for it could not find it either, so then it keeps that too.
        job.notes.unmarked = True
        job.say(
            f"it could not be marked as kept ({'; '.join(refused.reasons)}), so it keeps its name until the new one is "
            "made: by nothing else would a later deployment find it"
        )


@revert.register(Claim)
@revert.register(Keep)
def _(step: Claim, job: JobHandle) -> None:
    with suppress(DliError):  # a leftover mark names this resource, so it does not block the next deployment
        now = tags_now(job).items()
        added = {key: value for key, value in step.add.items() if (key, value) in now}
        removed = {key: value for key, value in step.remove.items() if (key, value) not in now}
        for remove, add in step.parts(added, removed):
            change_tags(job, remove, add)


# -- its state -----------------------------------------------------------------------------------------------------


@apply.register
def _(step: TakeSavepoint, job: JobHandle) -> None:
    try:
        take_savepoint(job, step.directory)
    except Misconfigured:
        # The job itself was found just now, so only this call is missing: not every region publishes it.
        job.say(
            "this region has no savepoint call; going on with the savepoint that the stop takes, "
            "which cannot be seen before the job is at rest"
        )
    except DliError as refused:
        if step.required:
            raise
        job.say(f"no savepoint to fall back on: {'; '.join(refused.reasons)}; losing state was consented to")


@apply.register
def _(step: NoteSavepoint, job: JobHandle) -> None:
    if job.notes.own_savepoint is None:  # none was taken, so there is nothing to note
        return
    try:
        change_tags(job, step.removed, {SAVEPOINT_NOTE: job.notes.own_savepoint})
    except SAYS_NOTHING_OF_TAGS:
        raise
    except DliError as refused:
        # Not every region publishes the tag calls, and the pages differ on how long and how many tags may be. The
        # note matters only if this deployment is cut off within the next minutes.
        job.say(f"the savepoint could not be noted on the job: {'; '.join(refused.reasons)}")


@apply.register
def _(step: ImportSavepoint, job: JobHandle) -> None:
    taken = import_first(job, (step.directory, *step.spares))
    if taken != step.directory:
        job.say(f"{step.directory} was refused; imported {taken}")


@revert.register
def _(step: ImportSavepoint, job: JobHandle) -> None:
    live = job.look()
    imported = any(resumes(live, directory) for directory in (step.directory, *step.spares))
    job.notes.imported = False  # what was imported is another state than the one to go on from
    if step.present and not resumes(live, step.present):
        import_first(job, (step.present,))
    elif imported or live.savepoint_path is None:
        # DLI would now resume the imported savepoint, or does not say which one: a later run must not rely on it.
        job.notes.displaced = True


# -- whether it runs -----------------------------------------------------------------------------------------------


@apply.register
def _(step: StopJob, job: JobHandle) -> None:
    job.notes.stood_from = job.clock.now()
    stop(job, trigger_savepoint=step.trigger_savepoint)


@revert.register
def _(step: StopJob, job: JobHandle) -> None:
    if not bring_to_rest(job, trigger_savepoint=step.trigger_savepoint):
        return
    try:
        resume(job, step.spares, step.health_window)
    except StateLoss:
        if not step.may_start_empty:
            raise
        # The user agreed to losing state, and a job that runs empty is worth more than one that does not run.
        job.say("no savepoint to run from; starting empty, as was consented to")
        run(job, health_window=step.health_window)


@apply.register
def _(step: FoundAtRest, job: JobHandle) -> None:
    """Nothing to do: the job is at rest."""


@revert.register
def _(step: FoundAtRest, job: JobHandle) -> None:
    # An earlier change had stopped it, and this one was to finish that. As it cannot, the old definition is run.
    if bring_to_rest(job, trigger_savepoint=False):
        resume(job, step.spares, step.health_window)


@apply.register
def _(step: RunJob, job: JobHandle) -> None:
    if step.resume_savepoint:
        resume(job, step.spares, step.health_window)
    else:
        run(job, health_window=step.health_window)


@revert.register
def _(_step: RunJob, job: JobHandle) -> None:
    if job.notes.source:  # only a run that was really asked for
        halt(job)
