"""`dli status`: a table of jobs, live if asked for. Lays out what `dli_provider.workspace.job_status` finds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dli_provider.cli.options import said_once, show_watched, stack_option, watch_option
from dli_provider.cli.screen import hide, say_json, screen
from dli_provider.workspace.access import connected, secrets_of, selected
from dli_provider.workspace.job_status import GONE, JobRow, age, rows

_COLUMNS = ("job", "declared", "status", "since", "changed", "restarts", "in/s", "out/s", "CU", "savepoints")
_LEFT = 3
"""The first so many columns are text."""


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
@watch_option
@stack_option
def group(stack: str | None, watch: float | None, as_json: bool) -> None:
    """Show the jobs of a stack, or all that DLI has, and how they are.

    Jobs that are not as declared, or not the stack's any more, are marked with `!`. `unclaimed` jobs were adopted, and
    bear no marks of the stack until it first changes them.
    """
    # A stream of JSON documents is no JSON document.
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    chosen = selected(stack)
    warn = said_once()
    hide(secrets_of(chosen))
    with connected(chosen) as api:
        if as_json:
            say_json([asdict(row) | {"job_id": str(row.job_id)} for row in rows(api, chosen, warn)], indent=2)
            return
        # In a pipe rich would fold at 80 columns, and a job would take several lines.
        console = screen(width=None if screen().is_terminal else 160, highlight=False)
        show_watched(lambda: _shown(rows(api, chosen, warn)), watch=watch, console=console)


def _shown(found: Sequence[JobRow]) -> Group:
    """The table, and a line for each job whose status should have passed."""
    return Group(_table(found), *(Text(f"{row.job}: {row.unsettled}") for row in found if row.unsettled))


def _table(found: Sequence[JobRow]) -> Table:
    now = time.time()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(_COLUMNS):
        table.add_column(column, justify="left" if number < _LEFT else "right", no_wrap=number != 0)
    for row in found:
        wrong = row.wrong or row.status == GONE
        cells = (
            row.job,
            row.declared or "-",
            ", ".join(
                filter(
                    None,
                    (f"! {row.status}" if wrong else row.status, row.estranged, "unclaimed" * row.unclaimed),
                )
            ),
            age(row.since, now),
            age(row.changed, now),
            *("-" if number is None else f"{number:g}" for number in _numbers(row)),
        )
        table.add_row(*cells, style="red" if wrong else "")
    return table


def _numbers(row: JobRow) -> tuple[float | None, ...]:
    return row.restarts, row.read, row.written, row.cu, row.savepoints
