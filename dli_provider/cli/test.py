"""`dli test`: the cases of jobs, run on a real Flink on this machine. Lays out how they went."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import stack_names
from dli_provider.cli.screen import counted, fit, put, say

if TYPE_CHECKING:  # `--help` does without
    from dli_provider.proof.cases import ProofCase
    from dli_provider.proof.row_comparison import RowsDiff
    from dli_provider.workspace.case_run import CaseOutcome
    from dli_provider.workspace.testing import JobCases, ProofBench

_Outcomes = list[tuple["JobCases", "CaseOutcome"]]
_LOOKS: dict[str, dict[str, Any]] = {
    " ": {"dim": True},
    "-": {"fg": "red"},
    "+": {"fg": "green"},
}
_SIGNS = {"passed": ("ok  ", "green"), "failed": ("FAIL", "red"), "broken": ("????", "yellow")}


@click.command("test")
@click.argument("jobs", nargs=-1, metavar="[JOB ...]")
@click.option(
    "--stack",
    metavar="NAME",
    shell_complete=stack_names,
    help="The stack whose release is tested.  [default: the first of promotion.yaml, which is edited]",
)
@click.option("-k", "pattern", metavar="WORDS", default="", help="Only cases that have this in job or name.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write JUnit's XML, for CI, into this file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--update", is_flag=True, help="Write what came in the place of what was expected. Read the change!"
)
def group(
    jobs: Sequence[str], stack: str | None, pattern: str, junit: Path | None, as_json: bool, update: bool
) -> None:
    """Run the tests of jobs: tests/JOB.yaml beside the releases, or those of the JOBs named.

    Each case gives rows to the job's SQL and says which rows come out, on a real Flink in one process on this machine;
    no stack, no DLI and no system of the job's is touched. Flink is fetched when it is first needed. How to write
    them: docs/testing.md.

    Exit code 0: all passed; 1: not all; 2: nothing could be tested.
    """
    from dli_provider.cli.local_flink import fetched
    from dli_provider.promotion.layout import Layout
    from dli_provider.proof.cases import CaseFaults
    from dli_provider.workspace import Unusable
    from dli_provider.workspace.testing import ProofBench

    bench = ProofBench(Layout.here(), stack)
    try:
        held = bench.jobs(jobs)
    except CaseFaults as wrong:
        raise Unusable(str(wrong)) from wrong
    chosen = [(job, case) for job in held for case in job.cases if _meant(pattern, job, case)]
    if not chosen:
        what = f"no case has {pattern!r} in it" if pattern else f"there is none: write {bench.file('<job>')}"
        raise Unusable(f"nothing to test: {what} (docs/testing.md).")
    begun = time.monotonic()
    outcomes: _Outcomes = []
    say(f"{counted(len(chosen), 'case')}, on a Flink of this machine, which starts first ...", err=True)
    for job, outcome in bench.run(chosen, fetched):
        outcomes.append((job, outcome))
        if not as_json:
            _show(job, outcome)
    # Part of a job's cases says nothing of all of them.
    records = [] if pattern else [bench.record(job, [o for j, o in outcomes if j is job]) for job in held]
    if junit:
        put(fit(_junit(outcomes)), junit)
    if as_json:
        cases = [_facts(*each) for each in outcomes]
        say_document("test", {"cases": cases, "jobs": [vars(record) for record in records]})
    _summary(bench, outcomes, time.monotonic() - begun, jobs)
    if update:
        _updated(bench, outcomes)
    raise click.exceptions.Exit(0 if all(each.verdict == "passed" for _, each in outcomes) else 1)


def _meant(pattern: str, job: JobCases, case: ProofCase) -> bool:
    return pattern.lower() in f"{job.job}: {case.name}".lower()


def _show(job: JobCases, outcome: CaseOutcome) -> None:
    sign, colour = _SIGNS[outcome.verdict]
    say(f"{sign} {job.job}: {outcome.case.name}  ({outcome.seconds:.2f} s)", fg=colour)
    for fault in outcome.faults:
        say(f"     {fault}")
    for step in outcome.steps:
        if not step.diff.same:
            file, line, _ = step.table.place(None)
            say(f"     {file}:{line}: {step.diff.sink}, {step.diff.how}")
            for text, looks in _drawn(step.diff):
                say(text, **looks)
            for hint in step.hints:
                say(f"       {hint}", fg="yellow")


def _drawn(diff: RowsDiff) -> Iterable[tuple[str, dict[str, Any]]]:
    """The lines of a difference: `-` was expected, `+` came; cells that differ stand between `>` and `<`."""
    rows = [
        [f">{_cell(cell)}<" if at in line.changed else _cell(cell) for at, cell in enumerate(line.cells)]
        for line in diff.lines
    ]
    widths = [max(len(cell) for cell in column) for column in zip(diff.columns, *rows, strict=True)]

    def laid(mark: str, cells: Sequence[str]) -> str:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        return f"       {mark} {' | '.join(padded)}".rstrip()

    yield laid(" ", diff.columns), {"bold": True}
    for line, cells in zip(diff.lines, rows, strict=True):
        yield laid(line.mark.value, cells), _LOOKS[line.mark.value]


def _cell(value: str | None) -> str:
    return "null" if value is None else value if value not in ("", "null") else f"'{value}'"


def _summary(bench: ProofBench, outcomes: _Outcomes, seconds: float, named: Sequence[str]) -> None:
    from dli_provider.flink import pins

    verdicts = [outcome.verdict for _, outcome in outcomes]
    came = [f"{verdicts.count('passed')} passed"]
    came += [f"{verdicts.count('failed')} failed"] if "failed" in verdicts else []
    came += [f"{verdicts.count('broken')} could not be told"] if "broken" in verdicts else []
    jobs = len({job.job for job, _ in outcomes})
    say(
        f"{counted(jobs, 'job')}: {', '.join(came)}, in {seconds:.1f} s (Flink {pins.VERSION})",
        err=True,
    )
    if not named and (without := bench.untested()):
        say(f"no tests: {', '.join(without)}", err=True)


def _updated(bench: ProofBench, outcomes: _Outcomes) -> None:
    changed = bench.update([outcome for _, outcome in outcomes])
    for file in changed:
        say(f"written anew: {file}", err=True)
    if not changed:
        say("nothing to write anew", err=True)


def _facts(job: JobCases, outcome: CaseOutcome) -> dict[str, Any]:
    return {
        "job": job.job,
        "case": outcome.case.name,
        "file": job.file,
        "line": outcome.case.line,
        "verdict": outcome.verdict,
        "seconds": round(outcome.seconds, 3),
        "faults": [str(fault) for fault in outcome.faults],
        "differences": [
            {
                "sink": step.diff.sink,
                "compared": step.diff.how,
                "columns": list(step.diff.columns),
                "rows": [{"mark": line.mark.value, "cells": list(line.cells)} for line in step.diff.lines],
                "hints": list(step.hints),
            }
            for step in outcome.steps
            if not step.diff.same
        ],
    }


def _junit(outcomes: _Outcomes) -> str:
    """The form that CI systems read: a suite for each job."""
    from xml.etree import ElementTree as Xml

    root = Xml.Element("testsuites")
    for name in dict.fromkeys(job.job for job, _ in outcomes):
        mine = [outcome for job, outcome in outcomes if job.job == name]
        counts = {"failures": "failed", "errors": "broken"}
        suite = Xml.SubElement(
            root,
            "testsuite",
            {"name": name, "tests": str(len(mine))}
            | {key: str(sum(each.verdict == verdict for each in mine)) for key, verdict in counts.items()},
        )
        for each in mine:
            case = Xml.SubElement(
                suite, "testcase", {"classname": name, "name": each.case.name, "time": f"{each.seconds:.3f}"}
            )
            if each.verdict != "passed":
                kind = "failure" if each.verdict == "failed" else "error"
                told = [str(fault) for fault in each.faults]
                told += [
                    line
                    for step in each.steps
                    if not step.diff.same
                    for line in (*(drawn for drawn, _ in _drawn(step.diff)), *step.hints)
                ]
                Xml.SubElement(
                    case, kind, {"message": told[0].strip() if each.faults else "other rows"}
                ).text = "\n".join(told)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
