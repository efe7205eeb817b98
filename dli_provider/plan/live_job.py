"""The live job as the planner sees it: from DLI just now, or, in a preview, as the last deployment left it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dli_provider.job.fields import JobSpec
from dli_provider.job.status import RunState, Status, arrival, run_state
from dli_provider.plan.ownership import SAVEPOINT_NOTE, taken_in


@dataclass(frozen=True)
class Record:
    """What a deployment remembers of a job beyond its spec.

    `savepoints` are directories of our own savepoints that fit the present query, newest first.
    `start_empty`: the next start must not take state, because the query was changed, with consent, while
    the job was stopped. `paused` is for how many seconds its last restart made it stand still.
    `unclaimed`: the job was adopted without a write, so it does not say yet whose it is.
    `nonce` is the job's own, by which it is told from every other of the same resource; `place` is where it was made.
    States of version 0.1.0 have neither.
    `gone`: a refresh found that somebody else had deleted it. The state keeps it until another takes its place.
    `never_up`: it was made, and its first run did not come up.
    `undeclared` is what the job has and its program does not say, so that one made anew would be without it.
    """

    savepoints: tuple[str, ...] = ()
    start_empty: bool = False
    paused: float | None = None
    unclaimed: bool = False
    nonce: str | None = None
    place: str | None = None
    gone: bool = False
    never_up: bool = False
    undeclared: tuple[str, ...] = ()

    def has_run(self, started: bool, status: str, has_savepoint: bool | None, checkpoint: str | None) -> bool:
        """Whether a job in this condition may have state: it was started, and came up as far as anybody can tell. After
        a first run that left nothing behind there is nothing that could be lost, though DLI tells of a start."""
        state = run_state(status)
        # Where DLI does not say whether there is a savepoint, only a job that failed has left none for sure: one that
        # was stopped may have been run by hand since, and stopped with a savepoint.
        without = has_savepoint is False or (has_savepoint is None and state.failed)
        nothing_left = without and checkpoint is None and not state.may_run
        return started and not (self.never_up and nothing_left)


@dataclass(frozen=True)
class LastSeen:
    """What was last seen of a job, kept so that a preview can plan without a call.

    `unchanged_since` is when DLI last told of a change, kept only of a job whose status does not last.
    """

    status: str
    status_desc: str = ""
    has_savepoint: bool | None = None
    checkpoint_path: str | None = None
    start_time: int | None = None
    unchanged_since: str = ""


@dataclass(frozen=True)
class Observed:
    """What there is to know of a job before planning.

    `spec` is what the job is now, as a spec, with the control fields of the last deployment. `tags` is None
    where they were not read. `has_savepoint` is None where DLI did not say. `beyond` are settings that no argument
    says.
    """

    spec: JobSpec = field(repr=False)
    status: str
    started: bool
    has_savepoint: bool | None
    checkpoint_path: str | None
    tags: Mapping[str, str] | None
    record: Record
    start_time: int | None = None
    savepoint_path: str | None = None
    last_change: int | None = None
    unchanged_since: str = ""
    beyond: tuple[str, ...] = ()

    @property
    def run_state(self) -> RunState:
        return run_state(self.status)

    def arrived(self, desired_state: str | None = "running") -> Observed:
        """The job as it will be once its status lasts, for whoever plans without waiting; see `arrival`."""
        return replace(self, status=arrival(self.status, desired_state))

    @property
    def can_save(self) -> bool:
        """Whether a savepoint can be taken: DLI needs checkpointing, and a bucket to put it in."""
        return bool(self.spec.checkpoint_enabled and self.spec.obs_bucket)

    @property
    def noted_savepoint(self) -> str | None:
        """The savepoint that an earlier change noted on the job itself."""
        return (self.tags or {}).get(SAVEPOINT_NOTE)

    @property
    def saved(self) -> str | None:
        """The savepoint of ours from the last run, noted or remembered, if that has ended: then it is the state at
        rest."""
        known = (self.noted_savepoint, *self.record.savepoints)
        ended = self.run_state.at_rest
        return next((one for one in known if one and ended and taken_in(one, self.start_time)), None)


def remembered(last: JobSpec, seen: LastSeen, record: Record) -> Observed:
    """The job as the last deployment or refresh left it, for a preview: no call is made."""
    return Observed(
        last,
        seen.status,
        started=record.has_run(
            seen.status != Status.INIT, seen.status, seen.has_savepoint, seen.checkpoint_path
        ),
        has_savepoint=seen.has_savepoint,
        checkpoint_path=seen.checkpoint_path,
        tags=None,
        record=record,
        start_time=seen.start_time,
    )
