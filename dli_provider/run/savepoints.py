"""State put away and fetched: a savepoint of our own, taken while the job runs, and one imported while it does not."""

from __future__ import annotations

from collections.abc import Sequence

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
)
from dli_provider.job.status import Status, run_state
from dli_provider.run.handle import JobHandle

_NOT_ABOUT_THE_SAVEPOINT = (NotFound, Unavailable, Throttled, Unauthenticated, Forbidden, Misconfigured)


def take_savepoint(job: JobHandle, directory: str) -> None:
    """Trigger a savepoint and wait until it is done. Raises SavepointFailed; the job runs on in that case."""
    words, latest = job.seen.status_desc, job.seen.savepoint_path
    try:
        job.deliver(
            lambda: job.api.trigger_savepoint(job.id, directory),
            arrived=lambda live: live.status == Status.SAVEPOINTING or resumes(live, directory),
            needless=lambda _: False,
        )
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
    live = job.settled("saving state")
    ended = not run_state(live.status).runs
    failed = live.has_savepoint is False or (latest is not None and resumes(live, latest))
    if ended or (failed and live.status_desc not in ("", words)):
        what = f"the job went to {live.status}" if ended else "DLI took the request, but has no savepoint"
        raise SavepointFailed(job.subject, [reason for reason in (what, live.status_desc) if reason])
    if failed:
        # No proof that it failed: no page says whether `has_savepoint` speaks of savepoints that were
        # triggered. The stop that follows takes one of its own, and the last checkpoint is a spare.
        job.say("DLI does not confirm the savepoint; going on with the one that the stop takes")
    # DLI may put the savepoint below the directory it was given, and then says where.
    said = f"obs://{(live.savepoint_path or '').removeprefix('obs://')}"
    job.notes.own_savepoint = said if said.startswith(directory) else directory


def import_first(job: JobHandle, directories: Sequence[str]) -> str:
    """Import the first of these savepoints that DLI takes; its directory. Raises StateLoss when it takes none."""
    refusals: list[str] = []
    for directory in directories:
        job.about_to_change()
        try:
            job.api.import_savepoint(job.id, directory)
        except (Unavailable, Throttled):
            if not resumes(job.look(), directory):
                raise
        except _NOT_ABOUT_THE_SAVEPOINT:
            raise
        except DliError as refused:
            refusals.append(f"{directory}: {'; '.join(refused.reasons)}")
            continue
        return directory
    raise StateLoss(
        job.subject,
        refusals or ["DLI has no savepoint of this job, and none is known here"],
        remedy="name a savepoint or checkpoint with from_savepoint, or start empty with upgrade_mode='stateless'",
    )


def resumes(live: LiveJob, directory: str) -> bool:
    """Whether the savepoint in this directory is the one that the next run resumes, as far as DLI tells."""
    said = (live.savepoint_path or "").removeprefix("obs://")
    return said.rstrip("/") == directory.removeprefix("obs://").rstrip("/")
