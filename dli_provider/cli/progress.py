"""How far a long piece of work is: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from dli_provider.downloads import ProgressListener

_LINE_EVERY: Final = 15.0  # seconds


@contextmanager
def bar() -> Iterator[ProgressListener]:
    """Shows nothing until something is reported."""
    if sys.stderr.isatty():
        with _drawn() as report:
            yield report
    else:
        yield _told()


@contextmanager
def _drawn() -> Iterator[ProgressListener]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        shown: dict[str, object] = {}

        def report(what: str, done: int = 0, total: int = 0) -> None:
            if what not in shown:
                for task in progress.task_ids:
                    progress.remove_task(task)
                shown.clear()
                shown[what] = progress.add_task(what, total=total or None)
            progress.update(progress.task_ids[0], completed=done, total=total or None)

        yield report


def _told() -> ProgressListener:
    last: list[Any] = ["", 0.0]

    def report(what: str, done: int = 0, total: int = 0) -> None:
        if what == last[0] and time.monotonic() - last[1] < _LINE_EVERY:
            return
        last[:] = [what, time.monotonic()]
        click.echo(f"{what}: {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else what, err=True)

    return report
