"""`dli preview-stack`: copies of a stack, for review. Made and removed by `dli_provider.workspace.stack_copies`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dli_provider.cli.commands import Commands
from dli_provider.cli.options import names
from dli_provider.cli.screen import say


@click.group(name="preview-stack", cls=Commands)
def group() -> None:
    """Copies of a stack's jobs under names of their own, to be looked at and thrown away.

    A copy reads with its own consumer groups and writes to its own topics, and is stopped until you run it.
    """


@group.command()
@click.argument("name")
@click.option("--from", "origin", required=True, metavar="STACK", help="The stack to copy.")
@click.option("--running", is_flag=True, help="Run the jobs; they are stopped otherwise.")
@click.option("--without", type=names, default="", metavar="A,B", help="Leave these jobs out.")
def create(name: str, origin: str, running: bool, without: Sequence[str]) -> None:
    """Declare the jobs of a stack once more, as stack NAME. What was made is removed when that fails."""
    from dli_provider.workspace.stack_copies import create_copy

    create_copy(name, origin, running=running, without=without, tell=say)
    say(f"Stack {name} is a copy of {origin}. Remove it: dli preview-stack destroy {name}")


@group.command()
@click.argument("name")
def destroy(name: str) -> None:
    """Delete the jobs of a copy, the stack and its config. Topics that its jobs made in Kafka are not removed."""
    from dli_provider.workspace.stack_copies import destroy_copy

    destroy_copy(name, say)
    say(f"Stack {name} is gone.")
