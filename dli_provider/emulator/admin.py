"""The admin interface under `/_emulator/`: look behind the scenes, order faults, change things out of band.

Nothing of it exists at DLI, and no DLI path leads here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ValidationError

from dli_provider.emulator.console.guard import Forbidden, check_sender
from dli_provider.emulator.desk import SERVICE
from dli_provider.emulator.faults import Fault, FaultRule
from dli_provider.emulator.job import Job
from dli_provider.emulator.settings import Settings
from dli_provider.emulator.tampering import Tampering, pay, set_arrears, tamper
from dli_provider.emulator.views import view
from dli_provider.emulator.world import World

PREFIX: Final = "/_emulator"


class QueueSize(BaseModel):
    """A queue to make."""

    cu: int
    queue_type: str = "general"


class Advance(BaseModel):
    """How far to move the clock, in seconds."""

    seconds: float


def router(world: World, calls: frozenset[str]) -> APIRouter:
    """All admin routes. Every one runs on the event loop, as the calls do, so that nothing interleaves."""
    routes = APIRouter(prefix=PREFIX, dependencies=[Depends(_from_this_machine)])
    _add_process(routes, world)
    _add_faults(routes, world, calls)
    _add_jobs(routes, world)
    _add_estate(routes, world)
    return routes


async def _from_this_machine(request: Request) -> None:
    try:
        check_sender(request.headers)
    except Forbidden as error:
        raise HTTPException(403, str(error)) from error


@contextmanager
def settled(world: World) -> Iterator[float]:
    """A transaction in which everything due has happened; its moment."""
    now = world.clock.now()
    with world.store.transaction():
        world.settle(now)
        yield now


def _add_process(routes: APIRouter, world: World) -> None:
    @routes.get("/health")
    async def health() -> dict[str, Any]:
        jobs = world.store.count_jobs("1", ())
        asks_for = world.credentials.asked_for()
        return {
            "service": SERVICE,
            "pid": os.getpid(),
            "state": str(world.state),
            "jobs": jobs,
            "asks_for": asks_for,
        }

    @routes.post("/reset")
    async def reset() -> dict[str, Any]:
        world.reset()
        return {}

    @routes.get("/settings")
    async def settings() -> Settings:
        return world.settings

    @routes.patch("/settings")
    async def change_settings(changes: dict[str, Any]) -> Settings:
        try:
            with world.store.transaction():
                return world.change_settings(changes)
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error

    @routes.get("/clock")
    async def clock() -> dict[str, float]:
        return {"now": world.clock.now(), "offset": world.clock.offset}

    @routes.post("/clock")
    async def advance(by: Advance) -> dict[str, float]:
        with world.store.transaction():
            world.advance_clock(by.seconds)
        return {"now": world.clock.now(), "offset": world.clock.offset}

    @routes.get("/requests")
    async def requests(
        since: int = 0, project: str | None = None, writes: bool | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        entries = world.journal.read(since, project, writes, limit)
        return {"requests": [asdict(entry) for entry in entries], "cursor": world.journal.last()}


def _add_faults(routes: APIRouter, world: World, calls: frozenset[str]) -> None:
    @routes.get("/faults")
    async def faults() -> list[Fault]:
        return list(world.faults.in_force)

    @routes.post("/faults", status_code=201)
    async def add_fault(rule: FaultRule) -> Fault:
        if rule.call != "*" and rule.call not in calls:
            raise HTTPException(422, f"unknown call {rule.call!r}; known are {', '.join(sorted(calls))}")
        return world.faults.add(rule)

    @routes.delete("/faults")
    async def clear_faults() -> dict[str, int]:
        return {"lifted": world.faults.remove()}

    @routes.delete("/faults/{fault_id}")
    async def remove_fault(fault_id: int) -> dict[str, int]:
        if not world.faults.remove(fault_id):
            raise HTTPException(404, f"no fault {fault_id}")
        return {"lifted": 1}


def _add_jobs(routes: APIRouter, world: World) -> None:  # noqa: C901
    def found(project: str, job_id: int) -> Job:
        job = world.store.job(project, job_id)
        if job is None:
            raise HTTPException(404, f"no job {job_id} in project {project}")
        return job

    def chosen(project: str | None) -> list[Job]:
        return world.store.jobs("project = ?", (project,)) if project else world.store.jobs("1", ())

    @routes.get("/jobs")
    async def jobs(project: str | None = None) -> list[dict[str, Any]]:
        with settled(world) as now:
            return [asdict(view(world, job, now)) for job in chosen(project)]

    @routes.get("/jobs/{project}/{job_id}")
    async def job(project: str, job_id: int) -> dict[str, Any]:
        with settled(world) as now:
            return asdict(view(world, found(project, job_id), now))

    @routes.patch("/jobs/{project}/{job_id}")
    async def change_job(project: str, job_id: int, change: Tampering) -> dict[str, Any]:
        with settled(world) as now:
            try:
                tamper(world, found(project, job_id), change, now)
            except ValueError as error:
                raise HTTPException(422, str(error)) from error
            return asdict(view(world, found(project, job_id), now))

    @routes.get("/generations")
    async def generations(project: str | None = None) -> dict[str, dict[str, Any]]:
        with settled(world) as now:
            views = [view(world, job, now) for job in chosen(project)]
        keys = ("status", "run", "lineage", "records", "resumed_from", "definition_digest")
        return {f"{seen.project}/{seen.name}": {key: getattr(seen, key) for key in keys} for seen in views}

    @routes.get("/savepoints/{project}")
    async def savepoints(project: str) -> list[dict[str, Any]]:
        with settled(world):
            return [asdict(savepoint) for savepoint in world.store.savepoints(project)]

    @routes.delete("/savepoints/{savepoint_id}")
    async def remove_savepoint(savepoint_id: int) -> dict[str, Any]:
        with settled(world):
            world.store.remove_savepoint(savepoint_id)
        return {}


def _add_estate(routes: APIRouter, world: World) -> None:
    @routes.put("/projects/{project}/queues/{name}")
    async def add_queue(project: str, name: str, size: QueueSize) -> dict[str, Any]:
        """Project `*` means everywhere."""
        world.estate.add_queue(name, size.cu, project, size.queue_type)
        return {}

    @routes.put("/projects/{project}/{kind}/{name}")
    async def add_thing(project: str, kind: str, name: str) -> dict[str, Any]:
        """A bucket or a topic, for the strict switches; an authorization of a bucket."""
        kinds = {"buckets": "bucket", "topics": "topic", "authorized": "authorized"}
        if kind not in kinds:
            raise HTTPException(404, f"unknown kind {kind}")
        world.store.put(kinds[kind], project, name, {})
        return {}

    @routes.delete("/projects/{project}/authorized/{name}")
    async def withdraw(project: str, name: str) -> dict[str, Any]:
        """Take DLI's permission on a bucket away."""
        world.store.drop("authorized", project, name)
        return {}

    @routes.post("/projects/{project}/arrears")
    async def arrears(project: str) -> dict[str, Any]:
        with settled(world) as now:
            set_arrears(world, project, now)
        return {}

    @routes.post("/projects/{project}/payment")
    async def payment(project: str) -> dict[str, Any]:
        with settled(world) as now:
            pay(world, project, now)
        return {}
