"""Options that several commands have, what is typed for them, and how `--watch` shows the same again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dli_provider.cli.screen import say

if TYPE_CHECKING:  # commands that show nothing again and again do without
    from rich.console import Console, RenderableType

Command = TypeVar("Command", bound=Callable[..., Any])


def stack_option(command: Command) -> Command:
    """`--stack`, for commands that can do without."""
    return click.option(
        "--stack", help="Stack whose DLI, credentials and jobs are meant; left out, those of the environment."
    )(command)


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
