"""A review for a terminal: coloured and aligned where it is one, plain where it is a pipe or a file."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dli_provider.cli.screen import screen, wants_colour
from dli_provider.review import in_words
from dli_provider.review.report import JobReview, Report, Risk, Severity
from dli_provider.review.summary import place, summary, title

_STYLE = {
    Risk.NONE: "green",
    Risk.RESTART: "yellow",
    Risk.AT_RISK: "bold yellow",
    Risk.STATE_LOSS: "bold red",
    Risk.REPLACE: "bold red",
}
_SEVERITY = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_LINE = {"+": "green", "-": "red", "@": "cyan"}


def text(reports: Sequence[Report], file: IO[str]) -> None:
    """Write the reports of some stacks to a terminal, or without colours to a file or pipe."""
    if not (file.isatty() or (file is sys.stdout and wants_colour())):
        # Through a buffer, so that a file has no trailing blanks and a diff of two reports shows only what differs.
        plain = io.StringIO()
        _reports(reports, screen(file=plain, highlight=False))
        # Rich fills lines up with blanks.
        file.write("".join(f"{line.rstrip()}\n" for line in plain.getvalue().splitlines()))
        return
    _reports(reports, screen(file=file, highlight=False))


def _reports(reports: Sequence[Report], console: Console) -> None:
    for number, report in enumerate(reports):
        if number:
            console.print()
        _report(report, console)


def _report(report: Report, console: Console) -> None:
    console.print(Text(summary(report), style=f"bold {_STYLE[report.risk].removeprefix('bold ')}"))
    console.print(Text(f"{title(report)}: {place(report)}", style="dim"))
    if report.digest:
        console.print(Text(f"Plan digest {report.digest}", style="dim"))
    jobs = in_words.noteworthy(report)
    if jobs:
        console.print()
        console.print(_table(jobs))
    drifted = in_words.drifted(jobs, refreshed=report.refreshed)
    for said in (in_words.quiet(report), in_words.read_outside(report), drifted):
        if said:
            console.print(Text(f"\n{said}"))
    if report.queues:
        console.print()
        console.print(_queues(report))
    if report.findings:
        console.print(Text("\nfindings", style="bold"))
        for finding in in_words.grouped(report.findings):
            level = finding.severity.name.lower()
            line = Text.assemble(
                (f"{level} ", _SEVERITY[finding.severity]),
                f"{finding.subjects}, {finding.rule}: {finding.reason}; {finding.remedy}",
            )
            console.print(_indented(line))
    for job in jobs:
        _details(job, console)


def _table(jobs: Sequence[JobReview]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("job", "action", "state", "pause", "CU"):
        table.add_column(heading, overflow="fold")
    for job in jobs:
        style = _STYLE[job.risk]
        table.add_row(
            Text(job.name),
            Text(in_words.action(job), style=style),
            Text(in_words.state(job), style=style),
            in_words.pause(job),
            in_words.cu(job),
        )
    return table


def _queues(report: Report) -> Table:
    table = Table(
        *in_words.QUEUE_HEADINGS, box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold"
    )
    for use in report.queues:
        table.add_row(*(Text(cell) for cell in in_words.queue(use)))
    return table


def _details(job: JobReview, console: Console) -> None:
    console.print()
    console.print(Text.assemble((job.name, "bold"), "  ", (in_words.action(job), _STYLE[job.risk])))
    said = [Text.assemble((f"{what}: ", "dim"), told) for what, told in in_words.facts(job)]
    said += [Text(line, style=_LINE.get(line[:1], "")) for line in (job.sql.lines if job.sql else ())]
    # One print for the whole job, since each print costs time.
    console.print(_indented(Text("\n").join(said)))


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))
