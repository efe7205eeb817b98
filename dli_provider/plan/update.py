"""The plan of an update: the live job, wherever it is, brought to the new spec with its state. Pure.

The plan is made from the job as it is, never from what should have happened: when an earlier run was cut off after
the stop, the next plan simply begins at the update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dli_provider.job.constraints import OF_ONE_FIELD, violations
from dli_provider.job.declarations import FIELDS, WIRED, is_declared
from dli_provider.job.diff import Change, Diff, changed, diff
from dli_provider.job.document import complete_document, update_document
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.self_scaling import SCALED, scaling_of
from dli_provider.job.status import RunState
from dli_provider.plan import start_from
from dli_provider.plan.create import authorize
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import Marks, fits, savepoint_directory
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.refusal import (
    NO_CONSENT,
    changed_elsewhere,
    consented,
    does_not_fit,
    keeps_state,
    leaves_behind,
    mistaken,
    no_savepoint,
    nothing_to_restore,
)
from dli_provider.plan.steps import (
    ChangeTags,
    Claim,
    ContinueWith,
    FoundAtRest,
    NoteSavepoint,
    RunJob,
    Step,
    StopJob,
    TakeSavepoint,
    UpdateJob,
)
from dli_provider.sql import StateFate


def plan_update(old: JobSpec, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Bring the live job from wherever it is to `new`. `stamp` names the savepoint taken on the way.

    `live` must have settled. Only what the program changed, and what is declared, is looked at.
    """
    assert new.name is not None, "a name is chosen before a plan is made"
    believed = diff(old, new)
    # What the program does not change is not touched, though the live job may differ there: that is drift, which is
    # repaired after a refresh, when it stands in `old`. What the live job has already is not sent again.
    real = (changed(live.spec, new, name) for name in believed.fields)
    changes = tuple(change for change in real if change and _matters(change))
    planner = _Update(old, new, live, stamp, believed, changes)
    return planner.running() if live.run_state.may_run else planner.at_rest()


def plan_continue(job_id: int, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Go on with a job that an earlier attempt to create it left behind, as far as it had come."""
    # There was no deployment before, so the program's control values count as old too, except consent.
    controls = {name: getattr(new, name) for name in FIELDS if name not in WIRED} | NO_CONSENT
    if not live.run_state.runs:
        controls["from_savepoint"] = None  # not used yet, so it still counts as newly given
    # What DLI filled in by itself was never declared, so it is not taken back.
    unset = {name: None for name in WIRED if not is_declared(new, name)}
    old = live.spec.model_copy(update=controls | unset)
    at_rest = not live.run_state.may_run
    # From here on it is this attempt's, so that no other of the same resource goes on with it as well.
    mine = Marks.of(live.tags or {}).nonce == live.record.nonce
    claim = [] if mine else [Claim.by(new.owner, live.tags or {}, live.record.nonce)]
    if live.started and not (at_rest and start_from.at_rest(old, new, live) is None):
        rest = plan_update(old, new, live, stamp)  # it has state, so it is not removed whatever happens
        return replace(rest, steps=(*claim, *rest.steps))
    # A draft that takes the place of another job goes on from the savepoints of that.
    saved = False if live.record.savepoints and not live.started else live.has_savepoint
    rest = plan_update(old, new, replace(live, started=False, has_savepoint=saved), stamp)
    # Undoing a creation is deleting, so there is no old definition to run.
    steps = (step for step in rest.steps if not isinstance(step, FoundAtRest))
    return replace(rest, steps=(ContinueWith(job_id), *claim, *steps))


@dataclass(frozen=True)
class _Update:
    """The facts of one update. `believed` is what the program changes; `changes` is what of it the live job
    still lacks."""

    old: JobSpec
    new: JobSpec
    live: Observed
    stamp: str
    believed: Diff
    changes: tuple[Change, ...]

    # What the facts mean --------------------------------------------------------------------------------------------

    @property
    def impact(self) -> Impact:
        return Diff(self.changes).impact

    @cached_property
    def undone(self) -> tuple[Change, ...]:
        """What a complete definition puts back although the program does not change it: somebody did so at DLI. Nothing
        where none is sent: a job that is only stopped, or run again, stays as somebody has made it."""
        running = self.live.run_state.may_run
        to_run = self.new.desired_state == "running" and (running or not self._only_reported())
        if not self._sends_all(self.changes if running else self.believed.changes, to_run=to_run):
            return ()
        # CUs that DLI has scaled are its own doing.
        scaled = SCALED if scaling_of(self.old) or scaling_of(self.new) else ()
        names = complete_document(self.new, self.old).keys() - {*self.believed.fields, *scaled}
        found = (changed(self.live.spec, self.new, name) for name in WIRED if name in names)
        return tuple(change for change in found if change and _matters(change) and change.old is not None)

    @property
    def _undone_fates(self) -> list[StateFate]:
        """What that does to state that is carried over, which is of what somebody made of the job."""
        # But a query that was changed after the stop has no state: that is of the query which was saved.
        return [c.state_fate for c in self.undone if not (self.unlike and c.field == "sql_body")]

    @property
    def fate(self) -> StateFate:
        """What the change of the definition does to state that is carried over."""
        # By what the program changes, not by what the live job lacks: a change that was cut off after its update is
        # still one, and the state at rest is still the old query's.
        back = self.unlike and fits(self.live.saved or "", self.new.sql_body)
        # Where the program goes back to the query that the state was saved by, the query has not changed for the state.
        fates = [c.state_fate for c in self.believed.changes if not (back and c.field == "sql_body")]
        # Otherwise the saved state is of a third query, whose change to the new one was never judged: at risk.
        risk = StateFate.AT_RISK if self.unlike and not back else StateFate.NONE
        fate = max([*fates, *self._undone_fates, risk])
        # What does not fit is restored all the same; Flink may still refuse it.
        return StateFate.AT_RISK if self._mixed and fate is StateFate.INCOMPATIBLE else fate

    @property
    def _mixed(self) -> bool:
        """Whether state that does not fit is restored all the same, as was consented to."""
        return self.believed.state_fate is StateFate.INCOMPATIBLE and keeps_state(self.old, self.new)

    @property
    def unlike(self) -> bool:
        """Whether the query was changed after the job had been stopped, so that its state is another query's."""
        return self.live.saved is not None and not fits(self.live.saved, self.live.spec.sql_body)

    @property
    def consented(self) -> bool:
        return consented(self.old, self.new)

    @property
    def redefined(self) -> bool:
        """Whether the program changes what is computed or how, beyond whether it runs."""
        return any(c.impact >= Impact.RESTART and FIELDS[c.field].wire for c in self.believed.changes)

    @property
    def restarted(self) -> bool:
        """Whether the program asks for a restart for its own sake. A job that is only stopped keeps its state."""
        if self.new.desired_state != "running":
            return False
        return any(c.field == "restart_nonce" and c.impact >= Impact.RESTART for c in self.believed.changes)

    @property
    def start_empty(self) -> bool:
        """Whether the next start must not take state."""
        # "stateless" drops state with a change. It does not make a job forget that was only stopped and is run again.
        # A restart that is asked for by a new nonce drops it: there is no other way to ask for an empty start.
        changed = self.redefined or self.unlike or self.restarted
        stateless = self.new.upgrade_mode == "stateless" and changed
        # Consent permits losing state; it does not ask for it. Usable state is used.
        unusable = self.fate is StateFate.INCOMPATIBLE and self.consented
        # The change was cut off after its update. The program's old query is forgotten, but not that of the savepoint.
        finishing = self.unlike and leaves_behind(self.live.saved or "", self.new)
        # The query was changed, with consent, while the job was stopped: its state is still the old query's.
        return stateless or unusable or finishing or self.live.record.start_empty

    # A job that runs ------------------------------------------------------------------------------------------------

    def running(self) -> Plan:
        if self.new.desired_state == "stopped":
            return self._stopping(run_again=False)
        # A job that did not stop when asked to may run or not; stopped and run again, it runs for certain.
        if self.impact >= Impact.RESTART or self.live.run_state is RunState.STUCK:
            return self._stopping(run_again=True)
        return self._in_place()

    def _in_place(self) -> Plan:
        """While it runs, send just what changes: most of a complete definition would be refused then."""
        refusable = [c for c in self.changes if FIELDS[c.field].on_change.refusable]
        tags = [c for c in self.changes if c.field == "tags"]
        plain = [c for c in self.changes if c not in refusable and c not in tags]
        # What DLI may refuse comes last and in a call of its own, so that it takes nothing else with it.
        steps = [
            *self._authorize(),
            *self._updates(plain),
            *self._tags(),
            *self._updates(refusable, refusable=True),
        ]
        # Only these fields are refused because the job runs, so only for them does a restart help.
        fallback = self._stopping(run_again=True) if refusable else None
        return self._plan(steps, StateFate.NONE, "state is not touched", fallback=fallback)

    def _stopping(self, *, run_again: bool) -> Plan:
        # Where the next start is empty, nothing would resume DLI's savepoint. Ours, in `_saving`, is for a rollback.
        keep = self.live.can_save and not self.start_empty
        source = self._source_after_stop(keep)
        steps = [
            # First all that can be refused without harm: once the job is stopped, a refusal costs a rollback.
            *self._authorize(),
            *self._tags(),
            *self._saving(),
            StopJob(keep, self._checkpoint, self.consented, self.new.health_window),
            *self._complete(self.changes, to_run=run_again),
            *(start_from.start(source, self.new.health_window) if run_again else ()),
        ]
        return self._plan(
            steps,
            # What the change does to state matters only where the next start takes state.
            max(source.fate, self.fate) if keep else source.fate,
            source.because,
            refusal=self._refusal(kept=keep),
            # It stays in DLI's savepoint and in ours that the next start would resume.
            next_start_empty=self.start_empty and not run_again,
        )

    def _saving(self) -> list[Step]:
        """Take a savepoint of our own while the job runs, and note it on the job.

        DLI drops its own at the next start, so that a start which fails later could not be taken back. It is taken
        even where the new definition starts empty: the old one, put back, does not. The note is for whoever comes after
        a crash: from the stop on, nothing else at DLI tells where the state is.
        """
        if not (self.live.can_save and self.live.run_state.runs):
            return []  # DLI saves only what runs, and a job that did not stop when asked to may not
        bucket, sql = self.live.spec.obs_bucket or "", self.live.spec.sql_body or ""
        directory = savepoint_directory(bucket, self.new.name or "", self.stamp, self.live.start_time, sql)
        # With consent to losing state a savepoint that fails must not keep the job from being repaired.
        taken = TakeSavepoint(directory, required=not self.consented)
        return [taken, NoteSavepoint(directory, self.live.noted_savepoint)]

    @property
    def _checkpoint(self) -> tuple[str, ...]:
        """The last checkpoint, the last spare: older than what the stop saves, but there without being asked for."""
        return (self.live.checkpoint_path,) if self.live.checkpoint_path else ()

    def _source_after_stop(self, keep: bool) -> start_from.Source:
        # The program asks for this very savepoint, so it comes before the one that the stop takes.
        if given := self._given():
            return given
        if keep:
            because = "state carried by savepoint"
            return start_from.Source(StateFate.CARRIED, because, True, None, self._checkpoint)
        because = "state is dropped, as was consented to" if self.consented else "state would be lost"
        return start_from.empty(because)

    # A job that does not --------------------------------------------------------------------------------------------

    def at_rest(self) -> Plan:
        # What an interrupted change has already sent is sent again: only so can it also be taken back.
        definition = self._complete(self.believed.changes)
        if self.live.run_state is RunState.FINISHED and not self._asks_for_another_run:
            return self._left_finished(definition)
        if self.new.desired_state == "stopped" or self._only_reported():
            return self._left_at_rest(definition)
        source = self._source_at_rest()
        # Here it is run, which a job that DLI scales is only with its own CUs.
        definition = self._complete(self.believed.changes, to_run=True)
        if source is None:
            # A refused plan has steps for the review to show; the engine raises the refusal before the first of them.
            steps = [*self._authorize(), *self._tags(), *definition]
            return self._plan(
                steps, StateFate.DROPPED, "state is lost", refusal=nothing_to_restore(self.old, self.new)
            )
        return self._plan(
            [
                *self._authorize(),
                *self._tags(),
                *self._found_at_rest(),
                *definition,
                *start_from.start(source, self.new.health_window, self.live.savepoint_path),
            ],
            # As above: a start without state has nothing that the change could harm.
            max(source.fate, self.fate) if source.resume else source.fate,
            source.because,
            refusal=self._refusal(kept=True) if source.resume else None,
        )

    def _left_at_rest(self, definition: Sequence[Step]) -> Plan:
        """The job is changed and stays where it is; whoever runs it later finds its state, or that it starts empty."""
        return self._plan(
            [*self._authorize(), *self._tags(), *definition],
            StateFate.NONE,
            "its savepoint, if any, is kept",
            # A draft has no state, so nothing can fail to fit.
            refusal=self._refusal(kept=True) if self.live.started else None,
            next_start_empty=self.start_empty and self.live.started,
        )

    @property
    def _asks_for_another_run(self) -> bool:
        """Whether the program asks a finished job to do it all once more: to read its input, and write its output."""
        asks = {"sql_body", "restart_nonce", "from_savepoint", "desired_state"}
        changed = {c.field for c in self.believed.changes if c.impact >= Impact.RESTART}
        return self.new.desired_state == "running" and bool(asks & changed)

    def _left_finished(self, definition: Sequence[Step]) -> Plan:
        """A job that has read all its input is done, and not down. What else changes counts when it is run again; that
        will be from the beginning, so there is no state that anything could fail to fit."""
        because = "it has finished, and only a changed query or a new restart_nonce runs it again"
        return self._plan([*self._authorize(), *self._tags(), *definition], StateFate.NONE, because)

    def _source_at_rest(self) -> start_from.Source | None:
        """Where the job's next run takes its state from; None where state would be lost without consent."""
        there = start_from.at_rest(self.old, self.new, self.live)
        if self.start_empty:
            # Of a job that never ran, or has read all its input, nothing is dropped.
            nothing = there is not None and there.fate is StateFate.NONE
            return there if nothing else start_from.empty("state is dropped, as was consented to")
        source = self._given() or there
        if source is None and self.consented:
            return start_from.empty("no state is left, and starting empty was consented to")
        return source

    def _found_at_rest(self) -> list[Step]:
        """A job that an earlier change has left stopped must not stay so because this one fails as well.

        One that the program had stopped, or that only has to be run again, is no worse off than before.
        """
        before = start_from.at_rest(self.old, self.new, self.live)
        if not (before and before.resume and self.old.desired_state == "running" and self.redefined):
            return []
        spares = (*([before.imported] if before.imported else []), *before.spares)
        return [FoundAtRest(self.live.status, spares, self.new.health_window)]

    def _only_reported(self) -> bool:
        """Whether a failed job is left to a person. A change to it is a wish to have it run again."""
        left_alone = self.live.run_state.failed and self.new.on_failed == "report"
        return left_alone and not self.changes

    # Parts ----------------------------------------------------------------------------------------------------------

    def _given(self) -> start_from.Source | None:
        return start_from.newly_given(self.old, self.new)

    def _refusal(self, *, kept: bool) -> Refusal | None:
        """Why this must not be done; `kept` tells whether state is there to be carried."""
        if refusal := mistaken(self.believed.changes):
            return refusal
        # Of a savepoint that the program names, nobody knows the query, so the change says nothing about its fit.
        if self.consented or self._given():
            return None
        if StateFate.INCOMPATIBLE in self._undone_fates:
            return changed_elsewhere(self.undone)
        if self.fate is StateFate.INCOMPATIBLE:
            return does_not_fit(self.believed.changes, self.old, self.new)
        return None if kept else no_savepoint(self.old, self.new)

    @property
    def _moves(self) -> bool:
        """Whether the job has to be marked anew, as its resource has another name by now or is of another stack.

        One that was adopted without a write is marked by its first change, whoever owns it then.
        """
        owner, record, tags = self.new.owner, self.live.record, self.live.tags
        if record.unclaimed or not owner or not self.old.owner:
            return False
        marks = Marks.of(tags or {})
        # Cut off between the calls of a change of owner, the readable tags may still be those of the former one.
        own = marks.nonce == record.nonce and not Claim.by(owner, tags or {}, record.nonce).add
        if self.old.owner != owner:
            return not own
        # One that version 0.1.0 has marked goes on without a write.
        return marks.half_claimed(owner) or (
            marks.nonce is not None and marks.nonce == record.nonce and not own
        )

    def _authorize(self) -> list[Step]:
        # A bucket that stays was authorised when the job got it.
        return authorize(self.new) if any(c.field == "obs_bucket" for c in self.changes) else []

    def _updates(self, changes: Sequence[Change], *, refusable: bool = False) -> list[Step]:
        document = update_document(self.new, [c.field for c in changes])
        return [UpdateJob(document, self._undo(document), refusable=refusable)] if document else []

    def _complete(self, changes: Sequence[Change], *, to_run: bool = False) -> list[Step]:
        """The whole definition in one call, where any of these changes is part of it.

        A job that DLI scales is run with the declared CUs in any case: those that it has would be the most that it ever
        gets from then on, where the program gives no bound.

        DLI's update merges: what is left out stays. So a document with everything in it, and with what was taken out
        of the program as an explicit nothing, ends at the new definition whatever half of a change came before it.
        """
        if not self._sends_all(changes, to_run=to_run):
            return []
        scaling = scaling_of(self.new) if to_run else None
        lived_with = self._lived_with()
        whole = complete_document(self.new, self.old)
        document = {name: value for name, value in whole.items() if name not in lived_with}
        begins_with = scaling.initial if scaling else None
        return [UpdateJob(document, self._undo(document), complete=True, begins_with=begins_with)]

    def _sends_all(self, changes: Sequence[Change], *, to_run: bool) -> bool:
        """Whether these changes have the whole definition sent, where they are not made while the job runs."""
        updatable = (c.field for c in changes if c.impact is not Impact.NONE and c.field in WIRED)
        return bool(to_run and scaling_of(self.new)) or any(WIRED[name].update for name in updatable)

    def _lived_with(self) -> frozenset[str]:
        """What breaks a rule by itself, and is so in the job already: nobody changes it. DLI may refuse to be sent it
        once more, and the job would have been stopped for nothing."""
        wrong = violations({name: getattr(self.new, name) for name in WIRED}, constraints=OF_ONE_FIELD)
        return frozenset(
            one.property
            for one in wrong
            if not one.caution and one.basis == {one.property} and one.property in WIRED
            if all(
                FIELDS[one.property].same(getattr(spec, one.property), getattr(self.new, one.property))
                for spec in (self.old, self.live.spec)
            )
        )

    def _undo(self, document: dict[str, object]) -> dict[str, object]:
        """The document that puts the old definition back. What an interrupted change has left behind is not the old
        definition."""
        before = {}
        for name in document:
            live = getattr(self.live.spec, name)
            if is_declared(self.old, name):
                before[name] = getattr(self.old, name)
            elif not FIELDS[name].same(live, getattr(self.new, name)):
                # Nobody declared it, so what the job has is what it had. But where that is what the new program wants,
                # an interrupted change may have put it there.
                before[name] = live
        return update_document(JobSpec.model_construct(**before), document)

    def _tags(self) -> list[Step]:
        if not any(c.field == "tags" for c in self.changes):
            return []
        before, after = self.live.spec.tags or {}, self.new.tags or {}
        ours = self.old.tags or {}
        # A tag that somebody else put on the job, and the program never named, is theirs.
        remove = {k: v for k, v in before.items() if after.get(k) != v and (k in ours or k in after)}
        add = {k: v for k, v in after.items() if before.get(k) != v}
        return [ChangeTags(remove, add)] if remove or add else []

    def _plan(
        self,
        steps: Sequence[Step],
        state: StateFate,
        because: str,
        *,
        refusal: Refusal | None = None,
        fallback: Plan | None = None,
        next_start_empty: bool = False,
    ) -> Plan:
        name = self.new.name or ""
        impact, changes = self.impact, self.changes
        if self._mixed and any(isinstance(step, RunJob) and step.resume_savepoint for step in steps):
            because += ", mixed with what the new query keeps, as was consented to"
        if self._moves:
            # First of all: whoever is cut off after this is known again by the marks, and nobody else is.
            # The state is about to name the new owner, so the mark has to follow, even where tags cannot be read.
            claim = Claim.by(self.new.owner, self.live.tags or {}, self.live.record.nonce)
            steps = [replace(claim, taken=True), *steps]
            impact = max(impact, Impact.IN_PLACE)
            renamed = self.old.owner != self.new.owner
            former = (self.old.owner or "") if renamed else Marks.of(self.live.tags or {}).whose
            changes = (*changes, moved(former, self.new.owner or ""))
        elif steps and self.live.record.unclaimed:
            # An adopted job is marked at its first change, before anything else: from here on it is this stack's doing.
            steps = [Claim.by(self.new.owner, self.live.tags or {}, self.live.record.nonce), *steps]
        return Plan(
            name,
            impact,
            changes,
            tuple(steps),
            state,
            because,
            refusal,
            fallback,
            next_start_empty,
            self.live.status,
            tuple(change.field for change in self.undone)
            if any(isinstance(step, UpdateJob) and step.complete for step in steps)
            else (),
        )


def moved(was: str, now: str) -> Change:
    """The change of a job's owner, for a reviewer."""
    return Change("owner", Impact.IN_PLACE, f"{was} -> {now}", StateFate.NONE, was, now)


def _matters(change: Change) -> bool:
    """Whether a change is something to do to the definition. Whether the job runs is for the status to say."""
    return change.impact is not Impact.NONE and change.field != "desired_state"
