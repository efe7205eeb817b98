"""Options that several commands have, what is typed for them, and how `--watch` shows the same again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dli_provider.cli.screen import say
from dli_provider.workspace.access import chosen_stack, connected
from dli_provider.workspace.folder import configured_stacks

if TYPE_CHECKING:  # commands that show nothing again and again do without
    from rich.console import Console, RenderableType

    from dli_provider.workspace.stack import Stack

Command = TypeVar("Command", bound=Callable[..., Any])


def stack_names(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The stacks whose config lies in the project: what is typed on must not wait for the engine."""
    return [name for name in configured_stacks(Path.cwd()) if name.startswith(incomplete)]


def job_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The live jobs of the stack in hand; none where nobody can be asked."""
    try:
        with connected(chosen_stack(context.params.get("stack"))) as api:
            return sorted(live.name for live in api.list_all() if live.name.startswith(incomplete))
    # Whatever is wrong is told by the command itself; here it would be written into the line that is typed.
    except Exception:
        return []


def job_argument(command: Command) -> Command:
    """`JOB`, by name or id."""
    return click.argument("job", metavar="JOB", shell_complete=job_names)(command)


def stack_option(command: Command) -> Command:
    """`--stack`, for commands that work on one."""
    return click.option(
        "--stack", metavar="NAME", help="The stack.  [default: the selected one]", shell_complete=stack_names
    )(command)


def no_stack_option(command: Command) -> Command:
    """`--no-stack`, for commands that can do without one."""
    return click.option(
        "--no-stack",
        is_flag=True,
        help="No stack: DLI and credentials of the environment, and jobs whosever they are.",
    )(command)


def chosen(stack: str | None, no_stack: bool) -> Stack | None:
    """The stack that a command works on, and None for `--no-stack` and outside of projects."""
    if stack and no_stack:
        raise click.UsageError("--stack and --no-stack exclude each other")
    return chosen_stack(stack, none=no_stack)


def watch_option(command: Command) -> Command:
    """`--watch [SECONDS]`."""
    return click.option(
        "--watch",
        type=click.FloatRange(min=0.1),
        is_flag=False,
        flag_value=5.0,
        metavar="[SECONDS]",
        help="Look again every so many seconds (5), until Ctrl-C.",
    )(command)


def show_watched(look: Callable[[], RenderableType], *, watch: float | None, console: Console) -> None:
    """Show what `look` gives; with `watch`, again every so many seconds until Ctrl-C. A `look` that fails ends it."""
    if watch is None:
        console.print(look())
        return
    from rich.live import Live

    # Drawn only when there is something new: rich would redraw it four times a second.
    with Live(look(), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(watch)
                live.update(look(), refresh=True)
        # Ctrl-C is how one leaves, and no failure.
        except KeyboardInterrupt:
            pass


def said_once() -> Callable[[str], None]:
    """Says a line on stderr, where it spoils no table and no JSON; one that is given again, as with `--watch`, is not
    repeated."""
    said: set[str] = set()

    def tell(line: str) -> None:
        if line not in said:
            said.add(line)
            say(line, err=True)

    return tell


def span(text: str) -> float:
    """A time such as 30m, in seconds."""
    from dli_provider.promotion.route import seconds

    found = seconds(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no time such as 30m, 90s or 2h")
    return found


def names(text: str) -> tuple[str, ...]:
    """Names, separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
