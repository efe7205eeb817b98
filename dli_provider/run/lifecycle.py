"""Create, update, read and delete a job: look, plan, carry out, report. The way in for the Pulumi resource
and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Conflict, DliError, NotFound, StateLoss
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import run_state
from dli_provider.plan.create import (
    Former,
    is_parked,
    plan_create,
    plan_delete,
    plan_park,
    plan_save,
    state_at_rest,
)
from dli_provider.plan.live_job import LastSeen, Observed, Record
from dli_provider.plan.ownership import (
    BEGUN,
    KEPT,
    REPLACED,
    WAITS,
    Marks,
    heir_nonce,
    of_another,
)
from dli_provider.plan.plan import Plan
from dli_provider.plan.refusal import consented, made_beside, names_savepoint
from dli_provider.plan.start_from import query_changed, usable_savepoints
from dli_provider.plan.steps import Claim, Keep, RunJob
from dli_provider.plan.undeclared import undeclared
from dli_provider.plan.update import plan_continue
from dli_provider.run import guard
from dli_provider.run.adoption import find_to_adopt, held, nothing_to_adopt, plan_adoption
from dli_provider.run.carry_out import apply
from dli_provider.run.creation import FoundOwn, finish, take_off
from dli_provider.run.engine import execute, give_up, take_back
from dli_provider.run.guard import Places
from dli_provider.run.handle import JobHandle
from dli_provider.run.kept import KeptJobs
from dli_provider.run.look import Found, last_seen, look_for, observe, tags_of
from dli_provider.run.once import Once
from dli_provider.run.second_look import planned_update
from dli_provider.run.waiting import Clock, SystemClock
from dli_provider.run.watch import Watch


@dataclass(frozen=True)
class Outcome:
    """What is worth remembering once an operation has succeeded."""

    job_id: int
    seen: LastSeen
    record: Record


class CreatedUnhealthy(Exception):
    """A job was created and did not come up. It is kept, as was asked for; `outcome` is what to remember of it."""

    def __init__(self, outcome: Outcome, failure: DliError) -> None:
        super().__init__(str(failure))
        self.outcome, self.failure = outcome, failure


@dataclass(frozen=True)
class Lifecycle:
    """The life of jobs at one DLI project. `say(name, line)` is called for what should be known afterwards, `progress`
    for what is being done, where that takes long; by default they are one.

    `approve(job, plan, live, new)` is asked before the first write of each plan, and raises to forbid it. `left` is the
    place that the deployment has moved away from, if it has. `take_over(job_id, owner)` notes who adopts a job, and
    names the other resource of this deployment that has it already; "" where none has.
    """

    api: Client
    say: Callable[[str, str], None]
    clock: Clock = field(default_factory=SystemClock)
    approve: Callable[[JobSpec, Plan, Observed | None, JobSpec | None], None] | None = None
    left: str = ""
    take_over: Callable[[int, str | None], str] = lambda _job_id, _owner: ""
    progress: Callable[[str, str], None] | None = None
    watch: Watch = field(init=False)
    parked: set[int] = field(default_factory=set)
    """Jobs in whose place this process has made another."""
    kept: KeptJobs = field(init=False)
    blind: list[str] = field(default_factory=list)
    """Why tags cannot be read, once it was said."""
    once: Once = field(default_factory=Once)
    """What was done and said for all jobs of this process."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "watch", Watch(self.api, self.clock))
        object.__setattr__(self, "kept", KeptJobs(self.api))

    @property
    def places(self) -> Places:
        """Where this deployment is, and where it has moved from."""
        return Places(self.api.place, self.left)

    def create(self, new: JobSpec, former: Former | None = None, *, keeps: bool = False) -> Outcome:
        """Create the job exactly once, and run it if it is to run, from the state of the `former` one where it fits;
        when that fails nothing is left behind. Raises StateLoss where that state would be lost without consent, and,
        if it `keeps` what does not come up, CreatedUnhealthy."""
        if former is None and (kept := self.kept.whose_place(new, self.parked)):
            self.say(
                new.name or "",
                f"job {kept.job_id}, which Pulumi had deleted from its state before another was made, was kept: the "
                "new one takes its place, and goes on from its state",
            )
            return self.succeed(kept.job_id, kept.spec, new, kept.record)
        job = self._remote(new, None, new.create_timeout)
        creating = plan_create(new, former)
        # One that is to begin empty does so too where this attempt goes on with what an earlier one has made.
        empty = any(isinstance(step, RunJob) and not step.resume_savepoint for step in creating.steps)
        remembered = former.savepoints if former and not empty else ()
        nonce = heir_nonce(former.job_id, former.nonce) if former else guard.new_nonce()
        record = Record(remembered, nonce=nonce, place=self.api.place)
        job.notes.nonce = record.nonce
        job.notes.former = former.job_id if former else None
        # Where it takes the place of another, that one is put back, and there is no room for both.
        job.notes.keeps = keeps and former is None
        self._approve(new, creating, None, new)
        try:
            plan = self._created(job, creating, new, record)
        except DliError as failure:
            if not job.notes.kept:
                raise
            finish(job)
            made = self._outcome(job, creating, new, record)
            raise CreatedUnhealthy(
                replace(made, record=replace(made.record, never_up=True)), failure
            ) from failure
        finish(job)
        return self._outcome(job, plan, new, record)

    def _created(self, job: JobHandle, creating: Plan, new: JobSpec, record: Record) -> Plan:
        """Carry out the creation, or go on with one that was cut off; the plan that was carried out."""
        try:
            return execute(creating, job)
        except FoundOwn as found:
            # The job may be in any condition, so it is planned for like one that was always there.
            job.job_id = found.live.job_id
            try:
                live = self._observed(job, new, record)
            except DliError as failure:
                raise give_up(found.live, job, failure) from failure
            job.notes.begun = (live.tags or {}).get(BEGUN)
            return execute(plan_continue(job.id, new, live, self.stamp()), job)

    def find(self, new: JobSpec) -> Found | None:
        """The job that `new` adopts; None where there is none and the job is to be created, as it has just that name.

        Raises NotFound, Conflict for a job of another stack, Invalid for one that is no SQL job.
        """
        target = new.adopt or ""
        unread = partial(self._unread, new.name or target)
        found = find_to_adopt(self.api.about(f"adopt {target!r}"), target, new.owner, unread)
        if found and (holder := self.take_over(found.live.job_id, new.owner)):
            raise held(f"{found.live.name} (job {found.live.job_id})", holder)
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
        live = self._ready(before.seen_for(new))
        plan = plan_adoption(before, new, live, self.stamp())
        self._approve(new, plan, live, new)
        done = execute(plan, job, rollback=new.rollback_on_failure)
        self._finish(job, live)
        return self._outcome(job, done, new, live.record)

    def update(self, job_id: int, old: JobSpec, new: JobSpec, record: Record) -> Outcome:
        """Bring the job to `new`, or back to `old`. Raises NotFound when it is gone: nothing can be updated then.

        Raises Conflict where it is not this resource's any more, or was made in another place.
        """
        job = self._remote(new, job_id, new.update_timeout)
        self._require_place(job, record)
        live = self._found(job, old, record)
        guard.require(job.subject, live.tags, old.owner, new.owner, record.nonce, unclaimed=record.unclaimed)
        live, plan = planned_update(job, old, new, self._ready(live), self.stamp())
        self._approve(new, plan, live, new)
        if plan.undone and not plan.refusal:
            job.say(f"to be put back as declared, for it is otherwise at DLI: {', '.join(plan.undone)}")
        done = execute(plan, job, rollback=new.rollback_on_failure)
        self._finish(job, live)
        return self._outcome(job, done, new, live.record, before=record)

    def replace(self, job_id: int, old: JobSpec, new: JobSpec, record: Record) -> Outcome:
        """Make the job that takes the place of another. That one is stopped with its state saved, and kept until it is
        deleted; where the new one does not come up, it is put back and runs on.

        Raises Conflict for one that was taken for deleted, and is there.
        """
        job = self._remote(old, job_id, new.update_timeout)
        self._require_place(job, record)
        try:
            live = self._found(job, old, record)
        except NotFound:
            return self.create(new, _gone(job_id, old, record))
        if record.gone:
            raise Conflict(
                job.subject,
                "the state has it for deleted, and it is there again; it is not touched",
                remedy="deploy with `pulumi up --refresh`, which goes on with it",
            )
        # Were another made beside one that is not ours any more, both would run, and the new one empty.
        if self._estranged(job, live, record, old, new):
            guard.require(
                job.subject, live.tags, old.owner, new.owner, record.nonce, unclaimed=record.unclaimed
            )
        former = self._require_state(job, job_id, old, new, live)
        # Of a replacement these two are reviewed; what is done in between keeps the old job safe until the end.
        self._approve(old, plan_delete(job.name, live), live, None)
        self._approve(new, plan_create(new, former), None, new)
        parking = plan_park(job_id, old, new, live, self.stamp())
        parked = execute(parking, job, rollback=new.rollback_on_failure)
        self.parked.add(job_id)
        try:
            return self.create(new, _saved(former, job))
        except DliError as failure:
            raise take_back(parked.steps, job, failure, rollback=new.rollback_on_failure) from failure

    def park(self, job_id: int, old: JobSpec, new: JobSpec, record: Record) -> Former | None:
        """What Pulumi's deletion of a job means before another takes its place: it is stopped with its state saved,
        renamed and signed as kept, and goes only when the other one runs; see `succeed`. What is known of it then.

        None where it was not this resource's any more, and was left alone. Raises StateLoss, with the job as it was,
        where its state would be lost without consent.
        """
        job = self._remote(old, job_id, old.delete_timeout)
        self._require_place(job, record)
        try:
            live = self._found(job, old, record)
        except NotFound:
            _say_gone(job, record)
            return _gone(job_id, old, record)
        if self._left_alone(job, live, record, old, new):
            return None
        former = self._require_state(job, job_id, old, new, live)
        self._approve(old, plan_delete(job.name, live), live, None)
        plan = plan_park(job_id, old, new, live, self.stamp())
        keep = Keep.by(new.owner, live.tags or {}, record.nonce)
        done = execute(replace(plan, steps=plan.steps[:-1]), job).steps
        former = _saved(former, job)
        try:
            # A region may lack the call for savepoints, and DLI need not tell where the one lies that its stop took.
            if refusal := plan_create(new, former).refusal:
                raise StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)
            done = (*done, keep)
            apply(keep, job)
            if not job.notes.unmarked:
                done = (*done, plan.steps[-1])
                apply(plan.steps[-1], job)
        except DliError as failure:
            raise take_back(done, job, failure) from failure
        if former.savepoints:
            job.say(f"its state is in {former.savepoints[0]}")
        return former

    def succeed(self, job_id: int, old: JobSpec, new: JobSpec, record: Record) -> Outcome:
        """Make the job that takes the place of one that Pulumi has deleted from its state already, and delete that once
        the new one runs. Where it does not come up, the old one is put back, and the next deployment finds it."""
        try:
            outcome = self.replace(job_id, old, new, record)
        except DliError as failure:
            lost = f"Pulumi's state does not have job {job_id} any more, so `pulumi destroy` would leave it as it is"
            goes_on = f"the next `pulumi up` finds job {job_id}, and goes on from its state"
            remedy = f"{failure.remedy}; {goes_on}" if failure.remedy else f"deploy again: {goes_on}"
            raise failure.also(lost, remedy=remedy) from failure
        try:
            self.delete(job_id, old, record)
        except DliError as refused:
            # The new one runs, so this is no failure of the deployment; but no state has the old one any more.
            self._leave_replaced(job_id, old, refused)
        return outcome

    def retire(self, job_id: int, old: JobSpec, new: JobSpec, record: Record, heir: int) -> None:
        """Delete the job beside which another, `heir`, was made as `new` that knows nothing of its state.

        That state is saved and told. One that was not this resource's any more is left alone. Raises StateLoss, and
        the job runs on, unless losing its state was consented to or the program names a savepoint to start from.
        """
        job = self._remote(old, job_id, old.delete_timeout)
        self._require_place(job, record)
        agreed = consented(old, new) or names_savepoint(old, new)
        try:
            live = self._found(job, old, record)
        except NotFound:
            if not agreed and (record.savepoints or record.gone):
                raise self._left_behind(job, old, new, heir, record.savepoints, runs=False) from None
            _say_gone(job, record)
            return
        if self._left_alone(job, live, record, old, new):
            return
        # One that made way was replaced by a deployment that was cut off before it could delete it.
        if not is_parked(job_id, old, live):
            self._approve(old, plan_delete(job.name, live), live, None)
            known = live.record.savepoints if live.run_state.may_run else state_at_rest(live)
            execute(plan_save(old, live, self.stamp()), job)
            saved = _saved(Former(job_id, old, known), job).savepoints
            if not agreed and live.started:
                raise self._left_behind(job, old, new, heir, saved, runs=live.run_state.may_run)
            if saved:
                job.say(f"its state is in {saved[0]}")
        execute(plan_delete(job.name, live), job, rollback=False)

    def _left_behind(
        self, job: JobHandle, old: JobSpec, new: JobSpec, heir: int, saved: tuple[str, ...], *, runs: bool
    ) -> StateLoss:
        refusal = made_beside(old, new, heir, saved, runs=runs)
        return StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)

    def give_back(self, job_id: int, old: JobSpec, record: Record, owner: str, nonce: str | None) -> None:
        """Leave a job to the other resource that has it, and mark it as that one's, should it bear this one's marks."""
        job = self._remote(old, job_id, old.delete_timeout)
        job.say(f"job {job_id} is {owner}'s now: left alone")
        try:
            tags = self._tags(job) or {}
        except NotFound:
            return
        marks = Marks.of(tags)
        # One resource took it over while the other was not looked at: left so, the other would be refused for ever.
        if marks.is_of(old.owner) and marks.nonce == record.nonce:
            apply(Claim.by(owner, tags, nonce), job)

    def delete(self, job_id: int, old: JobSpec, record: Record) -> None:
        """Stop and delete the job; one that is gone already is fine, and one that is not this resource's any more is
        left alone. Raises Conflict for one that was made in another place."""
        job = self._remote(old, job_id, old.delete_timeout)
        if self.is_left(job_id, record):
            job.say(f"job {job_id} is left in {record.place}, where it may run: stop it there")
            return
        self._require_place(job, record)
        try:
            live = observe(job.look(), self._tags(job), old, record)
            if job_id not in self.parked and self._left_alone(job, live, record, old, old):
                return
            plan = plan_delete(job.name, live)
            if not is_parked(job_id, old, live):  # it was reviewed as it ran, before another took its place
                self._approve(old, plan, live, None)
            execute(plan, job)
        except NotFound:
            self.places.require_known(job.subject, record.place, record.savepoints)
            _say_gone(job, record)

    def look(self, job_id: int, last: JobSpec, record: Record) -> tuple[Observed, Outcome] | None:
        """The job as it is now, None when DLI says that it does not exist.

        Raises Conflict for one that was made in another place.

        Tags are read only if there are any to compare, or if the job is not as it was deployed: a change that was
        cut off may have noted there where the state lies. Savepoints that the query which the job has now cannot
        use are forgotten.
        """
        job = self._remote(last, job_id, last.update_timeout)
        self._require_place(job, record)
        here = replace(record, place=self.api.place, gone=False)
        try:
            live = job.look()
            found, outcome = found_as(live, None, last, here)
            query = query_changed(last, found.spec)
            if last.tags or query or (not live.has_savepoint and not found.run_state.runs):
                return found_as(live, self._tags(job), last, here)
        except NotFound:
            self.places.require_known(job.subject, record.place, record.savepoints)
            return None
        return found, outcome

    def is_left(self, job_id: int, record: Record) -> bool:
        """Whether the job was made in the place that the deployment has moved away from, and is there still."""
        return self.places.moved_from(record.place) and not self.is_here(job_id, record)

    def is_here(self, job_id: int, record: Record) -> bool:
        """Whether a job was made in this place, or is found here by its nonce although its state names another."""
        return not self.places.elsewhere(record.place) or guard.found_here(self.api, job_id, record.nonce)

    def look_for(self, target: str) -> Found | None:
        """The job of this id or name, whosever it is."""
        return look_for(self.api.about(target), target, partial(self._unread, target))

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
        return datetime.fromtimestamp(self.clock.wall(), timezone.utc).strftime("%Y%m%dT%H%M%SZ")

    def _approve(self, spec: JobSpec, plan: Plan, live: Observed | None, new: JobSpec | None) -> None:
        if self.approve:
            self.approve(spec, plan, live, new)

    def _remote(self, spec: JobSpec, job_id: int | None, timeout: float) -> JobHandle:
        name = spec.name or f"job {job_id}"
        subject = f"{name} (job {job_id})" if spec.name and job_id is not None else name
        say, progress = partial(self.say, name), partial(self.progress or self.say, name)
        return JobHandle(
            self.api.about(subject),
            name,
            job_id,
            self.clock,
            timeout,
            say,
            progress,
            self.watch,
            once=self.once,
        )

    def _observed(self, job: JobHandle, last: JobSpec, record: Record) -> Observed:
        job.look()  # nothing has begun, so if DLI does not answer, that is reported at once
        return observe(job.settled(), self._tags(job), last, record)

    def _found(self, job: JobHandle, last: JobSpec, record: Record) -> Observed:
        """The job that the state has. Raises NotFound where it is gone, and Conflict where it may be elsewhere."""
        try:
            return self._observed(job, last, record)
        except NotFound:
            self.places.require_known(job.subject, record.place, record.savepoints)
            raise

    def _require_place(self, job: JobHandle, record: Record) -> None:
        if not self.is_here(job.id, record):
            self.places.require(job.subject, record.place)

    def _finish(self, job: JobHandle, live: Observed) -> None:
        """Take off what a creation failed to, or a replacement that was cut off has left: by these signs another
        checkout would take the job for one that is to be gone on with."""
        signs = {key: value for key, value in (live.tags or {}).items() if key in (BEGUN, KEPT)}
        if signs:
            take_off(job, signs)

    def _leave_replaced(self, job_id: int, old: JobSpec, refused: DliError) -> None:
        """Say that a job which was kept could not be deleted, and mark it: it must not be taken for one that waits."""
        job = self._remote(old, job_id, old.delete_timeout)
        job.say(f"job {job_id} was kept until now and could not be deleted: {'; '.join(refused.reasons)}")
        take_off(job, {KEPT: WAITS}, {KEPT: REPLACED})

    def _require_state(
        self, job: JobHandle, job_id: int, old: JobSpec, new: JobSpec, live: Observed
    ) -> Former:
        """The job as its heir knows it. Raises StateLoss, with nothing done yet, where its state would be lost without
        consent."""
        known = live.record.savepoints if live.run_state.may_run else state_at_rest(live)
        # What the program takes out is not lost: it goes because somebody wants that.
        lost = undeclared(old, live).lost
        former = Former(job_id, old, known, ran=live.started, nonce=live.record.nonce, undeclared=lost)
        saves = live.run_state.runs and live.can_save
        ahead = replace(former, savepoints=("a savepoint", *known)) if saves else former
        if refusal := plan_create(new, ahead).refusal:
            raise StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)
        return former

    def _left_alone(self, job: JobHandle, live: Observed, record: Record, old: JobSpec, new: JobSpec) -> bool:
        """Whether a job that is about to go is not this resource's any more; says so.

        Raises Conflict, beside those of `_estranged`, where it may be another job of the same id in another place.
        """
        if what := self._estranged(job, live, record, old, new):
            self.places.require_known(job.subject, record.place, record.savepoints, what)
            job.say(f"job {job.id} {what}: left alone")
        return bool(what)

    def _estranged(self, job: JobHandle, live: Observed, record: Record, old: JobSpec, new: JobSpec) -> str:
        """Whose a job that is about to go is by now, if not this resource's. Raises Conflict where a change of its
        owner was not recorded, and where nobody can tell."""
        if live.tags is None and record.nonce and not record.unclaimed:
            guard.require_told(self.api, job.subject)
        guard.require_recorded(job.subject, live.tags, old.owner, new.owner, record.nonce)
        return guard.estranged(live.tags, old.owner, record.nonce, unclaimed=record.unclaimed, now=new.owner)

    def _tags(self, job: JobHandle) -> dict[str, str] | None:
        return tags_of(job.api, job.id, partial(self._unread, job.name))

    def _unread(self, name: str, line: str) -> None:
        """Say that tags cannot be read, once for all jobs: it is the same for each."""
        if not self.blind:
            self.blind.append(line)
            self.say(name, line)

    def _ready(self, live: Observed) -> Observed:
        """The job with a nonce to mark it with, should the plan do so."""
        return (
            live if live.record.nonce else replace(live, record=replace(live.record, nonce=guard.new_nonce()))
        )

    def _outcome(
        self, job: JobHandle, plan: Plan, new: JobSpec, record: Record, before: Record | None = None
    ) -> Outcome:
        """What is worth remembering: `record` is what the plan was made with, `before` what the state has."""
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
        # A job that could not be marked bears no nonce to be known again by. One that need not be yet keeps its own for
        # the first change: whoever else marks it before that has another.
        marked = job.notes.nonce or any(isinstance(step, Claim) for step in plan.steps)
        marked = marked and not job.notes.unmarked
        unclaimed = record.unclaimed and not marked
        nonce = record.nonce if marked or unclaimed else before.nonce if before else None
        return Outcome(
            job.id,
            last_seen(live),
            Record(
                savepoints,
                start_empty,
                paused,
                unclaimed,
                nonce,
                self.api.place,
                never_up=record.never_up and not started and not run_state(live.status).runs,
                undeclared=undeclared(new, observe(live, None, new, record)).lost,
            ),
        )


def _gone(job_id: int, old: JobSpec, record: Record) -> Former:
    """A job that is not there any more, as its heir knows it."""
    return Former(job_id, old, record.savepoints, gone=True, nonce=record.nonce, undeclared=record.undeclared)


def _saved(former: Former, job: JobHandle) -> Former:
    """The job as it was, with the savepoint taken of it just now."""
    own = (job.notes.own_savepoint, job.notes.stopped_at)
    return replace(former, savepoints=tuple(dict.fromkeys(filter(None, (*own, *former.savepoints)))))


def _say_gone(job: JobHandle, record: Record) -> None:
    saved = f"; the state knew of its savepoints {', '.join(record.savepoints)}" if record.savepoints else ""
    job.say(f"it is gone already{saved}")


def _any_job(found: Found) -> JobSpec:
    return JobSpec.model_construct(name=found.live.name)


def found_as(
    live: LiveJob, tags: Mapping[str, str] | None, last: JobSpec, record: Record
) -> tuple[Observed, Outcome]:
    """A job that was looked at: what it is now, and what is worth remembering of it from here on. Pure."""
    found = observe(live, tags, last, record)
    query = query_changed(last, found.spec)
    return found, Outcome(
        live.job_id,
        last_seen(live),
        replace(
            record,
            savepoints=usable_savepoints(found, last, query),
            never_up=record.never_up and not found.run_state.runs,
            undeclared=undeclared(last, found).lost,
        ),
    )
