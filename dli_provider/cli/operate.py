"""`dli savepoint`, `restart`, `stop` and `run`: what an operator does to one job by hand, announced and asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dli_provider.workspace.place import connected, selected, stack_option

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec
    from dli_provider.plan.operate import Verb
    from dli_provider.workspace.stack import Stack

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(command: Command) -> Command:
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        stack_option,
        click.argument("job", metavar="JOB"),
    ):
        command = option(command)
    return command


_lose_state = click.option("--lose-state", is_flag=True, help="Go on even if the job's state is lost.")


@click.command("savepoint")
@_options
def savepoint(job: str, stack: str | None, yes: bool) -> None:
    """Take a savepoint of JOB, by name or id, while it runs on."""
    _operate("savepoint", job, stack, yes=yes, lose_state=False)


@click.command("restart")
@_lose_state
@_options
def restart(job: str, stack: str | None, yes: bool, lose_state: bool) -> None:
    """Stop JOB with a savepoint and run it from there."""
    _operate("restart", job, stack, yes=yes, lose_state=lose_state)


@click.command("stop")
@_lose_state
@_options
def stop(job: str, stack: str | None, yes: bool, lose_state: bool) -> None:
    """Stop JOB with a savepoint."""
    _operate("stop", job, stack, yes=yes, lose_state=lose_state)


@click.command("run")
@_lose_state
@_options
def run(job: str, stack: str | None, yes: bool, lose_state: bool) -> None:
    """Run JOB from its newest state."""
    _operate("run", job, stack, yes=yes, lose_state=lose_state)


def _operate(verb: Verb, job: str, stack: str | None, *, yes: bool, lose_state: bool) -> None:
    from dli_provider.errors import StateLoss
    from dli_provider.plan.operate import plan_operation, seen_by_its_stack
    from dli_provider.run.lifecycle import Lifecycle
    from dli_provider.run.look import unknown_job

    chosen = selected(stack)
    with connected(chosen) as api:
        lifecycle = Lifecycle(api, lambda name, line: click.echo(f"{name}: {line}"))
        found = lifecycle.look_for(job)
        if found is None:
            raise unknown_job(job)
        name, live = found.live.name, lifecycle.as_it_is(found)
        declared = _declared(chosen, found.live.job_id)
        plan = plan_operation(verb, name, live, lifecycle.stamp(), lose_state=lose_state)
        if not plan.steps:
            click.echo(f"{name} (job {found.live.job_id}): nothing to do: it is {live.status}")
            return
        if plan.refusal:
            ways_out = "say --lose-state to go on without it, or turn checkpoints on"
            raise StateLoss(f"{name} (job {found.live.job_id})", plan.refusal.reason, remedy=ways_out)
        click.echo(f"{plan.headline()}\n    {plan.details()}")
        if not yes:
            click.confirm("Go on?", abort=True)
        lifecycle.carry_out(plan, found)
    click.echo(f"{name}: done; {seen_by_its_stack(verb, live, declared)}")


def _declared(stack: Stack | None, job_id: int) -> JobSpec | None:
    """The job as the stack declares it; None where it is not the stack's."""
    from dli_provider.pulumi import job_properties

    recorded = stack.recorded() if stack else ()
    return next(
        (job_properties.spec(one.outputs) for one in recorded if one.id == str(job_id) and not one.external),
        None,
    )
