"""Lays a proposal out: for a terminal, for a pull request, or as JSON. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from dli_provider.promotion.gate import Check
    from dli_provider.promotion.proposal import Proposal

FORMATS = ("text", "markdown", "json")

Show: TypeAlias = "Callable[[Proposal], None]"


@contextmanager
def shown(form: str, echo: Callable[[str], None]) -> Iterator[Show]:
    """Shows each proposal as it comes. JSON is shown at the end, however it ends: one document, in which what followed
    a canary is its `rest`."""
    held: list[Proposal] = []
    try:
        yield held.append if form == "json" else lambda proposal: echo(report(proposal, form))
    finally:
        if held:
            echo(report(held[0], form, *held[1:]))


def report(proposal: Proposal, form: str, rest: Proposal | None = None) -> str:
    """The proposal in one of the formats; JSON also has the `rest` that followed a canary."""
    if form == "json":
        followed = document(rest) if rest else None
        return json.dumps({**document(proposal), "rest": followed}, indent=2, ensure_ascii=False)
    if not proposal.candidate.moves:
        return _nothing(proposal)
    return "\n".join(_markdown(proposal) if form == "markdown" else _text(proposal))


def document(proposal: Proposal) -> dict[str, Any]:
    """The proposal as JSON has it."""
    return {
        "origin": proposal.origin,
        "target": proposal.target,
        "revert": proposal.revert,
        "canary": proposal.canary,
        "allowed": proposal.allowed,
        "because": proposal.because,
        "moves": [
            {"job": one.job, "before": one.before, "after": one.after} for one in proposal.candidate.moves
        ],
        "checks": [vars(check) for check in proposal.gate.checks],
        "order": list(proposal.sequence),
        "after": {job: list(before) for job, before in proposal.after.items()},
        "order_because": [edge.because for edge in proposal.deciding],
        "effects": [vars(effect) for effect in proposal.effects],
        "notes": list(proposal.notes),
    }


def title(proposal: Proposal) -> str:
    """`promote dev -> staging`."""
    if proposal.revert:
        return f"revert {proposal.target} to its release in commit {proposal.commit}"
    return f"promote {proposal.origin} -> {proposal.target}" + (" (canary)" if proposal.canary else "")


def lines_of(checks: tuple[Check, ...]) -> Iterator[str]:
    """The checks in columns; jobs that pass the same check share a line."""
    rows = list(_rows(checks))
    widths = [max((len(row[at]) for row in rows), default=0) for at in (1, 2)]
    for mark, name, subject, reason in rows:
        yield f"  {mark}  {name:{widths[0]}}  {subject:{widths[1]}}  {reason}"


def _rows(checks: tuple[Check, ...]) -> Iterator[tuple[str, str, str, str]]:
    for name in dict.fromkeys(check.name for check in checks):
        passed = [check for check in checks if check.name == name and check.passed]
        reasons = {check.reason for check in passed}
        if len(passed) > 2 and len(reasons) == 1:
            yield "ok", name, f"{len(passed)} jobs", passed[0].reason
        elif len(passed) > 2:
            yield "ok", name, f"{len(passed)} jobs", f"such as {passed[0].subject}: {passed[0].reason}"
        else:
            yield from (("ok", name, check.subject, check.reason) for check in passed)
        for check in checks:
            if check.name == name and not check.passed:
                yield "NO", name, check.subject, check.reason


def _nothing(proposal: Proposal) -> str:
    if proposal.revert:
        return f"{proposal.target} has that release already."
    return f"{proposal.target} has all of that already. Nothing to promote."


def _text(proposal: Proposal) -> Iterator[str]:
    yield title(proposal)
    yield from (f"  {move.describe()}" for move in proposal.candidate.moves)
    yield from (f"  note: {note}" for note in proposal.notes)
    yield from ("", "gate", *lines_of(proposal.gate.checks))
    if proposal.deciding:
        yield from ("", "order", *(f"  {edge.because}" for edge in proposal.deciding))
    yield from ("", f"what a deployment of {proposal.target} will do")
    for effect in proposal.effects:
        yield f"  {effect.headline}"
        if effect.details:
            yield f"      {effect.details}"
    if not proposal.effects:
        yield "  nothing"
    yield from ("", *_verdict(proposal))


def _markdown(proposal: Proposal) -> Iterator[str]:
    words = title(proposal)
    yield from (f"## {words[0].upper()}{words[1:]}", "", "| job | was | is |", "|---|---|---|")
    for move in proposal.candidate.moves:
        yield f"| {move.job} | {_code(move.before)} | {_code(move.after)} |"
    yield from ("", *(f"- {note}" for note in proposal.notes))
    yield from ("", "| | gate | | |", "|---|---|---|---|")
    for mark, name, subject, reason in _rows(proposal.gate.checks):
        yield f"| {'ok' if mark == 'ok' else f'**{mark}**'} | {name} | {subject} | {_cell(reason)} |"
    if proposal.deciding:
        yield from ("", *(f"- {edge.because}" for edge in proposal.deciding))
    yield from ("", f"What a deployment of {proposal.target} will do:", "")
    for effect in proposal.effects:
        yield f"- **{effect.verb}** {effect.headline}" + (f"<br>{effect.details}" if effect.details else "")
    if not proposal.effects:
        yield "- nothing"
    yield from ("", *_verdict(proposal))


def _verdict(proposal: Proposal) -> Iterator[str]:
    refusals = len(proposal.gate.refusals)
    if proposal.gate.open:
        yield "The gate is open."
    elif proposal.because:
        yield f"The gate says no ({refusals}), and is overruled because: {proposal.because}"
    else:
        yield f"The gate says no ({refusals})."


def _code(text: str | None) -> str:
    return f"`{text}`" if text else "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
