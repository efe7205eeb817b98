"""The live job as the planner sees it: from DLI just now, or, in a preview, as the last deployment left it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dli_provider.api.job_answers import LiveJob
from dli_provider.job.declarations import FIELDS, WIRED
from dli_provider.job.document import live_values
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import RunState, Status, arrival, run_state
from dli_provider.plan.ownership import RESERVED_PREFIX, SAVEPOINT_NOTE, taken_in

_REPORTED = frozenset(name for name, wire in WIRED.items() if wire.update)


@dataclass(frozen=True)
class Record:
    """What a deployment remembers of a job beyond its spec.

    `savepoints` are directories of our own savepoints that fit the present query, newest first.
    `start_empty`: the next start must not take state, because the query was changed, with consent, while
    the job was stopped. `paused` is for how many seconds its last restart made it stand still.
    `unclaimed`: the job was adopted without a write, so it does not say yet whose it is.
    """

    savepoints: tuple[str, ...] = ()
    start_empty: bool = False
    paused: float | None = None
    unclaimed: bool = False


@dataclass(frozen=True)
class Seen:
    """What was last seen of a job, kept so that a preview can plan without a call."""

    status: str
    status_desc: str = ""
    has_savepoint: bool | None = None
    checkpoint_path: str | None = None
    start_time: int | None = None


@dataclass(frozen=True)
class Observed:
    """What there is to know of a job before planning.

    `spec` is what the job is now, as a spec, with the control fields of the last deployment. `tags` is None
    where they were not read. `has_savepoint` is None where DLI did not say.
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


def observe(live: LiveJob, tags: Mapping[str, str] | None, last: JobSpec, record: Record) -> Observed:
    """A live job; `last` is the spec last deployed, for the control fields and what DLI does not report.

    Which fields are reported differs between DLI's pages: one that is missing is not unset, it is just not told.
    """
    told = _REPORTED.intersection(live.fields)
    values = {name: getattr(last, name) for name in FIELDS if name not in told}
    values |= live_values(live.fields)
    if tags is not None:
        values["tags"] = _of_the_user(tags) or None
    return Observed(
        JobSpec.model_construct(**values),
        live.status,
        started=live.start_time is not None,
        has_savepoint=live.has_savepoint,
        checkpoint_path=live.checkpoint_path,
        tags=tags,
        record=record,
        start_time=live.start_time,
        savepoint_path=live.savepoint_path,
    )


def remembered(last: JobSpec, seen: Seen, record: Record) -> Observed:
    """The job as the last deployment or refresh left it, for a preview: no call is made."""
    return Observed(
        last,
        seen.status,
        started=seen.status != Status.INIT,
        has_savepoint=seen.has_savepoint,
        checkpoint_path=seen.checkpoint_path,
        tags=None,
        record=record,
        start_time=seen.start_time,
    )


def _of_the_user(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith((RESERVED_PREFIX, "_sys_"))}
