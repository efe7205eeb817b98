"""Run, stop, delete, and savepoints: what changes a job's status.

DLI API reference, 'Running Jobs in Batches', 'Stopping Jobs in Batches', 'Deleting a Job', 'Deleting Jobs in Batches';
savepoints as the official clients call them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from dli_provider.emulator.calls import JOBS, ApiRoute, CallContext, flag, job_ids, number
from dli_provider.emulator.models import StoredJob, directory
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, batch, success
from dli_provider.emulator.rules.running import check_run
from dli_provider.emulator.rules.statuses import OK, allowed
from dli_provider.emulator.schemas import BATCH_ERROR, EACH, FLAG, ID, TEXT, given, listed, success_body, word

_BEGAN_EMPTY: Final = (
    "resume_savepoint was asked for, but the job had no savepoint: it began from empty state."
)


def run(call: CallContext) -> DliResponse:
    """Deliver run requests; whether the jobs come up is seen by get."""
    body = call.json()
    resume = flag(body, "resume_savepoint")

    def run_one(job: StoredJob) -> str:
        check_run(job, call.dli.resources, call.dli.settings)
        origin = call.dli.store.savepoint(job.savepoint) if resume and job.savepoint else None
        # The documents only say that it starts from the latest savepoint; 13017 was in the tables of 2020.
        if resume and origin is None and call.dli.settings.resume_without_savepoint == "refuse":
            raise Rejection("DLI.13017", f"job {job.job_id} has none")
        note = _BEGAN_EMPTY if resume and origin is None else ""
        call.dli.orders.run(
            job, None if origin is None else origin.id, note, call.now, call.ordered_faults(job)
        )
        call.dli.store.save_job(job)
        return "The request for submitting the job was delivered."

    return _each(call, job_ids(body), "DLI.13007", run_one)


def stop(call: CallContext) -> DliResponse:
    """Deliver stop requests, after a savepoint when asked for."""
    body = call.json()
    trigger = flag(body, "trigger_savepoint")

    def stop_one(job: StoredJob) -> str:
        faults = call.ordered_faults(job)
        _check_status(job, allowed(job.status).stop)
        if trigger:
            # Refused before anything is stopped: a job that cannot be saved runs on.
            if faults.savepoint_fail == "refused":
                raise Rejection("DLI.15002", "the savepoint was refused")
            _check_place(call, job, "")
        call.dli.orders.stop(job, trigger, call.now, faults)
        call.dli.store.save_job(job)
        return "The request for stopping the job was delivered."

    answer = _each(call, job_ids(body), "DLI.15001", stop_one)
    if call.dli.settings.stop_answers_object and answer.status == 200:
        return DliResponse(body=answer.body[0])
    return answer


def delete(call: CallContext) -> DliResponse:
    """Delete a job of any status; a running one is stopped first."""
    call.dli.remove(call.job("DLI.17001"), call.now)
    return success("The job was deleted.")


def batch_delete(call: CallContext) -> DliResponse:
    """Delete several jobs."""

    def delete_one(job: StoredJob) -> str:
        call.dli.remove(job, call.now)
        return "The job was deleted."

    return _each(call, job_ids(call.json()), "DLI.17001", delete_one)


def savepoint(call: CallContext) -> DliResponse:
    """Take a savepoint of a running job; it lies at the given directory once it is done, and stays there."""
    job, body = call.job("DLI.15001"), call.json()
    if body.get("action") != "TRIGGER":
        raise Rejection("DLI.0001", "action must be TRIGGER")
    path = _savepoint_path(body.get("savepoint_path") or "")
    _check_status(job, allowed(job.status).savepoint)
    faults = call.ordered_faults(job)
    if faults.savepoint_fail == "refused":
        raise Rejection("DLI.15002", "the savepoint was refused")
    _check_place(call, job, path)
    call.dli.orders.savepoint(job, path, call.now, faults)
    call.dli.store.save_job(job)
    return success("The savepoint was triggered.")


def import_savepoint(call: CallContext) -> DliResponse:
    """Make a savepoint at a path the one that `resume_savepoint` starts from."""
    job, body = call.job("DLI.15001"), call.json()
    if body.get("job_id") is None or not body.get("savepoint_path"):
        raise Rejection("DLI.11029", "job_id and savepoint_path")
    if number(str(body["job_id"])) != job.job_id:  # shipped clients send it as a number or as a string
        raise Rejection("DLI.0001", "job_id differs from the one in the path")
    path = _savepoint_path(body["savepoint_path"])
    _check_status(job, allowed(job.status).import_savepoint)
    found = call.dli.store.savepoint_at(call.project, path)
    if found is None:
        raise Rejection("DLI.13017", f"nothing at {path}")
    job.savepoint = found.id
    call.dli.store.save_job(job)
    return success("The savepoint was imported.")


def _each(call: CallContext, ids: list[int], not_found: str, act: Callable[[StoredJob], str]) -> DliResponse:
    outcomes: list[str | Rejection] = []
    for job_id in ids:
        try:
            outcomes.append(act(call.job_with(job_id, not_found)))
        except Rejection as rejection:
            outcomes.append(rejection)
    return batch(outcomes, call.dli.settings.codes)


def _check_status(job: StoredJob, outcome: str) -> None:
    if outcome != OK:
        raise Rejection(outcome, f"status is {job.status}")


def _check_place(call: CallContext, job: StoredJob, path: str) -> None:
    """A savepoint goes to the given directory, else under the job's bucket; without either there is no place for it."""
    if not path and not job.definition["obs_bucket"] and call.dli.settings.savepoint_needs_bucket:
        raise Rejection("DLI.11010", "there is no place for a savepoint")


def _savepoint_path(given: object) -> str:
    if not isinstance(given, str):
        raise Rejection("DLI.0001", "savepoint_path must be a string")
    path = directory(given)
    if "://" in path or ".." in re.split(r"[/\\]", path):
        raise Rejection(
            "DLI.0001", "savepoint_path must be an OBS directory such as obs://bucket/dir, without '..'"
        )
    return path


_IDS: Final = listed(ID, minItems=1)
_PLAIN: Final = success_body()

ROUTES: Final = (
    ApiRoute(
        "run",
        "POST",
        JOBS + "/run",
        run,
        write=True,
        answer=EACH,
        body=given("job_ids", job_ids=_IDS, resume_savepoint=FLAG),
        error=BATCH_ERROR,
    ),
    ApiRoute(
        "stop",
        "POST",
        JOBS + "/stop",
        stop,
        write=True,
        answer={"anyOf": [EACH, _PLAIN]},  # the object by switch
        body=given("job_ids", job_ids=_IDS, trigger_savepoint=FLAG),
        error=BATCH_ERROR,
    ),
    ApiRoute("delete", "DELETE", JOBS + "/{job_id}", delete, write=True, answer=_PLAIN),
    ApiRoute(
        "batch_delete",
        "POST",
        JOBS + "/delete",
        batch_delete,
        write=True,
        answer=EACH,
        body=given("job_ids", job_ids=_IDS),
        error=BATCH_ERROR,
    ),
    ApiRoute(
        "savepoint",
        "POST",
        JOBS + "/{job_id}/savepoint",
        savepoint,
        write=True,
        answer=_PLAIN,
        body=given("action", action=word("TRIGGER"), savepoint_path=TEXT),
    ),
    ApiRoute(
        "import_savepoint",
        "POST",
        JOBS + "/{job_id}/import-savepoint",
        import_savepoint,
        write=True,
        answer=_PLAIN,
        body=given(
            "job_id",
            "savepoint_path",
            job_id={"type": ["integer", "string"]},
            savepoint_path=TEXT | {"minLength": 1},
        ),
    ),
)
