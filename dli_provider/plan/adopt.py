"""Taking over a job that exists: found by id or name, never another stack's, and planned from what it is now.

Adopting a job that is as declared writes nothing at all: only the state knows then whose the job is, and the job is
marked when it is first changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Conflict, Invalid, Misconfigured, NotFound
from dli_provider.job.declarations import FIELDS, WIRED, is_declared
from dli_provider.job.document import minimal
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.wire import EVERY_JOB
from dli_provider.plan.live_job import Observed, Record, observe
from dli_provider.plan.owner_steps import Adopt
from dli_provider.plan.ownership import foreign, owner_of, owns
from dli_provider.plan.plan import Plan
from dli_provider.plan.update import plan_update


@dataclass(frozen=True)
class Found:
    """A job to adopt, and its tags."""

    live: LiveJob
    tags: dict[str, str]

    def seen_for(self, new: JobSpec) -> Observed:
        """The job as the planner sees it. What DLI does not report is taken to be as declared."""
        return observe(self.live, self.tags, new, Record(unclaimed=not owns(new.owner, self.tags)))


def find(api: Client, target: str, owner: str | None) -> Found | None:
    """The job of this id or, where there is none, of this name; None where there is neither.

    Raises Conflict for a job of another stack, and Invalid for one that is no SQL job.
    """
    found = look_for(api, target)
    if found is None:
        return None
    live, tags = found.live, found.tags
    subject = f"{live.name} (job {live.job_id})"
    if live.job_type and live.job_type not in EVERY_JOB:
        raise Invalid(
            subject, f"it is a {live.job_type}, not a Flink SQL job", remedy="adopt Flink SQL jobs only"
        )
    if foreign(owner, tags):
        raise Conflict(
            subject,
            f"it belongs to {owner_of(tags)}; it is not touched",
            remedy="look it up with FlinkSqlJob.get instead; or, if that stack has let it go, remove its tags "
            "pulumi_project, pulumi_stack and pulumi_resource in the DLI console",
        )
    return found


def look_for(api: Client, target: str) -> Found | None:
    """The job of this id or, where there is none, of this name, whosever it is; None where there is neither."""
    live = _by_id(api, target) or _by_name(api, target)
    return Found(live, tags_of(api, live.job_id)) if live else None


def unknown_job(target: str) -> NotFound:
    """The error for a job that a person named and DLI does not have."""
    reason = "DLI has no job with this id or name in this project"
    return NotFound(target, reason, remedy="list them with `dli status`")


def tags_of(api: Client, job_id: int) -> dict[str, str]:
    """The tags of a job; none where the region does not publish the tag calls."""
    try:
        return api.tags(job_id)
    except Misconfigured:
        return {}


def nothing_to_adopt(target: str, name: str | None) -> NotFound:
    """The error for a job that is not there."""
    return NotFound(
        name or target,
        f"there is nothing to adopt: DLI has no job with the id or name {target!r} in this project",
        remedy="correct adopt; or take it out, to have the job created",
    )


def plan_adopt(found: LiveJob, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Take over a job and bring it to `new`; a plan of one step, without a write, where it is so already.

    What the program does not declare is left as it is. Raises Invalid where only another job could be as declared.
    """
    old = as_it_is(new, live)
    rest = plan_update(old, new, live, stamp)
    impossible = [change for change in rest.changes if change.impact is Impact.REPLACE]
    if impossible:
        raise Invalid(
            f"{found.name} (job {found.job_id})",
            [f"it cannot be adopted as declared: {c.describe()}: {c.because}" for c in impossible],
            remedy="declare these as the job has them, or take adopt out to create a job beside it",
        )
    because = rest.because if rest.steps else "nothing is changed"
    return replace(rest, steps=(Adopt(found.job_id, live.status), *rest.steps), because=because)


def left_alone(new: JobSpec, live: Observed) -> tuple[str, ...]:
    """What the job has beyond its defaults and the program does not declare."""
    return tuple(
        name for name in minimal(live.spec) if not is_declared(new, name) and not WIRED[name].derived
    )


def as_it_is(new: JobSpec, live: Observed) -> JobSpec:
    """The job as it is, as far as the program speaks of it: as if it had been declared so before."""
    controls = {name: getattr(new, name) for name in FIELDS if name not in WIRED} | {"allow_state_loss": None}
    controls["desired_state"] = "stopped" if live.run_state.counts_as_stopped else "running"
    if not live.run_state.runs:
        controls["from_savepoint"] = None  # it has not been started from there yet
    unset = {n: None for n, wire in WIRED.items() if not is_declared(new, n) and not wire.derived}
    return live.spec.model_copy(update=controls | unset)


def _by_id(api: Client, target: str) -> LiveJob | None:
    if not (target.isascii() and target.isdigit()):
        return None
    try:
        return api.get(int(target))
    except NotFound:
        return None


def _by_name(api: Client, target: str) -> LiveJob | None:
    found = api.list_all(name=target, show_detail=True)
    return next((live for live in found if live.name == target), None)
