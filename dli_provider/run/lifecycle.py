"""Create, update, read and delete a job: look, plan, carry out, report. The way in for the Pulumi resource
and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, Forbidden, Misconfigured, NotFound
from dli_provider.job.diff import Change, changed
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan.create import plan_create, plan_delete
from dli_provider.plan.live_job import LastSeen, Observed, Record
from dli_provider.plan.ownership import fits, of_another
from dli_provider.plan.plan import Plan
from dli_provider.plan.steps import Claim, RunJob
from dli_provider.plan.update import plan_continue, plan_update
from dli_provider.run.adoption import find_to_adopt, nothing_to_adopt, plan_adoption
from dli_provider.run.creation import FoundOwn
from dli_provider.run.engine import execute, give_up
from dli_provider.run.handle import JobHandle
from dli_provider.run.look import Found, last_seen, look_for, observe
from dli_provider.run.waiting import Clock, SystemClock
from dli_provider.run.watch import Watch
from dli_provider.sql import StateFate


@dataclass(frozen=True)
class Outcome:
    """What is worth remembering once an operation has succeeded."""

    job_id: int
    seen: LastSeen
    record: Record


@dataclass(frozen=True)
class Lifecycle:
    """The life of jobs at one DLI project. `say(name, line)` is called for everything that takes a while.

    `approve(job, plan, live, new)` is asked before the first write of each plan, and raises to forbid it.
    """

    api: Client
    say: Callable[[str, str], None]
    clock: Clock = field(default_factory=SystemClock)
    approve: Callable[[JobSpec, Plan, Observed | None, JobSpec | None], None] | None = None
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "watch", Watch(self.api, self.clock))

    def create(self, new: JobSpec) -> Outcome:
        """Create the job exactly once, and run it if it is to run; when that fails nothing is left behind."""
        job = self._remote(new, None, new.create_timeout)
        creating = plan_create(new)
        self._approve(new, creating, None, new)
        try:
            plan = execute(creating, job)
        except FoundOwn as found:
            # The job may be in any condition, so it is planned for like one that was always there.
            job.job_id = found.live.job_id
            try:
                live = self._observed(job, new, Record())
            except DliError as failure:
                raise give_up(found.live, job, failure) from failure
            plan = execute(plan_continue(job.id, new, live, self._stamp()), job)
        return self._outcome(job, plan, new, Record())

    def find(self, new: JobSpec) -> Found | None:
        """The job that `new` adopts; None where there is none and the job is to be created, as it has just that name.

        Raises NotFound, Conflict for a job of another stack, Invalid for one that is no SQL job.
        """
        target = new.adopt or ""
        found = find_to_adopt(self.api.about(f"adopt {target!r}"), target, new.owner)
        if found is None and target != new.name:
            raise nothing_to_adopt(target, new.name)
        return found

    def adopt(self, new: JobSpec) -> Outcome:
        """Take over the job that `new` adopts, and bring it to `new`; create it where it is gone."""
        found = self.find(new)
        if found is None:
            return self.create(new)
        job = self._remote(new, found.live.job_id, new.update_timeout)
        # A plan is made from a status that lasts, and the job that was found may have been on its way to one.
        before = replace(found, live=job.settled())
        live = before.seen_for(new)
        plan = plan_adoption(before, new, live, self._stamp())
        self._approve(new, plan, live, new)
        done = execute(plan, job, rollback=new.rollback_on_failure)
        return self._outcome(job, done, new, live.record)

    def update(self, job_id: int, old: JobSpec, new: JobSpec, record: Record) -> Outcome:
        """Bring the job to `new`, or back to `old`. Raises NotFound when it is gone: nothing can be updated then."""
        job = self._remote(new, job_id, new.update_timeout)
        live = self._observed(job, old, record)
        plan = plan_update(old, new, live, self._stamp())
        self._approve(new, plan, live, new)
        done = execute(plan, job, rollback=new.rollback_on_failure)
        return self._outcome(job, done, new, record)

    def delete(self, job_id: int, old: JobSpec) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        job = self._remote(old, job_id, old.delete_timeout)
        try:
            live = observe(job.look(), None, old, Record())
            plan = plan_delete(job.name, live)
            self._approve(old, plan, live, None)
            execute(plan, job)
        except NotFound:
            job.say("it is gone already")

    def look(self, job_id: int, last: JobSpec, record: Record) -> tuple[Observed, Outcome] | None:
        """The job as it is now, None when DLI says that it does not exist.

        Tags are read only if there are any to compare, or if the job is not as it was deployed: a change that was
        cut off may have noted there where the state lies. Savepoints that the query which the job has now cannot
        use are forgotten.
        """
        job = self._remote(last, job_id, last.update_timeout)
        try:
            live = job.look()
            found, outcome = found_as(live, None, last, record)
            query = _query_changed(last, found.spec)
            if last.tags or query or (not live.has_savepoint and not found.run_state.runs):
                return found_as(live, self._tags(job), last, record)
        except NotFound:
            return None
        return found, outcome

    def look_for(self, target: str) -> Found | None:
        """The job of this id or name, whosever it is."""
        return look_for(self.api.about(target), target)

    def as_it_is(self, found: Found) -> Observed:
        """A job for which no stack's declaration is known, once its status has settled."""
        job = self._remote(_any_job(found), found.live.job_id, JobSpec().update_timeout)
        return observe(job.settled(), found.tags, _any_job(found), Record())

    def carry_out(self, plan: Plan, found: Found) -> None:
        """Carry out an operator's plan; taken back, where it can be, when a step of it fails."""
        job = self._remote(_any_job(found), found.live.job_id, JobSpec().update_timeout)
        job.look()
        execute(plan, job)

    def stamp(self) -> str:
        """The name of this moment."""
        return self._stamp()

    def _approve(self, spec: JobSpec, plan: Plan, live: Observed | None, new: JobSpec | None) -> None:
        if self.approve:
            self.approve(spec, plan, live, new)

    def _remote(self, spec: JobSpec, job_id: int | None, timeout: float) -> JobHandle:
        name = spec.name or f"job {job_id}"
        subject = f"{name} (job {job_id})" if spec.name and job_id is not None else name
        say = partial(self.say, name)
        return JobHandle(self.api.about(subject), name, job_id, self.clock, timeout, say, self.watch)

    def _observed(self, job: JobHandle, last: JobSpec, record: Record) -> Observed:
        job.look()  # nothing has begun, so if DLI does not answer, that is reported at once
        return observe(job.settled(), self._tags(job), last, record)

    def _tags(self, job: JobHandle) -> dict[str, str] | None:
        try:
            return job.api.tags(job.id)
        except (Misconfigured, Forbidden) as refused:
            job.say(f"the tags cannot be read; going by those last deployed: {'; '.join(refused.reasons)}")
            return None

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self.clock.wall(), timezone.utc).strftime("%Y%m%dT%H%M%SZ")

    def _outcome(self, job: JobHandle, plan: Plan, new: JobSpec, record: Record) -> Outcome:
        live = job.last_look()
        started = [step for step in plan.steps if isinstance(step, RunJob)]
        own = (job.notes.own_savepoint,) if job.notes.own_savepoint else ()
        # Older ones are forgotten here, and stay in the bucket: deleting state is not for this program to decide.
        savepoints = (*own, *record.savepoints)[: new.savepoint_retention]
        if (started and not started[-1].resume_savepoint) or plan.next_start_empty:
            savepoints = ()  # they do not fit the state that the job has from here on
        elif new.upgrade_mode == "stateless":
            # State of another query is state that the program does not want back.
            queries = (new.sql_body, str(live.fields.get("sql_body") or ""))
            savepoints = tuple(one for one in savepoints if not of_another(one, *queries))
        # A job that was not run still has to start empty at its next start.
        start_empty = plan.next_start_empty or (record.start_empty and not started)
        paused = record.paused if job.notes.paused is None else round(job.notes.paused, 1)
        unclaimed = record.unclaimed and not any(isinstance(step, Claim) for step in plan.steps)
        return Outcome(job.id, last_seen(live), Record(savepoints, start_empty, paused, unclaimed))


def _any_job(found: Found) -> JobSpec:
    return JobSpec.model_construct(name=found.live.name)


def found_as(
    live: LiveJob, tags: Mapping[str, str] | None, last: JobSpec, record: Record
) -> tuple[Observed, Outcome]:
    """A job that was looked at: what it is now, and what is worth remembering of it from here on. Pure."""
    found = observe(live, tags, last, record)
    query = _query_changed(last, found.spec)
    return found, Outcome(
        live.job_id, last_seen(live), replace(record, savepoints=_usable(found, last, query))
    )


def _query_changed(last: JobSpec, now: JobSpec) -> Change | None:
    change = changed(last, now, "sql_body") if last.sql_body else None
    return change if change and change.impact is not Impact.NONE else None


def _usable(found: Observed, last: JobSpec, query: Change | None) -> tuple[str, ...]:
    """The savepoints, taken from the query last deployed, that the query which the job has now may use."""
    if query and query.state_fate is StateFate.INCOMPATIBLE:
        return ()
    noted, needed = found.noted_savepoint, query or not found.run_state.runs
    latest = (noted,) if noted and needed and fits(noted, last.sql_body) else ()
    return tuple(dict.fromkeys((*latest, *found.record.savepoints)))
