"""`dli status`: a table of jobs, live if asked for. A look is one list of all jobs, and one question for rates."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from dli_provider.cli.watching import shown, watch_option
from dli_provider.workspace.overview import GONE, Declared, Row, age, row_of
from dli_provider.workspace.place import connected, selected, stack_option

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob
    from dli_provider.workspace.stack import Stack

_COLUMNS = ("job", "declared", "status", "since", "changed", "restarts", "in/s", "out/s", "CU", "savepoints")
_LEFT = 3
"""The first so many columns are text."""


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the jobs as JSON.")
@watch_option
@stack_option
def group(stack: str | None, watch: float | None, as_json: bool) -> None:
    """Show the jobs of a stack, or all that DLI has, and how they are.

    Client that are not as declared are marked with `!`.
    """
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    chosen = selected(stack)
    with connected(chosen) as api:
        if as_json:
            click.echo(json.dumps([asdict(row) for row in _rows(api, chosen)], indent=2))
            return
        console = Console(width=None if Console().is_terminal else 160, highlight=False)
        shown(lambda: _table(_rows(api, chosen)), watch=watch, console=console)


def _declared(stack: Stack) -> dict[int, Declared]:
    from dli_provider.pulumi import job_properties

    return {
        int(job.id): Declared(
            job_properties.spec(job.outputs).name or job.name,
            job_properties.spec(job.outputs).desired_state,
            len(job_properties.record(job.outputs).savepoints),
        )
        for job in stack.recorded()
        if not job.external
    }


def _rows(api: Client, stack: Stack | None) -> list[Row]:
    declared = _declared(stack.afresh()) if stack else None
    live = {job.job_id: job for job in api.list_all(show_detail=True)}
    chosen = live if declared is None else {key: live[key] for key in declared if key in live}
    rates = _rates(api, list(chosen.values()))
    rows = [row_of(job, (declared or {}).get(key), rates.get(key, {})) for key, job in chosen.items()]
    for key, known in (declared or {}).items():
        if key not in live:
            rows.append(Row(known.name, key, known.desired_state, GONE, savepoints=known.savepoints))
    return sorted(rows, key=lambda row: (row.job, row.job_id))


def _rates(api: Client, jobs: Sequence[LiveJob]) -> dict[int, Any]:
    """What each running job reads and writes; nothing where DLI does not say: not every region has the call."""
    from dli_provider.errors import DliError, Unauthenticated

    running = [job.job_id for job in jobs if job.status == "job_running"]
    try:
        return dict(api.metrics(running)) if running else {}
    except Unauthenticated:
        raise
    except DliError:
        return {}


def _table(rows: Sequence[Row]) -> Table:
    now = time.time()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(_COLUMNS):
        table.add_column(column, justify="left" if number < _LEFT else "right", no_wrap=number != 0)
    for row in rows:
        wrong = row.wrong or row.status == GONE
        cells = (
            row.job,
            row.declared or "-",
            f"! {row.status}" if wrong else row.status,
            age(row.since, now),
            age(row.changed, now),
            *("-" if number is None else f"{number:g}" for number in _numbers(row)),
        )
        table.add_row(*cells, style="red" if wrong else "")
    return table


def _numbers(row: Row) -> tuple[float | None, ...]:
    return row.restarts, row.read, row.written, row.cu, row.savepoints
