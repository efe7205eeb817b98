"""`dli sql diff`: what a change of SQL does to state. Lays out a verdict."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.commands import Commands
from dli_provider.cli.documents import say_document
from dli_provider.cli.screen import say, say_json

if TYPE_CHECKING:  # Flink's part is loaded only once there is something to judge
    from dli_provider.workspace.sql_diff import Verdict

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_IN_WORDS = {
    "unchanged": "Unchanged: the very same job, so nothing restarts.",
    "cosmetic": "Cosmetic: nothing restarts.",
    "carried": "Carried: the job restarts and goes on from its state.",
    "at_risk": "At risk: the job restarts from a savepoint, which Flink may refuse.",
    "incompatible": "Incompatible: the state would be refused, dropped or misread.",
    "invalid": "Invalid: the new SQL is refused as it stands.",
}


@click.group(name="sql", cls=Commands)
def group() -> None:
    """Judge SQL without a stack and without DLI."""


@group.command()
@click.argument("files", nargs=-1, type=_FILE, metavar="OLD NEW")
@click.option(
    "--batch",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help='Judge many: a line {"id", "before", "after"} for each pair; - for standard input.',
)
@click.option(
    "--judge",
    "mode",
    type=click.Choice(["auto", "flink", "text"]),
    default="auto",
    show_default=True,
    help="Who judges. flink: its planner, fetched if need be; text: our rules; auto: Flink where it is here already.",
)
@click.option(
    "--flink-version",
    default="",
    help="Version of Flink that the job runs on, one that DLI has; from 1.13 to 1.15 Flink 1.15's own planner judges, "
    "up to 1.12 the text.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(files: tuple[Path, ...], batch: Path | None, mode: Any, flink_version: str, as_json: bool) -> None:
    """Say what the change from the SQL in OLD to that in NEW does to a job's state.

    Verdicts: unchanged, cosmetic, carried, at_risk, incompatible, invalid. With --batch, one line of JSON is printed
    for each pair: id, verdict, computed_by, because.

    Exit code 0: the state is kept; 1: it is not, or not surely; 2: nothing could be judged.
    """
    if (len(files) != 2) if batch is None else files:
        raise click.UsageError("name two files, OLD and NEW, or a --batch")
    from dli_provider.cli.local_flink import fetched, fetched_older_planner
    from dli_provider.flink.judging import SqlChange
    from dli_provider.workspace import sql_diff

    flink_version = sql_diff.known_version(flink_version)
    with sql_diff.judging(mode, fetched, fetched_older_planner, partial(say, err=True)) as verdict:
        if batch is None:
            before, after = (sql_diff.text_of(file) for file in files)
            found = [verdict(SqlChange(before, after, flink_version=flink_version))]
            if as_json:
                say_document("sql-diff", _whole(found[0]))
            else:
                say(_told(found[0]))
        else:
            found = []
            for pair in sql_diff.batch(sql_diff.text_of(batch).split("\n"), flink_version):
                found.append(verdict(pair.change))
                say_json({"id": pair.id, **_facts(found[-1])}, indent=None)
    raise click.exceptions.Exit(0 if all(each.name in sql_diff.SAFE for each in found) else 1)


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": verdict.name, "computed_by": verdict.computed_by, "because": verdict.because}


def _whole(verdict: Verdict) -> dict[str, Any]:
    reasons = [
        {"rule": each.rule.id, "fate": each.rule.fate.name.lower(), "because": each.because}
        for each in verdict.reasons
    ]
    operators = [{"operator": operator, "state": fate} for operator, fate in verdict.operators]
    return {**_facts(verdict), "unplanned": verdict.unplanned, "reasons": reasons, "operators": operators}


def _told(verdict: Verdict) -> str:
    parts = verdict.because.split("\n" if verdict.invalid else "; ")
    lines = [_IN_WORDS[verdict.name], *(f"  {line}" for line in parts)]
    # The text tells the slips that it is sure of; a planner stops at the first mistake, and knows every kind.
    if verdict.invalid and not verdict.signature:
        lines.append("dli check FILE asks Flink's planner, which knows more mistakes than these.")
    if verdict.operators:
        lines.append("Operators that keep state:")
        lines += [f"  {fate:<6} {operator}" for operator, fate in verdict.operators]
    why = f", as {verdict.unplanned}" if verdict.unplanned else ""
    return "\n".join([*lines, f"Judged by {verdict.computed_by}{why}."])
