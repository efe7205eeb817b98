"""Plans for creating and deleting a job, and the parts that all plans share. Pure."""

from __future__ import annotations

from dli_provider.job.document import create_document, update_document, update_only_fields
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan import start_from
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import ownership_tags
from dli_provider.plan.plan import Plan
from dli_provider.plan.steps import (
    AuthorizeBucket,
    CreateJob,
    DeleteJob,
    HaltJob,
    Step,
    UpdateJob,
)
from dli_provider.sql import StateFate


def plan_create(new: JobSpec) -> Plan:
    """Create the job, and run it if it is to run."""
    assert new.name is not None, "a name is chosen before a plan is made"
    document = create_document(new)
    if own := ownership_tags(new.owner):
        document["tags"] = [*_listed(document.get("tags")), *({"key": k, "value": v} for k, v in own.items())]
    steps: list[Step] = [*authorize(new), CreateJob(document, new.owner)]
    if late := update_only_fields(new):
        steps.append(UpdateJob(update_document(new, late), {}))
    if new.desired_state == "running":
        source = start_from.given(new) or start_from.empty("a new job has no state", StateFate.NONE)
        steps += start_from.start(source, health_window=0.0)
    state = StateFate.CARRIED if new.from_savepoint else StateFate.NONE
    return Plan(new.name, Impact.NONE, (), tuple(steps), state, "a new job")


def plan_delete(name: str, live: Observed) -> Plan:
    """Stop the job if it may run, then delete it."""
    steps: list[Step] = [DeleteJob()]
    if not live.run_state.at_rest:
        steps.insert(0, HaltJob())
    return Plan(
        name, Impact.REPLACE, (), tuple(steps), StateFate.DROPPED, "the job and its state are deleted"
    )


def authorize(new: JobSpec) -> list[Step]:
    """Let DLI write to the bucket, where there is one."""
    return [AuthorizeBucket(new.obs_bucket)] if new.obs_bucket else []


def _listed(tags: object) -> list[object]:
    return list(tags) if isinstance(tags, list) else []
