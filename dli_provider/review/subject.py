"""One job to be reviewed: what the program wants, what was deployed, what it really is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dli_provider.errors import DliError, Invalid
from dli_provider.job.declarations import WIRED, is_declared
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status
from dli_provider.plan.adopt import as_it_is
from dli_provider.plan.create import Former, plan_create, plan_delete
from dli_provider.plan.live_job import Observed
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.undeclared import undeclared
from dli_provider.plan.update import plan_update
from dli_provider.run.adoption import plan_adoption
from dli_provider.run.look import Found

STAMP = "<time>"
"""Stands in a reviewed plan for the time at which its savepoint will be taken."""


@dataclass(frozen=True)
class Subject:
    """A job of one stack. `op` is the engine's word for what it does: same, create, update, replace, delete, read.

    `old` is what was last deployed or, where the deployment looks first, refreshed; `new` what the program wants,
    with the old value of every argument that is still `unknown`. `live` is None where there is no such job.
    `secret` names the arguments that the program marks as secret. `paused` is for how many seconds it last stood still.
    A new resource whose `new` has `adopt` takes over the job `found`, or cannot, as `refused` says; with neither,
    nobody has looked. Of a job that is another owner's by now, `refused` says so too.
    `savepoints` are those that the state remembers, and `undeclared` what it remembers to be in no program.
    """

    resource: str
    op: str
    old: JobSpec | None = field(repr=False, default=None)
    new: JobSpec | None = field(repr=False, default=None)
    live: Observed | None = field(repr=False, default=None)
    deployed: JobSpec | None = field(repr=False, default=None)
    unknown: frozenset[str] = frozenset()
    job_id: str = ""
    status: str = ""
    protect: bool = False
    secret: frozenset[str] = frozenset()
    paused: float | None = None
    found: Found | None = field(repr=False, default=None)
    refused: DliError | None = None
    savepoints: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The job's name at DLI."""
        return (self.new and self.new.name) or (self.old and self.old.name) or self.resource

    @property
    def owner(self) -> str:
        """Who declares the job: the key under which a reviewed plan is kept."""
        spec = self.new or self.old
        return (spec and spec.owner) or self.resource

    @property
    def gone(self) -> bool:
        """Whether the job was deployed and does not exist any more."""
        return self.old is not None and self.live is None

    @property
    def adopts(self) -> bool:
        """Whether a job that exists is taken over by a new resource."""
        return self.op == "create" and bool("adopt" in self.unknown or (self.new and self.new.adopt))

    @property
    def left(self) -> tuple[str, ...]:
        """What a job that is adopted has and the program does not declare."""
        if not (self.found and self.live):
            return ()
        left = undeclared(self.named, self.live)
        return (*(name for name in left.arguments if name not in self.unknown), *left.beyond)

    @property
    def becomes(self) -> JobSpec | None:
        """What the job will be; None where it goes. One that is adopted keeps what the program does not declare."""
        if self.op == "delete" or self.new is None:
            return None
        if not (self.found and self.live):
            return self.new
        # Its real size and queue count in the review, also where the program leaves them out.
        kept = {name: getattr(self.live.spec, name) for name in WIRED if not is_declared(self.new, name)}
        return self.new.model_copy(update=kept)

    def plans(self) -> tuple[Plan, ...]:
        """The plans that the deployment carries out, in order; none where it does nothing."""
        if self.refused and self.op in ("update", "replace"):
            return (_refused(self.name, self.refused),)
        deleting = plan_delete(self.name, self.live) if self.live else None
        if self.refused and self.op == "delete":
            return ()  # another owner's job is forgotten, and nothing else
        if self.op == "delete":
            return (deleting,) if deleting else ()
        if self.op == "replace" and self.new:
            return (*((deleting,) if deleting else ()), plan_create(self.named, self._former))
        if self.adopts:
            return self._adopting()
        if self.op == "create" and self.new:
            return (plan_create(self.named, self._former),)
        if self.op == "update" and self.new and self.old and self.live:
            return (plan_update(self.old, self.named, self.live.arrived(self.old.desired_state), STAMP),)
        return ()

    @property
    def named(self) -> JobSpec:
        """What the program wants; a name that is not known yet is that of the resource."""
        assert self.new is not None
        return self.new if self.new.name else self.new.model_copy(update={"name": self.name})

    @property
    def _former(self) -> Former | None:
        """The job whose place a new one takes, if one does."""
        if self.old is None or not self.job_id.isdigit():
            return None
        ran = self.live.started if self.live else self.status != Status.INIT
        lost = undeclared(self.old, self.live).lost if self.live else self.undeclared
        return Former(
            int(self.job_id), self.old, self.savepoints, ran, gone=self.live is None, undeclared=lost
        )

    def _adopting(self) -> tuple[Plan, ...]:
        if self.refused:
            return (_refused(self.name, self.refused),)
        # Nobody has looked, so there is no plan; the judge says that instead of guessing.
        if not (self.found and self.live):
            return ()
        try:
            return (plan_adoption(self.found, self.named, self.live.arrived(), STAMP),)
        except Invalid as refused:
            return (_refused(self.name, refused),)


def adopting(subject: Subject, found: Found) -> Subject:
    """The same job, new in the stack, which takes over the one that was found."""
    assert subject.new is not None
    # A program that leaves the name out takes over the one that the job has.
    new = subject.new if subject.new.name else subject.new.model_copy(update={"name": found.live.name})
    live = found.seen_for(new)
    return replace(
        subject,
        old=as_it_is(new, live.arrived()),
        new=new,
        live=live,
        job_id=str(found.live.job_id),
        status=live.status,
        found=found,
    )


def _refused(name: str, why: DliError) -> Plan:
    """A plan without steps, which says why nothing can be done."""
    return Plan(name, Impact.NONE, (), (), refusal=Refusal("; ".join(why.reasons), why.remedy))


def average_pause(subjects: Iterable[Subject]) -> float | None:
    """The middle of the pauses that are known, for jobs that have none of their own yet."""
    known = sorted(subject.paused for subject in subjects if subject.paused is not None)
    return known[len(known) // 2] if known else None
