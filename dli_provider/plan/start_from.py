"""Where a job takes its state from at its next start, of all places where there may be some."""

from __future__ import annotations

from dataclasses import dataclass

from dli_provider.job.diff import Change, changed
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import RunState, Status
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import fits, of_another, taken_in
from dli_provider.plan.refusal import leaves_behind, names_savepoint
from dli_provider.plan.steps import ImportSavepoint, RunJob, Step
from dli_provider.sql import StateFate


@dataclass(frozen=True)
class Source:
    """A source of state. `imported` is the directory to import first, None for DLI's own savepoint or for none
    at all.

    `spares` are tried in order where DLI does not have the first any more.
    """

    fate: StateFate
    because: str
    resume: bool
    imported: str | None = None
    spares: tuple[str, ...] = ()


def empty(because: str, fate: StateFate = StateFate.DROPPED) -> Source:
    """A start without state."""
    return Source(fate, because, resume=False)


def at_rest(old: JobSpec, new: JobSpec, live: Observed) -> Source | None:
    """The best source for a job that does not run: newest state first. None if there was state once but
    no source of it is left.

    A job that failed goes on from its last checkpoint.
    """
    if live.run_state is RunState.FINISHED:
        # What it would resume is the end of its input: it would finish at once, having done nothing.
        return empty("it had finished: all its input was read", StateFate.NONE)
    candidates = _directories(old, new, live)
    # DLI's savepoint counts as none if it is of a query whose state the program consents to leave behind.
    has_savepoint = live.has_savepoint and not _left_behind(live.savepoint_path or "", old, new, live)
    # A job that failed while it ran left its last checkpoint behind, newer than any savepoint.
    checkpoint_first = live.status == Status.RUNNING_EXCEPTION and live.checkpoint_path is not None
    # Import also where DLI says that it has no savepoint and we know of some other state.
    if checkpoint_first or (candidates and has_savepoint is False):
        first, *spares = candidates
        what = "its last checkpoint" if first == live.checkpoint_path else f"savepoint {first}"
        return Source(StateFate.CARRIED, f"state restored from {what}", True, first, tuple(spares))
    # DLI need not say whether it has one. It is planned for where a job was stopped with one, or where we know what to
    # import instead; whoever runs the job imports, or refuses, where none is seen then.
    unsaid = has_savepoint is None and live.started
    if has_savepoint or (unsaid and (candidates or live.run_state is RunState.STOPPED)):
        return Source(StateFate.CARRIED, "state restored from its savepoint", True, None, candidates)
    if not live.started:
        return empty("it has never run, so there is no state", StateFate.NONE)
    # State existed, and none is found. Whether to start empty is for the caller, who asks for consent.
    return None


def _directories(old: JobSpec, new: JobSpec, live: Observed) -> tuple[str, ...]:
    """All that could be imported, the newest state first."""
    noted = live.noted_savepoint
    # The note may be from long ago: it counts only if it was taken from a query that still matters.
    usable = noted and any(fits(noted, spec.sql_body) for spec in (old, new, live.spec))
    newest = (live.checkpoint_path,) if live.checkpoint_path else ()
    remembered = (one for one in live.record.savepoints if not _left_behind(one, old, new, live))
    saved = (*([noted] if noted and usable else []), *remembered)
    # The last checkpoint is the newest state, unless a savepoint was taken in the same run to end it, or the last run
    # never came up, so that the checkpoint is of a run before.
    ended_by_us = live.status == Status.CANCEL_SUCCESS and saved and taken_in(saved[0], live.start_time)
    saved_first = live.status == Status.SUBMIT_FAIL or ended_by_us
    ordered = (*saved, *newest) if saved_first else (*newest, *saved)
    return tuple(dict.fromkeys(ordered))


def _left_behind(directory: str, old: JobSpec, new: JobSpec, live: Observed) -> bool:
    """Whether this is the state of another query, which the program consents to leaving behind.

    Where a start with empty state failed, nothing else tells that it was one: a refresh takes over the new query, and
    remembers the savepoint of the query before, in case it was to be carried.
    """
    if not of_another(directory, old.sql_body, new.sql_body, live.spec.sql_body):
        return False
    carried = directory.rstrip("/") in {one.rstrip("/") for one in live.record.savepoints}
    return new.upgrade_mode == "stateless" or (leaves_behind(directory, new) and not carried)


def given(new: JobSpec) -> Source | None:
    """The savepoint that the program names, if it does."""
    if not new.from_savepoint:
        return None
    because = f"state taken from {new.from_savepoint}"
    # Which query it was taken from is not known, so whether it fits cannot be judged.
    return Source(StateFate.AT_RISK, because, resume=True, imported=new.from_savepoint)


def newly_given(old: JobSpec, new: JobSpec) -> Source | None:
    """The savepoint that the program names now and did not name before."""
    return given(new) if names_savepoint(old, new) else None


def start(source: Source, health_window: float, present: str | None = None) -> list[Step]:
    """The steps that run the job from this source and watch it for `health_window` seconds.

    `present` is the savepoint that it would resume now.
    """
    steps: list[Step] = [ImportSavepoint(source.imported, source.spares, present)] if source.imported else []
    return [*steps, RunJob(source.resume, health_window, source.spares)]


def query_changed(last: JobSpec, now: JobSpec) -> Change | None:
    """The change from the query last deployed to the one that the job has now, if it means anything."""
    change = changed(last, now, "sql_body") if last.sql_body else None
    return change if change and change.impact is not Impact.NONE else None


def usable_savepoints(found: Observed, last: JobSpec, query: Change | None) -> tuple[str, ...]:
    """The savepoints, taken from the query last deployed, that the query which the job has now may use."""
    if query and query.state_fate is StateFate.INCOMPATIBLE:
        return ()
    remembered = found.record.savepoints
    if query or not found.run_state.runs:
        known = [found.noted_savepoint]
    else:
        # A savepoint that somebody took by hand since the job runs. Of an earlier run it is not worth noting: the state
        # may have been dropped since. DLI names it too, so that no tags need to be read for it.
        in_this_run = (found.noted_savepoint, found.savepoint_path)
        known = [one for one in in_this_run if one and taken_in(one, found.start_time)]
        known = [one for one in known if one not in remembered][:1]
    latest = [one for one in known if one and fits(one, last.sql_body)]
    return tuple(dict.fromkeys((*latest, *remembered)))
