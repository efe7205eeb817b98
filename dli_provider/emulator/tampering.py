"""Out-of-band changes: what somebody else, the console, or bad luck does to a job behind its owner's back."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dli_provider.emulator.job import Event, Job
from dli_provider.emulator.states import STATUSES
from dli_provider.emulator.world import World

_RUN_IS_OPEN = frozenset(
    {"job_submitting", "job_running", "job_savepointing", "job_canceling", "job_cancel_fail"}
)


class Tampering(BaseModel):
    """Everything is optional; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    status: str | None = Field(
        None, description="force a status; nothing that was planned will happen any more"
    )
    status_desc: str | None = None
    definition: dict[str, Any] = Field(default_factory=dict, description="fields to overwrite, unchecked")
    drop_savepoint: bool = Field(False, description="lose the savepoint that resume_savepoint would use")
    exception_after: float | None = Field(
        None, ge=0, description="the running job fails after so many seconds"
    )
    finish_after: float | None = Field(
        None, ge=0, description="the running job finishes after so many seconds"
    )


def tamper(world: World, job: Job, change: Tampering, now: float) -> None:
    """Change a job, asking no rule. Raises `ValueError` for an unknown status or field."""
    unknown = set(change.definition) - set(job.definition)
    if unknown or change.status not in (None, *STATUSES):
        raise ValueError(f"unknown: {', '.join(sorted(unknown)) or change.status}")
    job.definition = job.definition | change.definition
    if change.definition:
        job.update_time = int(now * 1000)
    if change.status is not None and change.status != job.status:
        _force(world, job, change.status, now)
    if change.status_desc is not None:
        job.status_desc = change.status_desc
    if change.drop_savepoint:
        if job.savepoint is not None:
            world.store.remove_savepoint(job.savepoint)
        job.savepoint = None
    for what, after in (("exception", change.exception_after), ("finished", change.finish_after)):
        if after is not None:
            text = change.status_desc or "The job failed at run time."
            job.events.append(Event(now + after, what, {"after": after, "text": text, "times": 0}))
    world.store.save_job(job)


def _force(world: World, job: Job, status: str, now: float) -> None:
    if status == "job_running":
        run = world.store.run(job.job_id, job.run)
        if run is None or run.ended_at is not None or run.running_since is None:
            world.runner.end_run(job, now, "forced")
            world.runner.force_running(job, now)
    elif status not in _RUN_IS_OPEN:
        world.runner.end_run(job, now, "forced")
    job.status, job.events = status, []


def set_arrears(world: World, project: str, now: float) -> None:
    """The account of a project is frozen: what runs is stopped, nothing may be run."""
    world.store.put("arrears", project, "account", {})
    alive = ", ".join(f"'{status}'" for status in sorted(_RUN_IS_OPEN))
    for job in world.store.jobs(f"project = ? AND status IN ({alive})", (project,)):
        world.runner.freeze(job, now)
        world.store.save_job(job)


def pay(world: World, project: str, now: float) -> None:
    """The account is paid: what arrears stopped comes back by itself."""
    world.store.drop("arrears", project, "account")
    for job in world.store.jobs("project = ? AND status = 'job_arrearage_stopped'", (project,)):
        world.runner.recover(job, now)
        world.store.save_job(job)
