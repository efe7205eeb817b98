"""Which job a program may take over: a Flink SQL job, not another stack's, that can become as declared."""

from __future__ import annotations

from collections.abc import Callable

from dli_provider.api.client import Client
from dli_provider.errors import Conflict, Invalid, NotFound
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import EVERY_JOB
from dli_provider.plan.adopt import impossible, plan_adopt
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import Marks
from dli_provider.plan.plan import Plan
from dli_provider.run.look import Found, look_for


def find_to_adopt(api: Client, target: str, owner: str | None, unread: Callable[[str], None]) -> Found | None:
    """The job of this id or, where there is none, of this name; None where there is neither.

    Raises Conflict for a job of another stack, and Invalid for one that is no SQL job. `unread` is told where nobody
    can say whose it is.
    """
    found = look_for(api, target, unread)
    if found is None:
        return None
    # A type that DLI does not tell is not held against the job: not every page reports it.
    if found.live.job_type and found.live.job_type not in EVERY_JOB:
        raise Invalid(
            _subject(found),
            f"it is a {found.live.job_type}, not a Flink SQL job",
            remedy="adopt Flink SQL jobs only",
        )
    marks = Marks.of(found.tags or {})
    if not marks.none and not marks.same_stack(owner):
        raise Conflict(
            _subject(found),
            f"it belongs to {marks.whose}; it is not touched",
            remedy="look it up with FlinkSqlJob.get instead; or have that stack let it go: remove its tags "
            "pulumi_project, pulumi_stack and pulumi_resource in the DLI console, and take it out of that "
            "program, whose next `pulumi up` then leaves the job alone",
        )
    return found


def held(subject: str, holder: str) -> Conflict:
    """The error for a job that another resource of the same deployment has, or is about to have."""
    return Conflict(
        subject,
        f"{holder} is declared for it too, and two resources cannot have one job",
        remedy="take one of the two out of the program: a job is handed on in the deployment that declares only the "
        "resource that adopts it",
    )


def nothing_to_adopt(target: str, name: str | None) -> NotFound:
    """The error for a job that is not there."""
    return NotFound(
        name or target,
        f"there is nothing to adopt: DLI has no job with the id or name {target!r} in this project",
        remedy="correct adopt; or take it out, to have the job created",
    )


def plan_adoption(found: Found, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """The plan that takes over a job and brings it to `new`; `live` is the job as the planner sees it.

    Raises Invalid where only another job could be as declared.
    """
    plan = plan_adopt(found.live.job_id, new, live, stamp)
    if reasons := impossible(plan):
        raise Invalid(
            _subject(found),
            reasons,
            remedy="declare these as the job has them, or take adopt out to create a job beside it",
        )
    return plan


def _subject(found: Found) -> str:
    return f"{found.live.name} (job {found.live.job_id})"
