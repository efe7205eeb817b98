"""What an update will do, said beforehand from what the last deployment left: no call is made. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from dli_provider.job.diff import Change, Diff, diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status, arrival, not_settled, run_state
from dli_provider.plan.create import Former, plan_create
from dli_provider.plan.live_job import LastSeen, Record, remembered
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.update import plan_update


@dataclass(frozen=True)
class Ahead:
    """The plan of an update as far as it is known; `unknown` arguments become known only during the update."""

    plan: Plan
    difference: Diff
    unknown: frozenset[str]
    seen: LastSeen
    replacing: Plan | None = None
    """How the job is made that takes the place of this one, where one does."""
    gone: int | None = None
    """The id of a job that somebody else has deleted, so that another has to take its place."""

    def hiding(self, secret: Set[str]) -> Ahead:
        """The same without the values of these arguments, which the user keeps secret."""
        changes = tuple(change.hiding(secret) for change in self.difference.changes)
        return replace(self, plan=self.plan.hiding(secret), difference=Diff(changes))

    @property
    def replaces(self) -> tuple[str, ...]:
        """The arguments whose change takes another job; where the job is gone, its id."""
        if self.gone is not None:
            return ("job_id",)
        return tuple(c.field for c in self.difference.changes if c.impact is Impact.REPLACE)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do or to record. A cosmetic change of the query is neither, nor is what was
        adopted once."""
        idle = {"sql_body", "adopt"}
        moot = {c.field for c in self.difference.changes if c.field in idle and c.impact is Impact.NONE}
        something = self.plan.steps or self.unknown or set(self.difference.fields) - moot
        return bool(something) or self.gone is not None

    @property
    def lines(self) -> tuple[str, ...]:
        """What a reviewer reads."""
        if self.gone is not None:
            because = self.replacing.because if self.replacing else ""
            return (
                f"{self.plan.subject}: CREATE - job {self.gone} was deleted, and is made anew: {because}",
            )
        if self.replaces:
            causes = "; ".join(_cause(c) for c in self.difference.changes if c.impact is Impact.REPLACE)
            because = f": {self.replacing.because}" if self.replacing else ""
            return (
                f"{self.plan.subject}: REPLACE ({causes}) - another job takes its place{because}; the old one is "
                "stopped with its state saved, and deleted only when the new one runs",
            )
        # Which steps lead there follows from the headline, and a review lists them. What is refused fails the preview,
        # which then says why; only where arguments are not known yet it does not.
        refused = (f"    {self.plan.details()}",) if self.plan.refusal and not self.refusal else ()
        if not self.unknown:
            return (self.plan.headline(), *refused)
        late = f"    known only during the update: {', '.join(sorted(self.unknown))}"
        return (f"{self.plan.headline()}, as far as is known now", *refused, late)

    @property
    def notice(self) -> str:
        """What is wrong with the job although nothing will be done about it; "" when nothing is."""
        if self.gone is not None:
            return ""
        # As it was seen: the plan takes it to have arrived.
        if unsettled := not_settled(self.seen.status, self.seen.unchanged_since):
            does = "the deployment waits until it has" if self.plan.steps else "it is left as it is"
            return f"{self.plan.subject}: {unsettled}; {does}"
        if self.plan.steps or not run_state(self.seen.status).failed:
            return ""
        why = f" ({self.seen.status_desc})" if self.seen.status_desc else ""
        return f"{self.plan.subject}: {self.seen.status}{why}; left as it is, because on_failed is 'report'"

    @property
    def refusal(self) -> Refusal | None:
        """Why the update will be refused anyway, so that the preview can fail and not the update.

        An argument that is not known yet may be what makes the state fit.
        """
        if self.unknown:
            return None
        return self.replacing.refusal if self.replacing else self.plan.refusal


def foresee(
    old: JobSpec,
    new: JobSpec,
    seen: LastSeen,
    record: Record,
    unknown: frozenset[str],
    job_id: int = 0,
) -> Ahead:
    """The update from `old`, as last seen, to `new`, whose `unknown` arguments have their old values here."""
    arrived = replace(seen, status=arrival(seen.status, old.desired_state))
    named = new if new.name else new.model_copy(update={"name": old.name or "job"})
    if record.gone:
        former = Former(job_id, old, record.savepoints, gone=True, undeclared=record.undeclared)
        making = plan_create(named, former)
        return Ahead(making, diff(old, new), unknown, seen, making, job_id)
    plan = plan_update(old, named, remembered(old, arrived, record), stamp="<time>")
    ahead = Ahead(plan, diff(old, new), unknown, seen)
    if not ahead.replaces:
        return ahead
    ran = seen.status != Status.INIT
    former = Former(job_id, old, record.savepoints, ran=ran, undeclared=record.undeclared)
    return replace(ahead, replacing=plan_create(named, former))


def _cause(change: Change) -> str:
    """The change and, where that does not tell it already, the reason."""
    said = change.describe()
    return said if change.because in said else f"{said}: {change.because}"
