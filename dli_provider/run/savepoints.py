"""State put away and fetched: a savepoint of our own, taken while the job runs, and one imported while it does not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import (
    DliError,
    Forbidden,
    Misconfigured,
    NotFound,
    SavepointFailed,
    StateLoss,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from dli_provider.job.status import Status, run_state
from dli_provider.run.delivery import Delivery, ask
from dli_provider.run.handle import JobHandle

_NOT_ABOUT_THE_SAVEPOINT = (NotFound, Unavailable, Throttled, Unauthenticated, Forbidden, Misconfigured)


def take_savepoint(job: JobHandle, directory: str) -> None:
    """Trigger a savepoint and wait until it is seen. Raises SavepointFailed; the job runs on in that case.

    A yes is no savepoint: it counts once DLI says that the job has it, or where it lies.
    """
    before = job.seen
    try:
        Delivery(
            job,
            "savepoint",
            lambda: job.api.trigger_savepoint(job.id, directory),
            arrived=lambda live: live.status == Status.SAVEPOINTING or _is_seen(live, before, directory),
            needless=lambda _: False,
            unclear=True,
        ).make()
    except _NOT_ABOUT_THE_SAVEPOINT:
        raise
    except DliError as refused:
        raise SavepointFailed(
            job.subject,
            refused.reasons,
            remedy=refused.remedy,
            request_id=refused.request_id,
            code=refused.code,
        ) from refused

    def saved(live: LiveJob) -> bool:
        state = run_state(live.status)
        if not state.settled:
            return False
        if not state.runs and job.sightings.believed(live):
            raise _failed(job, f"the job went to {live.status}", live.status_desc)
        if _is_seen(live, before, directory):
            return True
        # DLI's own words that are new say why there is none.
        if live.status_desc not in ("", before.status_desc):
            raise _failed(job, "DLI took the request, but has no savepoint", live.status_desc)
        if job.sightings.is_constant(live):
            raise _unproven(job)
        return False

    live = job.wait(saved, "saving state")
    job.sightings.arrived(live)
    said = _path(live.savepoint_path or "")
    # DLI may put the savepoint below the directory it was given, and then says where.
    below = said.startswith(f"{_path(directory)}/")
    job.notes.own_savepoint = f"obs://{said}" if below else directory


def _is_seen(live: LiveJob, before: LiveJob, directory: str) -> bool:
    """Whether DLI shows the savepoint that was asked for: its path, or, where it gives none, that there is one now."""
    if live.savepoint_path:
        return f"{_path(live.savepoint_path)}/".startswith(f"{_path(directory)}/")
    return live.has_savepoint is True and before.has_savepoint is False


def _failed(job: JobHandle, *reasons: str) -> SavepointFailed:
    return SavepointFailed(job.subject, [reason for reason in reasons if reason])


def _unproven(job: JobHandle) -> SavepointFailed:
    return SavepointFailed(
        job.subject,
        f"DLI took the request for a savepoint, and shows none {job.sightings.waited:.0f} s later, at "
        f"{job.sightings.when()}: it is unproven",
        remedy="deploy again; nothing is stopped on an unproven savepoint, unless upgrade_mode='stateless' says that "
        "state does not matter",
    )


def import_first(job: JobHandle, directories: Sequence[str]) -> str:
    """Import the first of these savepoints that DLI takes; its directory. Raises StateLoss when it takes none."""
    refusals: list[str] = []
    for directory in directories:
        try:
            ask(job, partial(job.api.import_savepoint, job.id, directory))
        except (Unavailable, Throttled):
            if not resumes(job.look(), directory):
                raise
        except (*_NOT_ABOUT_THE_SAVEPOINT, WrongStatus):
            raise
        except DliError as refused:
            refusals.append(f"{directory}: {'; '.join(refused.reasons)}")
            continue
        job.notes.imported = True
        return directory
    raise StateLoss(
        job.subject,
        refusals or ["DLI has no savepoint of this job, and none is known here"],
        remedy="name a savepoint or checkpoint with from_savepoint, or start empty with upgrade_mode='stateless'",
    )


def resumes(live: LiveJob, directory: str) -> bool:
    """Whether the savepoint in this directory is the one that the next run resumes, as far as DLI tells."""
    return _path(live.savepoint_path or "") == _path(directory)


def _path(directory: str) -> str:
    return directory.removeprefix("obs://").rstrip("/")
