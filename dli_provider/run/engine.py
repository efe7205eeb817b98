"""Carries a plan out, step by step, and has it taken back when a step fails. Decides nothing about jobs."""

from __future__ import annotations

from collections.abc import Sequence

from dli_provider.errors import DliError, StateLoss, WrongStatus
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.steps import Step, UpdateJob
from dli_provider.run.carry_out import apply
from dli_provider.run.handle import JobHandle
from dli_provider.run.rollback import take_back


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
            if plan.fallback is None or not isinstance(step, UpdateJob):
                raise take_back(begun, job, refused, rollback=rollback) from refused
            if plan.fallback.refusal:
                # Nothing may stay of a change that cannot be made as a whole.
                raise take_back(begun, job, _refused(plan.fallback.refusal, job)) from refused
            job.say("DLI does not take this while the job runs; restarting it from a savepoint")
            return execute(plan.fallback, job, rollback=rollback, begun=begun)
        except DliError as failure:
            raise take_back(begun, job, failure, rollback=rollback) from failure
    return plan


def _refused(refusal: Refusal, job: JobHandle) -> StateLoss:
    return StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)
