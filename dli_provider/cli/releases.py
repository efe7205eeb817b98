"""`dli releases`: where each release stands. Lays out what `dli_provider.promotion.versions` says."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dli_provider.cli.wording import refusals_told
from dli_provider.errors import DliError
from dli_provider.promotion.gate import Sighting
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.route import duration
from dli_provider.promotion.versions import Cell, cell, health, lags
from dli_provider.workspace.engine import Unusable
from dli_provider.workspace.project import Project

_Seen = Mapping[str, Sighting] | str
"""The jobs of a stack, or why they could not be looked at."""


@click.command(name="releases")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@refusals_told
def group(as_json: bool) -> None:
    """Show which version of each job each stack has, since when, and how it is.

    The stacks are those of promotion.yaml, in its order. One that cannot be looked at says why.
    """
    project, now = Project.here(), time.time()
    stacks = project.route.stacks
    with ThreadPoolExecutor(len(stacks)) as pool:
        seen = dict(zip(stacks, pool.map(lambda stack: _look(project, stack), stacks), strict=True))
    jobs = sorted({job for stack in stacks for job in project.artefacts(stack)})
    rows = {job: _row(project, job, seen, now) for job in jobs}
    if as_json:
        cells = [asdict(each) for row in rows.values() for each in row.values()]
        click.echo(json.dumps({"stacks": list(stacks), "cells": cells}, indent=2, ensure_ascii=False))
        return
    table = Table("job", *stacks, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for job, row in rows.items():
        table.add_row(Text(job, "bold"), *(_text(row.get(stack), now) for stack in stacks))
    # A cell that is broken up cannot be compared with its neighbours; rather too wide than folded.
    Console(highlight=False, width=max(Console().width, 24 + 36 * len(stacks))).print(table)
    for stack, found in seen.items():
        if isinstance(found, str):
            click.echo(f"{stack}: {found}", err=True)


def _look(project: Project, stack: str) -> _Seen:
    try:
        return project.sightings(project.stack(stack))
    except (Unusable, Problems, DliError) as reason:
        return reason.message if isinstance(reason, Unusable) else str(reason)


def _row(project: Project, job: str, seen: Mapping[str, _Seen], now: float) -> dict[str, Cell]:
    """The cells of a job, by stack; a stack without it has none."""
    artefacts = {stack: project.artefacts(stack) for stack in seen}
    stacks: Sequence[str] = [*seen]
    versions = {stack: project.versions(stack, job) for stack in stacks}
    behind = lags(stacks, versions)
    row = {}
    for stack, found in seen.items():
        if job in artefacts[stack]:
            how = ("not looked at", False) if isinstance(found, str) else health(found.get(job), now)
            made = cell(job, stack, artefacts[stack], versions[stack], how)
            row[stack] = replace(made, behind=behind.get(stack))
    return row


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
