"""What an operator does to one job by hand: planned as deployments are, announced, and carried out once agreed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dli_provider.errors import Conflict, StateLoss
from dli_provider.plan.operate import Verb, plan_operation, seen_by_its_stack
from dli_provider.plan.ownership import Marks
from dli_provider.plan.steps import TakeSavepoint
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

    `stack` is asked what it declares, so that the user learns how it will see what was done. Raises Conflict for a job
    that is not that stack's, or was given away while the user was asked; StateLoss where the job's state would be lost
    and `lose_state` does not consent to it.
    """
    lifecycle = Lifecycle(api, lambda name, line: tell(f"{name}: {line}"))
    found = lifecycle.look_for(job)
    if found is None:
        raise unknown_job(api, job)
    name, live = found.live.name, lifecycle.as_it_is(found)
    # Asked before anything is done: should the engine not answer, the job is still as it was.
    declared = _declared(stack, found, found.tags)
    plan = plan_operation(verb, name, live, lifecycle.stamp(), lose_state=lose_state)
    if not plan.steps:
        tell(f"{_subject(found)}: nothing to do: it is {live.status}")
        return
    if plan.refusal:
        ways_out = "say --lose-state to go on without it, or turn checkpoints on"
        raise StateLoss(_subject(found), plan.refusal.reason, remedy=ways_out)
    tell(f"{plan.headline()}\n    {plan.details()}")
    marks = Marks.of(found.tags or {})
    if stack is None and not marks.none:
        tell(f"    the job is {marks.whose}'s; --stack compares it with what that stack's state says of it")
    agree()
    _require_same(stack, found, tags_of(api, found.live.job_id))
    lifecycle.carry_out(plan, found)
    tell(f"{name}: done; {seen_by_its_stack(verb, live, declared)}")
    # The last word, alone in its line: a script hands it on, as `from_savepoint` of another job.
    for step in plan.steps if verb == "savepoint" else ():
        if isinstance(step, TakeSavepoint):
            tell(step.directory)


def _require_same(stack: Stack | None, found: Found, tags: Mapping[str, str] | None) -> None:
    """Raises Conflict for a job that is another's than it was when the user was asked: an answer may take hours."""
    _declared(stack, found, tags)
    if found.tags is None or tags is None:
        return
    before, now = Marks.of(found.tags), Marks.of(tags)
    if (before.resource, before.project, before.stack) != (now.resource, now.project, now.stack):
        raise Conflict(
            _subject(found),
            f"it is {now.whose}'s now, and was {before.whose}'s when you were asked; it is not touched",
            remedy="repeat the command, which shows the job as it is",
        )


def _declared(stack: Stack | None, found: Found, tags: Mapping[str, str] | None) -> JobSpec | None:
    """The job as the stack declares it; None without a stack, and for a job that nobody has marked.

    Raises Conflict where it is another's.
    """
    if stack is None:
        return None
    recorded = [one for one in stack.recorded() if not one.external]
    job = next((one for one in recorded if one.id == str(found.live.job_id)), None)
    if job is None:
        marks = Marks.of(tags or {})
        if not marks.none:
            raise Conflict(
                _subject(found),
                f"it is {marks.whose}'s, and the state of stack {stack.name} does not have it; it is not touched",
                remedy="name its own stack with --stack; or say --no-stack, to act on it "
                "whosever it is, at the DLI that the environment names",
            )
        return None
    declared, record = job_properties.spec(job.outputs), job_properties.record(job.outputs)
    owner = declared.owner
    guard.require(_subject(found), tags, owner, owner, record.nonce, unclaimed=record.unclaimed)
    return declared


def _subject(found: Found) -> str:
    return f"{found.live.name} (job {found.live.job_id})"
