"""Drift: where a live job is not as its stack last deployed it, and what the next deployment will do about it. Pure.

Only what was declared is compared: what DLI fills in by itself, or writes differently though it means the same, is
none.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace

from dli_provider.job.declarations import WIRED, is_declared
from dli_provider.job.diff import Change, diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status, overdue
from dli_provider.plan.create import Former, plan_create
from dli_provider.plan.live_job import LastSeen, Observed, Record
from dli_provider.plan.plan import Plan
from dli_provider.plan.update import plan_update


@dataclass(frozen=True)
class Drift:
    """One job that is not as declared. `changes` lead from the live job back to what is declared; `status` is from what
    it is to what it is to be, or None; `plan` is how that is repaired, None where the job is gone.

    `anew` says of a job that is gone what it takes its state from, or why it is refused.
    `estranged` says of a job that is not its stack's any more what it is by now; nothing else is said of such a job.
    `unsettled` says of a status that should have passed that it has not.
    """

    name: str
    job_id: int
    changes: tuple[Change, ...] = ()
    status: tuple[str, str] | None = None
    status_desc: str = ""
    gone: bool = False
    estranged: str = ""
    anew: str = ""
    unsettled: str = ""
    plan: Plan | None = field(default=None, repr=False)

    def hiding(self, secret: Set[str]) -> Drift:
        """The same without the values of these arguments, which the user keeps secret."""
        changes = tuple(change.hiding(secret) for change in self.changes)
        return replace(self, changes=changes, plan=self.plan and self.plan.hiding(secret))

    @property
    def repair(self) -> str:
        """What `pulumi up --refresh` will do, in a line."""
        if self.estranged:
            return f"{self.name}: left alone; an update of it is refused, and its deletion only forgets it"
        if self.plan is None:
            return f"{self.name}: CREATE - the job is made anew{self.anew}"
        if self.unsettled and not self.plan.steps:
            return f"{self.name}: left alone; a change of it waits until it has settled, and `pulumi destroy` does not"
        if not self.plan.steps:
            return f"{self.name}: left as it is, because on_failed is 'report'"
        return self.plan.headline()


def gone(name: str, job_id: int, declared: JobSpec, seen: LastSeen, record: Record) -> Drift:
    """The drift of a job that DLI does not have any more."""
    named = declared if declared.name else declared.model_copy(update={"name": name})
    former = Former(
        job_id,
        declared,
        record.savepoints,
        ran=seen.status != Status.INIT,
        gone=True,
        undeclared=record.undeclared,
    )
    plan = plan_create(named, former)
    anew = f", but refused: {plan.refusal.reason}" if plan.refusal else f": {plan.because}"
    return Drift(name, job_id, gone=True, anew=anew)


def estranged(name: str, job_id: int, what: str) -> Drift:
    """The drift of a job that is not its stack's any more: `what` it is by now."""
    return Drift(name, job_id, estranged=what)


def drift_of(
    job_id: int,
    declared: JobSpec,
    refreshed: JobSpec,
    live: Observed,
    status_desc: str,
    now: float,
) -> Drift | None:
    """How the live job differs from what is `declared`; None where it does not.

    `refreshed` is what is declared, with the live job's value wherever that means something else to DLI. `now` is in
    epoch seconds.
    """
    changes = changes_back(refreshed, declared)
    status = status_drift(declared, live)
    stuck = overdue(live.status, live.unchanged_since, live.last_change, now)
    if not (changes or status or stuck):
        return None
    plan = plan_update(refreshed, declared, live.arrived(declared.desired_state), "<time>")
    words = status_desc if status or stuck else ""
    return Drift(declared.name or "", job_id, changes, status, words, unsettled=stuck, plan=plan)


def changes_back(now: JobSpec, declared: JobSpec) -> tuple[Change, ...]:
    """What leads from a job as it is `now` back to what is declared; nothing that means the same to DLI."""
    return tuple(
        change
        for change in diff(now, declared).changes
        if change.field in WIRED and is_declared(declared, change.field) and change.impact is not Impact.NONE
    )


def status_drift(declared: JobSpec, live: Observed) -> tuple[str, str] | None:
    """The status now and the one that is declared, where they differ; a job on its way does not drift."""
    state = live.run_state
    if declared.desired_state == "stopped":
        return (live.status, str(Status.CANCEL_SUCCESS)) if state.may_run else None
    return (live.status, str(Status.RUNNING)) if state.falls_short_of_running else None
