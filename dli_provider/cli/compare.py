"""`dli compare`: two stacks side by side. Lays out what `dli_provider.promotion.stack_comparison` says."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from dli_provider.cli.documents import milliseconds, say_document
from dli_provider.cli.screen import say, working
from dli_provider.promotion.stack_comparison import Compared, Difference, DifferenceKind, said
from dli_provider.promotion.versions import Lag

_KINDS: dict[DifferenceKind, tuple[str, dict[str, Any]]] = {
    DifferenceKind.OTHERWISE: ("UNINTENDED", {"fg": "red", "bold": True}),
    DifferenceKind.RELEASE: ("release", {"fg": "yellow"}),
    DifferenceKind.ENVIRONMENT: ("environment", {}),
}
"""The kinds of difference as they are printed, the worst first."""


@click.command(name="compare")
@click.argument("one")
@click.argument("other")
@click.option("--all", "every", is_flag=True, help="Also what is equal, and what differs as it is meant to.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(one: str, other: str, every: bool, as_json: bool) -> None:
    """Compare what two stacks declare, job by job and field by field.

    Jobs and fields that are equal, or differ as the environment says, are shown with --all only.
    A difference comes from the environment (intended), from the release (one stack is behind), or from neither. Exit
    code 1: something differs although nobody said so.
    """
    from dli_provider.workspace.project import Project

    with working(f"reading what {one} and {other} declare"):
        found = Project.here().compared(one, other)
    if as_json:
        say_document("compare", _document(one, other, found))
    else:
        lay_out(one, other, found, every=every)
    # The other kinds are meant, or pass with the next promotion.
    if any(job.of(DifferenceKind.OTHERWISE) for job in found):
        sys.exit(1)


def lay_out(one: str, other: str, found: Sequence[Compared], *, every: bool) -> None:
    shown = [kind for kind in _KINDS if every or kind is not DifferenceKind.ENVIRONMENT]
    differences = [difference for job in found for kind in shown for difference in job.of(kind)]
    words = max(len(word) for word, _ in _KINDS.values())
    widths = [
        max((len(text or "") for text in texts), default=0)
        for texts in zip(*(_cells(difference) for difference in differences), strict=True)
    ]
    for job in found:
        if not (every or job.left != job.right or any(job.of(kind) for kind in shown)):
            continue
        say(f"{job.job}  {one} {job.left or '-'}  {other} {job.right or '-'}  {_versions(job)}", bold=True)
        for kind in shown:
            word, style = _KINDS[kind]
            for difference in job.of(kind):
                cells = [text.ljust(width) for text, width in zip(_cells(difference), widths, strict=True)]
                say("  ".join(["", f"{word:{words}}", *cells, difference.because]).rstrip(), **style)
        if every:
            say(f"  {'same':{words}}  {job.same} fields", dim=True)
        say()
    counts = {word: sum(len(job.of(kind)) for job in found) for kind, (word, _) in _KINDS.items()}
    say(
        ", ".join(f"{number} {word}" for word, number in counts.items())
        + ("" if every else "; --all shows all")
    )


def _versions(job: Compared) -> str:
    if job.left == job.right:
        return "one version"
    return said(job.lag, time.time()) if job.lag else "two versions that have nothing to do with each other"


def _cells(difference: Difference) -> tuple[str, str, str]:
    return difference.field, difference.left or "", difference.right or ""


def _lag(lag: Lag) -> dict[str, Any]:
    return {**vars(lag), "since": milliseconds(lag.since)}


def _document(one: str, other: str, found: Sequence[Compared]) -> dict[str, Any]:
    return {
        "left": one,
        "right": other,
        "jobs": [
            {
                "job": job.job,
                "left": job.left,
                "right": job.right,
                "lag": _lag(job.lag) if job.lag else None,
                "same": job.same,
                "differences": [{**vars(each), "kind": each.kind.value} for each in job.differences],
            }
            for job in found
        ],
    }
