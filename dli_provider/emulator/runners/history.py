"""What is remembered of runs, savepoints and checkpoints, and how often DLI restarts a job, whichever runner has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from dli_provider.emulator.models import (
    Event,
    Run,
    Savepoint,
    StoredJob,
    bucket_of,
    milliseconds,
)
from dli_provider.emulator.rules.definition import digest
from dli_provider.emulator.runners import OrderedFaults
from dli_provider.emulator.store import Store

_HOUR: Final = 3600.0

Later: TypeAlias = Mapping[str, Mapping[str, Any]]
"""What is to happen once a job runs: the event's name and its data, `after` so many seconds."""


class RunHistory:
    """Reads and writes the store; decides nothing about a job's status."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def present(self, job: StoredJob) -> Run | None:
        """The present or latest run of a job."""
        return self._store.run(job.job_id, job.run)

    def begin(self, job: StoredJob, origin: Savepoint | None, at: float) -> Run:
        """The next run of a job, its state from a savepoint or empty."""
        job.run += 1
        lineage = f"{job.job_id}.{job.run}"
        run = Run(job.job_id, job.run, at, dict(job.definition), digest(job.definition), lineage)
        if origin is not None:
            run.lineage, run.records_before = origin.lineage, origin.records
            run.resumed_from = origin.origin()
        self._store.save_run(run)
        return run

    def running(self, job: StoredJob, at: float) -> None:
        """The run has come up."""
        run = self.present(job)
        if run is not None:
            run.running_since = at
            self._store.save_run(run)

    def end(self, job: StoredJob, at: float, outcome: str) -> Run | None:
        """Close the present run and return it; `None` when none is open."""
        run = self.present(job)
        if run is None or run.ended_at is not None:
            return None
        run.ended_at, run.outcome = at, outcome
        self._store.save_run(run)
        return run

    def keep(self, job: StoredJob, kind: str, path: str, at: float) -> int | None:
        """Remember a savepoint or checkpoint of the present run; its id."""
        run = self.present(job)
        if run is None:
            return None
        savepoint = Savepoint(
            project=job.project,
            job_id=job.job_id,
            kind=kind,
            path=path,
            created_at=at,
            records=run.records(at),
            lineage=run.lineage,
            run=run.number,
            definition_digest=run.definition_digest,
        )
        self._store.add_savepoint(savepoint)
        return savepoint.id

    def consume_savepoint(self, job: StoredJob) -> None:
        """A savepoint that a stop took lives until the next start, whether that start uses it or not.

        Its files stay: a run that began from it may need them.
        """
        used = self._store.savepoint(job.savepoint)
        if used is not None and used.kind == "builtin" and used.job_id == job.job_id:
            self._store.remove_savepoint(used.id)
        job.savepoint = None


def bucket_for(job: StoredJob) -> str:
    """The bucket of a job's own, or one of the local DLI's."""
    return bucket_of(job.definition["obs_bucket"] or "") or "dli"


def checkpoint_folder(job: StoredJob, number: int) -> str:
    """Where the checkpoints of one run lie."""
    return f"{bucket_for(job)}/jobs/checkpoint/{job.job_id}_{number}"


def builtin_path(job: StoredJob, now: float) -> str:
    """Where a stop puts its savepoint."""
    return f"{bucket_for(job)}/jobs/savepoint/{job.job_id}/{milliseconds(now)}"


def restarts_left(job: StoredJob, at: float) -> bool:
    """`resume_max_num` counts restarts within an hour; -1 is no limit. DLI API reference, 'Creating a SQL Job'."""
    recent = [moment for moment in job.restarted_at if moment > at - _HOUR]
    limit = job.definition["resume_max_num"]
    return bool(limit == -1 or len(recent) < limit)


def ordered_events(faults: OrderedFaults) -> dict[str, dict[str, object]]:
    """What fault rules have in store for a run that has come up."""
    later: dict[str, dict[str, object]] = {}
    if faults.exception_after is not None:
        text = faults.exception_text or "The job failed at run time."
        # One of the failures in a row is this run's own; the rest is left for the runs that DLI restarts.
        times = faults.exception_times - 1
        later["exception"] = {"after": faults.exception_after, "text": text, "times": times}
    if faults.finish_after is not None:
        later["finished"] = {"after": faults.finish_after}
    return later


def scheduled(later: Later, at: float) -> list[Event]:
    """The same as events of a job that runs since `at`."""
    return [Event(at + float(data["after"]), what, dict(data)) for what, data in later.items()]
