"""`dli status`: a table of jobs, live if asked for. Lays out what `dli_provider.workspace.job_status` finds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Group
from rich.text import Text

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import (
    chosen,
    no_stack_option,
    said_once,
    show_watched,
    stack_option,
    watch_option,
)
from dli_provider.cli.screen import hide, screen
from dli_provider.cli.table import Row, TableColumn, fitting, left_out
from dli_provider.times import ago
from dli_provider.workspace.access import connected, secrets_of
from dli_provider.workspace.job_status import GONE, JobRow, rows

_COLUMNS = (
    TableColumn("job"),
    TableColumn("declared", 2),
    TableColumn("status"),
    TableColumn("since", 3),
    TableColumn("changed", 7),
    TableColumn("restarts", 4, right=True),
    TableColumn("in/s", 5, right=True),
    TableColumn("out/s", 6, right=True),
    TableColumn("CU", 8, right=True),
    TableColumn("savepoints", 9, right=True),
)


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
@click.option("--all", "every", is_flag=True, help="Every job that DLI has, not only those of the stack.")
@watch_option
@no_stack_option
@stack_option
def group(stack: str | None, no_stack: bool, watch: float | None, every: bool, as_json: bool) -> None:
    """Show the jobs of a stack, or all that DLI has, and how they are.

    Jobs that are not as declared, or not the stack's any more, are marked with `!`. `unclaimed` jobs were adopted, and
    bear no marks of the stack until it first changes them.
    """
    # A stream of JSON documents is no JSON document.
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    picked = chosen(stack, no_stack)
    warn = said_once()
    hide(secrets_of(picked))
    with connected(picked) as api:
        of = None if every else picked
        if as_json:
            jobs = [asdict(row) | {"wrong": row.wrong} for row in rows(api, of, warn)]
            say_document("status", {"stack": of.name if of else None, "place": api.place, "jobs": jobs})
            return
        console = screen(highlight=False)
        whose = f"jobs of stack {of.name}" if of else "all jobs"
        # Beside the table: a program that reads it wants rows.
        warn(f"{whose}, in {api.place}")
        show_watched(lambda: _shown(rows(api, of, warn), console.width), watch=watch, console=console)


def _shown(found: Sequence[JobRow], width: int) -> Group:
    """The table, and a line for each job whose status should have passed."""
    table, hidden = fitting(_COLUMNS, map(_row, found), width)
    lines = [Text(f"{row.job}: {row.unsettled}") for row in found if row.unsettled]
    return Group(table, *([left_out(hidden)] if hidden else []), *lines)


def _row(row: JobRow) -> Row:
    now = time.time()
    wrong = row.wrong or row.status == GONE
    status = f"! {row.status}" if wrong else row.status
    cells = (
        row.job,
        row.declared or "-",
        ", ".join(filter(None, (status, row.estranged, "unclaimed" * row.unclaimed))),
        ago(row.since, now),
        ago(row.changed, now),
        *("-" if number is None else f"{number:g}" for number in _numbers(row)),
    )
    return Row(cells, "red" if wrong else "")


def _numbers(row: JobRow) -> tuple[float | None, ...]:
    return row.restarts, row.read, row.written, row.cu, row.savepoints
