"""The admin interface under `/_emulator/`: look behind the scenes, order faults, change things out of band.

Nothing of it exists at DLI, and no DLI path leads here.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dli_provider.emulator.admin_client import SERVICE
from dli_provider.emulator.faults import Fault, FaultRule
from dli_provider.emulator.job_views import view
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.models import Event, StoredJob
from dli_provider.emulator.rules.statuses import STATUSES
from dli_provider.emulator.switches import EmulatorSettings

PREFIX: Final = "/_emulator"


class QueueSize(BaseModel):
    """A queue to make."""

    cu: int
    queue_type: str = "general"


class Scale(BaseModel):
    """To how many CUs; DLI chooses when none are named."""

    cu_number: int | None = Field(None, ge=2, le=400)


class Advance(BaseModel):
    """How far to move the clock, in seconds."""

    seconds: float


def router(dli: LocalDli, calls: frozenset[str], hosts: Collection[str]) -> APIRouter:
    """All admin routes. Every one runs on the event loop, as the calls do, so that nothing interleaves."""
    routes = APIRouter(prefix=PREFIX)
    _add_process(routes, dli, hosts)
    _add_faults(routes, dli, calls)
    _add_jobs(routes, dli)
    _add_savepoints(routes, dli)
    _add_resources(routes, dli)
    return routes


@contextmanager
def settled(dli: LocalDli) -> Iterator[float]:
    """A transaction in which everything due has happened; its moment."""
    now = dli.clock.now()
    with dli.store.transaction():
        dli.settle(now)
        yield now


def _add_process(routes: APIRouter, dli: LocalDli, hosts: Collection[str]) -> None:
    @routes.get("/health")
    async def health() -> dict[str, Any]:
        jobs = dli.store.count_jobs("1", ())
        asks_for = dli.credentials.asked_for()
        return {
            "service": SERVICE,
            "pid": os.getpid(),
            "state": str(dli.state),
            "jobs": jobs,
            "asks_for": asks_for,
            "hosts": list(hosts),
        }

    @routes.post("/reset")
    async def reset() -> dict[str, Any]:
        dli.reset()
        return {}

    @routes.get("/settings")
    async def settings() -> EmulatorSettings:
        return dli.settings

    @routes.patch("/settings")
    async def change_settings(changes: dict[str, Any]) -> EmulatorSettings:
        try:
            with dli.store.transaction():
                return dli.change_settings(changes)
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error

    @routes.get("/clock")
    async def clock() -> dict[str, float]:
        return {"now": dli.clock.now(), "offset": dli.clock.offset}

    @routes.post("/clock")
    async def advance(by: Advance) -> dict[str, float]:
        with dli.store.transaction():
            dli.advance_clock(by.seconds)
        return {"now": dli.clock.now(), "offset": dli.clock.offset}

    @routes.get("/requests")
    async def requests(
        since: int = 0, project: str | None = None, writes: bool | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        entries = dli.request_log.read(since, project, writes, limit)
        return {"requests": [asdict(entry) for entry in entries], "cursor": dli.request_log.last()}


def _add_faults(routes: APIRouter, dli: LocalDli, calls: frozenset[str]) -> None:
    @routes.get("/faults")
    async def faults() -> list[Fault]:
        return list(dli.faults.in_force)

    @routes.post("/faults", status_code=201)
    async def add_fault(rule: FaultRule) -> Fault:
        if rule.call != "*" and rule.call not in calls:
            raise HTTPException(422, f"unknown call {rule.call!r}; known are {', '.join(sorted(calls))}")
        return dli.faults.add(rule)

    @routes.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        return {"lifted": dli.faults.remove()}

    @routes.delete("/faults/{fault_id}")
    async def remove_fault(fault_id: int) -> dict[str, int]:
        if not dli.faults.remove(fault_id):
            raise HTTPException(404, f"no fault {fault_id}")
        return {"lifted": 1}


def _found(dli: LocalDli, project: str, job_id: int) -> StoredJob:
    job = dli.store.job(project, job_id)
    if job is None:
        raise HTTPException(404, f"no job {job_id} in project {project}")
    return job


def _chosen(dli: LocalDli, project: str | None) -> list[StoredJob]:
    return dli.store.jobs("project = ?", (project,)) if project else dli.store.jobs("1", ())


def _add_jobs(routes: APIRouter, dli: LocalDli) -> None:
    @routes.get("/jobs")
    async def jobs(project: str | None = None) -> list[dict[str, Any]]:
        with settled(dli) as now:
            return [asdict(view(dli, job, now)) for job in _chosen(dli, project)]

    @routes.get("/jobs/{project}/{job_id}")
    async def job(project: str, job_id: int) -> dict[str, Any]:
        with settled(dli) as now:
            return asdict(view(dli, _found(dli, project, job_id), now))

    @routes.patch("/jobs/{project}/{job_id}")
    async def change_job(project: str, job_id: int, change: OutOfBandChange) -> dict[str, Any]:
        with settled(dli) as now:
            try:
                change_out_of_band(dli, _found(dli, project, job_id), change, now)
            except ValueError as error:
                raise HTTPException(422, str(error)) from error
            return asdict(view(dli, _found(dli, project, job_id), now))

    @routes.post("/jobs/{project}/{job_id}/scale")
    async def scale(project: str, job_id: int, to: Scale) -> dict[str, Any]:
        """DLI scales the job by itself, now and not at its interval."""
        with settled(dli) as now:
            found = _found(dli, project, job_id)
            try:
                dli.orders.scale(found, now, to.cu_number)
            except ValueError as error:
                raise HTTPException(422, str(error)) from error
            dli.store.save_job(found)
            return asdict(view(dli, found, now))

    @routes.get("/generations")
    async def generations(project: str | None = None) -> dict[str, dict[str, Any]]:
        with settled(dli) as now:
            views = [view(dli, job, now) for job in _chosen(dli, project)]
        keys = ("status", "run", "lineage", "records", "resumed_from", "definition_digest")
        return {f"{seen.project}/{seen.name}": {key: getattr(seen, key) for key in keys} for seen in views}


def _add_savepoints(routes: APIRouter, dli: LocalDli) -> None:
    @routes.get("/savepoints/{project}")
    async def savepoints(project: str) -> list[dict[str, Any]]:
        with settled(dli):
            return [asdict(savepoint) for savepoint in dli.store.savepoints(project)]

    @routes.delete("/savepoints/{savepoint_id}")
    async def remove_savepoint(savepoint_id: int) -> dict[str, Any]:
        with settled(dli):
            dli.store.remove_savepoint(savepoint_id)
        return {}


def _add_resources(routes: APIRouter, dli: LocalDli) -> None:
    @routes.put("/projects/{project}/queues/{name}")
    async def add_queue(project: str, name: str, size: QueueSize) -> dict[str, Any]:
        """Project `*` means everywhere."""
        dli.resources.add_queue(name, size.cu, project, size.queue_type)
        return {}

    @routes.put("/projects/{project}/{kind}/{name}")
    async def add_thing(project: str, kind: str, name: str) -> dict[str, Any]:
        """A bucket or a topic, for the strict switches; an authorization of a bucket; an address, `host:port` or
        `host`, that no queue reaches."""
        kinds = {
            "buckets": "bucket",
            "topics": "topic",
            "authorized": "authorized",
            "unreachable": "unreachable",
        }
        if kind not in kinds:
            raise HTTPException(404, f"unknown kind {kind}")
        # Names of hosts are one, however they are written.
        dli.store.put(kinds[kind], project, name.lower() if kind == "unreachable" else name, {})
        return {}

    @routes.delete("/projects/{project}/authorized/{name}")
    async def withdraw(project: str, name: str) -> dict[str, Any]:
        """Take DLI's permission on a bucket away."""
        dli.store.drop("authorized", project, name)
        return {}

    @routes.delete("/projects/{project}/unreachable/{address}")
    async def reached_again(project: str, address: str) -> dict[str, Any]:
        """The queues reach this address again."""
        dli.store.drop("unreachable", project, address.lower())
        return {}

    @routes.post("/projects/{project}/arrears")
    async def arrears(project: str) -> dict[str, Any]:
        with settled(dli) as now:
            set_arrears(dli, project, now)
        return {}

    @routes.post("/projects/{project}/payment")
    async def payment(project: str) -> dict[str, Any]:
        with settled(dli) as now:
            pay(dli, project, now)
        return {}


_RUN_IS_OPEN = frozenset(
    {"job_submitting", "job_running", "job_savepointing", "job_canceling", "job_cancel_fail"}
)


class OutOfBandChange(BaseModel):
    """Everything is optional; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    status: str | None = Field(
        None,
        pattern="^[A-Za-z_]{1,64}$",
        description="force a status, known or not; nothing that was planned will happen any more",
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


def change_out_of_band(dli: LocalDli, job: StoredJob, change: OutOfBandChange, now: float) -> None:
    """Change a job, asking no rule. Raises `ValueError` for an unknown field."""
    unknown = set(change.definition) - set(job.definition)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    job.definition = job.definition | change.definition
    if change.definition:
        job.update_time = int(now * 1000)
    if change.status is not None and change.status != job.status:
        _force(dli, job, change.status, now)
    if change.status_desc is not None:
        job.status_desc = change.status_desc
    if change.drop_savepoint:
        if job.savepoint is not None:
            dli.store.remove_savepoint(job.savepoint)
        job.savepoint = None
    for what, after in (("exception", change.exception_after), ("finished", change.finish_after)):
        if after is not None:
            text = change.status_desc or "The job failed at run time."
            job.events.append(Event(now + after, what, {"after": after, "text": text, "times": 0}))
    dli.store.save_job(job)


def _force(dli: LocalDli, job: StoredJob, status: str, now: float) -> None:
    if status.lower() == "job_running":
        run = dli.store.run(job.job_id, job.run)
        if run is None or run.ended_at is not None or run.running_since is None:
            dli.runner.end_run(job, now, "forced")
            dli.runner.force_running(job, now)
    elif status.lower() in STATUSES.keys() - _RUN_IS_OPEN:
        dli.runner.end_run(job, now, "forced")
    job.status, job.events, job.orders = status, [], []


def set_arrears(dli: LocalDli, project: str, now: float) -> None:
    """The account of a project is frozen: what runs is stopped, nothing may be run."""
    dli.store.put("arrears", project, "account", {})
    alive = ", ".join(f"'{status}'" for status in sorted(_RUN_IS_OPEN))
    for job in dli.store.jobs(f"project = ? AND status IN ({alive})", (project,)):
        dli.runner.freeze(job, now)
        dli.store.save_job(job)


def pay(dli: LocalDli, project: str, now: float) -> None:
    """The account is paid: what arrears stopped comes back by itself."""
    dli.store.drop("arrears", project, "account")
    for job in dli.store.jobs("project = ? AND status = 'job_arrearage_stopped'", (project,)):
        dli.runner.recover(job, now)
        dli.store.save_job(job)
