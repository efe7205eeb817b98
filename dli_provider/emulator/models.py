"""What the local DLI remembers: jobs, their runs and their savepoints. Records only; no rule, no clock, no store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Event:
    """Something that will happen to a job at a moment of the local DLI's clock (epoch seconds)."""

    at: float
    what: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class StoredJob:
    """One Flink job. Times ending in `_time` are epoch milliseconds, as on the wire."""

    project: str
    definition: dict[str, Any]  # every field of the create and update pages, under its wire name
    create_time: int
    update_time: int
    job_id: int = 0
    status: str = "job_init"
    status_desc: str = ""
    start_time: int | None = None
    run: int = 0  # number of the present or latest run; 0: never started
    savepoint: int | None = None  # what `resume_savepoint` would start from
    restart_times: int = 0
    restarted_at: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    orders: list[Event] = field(default_factory=list)  # calls that were accepted and are carried out later

    @property
    def name(self) -> str:
        """The job name, unique in its project."""
        return str(self.definition["name"])

    @property
    def job_type(self) -> str:
        """`flink_sql_job`, `flink_opensource_sql_job` or `flink_sql_edge_job`."""
        return str(self.definition["job_type"])

    @property
    def due(self) -> float | None:
        """When time will next change this job, in epoch seconds."""
        return min((event.at for event in (*self.events, *self.orders)), default=None)


@dataclass
class Run:
    """One life of a job between a start and its end, and where its Flink state came from."""

    job_id: int
    number: int
    started_at: float
    definition: dict[str, Any]
    definition_digest: str
    lineage: str  # names the run in which this state began empty: "<job id>.<run number>"
    resumed_from: dict[str, Any] | None = None  # the savepoint; None: started from empty state
    records_before: int = 0  # simulated state: records counted before this run
    records_per_second: float = 0.0
    running_since: float | None = None
    halted_at: float | None = None  # a stop with savepoint took the savepoint: nothing is processed after it
    ended_at: float | None = None
    outcome: str | None = None  # stopped, submit_failed, exception, finished, arrears, removed, forced, left
    note: str = ""  # what is odd about its beginning
    observed: int | None = (
        None  # records that a real Flink has read, those of this lineage's earlier runs included
    )

    def records(self, now: float) -> int:
        """The state at `now`, simulated or seen: how many records all runs of this lineage have counted."""
        if self.observed is not None:
            return self.observed
        if self.running_since is None:
            return self.records_before
        until = min(end for end in (now, self.halted_at, self.ended_at) if end is not None)
        return self.records_before + int(self.records_per_second * max(0.0, until - self.running_since))


@dataclass(frozen=True)
class StatusChange:
    """A job came into a status at a moment (epoch seconds)."""

    at: float
    status: str
    status_desc: str


@dataclass
class Savepoint:
    """Flink state at rest. `kind`: builtin (made by stop), triggered, checkpoint, left (as the local DLI stopped)."""

    project: str
    job_id: int
    kind: str
    path: str  # the directory that holds the metadata file, without scheme and closing slash
    created_at: float
    records: int
    lineage: str
    run: int
    definition_digest: str
    id: int = 0

    def origin(self) -> dict[str, Any]:
        """What a run's history says about the savepoint it began from."""
        return {
            "savepoint": self.id,
            "kind": self.kind,
            "path": self.path,
            "job_id": self.job_id,
            "run": self.run,
            "definition_digest": self.definition_digest,
        }


def directory(path: str) -> str:
    """One spelling for an OBS directory: `obs://bucket/dir/` -> `bucket/dir`."""
    return path.strip().removeprefix("obs://").strip("/")


def bucket_of(path: str) -> str:
    """The bucket of a bucket name or OBS path."""
    return directory(path).split("/", 1)[0]


def milliseconds(moment: float) -> int:
    """Epoch seconds as the wire wants them."""
    return int(moment * 1000)
