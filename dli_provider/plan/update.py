"""The plan of an update: the live job, wherever it is, brought to the new spec with its state. Pure.

The plan is made from the job as it is, never from what should have happened: when an earlier run was cut off after
the stop, the next plan simply begins at the update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dli_provider.job.declarations import FIELDS, WIRED, is_declared
from dli_provider.job.diff import Change, Diff, diff
from dli_provider.job.document import complete_document, update_document
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import RunState
from dli_provider.plan import start_from
from dli_provider.plan.create import authorize
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import fits, savepoint_directory
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.refusal import NO_SAVEPOINT, NOTHING_TO_RESTORE, consented, covers_query, does_not_fit
from dli_provider.plan.steps import (
    ChangeTags,
    Claim,
    ContinueWith,
    FoundAtRest,
    NoteSavepoint,
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
    real = diff(live.spec, new)
    changes = tuple(change for change in real.changes if change.field in believed.fields and _matters(change))
    planner = _Update(old, new, live, stamp, believed, changes)
    return planner.running() if live.run_state.may_run else planner.at_rest()


def plan_continue(job_id: int, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Go on with a job that an earlier attempt to create it left behind, as far as it had come."""
    controls = {name: getattr(new, name) for name in FIELDS if name not in WIRED} | {"allow_state_loss": None}
    if not live.run_state.runs:
        controls["from_savepoint"] = None  # not used yet, so it still counts as newly given
    # What DLI filled in by itself was never declared, so it is not taken back.
    unset = {name: None for name in WIRED if not is_declared(new, name)}
    old = live.spec.model_copy(update=controls | unset)
    at_rest = not live.run_state.may_run
    if live.started and not (at_rest and start_from.at_rest(old, new, live) is None):
        return plan_update(old, new, live, stamp)  # it has state, so it is not removed whatever happens
    rest = plan_update(old, new, replace(live, started=False), stamp)
    # Undoing a creation is deleting, so there is no old definition to run.
    steps = (step for step in rest.steps if not isinstance(step, FoundAtRest))
    return replace(rest, steps=(ContinueWith(job_id), *steps))


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

    @property
    def impact(self) -> Impact:
        return max((change.impact for change in self.changes), default=Impact.NONE)

    @property
    def fate(self) -> StateFate:
        back = self.unlike and fits(self.live.saved or "", self.new.sql_body)
        fates = [c.state_fate for c in self.believed.changes if not (back and c.field == "sql_body")]
        return max([*fates, StateFate.AT_RISK if self.unlike and not back else StateFate.NONE])

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
    def start_empty(self) -> bool:
        stateless = self.new.upgrade_mode == "stateless" and (self.redefined or self.unlike)
        unusable = self.fate is StateFate.INCOMPATIBLE and self.consented
        finishing = self.unlike and covers_query(self.new)
        return stateless or unusable or finishing or self.live.record.start_empty

    # A job that runs ------------------------------------------------------------------------------------------------

    def running(self) -> Plan:
        if self.new.desired_state == "stopped":
            return self._stopping(run_again=False)
        if self.impact >= Impact.RESTART or self.live.run_state is RunState.STUCK:
            return self._stopping(run_again=True)
        return self._in_place()

    def _in_place(self) -> Plan:
        refusable = [c for c in self.changes if FIELDS[c.field].on_change.refusable]
        tags = [c for c in self.changes if c.field == "tags"]
        plain = [c for c in self.changes if c not in refusable and c not in tags]
        steps = [*self._authorize(), *self._updates(plain), *self._tags(), *self._updates(refusable)]
        fallback = self._stopping(run_again=True) if refusable else None
        return self._plan(steps, StateFate.NONE, "state is not touched", fallback=fallback)

    def _stopping(self, *, run_again: bool) -> Plan:
        saving = self.live.can_save
        keep = saving and not self.start_empty
        steps: list[Step] = [*self._authorize(), *self._tags()]
        if saving and self.live.run_state.runs:
            bucket, sql = self.live.spec.obs_bucket or "", self.live.spec.sql_body or ""
            directory = savepoint_directory(
                bucket, self.new.name or "", self.stamp, self.live.start_time, sql
            )
            noted = self.live.noted_savepoint
            steps += [TakeSavepoint(directory, required=not self.consented), NoteSavepoint(directory, noted)]
        checkpoint = (self.live.checkpoint_path,) if self.live.checkpoint_path else ()
        steps += [
            StopJob(keep, checkpoint, self.consented, self.new.health_window),
            *self._complete(self.changes),
        ]
        source = self._source_after_stop(keep)
        if run_again:
            steps += start_from.start(source, self.new.health_window)
        return self._plan(
            steps,
            max(source.fate, self.fate) if keep else source.fate,
            source.because,
            refusal=self._refusal(kept=keep),
            next_start_empty=self.start_empty and not run_again,
        )

    def _source_after_stop(self, keep: bool) -> start_from.Source:
        if given := self._given():
            return given
        if keep:
            spares = (self.live.checkpoint_path,) if self.live.checkpoint_path else ()
            return start_from.Source(StateFate.CARRIED, "state carried by savepoint", True, None, spares)
        because = "state is dropped, as was consented to" if self.consented else "state would be lost"
        return start_from.empty(because)

    # A job that does not --------------------------------------------------------------------------------------------

    def at_rest(self) -> Plan:
        first = [*self._authorize(), *self._tags()]
        # What an interrupted change has already sent is sent again: only so can it also be taken back.
        steps = self._complete(self.believed.changes)
        if self.new.desired_state == "stopped" or self._only_reported():
            kept = "its savepoint, if any, is kept"
            empty = self.start_empty and self.live.started
            refusal = self._refusal(kept=True) if self.live.started else None
            return self._plan([*first, *steps], StateFate.NONE, kept, refusal=refusal, next_start_empty=empty)
        source: start_from.Source | None
        if self.start_empty:
            source = start_from.empty("state is dropped, as was consented to")
        else:
            source = self._given() or start_from.at_rest(self.old, self.new, self.live)
        if source is None and self.consented:
            source = start_from.empty("no state is left, and starting empty was consented to")
        if source is None:
            return self._plan(
                [*first, *steps], StateFate.DROPPED, "state is lost", refusal=NOTHING_TO_RESTORE
            )
        fate = max(source.fate, self.fate) if source.resume else source.fate
        refusal = self._refusal(kept=True) if source.resume else None
        found: list[Step] = []
        before = start_from.at_rest(self.old, self.new, self.live)
        if before and before.resume and self.old.desired_state == "running" and self.redefined:
            spares = (*([before.imported] if before.imported else []), *before.spares)
            found = [FoundAtRest(self.live.status, spares, self.new.health_window)]
        return self._plan(
            [
                *first,
                *found,
                *steps,
                *start_from.start(source, self.new.health_window, self.live.savepoint_path),
            ],
            fate,
            source.because,
            refusal=refusal,
        )

    def _only_reported(self) -> bool:
        left_alone = self.live.run_state.failed and self.new.on_failed == "report"
        return left_alone and not self.changes

    # Parts ----------------------------------------------------------------------------------------------------------

    def _given(self) -> start_from.Source | None:
        return start_from.newly_given(self.old, self.new)

    def _refusal(self, *, kept: bool) -> Refusal | None:
        if self.consented or self._given():
            return None
        if self.fate is StateFate.INCOMPATIBLE:
            return does_not_fit(self.believed.changes, self.new)
        return None if kept else NO_SAVEPOINT

    def _authorize(self) -> list[Step]:
        return authorize(self.new) if any(c.field == "obs_bucket" for c in self.changes) else []

    def _updates(self, changes: Sequence[Change]) -> list[Step]:
        document = update_document(self.new, [c.field for c in changes])
        return [UpdateJob(document, self._undo(document))] if document else []

    def _complete(self, changes: Sequence[Change]) -> list[Step]:
        updatable = (c.field for c in changes if c.impact is not Impact.NONE and c.field in WIRED)
        if not any(WIRED[name].update for name in updatable):
            return []
        document = complete_document(self.new, self.old)
        return [UpdateJob(document, self._undo(document), complete=True)]

    def _undo(self, document: dict[str, object]) -> dict[str, object]:
        """The document that puts the old definition back. What an interrupted change has left behind is not the old
        definition."""
        before = {}
        for name in document:
            live = getattr(self.live.spec, name)
            if is_declared(self.old, name):
                before[name] = getattr(self.old, name)
            elif not FIELDS[name].same(live, getattr(self.new, name)):
                before[name] = live
        return update_document(JobSpec.model_construct(**before), document)

    def _tags(self) -> list[Step]:
        if not any(c.field == "tags" for c in self.changes):
            return []
        before, after = self.live.spec.tags or {}, self.new.tags or {}
        ours = self.old.tags or {}
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
        if steps and self.live.record.unclaimed:
            steps = [Claim.by(self.new.owner, self.live.tags or {}), *steps]
        return Plan(
            name,
            self.impact,
            self.changes,
            tuple(steps),
            state,
            because,
            refusal,
            fallback,
            next_start_empty,
            self.live.status,
        )


def _matters(change: Change) -> bool:
    return change.impact is not Impact.NONE and change.field != "desired_state"
