"""What the admin interface shows of a job: more than DLI would, so that a test can ask what became of its state."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.models import Run, StatusChange, StoredJob
from dli_provider.emulator.rules.definition import digest


@dataclass(frozen=True)
class RunView:
    """One run of a job. `resumed_from` is `None` when it started from empty state."""

    number: int
    started_at: float
    running_since: float | None
    ended_at: float | None
    outcome: str | None
    resumed_from: dict[str, Any] | None  # savepoint, kind, path, job_id, run, definition_digest
    lineage: str  # "<job id>.<run number>" of the run in which this state began empty
    definition: dict[str, Any]
    definition_digest: str
    records: int
    note: str = ""  # what is odd about its beginning


@dataclass(frozen=True)
class JobView:
    """A job with its history. `lineage` and `records` belong to the present run; "" and 0 before the first."""

    project: str
    job_id: int
    name: str
    status: str
    status_desc: str
    definition: dict[str, Any]
    definition_digest: str
    tags: dict[str, str]
    savepoint: dict[str, Any] | None  # what resume_savepoint would start from
    due: float | None
    restart_times: int
    run: int
    lineage: str
    records: int
    resumed_from: dict[str, Any] | None
    runs: list[RunView]
    turns: list[StatusChange]  # the statuses it has had, oldest first


def view(dli: LocalDli, job: StoredJob, now: float) -> JobView:
    """A job as the admin interface shows it."""
    runs = [_run(run, now) for run in dli.store.runs(job.job_id)]
    present = runs[-1] if runs else None
    savepoint = dli.store.savepoint(job.savepoint)
    rows = dli.store.db.execute(
        "SELECT key, value FROM tags WHERE project = ? AND resource_id = ? ORDER BY key",
        (job.project, job.job_id),
    )
    return JobView(
        project=job.project,
        job_id=job.job_id,
        name=job.name,
        status=job.status,
        status_desc=job.status_desc,
        definition=job.definition,
        definition_digest=digest(job.definition),
        tags=dict(rows.fetchall()),
        savepoint=None if savepoint is None else asdict(savepoint),
        due=job.due,
        restart_times=job.restart_times,
        run=job.run,
        lineage=present.lineage if present else "",
        records=present.records if present else 0,
        resumed_from=present.resumed_from if present else None,
        runs=runs,
        turns=dli.store.turns(job.job_id),
    )


def _run(run: Run, now: float) -> RunView:
    return RunView(
        number=run.number,
        started_at=run.started_at,
        running_since=run.running_since,
        ended_at=run.ended_at,
        outcome=run.outcome,
        resumed_from=run.resumed_from,
        lineage=run.lineage,
        definition=run.definition,
        definition_digest=run.definition_digest,
        records=run.records(now),
        note=run.note,
    )
