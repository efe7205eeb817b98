"""`--watch`: a command that shows the same again and again, until it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
from rich.console import Console, RenderableType
from rich.live import Live


def shown(look: Callable[[], RenderableType], *, watch: float | None, console: Console) -> None:
    """Show what `look` gives; with `watch`, anew every so many seconds until Ctrl-C. A look that fails ends it."""
    if watch is None:
        console.print(look())
        return
    with Live(look(), console=console, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(watch)
                live.update(look(), refresh=True)
        except KeyboardInterrupt:
            pass


def watch_option(command: Callable[..., object]) -> Callable[..., object]:
    """`--watch [SECONDS]`."""
    return click.option(
        "--watch",
        type=click.FloatRange(min=0.1),
        is_flag=False,
        flag_value=5.0,
        metavar="[SECONDS]",
        help="Look again every so many seconds (5), until Ctrl-C.",
    )(command)
