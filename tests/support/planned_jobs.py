"""Jobs to plan with, and time that passes only by sleeping."""

from __future__ import annotations

from typing import Any

from dli_provider.api.job_answers import LiveJob
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Observed, Record
from dli_provider.plan.ownership import savepoint_directory

SQL = (
    "CREATE TABLE clicks (k STRING, v INT) WITH ('connector'='datagen');\n"
    "CREATE TABLE totals (k STRING, n BIGINT) WITH ('connector'='print');\n"
    "INSERT INTO totals SELECT k, SUM(v) FROM clicks GROUP BY k;"
)
SQL_COSMETIC = "-- the same, with a comment\n" + SQL
SQL_AT_RISK = SQL.replace("v INT", "v INT, w INT")
SQL_INCOMPATIBLE = SQL.replace("SUM(v)", "MAX(v)")

RUN = 1_700_000_000_000
"""When the run began that is the last one, in epoch milliseconds."""

CHECKPOINT = "obs://state/checkpoints/chk-9/"


def declared(**changes: Any) -> JobSpec:
    """A job that can take savepoints. Changes of None take an argument out."""
    arguments: dict[str, Any] = {
        "name": "orders",
        "queue_name": "q",
        "sql_body": SQL,
        "parallel_number": 2,
        "checkpoint_enabled": True,
        "obs_bucket": "state",
    }
    return JobSpec(**{name: value for name, value in (arguments | changes).items() if value is not None})


def observed(spec: JobSpec | None = None, status: str = "job_running", **facts: Any) -> Observed:
    """A live job that has run, and of whose savepoints DLI says nothing."""
    known: dict[str, Any] = {
        "started": True,
        "has_savepoint": None,
        "checkpoint_path": None,
        "tags": {},
        "record": Record(),
        "start_time": RUN,
    }
    return Observed(spec or declared(), status, **known | facts)


def live(status: str, **facts: Any) -> LiveJob:
    """A job as DLI reports it."""
    return LiveJob(7, "orders", status, **facts)


def own_savepoint(sql_body: str = SQL, run: int | None = RUN, stamp: str = "20260101T000000Z") -> str:
    """Where a savepoint of ours lies."""
    return savepoint_directory("state", "orders", stamp, run, sql_body)


class StillClock:
    """A clock that only sleeping moves, and that remembers how long each sleep was."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def now(self) -> float:
        return sum(self.sleeps)

    def wall(self) -> float:
        return RUN / 1000 + self.now()

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
