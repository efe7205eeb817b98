"""`dli drift`: the live jobs against what the stack last deployed. Reads, and changes nothing: for schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import show_watched, stack_option, watch_option
from dli_provider.cli.screen import counted, hide, say, screen
from dli_provider.workspace.access import connected, secrets_of

if TYPE_CHECKING:
    from dli_provider.plan.drift import Drift
    from dli_provider.workspace.stack_drift import StackDrift


@click.command("drift")
@stack_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@watch_option
def group(stack: str | None, as_json: bool, watch: float | None) -> None:
    """Show where live jobs are not as the stack last deployed them.

    Exit code 1 when any is not. Only what is declared is compared; `pulumi up --refresh` repairs it as shown.
    """
    from dli_provider.workspace.stack import Stack
    from dli_provider.workspace.stack_drift import stack_drift

    chosen = Stack.select(stack)
    # A stream of JSON documents is no JSON document.
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    hide(secrets_of(chosen))
    with connected(chosen) as api:
        if watch is not None:
            show_watched(
                lambda: Text("\n".join(_lines(stack_drift(chosen, api)))),
                watch=watch,
                console=screen(soft_wrap=True),
            )
            return
        found = stack_drift(chosen, api)
    if as_json:
        report = {
            "stack": chosen.name,
            "jobs": found.jobs,
            "drift": [_json(each) for each in found.drifts],
            "unclaimed": [*found.unclaimed],
            "unread": found.unread,
            "kept": [*found.kept],
            "undeclared": {job: [*names] for job, names in found.undeclared.items()},
        }
        say_document("drift", report)
    else:
        say("\n".join(_lines(found)))
    if found.drifts:
        raise SystemExit(1)


def _lines(found: StackDrift) -> Iterator[str]:
    """The report: each job, what differs, and what the next deployment will do."""
    for drift in found.drifts:
        yield f"{drift.name} (job {drift.job_id})"
        yield from (f"    {line}" for line in _differences(drift))
        yield f"    pulumi up --refresh -> {drift.repair}"
        if drift.plan and drift.plan.steps:
            yield f"        {drift.plan.details()}"
    if found.unclaimed:
        yield (
            f"adopted, and not marked as this stack's until it first changes them: {', '.join(found.unclaimed)}; any "
            "change marks them, such as another tag in `tags`"
        )
    for job, names in found.undeclared.items():
        yield (
            f"{job} has what its program does not say: {', '.join(names)}; it is left as it is, and a job made anew "
            "would be without it"
        )
    yield from found.kept
    if found.unread:
        yield found.unread
    if found.drifts:
        yield f"{len(found.drifts)} of {counted(found.jobs, 'job')} drifted"
    else:
        yield f"no drift: {counted(found.jobs, 'job')} {'is' if found.jobs == 1 else 'are'} as declared"


def _differences(drift: Drift) -> Iterator[str]:
    """Each difference, from what the job is to what is declared."""
    if drift.gone:
        yield "job: deleted -> declared"
    if drift.estranged:
        yield f"job {drift.job_id} {drift.estranged}"
    if drift.status:
        yield f"status: {drift.status[0]} -> {drift.status[1]}" + (
            f" ({drift.status_desc})" if drift.status_desc else ""
        )
    elif drift.unsettled:
        yield f"status: {drift.unsettled}" + (f" ({drift.status_desc})" if drift.status_desc else "")
    for change in drift.changes:
        yield f"{change.describe()}"


def _json(drift: Drift) -> dict[str, Any]:
    return {
        "job": drift.name,
        "job_id": str(drift.job_id),
        "gone": drift.gone,
        "estranged": drift.estranged,
        "status": None if drift.status is None else {"live": drift.status[0], "declared": drift.status[1]},
        "unsettled": drift.unsettled,
        "status_desc": drift.status_desc,
        "fields": [
            {"field": each.field, "impact": each.impact.name, "described": each.describe()}
            for each in drift.changes
        ],
        "repair": drift.repair,
        "steps": drift.plan.details() if drift.plan else "",
    }
