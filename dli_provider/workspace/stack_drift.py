"""Where the live jobs of a stack are not as it last deployed them. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dli_provider.errors import DliError, NotFound
from dli_provider.job.status import overdue, run_state
from dli_provider.plan.drift import Drift, drift_of, estranged, gone
from dli_provider.pulumi import job_properties
from dli_provider.run.lifecycle import found_as
from dli_provider.run.look import tags_of
from dli_provider.run.waiting import Clock, SystemClock
from dli_provider.workspace.job_owners import JobOwners, owners_of

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob
    from dli_provider.workspace.stack import Recorded, Stack

_AT_ONCE = 16
_LOOKS = (2.0, 4.0, 8.0)
"""Seconds before a job that seems stuck is looked at again: somebody may be stopping it just now."""


@dataclass(frozen=True)
class StackDrift:
    """Every job that drifted, by name, and how many jobs the stack owns.

    `unclaimed` jobs were adopted and bear no marks yet; `unread` says what cannot be told where tags cannot be read.
    `kept` says what is to be done with jobs that the stack has kept, and that are in no state. `undeclared` is what
    jobs have and their program does not say, by their names: no drift, but one made anew would be without it.
    """

    drifts: tuple[Drift, ...]
    jobs: int
    unclaimed: tuple[str, ...] = ()
    unread: str = ""
    kept: tuple[str, ...] = ()
    undeclared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def stack_drift(stack: Stack, api: Client, clock: Clock | None = None) -> StackDrift:
    """One look: a list of all jobs, and one of their tags. Only a job in a status that should have passed is looked at
    again, for some seconds.

    The stack is read again each time.
    """
    clock = clock or SystemClock()
    # A job that is only looked up is not ours to compare: its owner changes it as he likes.
    stack = stack.afresh()
    recorded = [job for job in stack.recorded() if not job.external]
    live = {job.job_id: job for job in api.list_all(show_detail=True)} if recorded else {}
    owners = owners_of(api, recorded, live, stack.owner)
    beyond: dict[str, tuple[str, ...]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda job: _drift(job, live.get(int(job.id)), api, owners, clock, beyond), recorded)
    return StackDrift(
        tuple(sorted(filter(None, found), key=lambda drift: drift.name)),
        len(recorded),
        tuple(sorted(f"{_name(job)} (job {job.id})" for job in recorded if job.id in owners.unclaimed)),
        owners.unread,
        owners.kept,
        dict(sorted(beyond.items())),
    )


def _name(job: Recorded) -> str:
    return job_properties.spec(job.outputs).name or job.name


def _drift(
    job: Recorded,
    live: LiveJob | None,
    api: Client,
    owners: JobOwners,
    clock: Clock,
    beyond: dict[str, tuple[str, ...]],
) -> Drift | None:
    """How the job drifted; `beyond` gets what it has and its program does not say."""
    declared, record = job_properties.spec(job.outputs), job_properties.record(job.outputs)
    name = _name(job)
    if what := owners.others.get(job.id):
        return estranged(name, int(job.id), what)
    if live is None:
        # A list may lag behind, or leave out what this user may not see.
        try:
            live = api.get(int(job.id))
        except NotFound:
            return gone(name, int(job.id), declared, job_properties.seen(job.outputs), record)
    live = _looked_at_again(live, api, clock)
    # A job that does not run may have its last savepoint noted in a tag.
    needed = declared.tags or not run_state(live.status).runs
    tags = owners.tags.get(job.id) if needed else None
    if needed and tags is None and not owners.unread:
        tags = tags_of(api, live.job_id)
    found, outcome = found_as(live, tags, declared, record)
    if outcome.record.undeclared:
        beyond[f"{name} (job {job.id})"] = outcome.record.undeclared
    bag = job_properties.outputs(job_properties.refreshed(job.outputs, found), outcome)
    drift = drift_of(live.job_id, declared, job_properties.spec(bag), found, live.status_desc, clock.wall())
    return drift.hiding(job.secret) if drift else None


def _looked_at_again(live: LiveJob, api: Client, clock: Clock) -> LiveJob:
    """The job as it is once its status has passed, or has stayed the same for a while although it should pass."""
    for pause in _LOOKS:
        before = live.status
        if not overdue(live.status, live.unchanged_since, live.last_change, clock.wall()):
            break
        clock.sleep(pause)
        with suppress(DliError):  # what was seen is told without
            live = api.get(live.job_id)
        if live.status != before:
            break
    return live
