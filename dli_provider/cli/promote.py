"""`dli promote`: releases move from stack to stack as files. Lays out what the gate says to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from dli_provider.cli.documents import document_text
from dli_provider.cli.options import names, span
from dli_provider.cli.screen import put, say, working

if TYPE_CHECKING:  # `--help` does without
    from dli_provider.promotion.gate import Check
    from dli_provider.promotion.proposal import Proposal
    from dli_provider.workspace.project import Project
    from dli_provider.workspace.proposals import Proposer, Wishes
    from dli_provider.workspace.reviewing import Rehearse


FORMATS = ("text", "markdown", "json")

Show: TypeAlias = "Callable[[Proposal], None]"


@click.command(name="promote")
@click.argument("stacks", nargs=-1, metavar="FROM TO [JOB]...")
@click.option("--dry-run", is_flag=True, help="Say all, change nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--soak", type=span, metavar="TIME", help="How long a job must have run.  [default: promotion.yaml]"
)
@click.option(
    "--max-restarts", type=click.IntRange(min=0), metavar="N", help="Refuse to restart more jobs at once."
)
@click.option(
    "--order", type=names, default="", metavar="A,B", help="Deploy these one after another, in this order."
)
@click.option("--canary", metavar="JOB", help="Promote this job, let it soak in the target, then the rest.")
@click.option("--up", is_flag=True, help="Deploy the target too, instead of waiting for a pull request.")
@click.option("--force", is_flag=True, help="Overrule the gate; --because is recorded.")
@click.option("--because", metavar="WHY", help="Why the gate is overruled.")
@click.option("--revert", metavar="STACK", help="Put a stack's release back to the one before.")
@click.option("--to", metavar="DIGEST", help="With --revert: to this release.")
@click.option("--check", is_flag=True, help="Say whether a promoted release was edited by hand. For CI.")
def group(
    stacks: Sequence[str],
    dry_run: bool,
    form: str,
    soak: float | None,
    max_restarts: int | None,
    order: Sequence[str],
    canary: str | None,
    up: bool,
    force: bool,
    because: str | None,
    revert: str | None,
    to: str | None,
    check: bool,
) -> None:
    """Move a release from one stack to the next, as files.

    The gate asks whether the release runs, healthy and unchanged, where it comes from. Then the files of the target's
    release are changed, and nothing else: the pull request is the approval. Exit code 1: the gate says no.
    """
    from dli_provider.workspace.project import Project

    project = Project.here()
    if check:
        _wrong(bool(stacks or revert), "--check looks at every stack; name none")
        _check(project)
        return
    # To overrule the gate without a reason on record would make it worthless.
    _wrong(force != (because is not None), "--force and --because go together")
    _wrong(to is not None and revert is None, "--to goes with --revert")
    from dli_provider.workspace.proposals import Proposer, Wishes
    from dli_provider.workspace.proposals import promote as carry_out

    proposer = Proposer(project, time.time, _rehearsing)
    wishes = Wishes(
        project.route.soak if soak is None else soak,
        max_restarts,
        order,
        canary,
        because if force else None,
        deploying=up,
    )
    proposal = _proposed(proposer, stacks, revert, to, wishes)

    def tell(line: str) -> None:
        # The chosen format has stdout to itself, so that a pipe gets nothing else.
        say(line, err=form != "text")

    with shown(form, put if form == "json" else say) as show:
        allowed = carry_out(proposer, proposal, wishes, show, tell, dry_run=dry_run, up=up)
    if not allowed:
        sys.exit(1)


def _proposed(
    proposer: Proposer, stacks: Sequence[str], revert: str | None, to: str | None, wishes: Wishes
) -> Proposal:
    if revert:
        _wrong(bool(stacks or wishes.canary), "--revert names the stack; give no other, and no jobs")
        with working(f"previewing {revert} with its release before"):
            return proposer.revert(revert, to, wishes)
    _wrong(len(stacks) < 2, "name the stack that the release comes from, and the one that it goes to")
    origin, target, *chosen = stacks
    # What follows a canary is all that is left, so a choice of jobs would contradict it.
    _wrong(bool(wishes.canary and chosen), "--canary names one job; the rest is all the others")
    with working(f"looking at the jobs of {origin}, and previewing {target}"):
        return proposer.promotion(origin, target, chosen, wishes)


@contextmanager
def _rehearsing() -> Iterator[Rehearse]:
    """A warm Flink, for a target that demands rehearsals."""
    from dli_provider.cli.local_flink import fetched
    from dli_provider.promotion.layout import Layout
    from dli_provider.workspace.rehearsing import Conditions
    from dli_provider.workspace.stack_rehearsals import rehearser, reported

    with rehearser(fetched, Conditions(), Layout.here()) as by:
        yield reported(by)


def _check(project: Project) -> None:
    found = list(project.as_promoted())
    for each in found:
        say(f"{'ok' if each.passed else 'NO'}  {each.subject}: {each.reason}")
    if not all(each.passed for each in found):
        sys.exit(1)


def _wrong(condition: bool, words: str) -> None:
    if condition:
        raise click.UsageError(words)


@contextmanager
def shown(form: str, echo: Callable[[str], None]) -> Iterator[Show]:
    """Shows each proposal as it comes. JSON is shown at the end, however it ends: one document, in which what followed
    a canary is its `rest`."""
    held: list[Proposal] = []
    try:
        yield held.append if form == "json" else lambda proposal: echo(report(proposal, form))
    finally:
        # Also after a failure, so that a pipe gets the document that explains it.
        if held:
            echo(report(held[0], form, *held[1:]))


def report(proposal: Proposal, form: str, rest: Proposal | None = None) -> str:
    """The proposal in one of the formats; JSON also has the `rest` that followed a canary."""
    if form == "json":
        followed = facts_of(rest) if rest else None
        return document_text("promote", {**facts_of(proposal), "rest": followed})
    if not (proposal.candidate.moves or proposal.deploying):
        return _nothing(proposal)
    return "\n".join(_markdown(proposal) if form == "markdown" else _text(proposal))


def facts_of(proposal: Proposal) -> dict[str, Any]:
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
        "graph": asdict(proposal.graph) if proposal.graph else None,
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
        # Jobs that pass are folded, so that one which fails is not lost among a hundred lines.
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
    return f"{proposal.target} has all of that already. Nothing to promote" + (
        ": it is only deployed." if proposal.deploying else "."
    )


def _text(proposal: Proposal) -> Iterator[str]:
    from dli_provider.graph.paragraphs import readers

    yield title(proposal)
    yield from (f"  {move.describe()}" for move in proposal.candidate.moves)
    if not proposal.candidate.moves:
        yield f"  {_nothing(proposal)}"
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
    if proposal.graph and (read := readers(proposal.graph)):
        yield from ("", "outside of this promotion", *(f"  {each}" for each in read))
    yield from ("", *_verdict(proposal))


def _markdown(proposal: Proposal) -> Iterator[str]:
    from dli_provider.graph.mermaid import is_drawn, mermaid

    words = title(proposal)
    yield from (f"## {words[0].upper()}{words[1:]}", "", "| job | was | is |", "|---|---|---|")
    for move in proposal.candidate.moves:
        yield f"| {move.job} | {_code(move.before)} | {_code(move.after)} |"
    if not proposal.candidate.moves:
        yield from ("", _nothing(proposal))
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
    if proposal.graph and is_drawn(proposal.graph):
        yield from ("", f"```mermaid\n{mermaid(proposal.graph)}```")
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
