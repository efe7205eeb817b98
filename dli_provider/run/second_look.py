"""The plan of an update, for which a look that says something unlikely is made sure of. Changes nothing."""

from __future__ import annotations

from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Observed
from dli_provider.plan.plan import Plan
from dli_provider.plan.update import plan_update
from dli_provider.run.handle import JobHandle
from dli_provider.run.look import observe
from dli_provider.run.waiting import Deadline, polls


def planned_update(
    job: JobHandle, old: JobSpec, new: JobSpec, live: Observed, stamp: str
) -> tuple[Observed, Plan]:
    """The plan, and the job as it is made for. `live` is as the job was seen just now.

    Where that is otherwise than the state has it, somebody changed it; or reads lag, and show what the last deployment
    has replaced. So it is looked at once more before that is said, and for a while before a deployment is refused for
    it.
    """
    plan = plan_update(old, new, live, stamp)
    newest = job.seen.update_time or 0
    for _ in polls(Deadline(job.sightings.patience if plan.refusal else 0.0, job.clock)):
        if not plan.undone:
            break
        job.under_way("making sure that it is otherwise at DLI")
        job.look()
        seen = job.settled()
        # One that is older comes from a replica that lags more than the one before.
        if (seen.update_time or 0) >= newest:
            newest = seen.update_time or 0
            live = observe(seen, live.tags, old, live.record)
            plan = plan_update(old, new, live, stamp)
    return live, plan
