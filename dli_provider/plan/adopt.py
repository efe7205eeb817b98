"""Taking over a job that exists, planned from what it is now.

Adopting a job that is as declared writes nothing at all: only the state knows then whose the job is, and the job is
marked when it is first changed.
"""

from __future__ import annotations

from dataclasses import replace

from dli_provider.job.declarations import FIELDS, WIRED, is_declared
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import Marks
from dli_provider.plan.plan import Plan
from dli_provider.plan.refusal import NO_CONSENT
from dli_provider.plan.steps import Adopt, Claim
from dli_provider.plan.update import moved, plan_update


def plan_adopt(job_id: int, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Take over a job and bring it to `new`; a plan of one step, without a write, where it is so already and bears no
    marks.

    What the program does not declare is left as it is. Nobody may carry out a plan that is `impossible`.
    """
    rest = plan_update(as_it_is(new, live), new, live, stamp)
    adopt = Adopt(job_id, live.status)
    marks = Marks.of(live.tags or {})
    if marks.none:
        because = rest.because if rest.steps else "nothing is changed"
        return replace(rest, steps=(adopt, *rest.steps), because=because)
    # It is marked as somebody's. Were that left so, its former resource would go on changing it, and delete it.
    former = "the same resource elsewhere" if marks.is_of(new.owner) else f"another resource of {marks.whose}"
    return replace(
        rest,
        impact=max(rest.impact, Impact.IN_PLACE),
        changes=(*rest.changes, moved(former, new.owner or "")),
        steps=(adopt, Claim.by(new.owner, live.tags or {}, live.record.nonce), *rest.steps),
    )


def impossible(plan: Plan) -> tuple[str, ...]:
    """Why a job cannot be adopted as declared; empty where it can.

    No update can make a change that needs another job, and the job that is adopted must not be deleted for it.
    """
    replacing = (change for change in plan.changes if change.impact is Impact.REPLACE)
    return tuple(f"it cannot be adopted as declared: {c.describe()}: {c.because}" for c in replacing)


def as_it_is(new: JobSpec, live: Observed) -> JobSpec:
    """The job as it is, as far as the program speaks of it: as if it had been declared so before."""
    # No earlier deployment set the control fields, so the program's values count as old, except consent, which must
    # be new.
    controls = {name: getattr(new, name) for name in FIELDS if name not in WIRED} | NO_CONSENT
    controls["desired_state"] = "stopped" if live.run_state.was_stopped else "running"
    if not live.run_state.runs:
        controls["from_savepoint"] = None  # it has not been started from there yet
    # What is not declared counts as unset on both sides, so that nothing is done about it.
    unset = {n: None for n, wire in WIRED.items() if not is_declared(new, n) and not wire.derived}
    return live.spec.model_copy(update=controls | unset)
