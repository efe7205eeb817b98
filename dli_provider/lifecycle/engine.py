"""Carries a plan out, step by step, and takes it back when a step fails. Decides nothing about jobs.

Whatever happens, the job ends up running the new definition, or running the old one, and the error says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dli_provider.errors import (
    DliError,
    RollbackFailed,
    RolledBack,
    StateLoss,
    Throttled,
    Unavailable,
    WrongStatus,
)
from dli_provider.lifecycle.creating import ContinueWith, CreateJob
from dli_provider.lifecycle.plan import Plan
from dli_provider.lifecycle.remote import RemoteJob
from dli_provider.lifecycle.steps import Step, UpdateJob
from dli_provider.lifecycle.waiting import Deadline, polls

_PATIENCE = 300.0
"""Seconds for which a step of a rollback is tried again while DLI gives no usable answer."""


def execute(plan: Plan, job: RemoteJob, *, rollback: bool = True) -> Plan:
    """Carry out a plan; the plan that was carried out in the end, which may be its fallback.

    Raises StateLoss before the first write when the plan is refused. When a step fails, what was done is
    taken back (unless `rollback` is false), and the error is RolledBack or RollbackFailed if the job's
    running was touched, else the step's own.
    """
    if plan.refusal:
        raise StateLoss(job.subject, plan.refusal.reason, remedy=plan.refusal.remedy)
    begun: list[Step] = []
    for step in plan.steps:
        begun.append(step)
        job.say(step.describe())
        try:
            step.apply(job)
        except WrongStatus as refused:
            if plan.fallback is None or not isinstance(step, UpdateJob):
                raise _undone(begun, job, refused, rollback) from refused
            job.say("DLI does not take this while the job runs; restarting it from a savepoint")
            return execute(plan.fallback, job, rollback=rollback)
        except DliError as failure:
            raise _undone(begun, job, failure, rollback) from failure
    return plan


def _undone(begun: Sequence[Step], job: RemoteJob, failure: DliError, rollback: bool) -> DliError:
    """Take back what was begun, last first; the error to raise."""
    creating = any(isinstance(step, (CreateJob, ContinueWith)) for step in begun)
    disturbed = any(step.disturbs for step in begun)
    if not rollback and not creating:
        return _with(failure, type(failure), job, "nothing was put back, because rollback_on_failure is off")
    if disturbed and not creating:
        job.say(f"failed: {'; '.join(failure.reasons)}; putting the old definition back")
    job.renew_deadline()
    for step in reversed(begun):
        try:
            _patiently(lambda step=step: step.revert(job), job)  # type: ignore[misc]
        except DliError as second:
            return _stuck(job, failure, second, creating)
    if creating:
        removed = "the job was removed again" if job.job_id is not None else "nothing was created"
        return _with(failure, type(failure), job, removed)
    if disturbed:
        source = f" from savepoint {job.own_savepoint}" if job.own_savepoint else ""
        return _with(failure, RolledBack, job, f"the old definition runs again{source}")
    return _with(failure, type(failure), job) if job.subject != failure.subject else failure


def _stuck(job: RemoteJob, failure: DliError, second: DliError, creating: bool) -> DliError:
    if creating:
        reason = f"the job could not be removed again: {'; '.join(second.reasons)}"
        remedy = f"delete job {job.job_id} in the DLI console, or deploy again, which goes on with it"
        return _with(failure, type(failure), job, reason, remedy=remedy)
    state = f"its state is in {job.own_savepoint}" if job.own_savepoint else "no savepoint was taken"
    return _with(
        failure,
        RollbackFailed,
        job,
        f"putting the old definition back failed too: {'; '.join(second.reasons)}",
        state,
        remedy="deploy again, which goes on from here; should that fail, run the job from there in the DLI console",
    )


def _with(
    failure: DliError, kind: type[DliError], job: RemoteJob, *reasons: str, remedy: str = ""
) -> DliError:
    return kind(
        job.subject,
        [*failure.reasons, *reasons],
        remedy=remedy or failure.remedy,
        request_id=failure.request_id,
        code=failure.code,
    )


def _patiently(revert: Callable[[], None], job: RemoteJob) -> None:
    """A rollback is not given up for a passing fault: it is what stands between the user and a stopped job."""
    deadline = Deadline(min(_PATIENCE, job.timeout), job.clock)
    for _ in polls(deadline):
        try:
            return revert()
        except (Unavailable, Throttled):
            if not deadline.remaining:
                raise
    return None
