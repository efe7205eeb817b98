"""`dli savepoint`, `restart`, `stop` and `run`: what an operator does to one job by hand, announced and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dli_provider.cli.options import Command, chosen, job_argument, no_stack_option, stack_option
from dli_provider.cli.screen import hide, say
from dli_provider.workspace.access import connected, secrets_of

if TYPE_CHECKING:
    from dli_provider.plan.operate import Verb
    from dli_provider.workspace.stack import Stack


def _options(command: Command) -> Command:
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        no_stack_option,
        stack_option,
        job_argument,
    ):
        command = option(command)
    return command


_lose_state = click.option("--lose-state", is_flag=True, help="Go on even if the job's state is lost.")


@click.command("savepoint")
@_options
def savepoint(job: str, stack: str | None, no_stack: bool, yes: bool) -> None:
    """Take a savepoint of JOB, by name or id, while it runs on. The last line is its directory."""
    _operate("savepoint", job, chosen(stack, no_stack), yes=yes, lose_state=False)


@click.command("restart")
@_lose_state
@_options
def restart(job: str, stack: str | None, no_stack: bool, yes: bool, lose_state: bool) -> None:
    """Stop JOB with a savepoint and run it from there."""
    _operate("restart", job, chosen(stack, no_stack), yes=yes, lose_state=lose_state)


@click.command("stop")
@_lose_state
@_options
def stop(job: str, stack: str | None, no_stack: bool, yes: bool, lose_state: bool) -> None:
    """Stop JOB with a savepoint."""
    _operate("stop", job, chosen(stack, no_stack), yes=yes, lose_state=lose_state)


@click.command("run")
@_lose_state
@_options
def run(job: str, stack: str | None, no_stack: bool, yes: bool, lose_state: bool) -> None:
    """Run JOB from its newest state."""
    _operate("run", job, chosen(stack, no_stack), yes=yes, lose_state=lose_state)


def _operate(verb: Verb, job: str, stack: Stack | None, *, yes: bool, lose_state: bool) -> None:
    from dli_provider.workspace.by_hand import operate

    def agree() -> None:
        if not yes:
            # The plan has been printed by now: agreement is to what will be done.
            click.confirm("Go on?", abort=True)

    hide(secrets_of(stack))
    with connected(stack) as api:
        operate(api, verb, job, stack, lose_state=lose_state, tell=say, agree=agree)
