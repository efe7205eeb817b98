"""What an operator does to one job by hand: planned as deployments are, announced, and carried out once agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dli_provider.errors import StateLoss
from dli_provider.plan.operate import Verb, plan_operation, seen_by_its_stack
from dli_provider.pulumi import job_properties
from dli_provider.run import guard
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.run.look import Found, tags_of, unknown_job

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.job.fields import JobSpec
    from dli_provider.workspace.stack import Stack


def operate(
    api: Client,
    verb: Verb,
    job: str,
    stack: Stack | None,
    *,
    lose_state: bool,
    tell: Callable[[str], None],
    agree: Callable[[], object],
) -> None:
    """Do it to the job with this name or id. `tell` gets each line to print; `agree` raises if the user does not agree.

    `stack` is only asked what it declares, so that the user learns how the stack will see what was
    done. Raises StateLoss where the job's state would be lost and `lose_state` does not consent to it.
    """
    lifecycle = Lifecycle(api, lambda name, line: tell(f"{name}: {line}"))
    found = lifecycle.look_for(job)
    if found is None:
        raise unknown_job(job)
    name, live = found.live.name, lifecycle.as_it_is(found)
    # Asked before anything is done: should the engine not answer, the job is still as it was.
    declared = _declared(stack, found, api)
    plan = plan_operation(verb, name, live, lifecycle.stamp(), lose_state=lose_state)
    if not plan.steps:
        tell(f"{name} (job {found.live.job_id}): nothing to do: it is {live.status}")
        return
    if plan.refusal:
        ways_out = "say --lose-state to go on without it, or turn checkpoints on"
        raise StateLoss(f"{name} (job {found.live.job_id})", plan.refusal.reason, remedy=ways_out)
    tell(f"{plan.headline()}\n    {plan.details()}")
    agree()
    lifecycle.carry_out(plan, found)
    tell(f"{name}: done; {seen_by_its_stack(verb, live, declared)}")


def _declared(stack: Stack | None, found: Found, api: Client) -> JobSpec | None:
    """The job as the stack declares it; None where it is not the stack's.

    Raises Conflict where it was the stack's, and is another's by now.
    """
    if stack is None:
        return None
    job_id = found.live.job_id
    recorded = (one for one in stack.recorded() if one.id == str(job_id) and not one.external)
    job = next(recorded, None)
    if job is None:
        return None
    declared, record = job_properties.spec(job.outputs), job_properties.record(job.outputs)
    guard.require(
        f"{found.live.name} (job {job_id})",
        tags_of(api, job_id),
        declared.owner,
        declared.owner,
        record.nonce,
        unclaimed=record.unclaimed,
    )
    return declared
