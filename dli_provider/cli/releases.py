"""`dli releases`: where each release stands. Lays out what `dli_provider.promotion.versions` says."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from dli_provider.cli.documents import milliseconds, say_document
from dli_provider.cli.screen import say, screen, working
from dli_provider.cli.table import Row, TableColumn, fitting, left_out
from dli_provider.times import lasting

if TYPE_CHECKING:
    from dli_provider.promotion.versions import Cell
    from dli_provider.workspace.project import ReleaseMatrix

_ENDLESS = 100_000


@click.command(name="releases")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(as_json: bool) -> None:
    """Show which version of each job each stack has, since when, and how it is.

    The stacks are those of promotion.yaml, in its order. One that cannot be looked at says why.
    """
    from dli_provider.workspace.project import Project

    now = time.time()
    with working("looking at the jobs of each stack"):
        found = Project.here().matrix(now)
    if as_json:
        cells = [facts_of(each) for row in found.rows.values() for each in row.values()]
        unseen = [{"stack": stack, "reason": reason} for stack, reason in found.unseen.items()]
        say_document("releases", {"stacks": found.stacks, "cells": cells, "unseen": unseen})
        return
    _show(found, now)
    for stack, reason in found.unseen.items():
        say(f"{stack}: {reason}", err=True)


def _show(found: ReleaseMatrix, now: float) -> None:
    """Jobs by stacks; where that is too wide a line for each job and stack, so that no cell is broken up."""
    table = Table("job", *found.stacks, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for job, row in found.rows.items():
        table.add_row(Text(job, "bold"), *(_text(row.get(stack), now) for stack in found.stacks))
    console = screen(highlight=False)
    if console.measure(table, options=console.options.update(width=_ENDLESS)).maximum <= console.width:
        console.print(table)
        return
    cells = [cell for row in found.rows.values() for cell in row.values()]
    columns = [
        TableColumn("job"),
        TableColumn("stack"),
        TableColumn("release", 2),
        TableColumn("since", 3),
        TableColumn("how", 1),
    ]
    rows = [Row((each.job, each.stack, *_told(each, now)), "" if each.well else "red") for each in cells]
    fitted, hidden = fitting(columns, rows, console.width)
    console.print(fitted)
    if hidden:
        console.print(left_out(hidden))


def facts_of(found: Cell) -> dict[str, Any]:
    """The cell as JSON has it."""
    facts = asdict(found) | {"since": milliseconds(found.since)}
    if found.behind:
        facts["behind"]["since"] = milliseconds(found.behind.since)
    return facts


def _told(found: Cell, now: float) -> tuple[str, str, str]:
    return found.digest or "-", _age(found, now), ", ".join(filter(None, (found.health, _behind(found))))


def _age(found: Cell, now: float) -> str:
    return "not committed" if found.since is None else lasting(max(0.0, now - found.since))


def _behind(found: Cell) -> str:
    if not found.behind:
        return ""
    plural = "change" if found.behind.changes == 1 else "changes"
    return f"{found.behind.changes} {plural} behind {found.behind.ahead}"


def _text(found: Cell | None, now: float) -> Text:
    if found is None:
        return Text("-", "dim")
    text = Text(f"{found.digest}  {_age(found, now)}\n")
    text.append(found.health, "" if found.well else "bold red")
    if behind := _behind(found):
        text.append(f"\n{behind}", "yellow")
    return text
