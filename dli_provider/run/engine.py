"""Carries a plan out, step by step; takes it back when a step fails, and says what became of the job.

Decides nothing about jobs. Whatever happened, the job ends up running the old definition again, from its state; or it
is gone, if it was just being created; or the error says what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import (
    DliError,
    Forbidden,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    RollbackFailed,
    RolledBack,
    StateLoss,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.steps import ContinueWith, CreateJob, RunJob, Step, UpdateJob
from dli_provider.run.carry_out import apply, revert
from dli_provider.run.handle import JobHandle
from dli_provider.run.waiting import Deadline, polls

_PATIENCE = 300.0
"""Seconds for which a step of a rollback is tried again while DLI gives no usable answer."""
_NOES = 3
"""How often DLI may refuse a step of a rollback."""
_CREATIONS = (CreateJob, ContinueWith)
_FINAL = (NotFound, StateLoss, QuotaExceeded, Unauthenticated, Forbidden, Misconfigured)


def execute(plan: Plan, job: JobHandle, *, rollback: bool = True, begun: Sequence[Step] = ()) -> Plan:
    """Carry out a plan; the plan that was carried out in the end, which may be its fallback.

    Raises StateLoss before the first write when the plan is refused. When a step fails, what was done is
    taken back (unless `rollback` is false), and the error is RolledBack or RollbackFailed if the job was
    stopped, else the step's own. `begun` are steps of an earlier plan that this one continues.
    """
    if plan.refusal:
        raise _refused(plan.refusal, job)
    for step in plan.steps:
        begun = [*begun, step]
        job.say(step.describe())
        try:
            apply(step, job)
        except WrongStatus as refused:
            # DLI takes no update of this field while the job runs. Any other step is refused for a status that nobody
            # expected, and a restart would not help.
            if plan.fallback is None or not isinstance(step, UpdateJob):
                raise take_back(begun, job, refused, rollback=rollback) from refused
            if plan.fallback.refusal:
                # The fallback is refused, so the fields already changed are put back, even with rollback_on_failure
                # off: nothing may stay of a change that cannot be made as a whole.
                raise take_back(begun, job, _refused(plan.fallback.refusal, job)) from refused
            job.say("DLI does not take this while the job runs; restarting it from a savepoint")
            return execute(plan.fallback, job, rollback=rollback, begun=begun)
        except DliError as failure:
            raise take_back(begun, job, failure, rollback=rollback) from failure
    return plan


def _refused(refusal: Refusal, job: JobHandle) -> StateLoss:
    return StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)


def take_back(begun: Sequence[Step], job: JobHandle, failure: DliError, *, rollback: bool = True) -> DliError:
    """Take back what was begun, last first; the error to raise."""
    job.renew_deadline()
    # A job that was just being created has no state to lose, and half a job is of no use: it goes, whatever the program
    # says of rollbacks.
    if any(isinstance(step, _CREATIONS) for step in begun):
        return _removed(begun, job, failure)
    if not rollback:
        return _with(failure, job, "nothing was put back, because rollback_on_failure is off")
    # Once it was asked to stop, the error is that of a rollback, which says whether the job runs again;
    # otherwise the job was never stopped, and the step's own error is enough.
    if any(step.disturbs for step in begun):
        job.say(f"failed: {'; '.join(failure.reasons)}; putting the old definition back")
        return _run_again(begun, job, failure)
    left = [reason for step in reversed(begun) for reason in _left(step, job)]
    if left:
        return _with(failure, job, *left, kind=RollbackFailed, remedy="deploy again, which goes on from here")
    tried = any(isinstance(step, RunJob) for step in begun)
    return _with(failure, job, *(["it is at rest, with its old definition"] if tried else []))


def give_up(found: LiveJob, job: JobHandle, failure: DliError) -> DliError:
    """Leave a job that an earlier attempt created, or remove it if it never ran; the error to raise."""
    # Without a first run there is no state that could go with it.
    if found.start_time is None:
        return take_back([ContinueWith(found.job_id)], job, failure)
    left = "it was created by an attempt that was cut off, and is left as it is"
    return _with(failure, job, left, remedy="deploy again, which finds it by its tags and goes on with it")


def _removed(begun: Sequence[Step], job: JobHandle, failure: DliError) -> DliError:
    for step in reversed(begun):
        left = _left(step, job)
        # What else cannot be taken back does not matter: DLI deletes jobs of any status.
        if left and isinstance(step, _CREATIONS):
            known = job.job_id is not None
            what = (
                "the job could not be removed again" if known else "whether the job was created is not known"
            )
            go_on = "deploy again, which finds the job by its tags and goes on with it"
            remedy = f"{go_on}; or delete job {job.job_id} in the DLI console" if known else go_on
            return _with(failure, job, what, *left, remedy=remedy)
    return _with(
        failure, job, "the job was removed again" if job.job_id is not None else "nothing was created"
    )


def _run_again(begun: Sequence[Step], job: JobHandle, failure: DliError) -> DliError:
    late: list[str] = []
    for number, step in reversed([*enumerate(begun, 1)]):
        left = _left(step, job)
        # As long as the old definition is not back, running the job again would run a mixture.
        if left and any(earlier.disturbs for earlier in begun[:number]):
            state = (
                f"its state is in {job.notes.own_savepoint}"
                if job.notes.own_savepoint
                else "no savepoint was taken"
            )
            return _with(
                failure,
                job,
                "putting the old definition back failed too",
                *left,
                state,
                kind=RollbackFailed,
                remedy="deploy again, which goes on from here; should that fail, run the job from there in the DLI "
                "console",
            )
        late += left
    again = f"the old definition runs again, from {job.notes.source}"
    runs = again if job.notes.source else "it did not stop: the old definition runs on"
    if late:
        go_on = "deploy again, which goes on from here"
        return _with(failure, job, runs, *late, kind=RollbackFailed, remedy=go_on)
    return _with(failure, job, runs, kind=RolledBack)


def _left(step: Step, job: JobHandle) -> list[str]:
    """Take a step back; why that cannot be done, if so."""
    try:
        _patiently(lambda: revert(step, job), job)
    except DliError as second:
        return [f"not taken back: {step.describe()} ({'; '.join(second.reasons)})"]
    return []


def _with(
    failure: DliError, job: JobHandle, *reasons: str, kind: type[DliError] | None = None, remedy: str = ""
) -> DliError:
    return (kind or type(failure))(
        job.subject,
        [*failure.reasons, *reasons],
        remedy=remedy or failure.remedy,
        request_id=failure.request_id,
        code=failure.code,
    )


def _patiently(undo: Callable[[], None], job: JobHandle) -> None:
    """A rollback is not given up for a passing fault: it is what stands between the user and a stopped job."""
    deadline, noes = Deadline(min(_PATIENCE, job.timeout), job.clock), 0
    for _ in polls(deadline):
        job.about_to_change()  # so that every try fetches the job first
        try:
            return undo()
        except _FINAL:
            raise
        except DliError as error:
            noes += not isinstance(error, (Unavailable, Throttled))
            if noes == _NOES or not deadline.remaining:
                raise
    return None
