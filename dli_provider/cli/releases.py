"""`dli releases`: where each release stands. Lays out what `dli_provider.promotion.versions` says."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from dli_provider.cli.screen import say, say_json, screen
from dli_provider.promotion.route import duration

if TYPE_CHECKING:
    from dli_provider.promotion.versions import Cell


@click.command(name="releases")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(as_json: bool) -> None:
    """Show which version of each job each stack has, since when, and how it is.

    The stacks are those of promotion.yaml, in its order. One that cannot be looked at says why.
    """
    from dli_provider.workspace.project import Project

    now = time.time()
    found = Project.here().matrix(now)
    if as_json:
        cells = [asdict(each) for row in found.rows.values() for each in row.values()]
        facts = {"stacks": list(found.stacks), "cells": cells}
        say_json(facts, indent=2, ascii_only=False)
        return
    table = Table("job", *found.stacks, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for job, row in found.rows.items():
        table.add_row(Text(job, "bold"), *(_text(row.get(stack), now) for stack in found.stacks))
    # A cell that is broken up cannot be compared with its neighbours; rather too wide than folded.
    screen(highlight=False, width=max(screen().width, 24 + 36 * len(found.stacks))).print(table)
    for stack, reason in found.unseen.items():
        say(f"{stack}: {reason}", err=True)


def _text(found: Cell | None, now: float) -> Text:
    if found is None:
        return Text("-", "dim")
    age = "not committed" if found.since is None else duration(max(0.0, now - found.since))
    text = Text(f"{found.digest}  {age}\n")
    text.append(found.health, "" if found.well else "bold red")
    if found.behind:
        plural = "change" if found.behind.changes == 1 else "changes"
        text.append(f"\n{found.behind.changes} {plural} behind {found.behind.ahead}", "yellow")
    return text
