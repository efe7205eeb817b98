"""`dli drift`: the live jobs against what the stack last deployed. Reads, and changes nothing: for schedules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from dli_provider.cli.watching import shown, watch_option
from dli_provider.workspace.place import connected

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob
    from dli_provider.plan.drift import Drift
    from dli_provider.workspace.stack import Recorded, Stack

_AT_ONCE = 16


@click.command("drift")
@click.option("--stack", help="The stack; left out, the one that is selected.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@watch_option
def group(stack: str | None, as_json: bool, watch: float | None) -> None:
    """Show where live jobs are not as the stack last deployed them.

    Exit code 1 when any is not. Only what is declared is compared; `pulumi up --refresh` repairs it as shown.
    """
    from dli_provider.workspace.stack import Stack

    chosen = Stack.select(stack)
    if as_json and watch is not None:
        raise click.UsageError("--json and --watch do not go together")
    with connected(chosen) as api:
        if watch is not None:
            shown(
                lambda: Text("\n".join(_lines(*_look(chosen, api)))),
                watch=watch,
                console=Console(soft_wrap=True),
            )
            return
        drifts, jobs = _look(chosen, api)
    if as_json:
        click.echo(
            json.dumps(
                {"stack": chosen.name, "jobs": jobs, "drift": [_json(each) for each in drifts]}, indent=2
            )
        )
    else:
        click.echo("\n".join(_lines(drifts, jobs)))
    if drifts:
        raise SystemExit(1)


def _look(stack: Stack, api: Client) -> tuple[list[Drift], int]:
    """Every job that drifted, by name, and how many jobs the stack owns: one list, then the tags that are declared."""
    recorded = [job for job in stack.afresh().recorded() if not job.external]
    live = {job.job_id: job for job in api.list_all(show_detail=True)} if recorded else {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda job: _drift(job, live.get(int(job.id)), api), recorded)
    return sorted(filter(None, found), key=lambda drift: drift.name), len(recorded)


def _drift(job: Recorded, live: LiveJob | None, api: Client) -> Drift | None:
    from dli_provider.errors import NotFound
    from dli_provider.job.status import run_state
    from dli_provider.plan.drift import drift_of, gone
    from dli_provider.pulumi import job_properties
    from dli_provider.run.lifecycle import found_as
    from dli_provider.run.look import tags_of

    declared, record = job_properties.spec(job.outputs), job_properties.record(job.outputs)
    name = declared.name or job.name
    if live is None:
        # A list may lag behind, or leave out what this user may not see.
        try:
            live = api.get(int(job.id))
        except NotFound:
            return gone(name, int(job.id))
    needed = declared.tags or not run_state(live.status).runs
    tags = tags_of(api, live.job_id) if needed else None
    found, outcome = found_as(live, tags, declared, record)
    bag = job_properties.outputs(job_properties.refreshed(job.outputs, found), outcome)
    drift = drift_of(live.job_id, declared, job_properties.spec(bag), found, live.status_desc)
    return drift.hiding(job.secret) if drift else None


def _lines(drifts: Sequence[Drift], jobs: int) -> Iterator[str]:
    """The report: each job, what differs, and what the next deployment will do."""
    for drift in drifts:
        yield f"{drift.name} (job {drift.job_id})"
        yield from (f"    {line}" for line in _differences(drift))
        yield f"    pulumi up --refresh -> {drift.repair}"
        if drift.plan and drift.plan.steps:
            yield f"        {drift.plan.details()}"
    yield f"{len(drifts)} of {jobs} jobs drifted" if drifts else f"no drift: {jobs} jobs are as declared"


def _differences(drift: Drift) -> Iterator[str]:
    """Each difference, from what the job is to what is declared."""
    if drift.gone:
        yield "job: deleted -> declared"
    if drift.status:
        yield f"status: {drift.status[0]} -> {drift.status[1]}" + (
            f" ({drift.status_desc})" if drift.status_desc else ""
        )
    for change in drift.changes:
        yield f"{change.describe()}"


def _json(drift: Drift) -> dict[str, Any]:
    return {
        "job": drift.name,
        "job_id": drift.job_id,
        "gone": drift.gone,
        "status": None if drift.status is None else {"live": drift.status[0], "declared": drift.status[1]},
        "status_desc": drift.status_desc,
        "fields": [
            {"field": each.field, "impact": each.impact.name, "described": each.describe()}
            for each in drift.changes
        ],
        "repair": drift.repair,
        "steps": drift.plan.details() if drift.plan else "",
    }
