"""`dli promote`: releases move from stack to stack as files. Lays out what the gate says to it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dli_provider.cli.options import names, span
from dli_provider.cli.promotion_report import FORMATS, shown

if TYPE_CHECKING:
    from dli_provider.workspace.project import Project


@click.command(name="promote")
@click.argument("stacks", nargs=-1, metavar="FROM TO [JOB]...")
@click.option("--dry-run", is_flag=True, help="Say all, change nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--soak", type=span, metavar="TIME", help="How long a job must have run.  [default: promotion.yaml]"
)
@click.option(
    "--jobs", type=names, default="", metavar="A,B", help="Only these jobs; the same as naming them."
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
    jobs: Sequence[str],
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
    _wrong(force != (because is not None), "--force and --because go together")
    _wrong(to is not None and revert is None, "--to goes with --revert")
    from dli_provider.workspace.proposals import Proposer, Wishes
    from dli_provider.workspace.proposals import promote as carry_out

    proposer = Proposer(project, time.time)
    wishes = Wishes(
        project.route.soak if soak is None else soak, max_restarts, order, canary, because if force else None
    )
    if revert:
        _wrong(bool(stacks or canary or jobs), "--revert names the stack; give no other, and no jobs")
        proposal = proposer.revert(revert, to, wishes)
    else:
        _wrong(len(stacks) < 2, "name the stack that the release comes from, and the one that it goes to")
        chosen = [*stacks[2:], *jobs]
        _wrong(bool(canary and chosen), "--canary names one job; the rest is all the others")
        proposal = proposer.promotion(stacks[0], stacks[1], chosen, wishes)

    def tell(line: str) -> None:
        click.echo(line, err=form != "text")

    with shown(form, click.echo) as show:
        allowed = carry_out(proposer, proposal, wishes, show, tell, dry_run=dry_run, up=up)
    if not allowed:
        sys.exit(1)


def _check(project: Project) -> None:
    found = list(project.as_promoted())
    for each in found:
        click.echo(f"{'ok' if each.passed else 'NO'}  {each.subject}: {each.reason}")
    if not all(each.passed for each in found):
        sys.exit(1)


def _wrong(condition: bool, words: str) -> None:
    if condition:
        raise click.UsageError(words)
