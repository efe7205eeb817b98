"""`dli review`: what a deployment will do to running jobs and their state. Reads, and lays out; `review` judges."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.cli.options import stack_names
from dli_provider.cli.screen import put, say, working

if TYPE_CHECKING:
    from dli_provider.review.report import Report
    from dli_provider.review.reviewed import ReviewedJob
    from dli_provider.workspace.reviewing import Rehearse
    from dli_provider.workspace.stack import Stack

FORMATS = {".md": "markdown", ".json": "json", ".html": "html"}


@click.command(name="review")
@click.option(
    "--stack",
    "names",
    multiple=True,
    metavar="NAME",
    help="Stack to review. Repeatable.  [default: the selected one]",
    shell_complete=stack_names,
)
@click.option("--all", "every", is_flag=True, help="Review every stack of the project.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json", "html"]),
    help="Layout.  [default: by the ending of --out, else text]",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write the report to.")
@click.option(
    "--fail-on",
    type=click.Choice(["restart", "at-risk", "state-loss", "replace", "never"]),
    default="state-loss",
    show_default=True,
    help="Least risk that ends in exit code 1. Findings that are errors do too, except with never.",
)
@click.option("--offline", is_flag=True, help="Ask only the stack's state, not DLI.")
@click.option(
    "--refresh/--no-refresh",
    default=None,
    help="Whether the deployment will look at the live jobs first.  [default: as Pulumi.yaml says]",
)
@click.option(
    "--rehearse",
    is_flag=True,
    help="Rehearse each change of SQL on a Flink of this machine: proven, or what differs.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of a rehearsal's rows."
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to keep the review in, for `dli:reviewed`: a deployment then does this, or refuses.",
)
def group(
    names: tuple[str, ...],
    every: bool,
    form: str | None,
    as_json: bool,
    out: Path | None,
    fail_on: str,
    offline: bool,
    refresh: bool | None,
    rehearse: bool,
    seed: int,
    save: Path | None,
) -> None:
    """Say what a deployment will do to running jobs and to their state.

    Runs Pulumi's own preview of the program, looks at the live jobs, makes the plans that `pulumi up` would carry
    out, and judges them. Only reads. Exit code 0: nothing objectionable; 1: --fail-on was reached, a rule's error
    was found, a rehearsal speaks against a job, or the preview fails; 2: wrong use.
    """
    if names and every:
        raise click.UsageError("--stack and --all exclude each other")
    # A deployment is compared with live jobs; an offline review has seen none.
    if save and offline:
        raise click.UsageError("--save keeps a review of live jobs; take --offline out")
    form = _form(form, as_json, out)
    from dli_provider.review.report import objections
    from dli_provider.workspace.stack import Stack

    with ThreadPoolExecutor(1) as asking:
        found = asking.submit(
            lambda: Stack.all() if every else [Stack.select(name) for name in names or [None]]
        )
        from dli_provider.workspace.reviewing import review_stack  # takes as long as the engine's answer
    stacks = found.result()
    reports: list[Report] = []
    kept: dict[str, ReviewedJob] = {}
    with _rehearsing(rehearse, seed) as held, working() as tell:
        for stack in stacks:
            report, _ = review_stack(
                stack,
                tell,
                offline=offline,
                refresh=refresh,
                rehearse=held,
                keep=(lambda reviewed: kept.update(reviewed.entries)) if save else None,
            )
            reports.append(report)
    text = _laid_out(reports, form, out)
    if text is not None:
        put(text, out)
    if save:
        from dli_provider.review.reviewed import Reviewed as Saved

        save.write_text(Saved(kept).text(), encoding="utf-8")
    _say_ways_out(stacks, reports)
    # After the report is written: a failed check in CI needs the report most.
    if objected := list(objections(reports, fail_on)):
        for each in objected:
            say(f"the review says no: {each}", err=True)
        raise click.exceptions.Exit(1)


def _say_ways_out(stacks: Sequence[Stack], reports: Sequence[Report]) -> None:
    """On the side of errors: whoever reads the report from a file or a pipe has its own remedies in there."""
    for stack, report in zip(stacks, reports, strict=True):
        refused = [job for job in report.changed if job.refusal]
        # Only a project of this name can have release files; imported late, for most reviews refuse nothing.
        if refused and (stack.folder / "Pulumi.yaml").is_file():
            from dli_provider.promotion.layout import Layout
            from dli_provider.workspace.project import Project

            for name, way in Project(Layout.of(stack.folder)).ways_out(stack.name, refused):
                say(f"{name} is declared by files; {way}", err=True)


def _form(asked: str | None, as_json: bool, out: Path | None) -> str:
    """The layout that was asked for, or else the one that the name of the file tells."""
    if as_json and asked not in (None, "json"):
        raise click.UsageError("--json and --format exclude each other")
    return "json" if as_json else asked or FORMATS.get(out.suffix if out else "", "text")


@contextmanager
def _rehearsing(wanted: bool, seed: int) -> Iterator[Rehearse | None]:
    """What holds rehearsals, on a Flink that is warm for all stacks; None where none are wanted."""
    if not wanted:
        yield None
        return
    from dli_provider.cli.local_flink import fetched
    from dli_provider.workspace.rehearsing import Conditions
    from dli_provider.workspace.stack_rehearsals import layout_here, rehearser, reported

    with rehearser(fetched, Conditions(seed), layout_here()) as by:
        yield reported(by)


def _laid_out(reports: list[Report], form: str, out: Path | None) -> str | None:
    """The text of the reports; None where it has gone straight to the terminal, with its colours."""
    if form == "markdown":
        from dli_provider.cli.render.markdown import markdown

        return markdown(reports)
    if form == "json":
        from dli_provider.cli.render.data import data

        return data(reports)
    if form == "html":
        from dli_provider.cli.render.page import page

        return page(reports, datetime.now(timezone.utc))
    from dli_provider.cli.render.terminal import text

    file = sys.stdout if out is None else io.StringIO()
    text(reports, file)
    return file.getvalue() if isinstance(file, io.StringIO) else None
