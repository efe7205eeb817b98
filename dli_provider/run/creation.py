"""A job brought into being exactly once, whatever answers get lost; and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Conflict, Misconfigured, NotFound, Throttled, Unavailable
from dli_provider.plan.ownership import owner_of, owns
from dli_provider.run.handle import JobHandle

_TRIES = 3


class FoundOwn(Exception):
    """The job was created by an earlier attempt of ours whose answer never arrived."""

    def __init__(self, live: LiveJob) -> None:
        super().__init__(live.job_id)
        self.live = live


def create(job: JobHandle, document: Mapping[str, object], owner: str | None) -> None:
    """Create the job.

    DLI has no idempotency token, but names are unique: a name that is taken is either our own earlier attempt (it
    carries our tags; raises FoundOwn) or somebody else's job (raises Conflict with its id).
    """
    for attempt in range(1, _TRIES + 1):
        try:
            job.created(job.api.create(document))
        except Conflict as taken:
            if found := _found(job, owner, taken):
                raise FoundOwn(found) from taken
            # DLI says that the name is taken but lists no such job. We cannot tell why, so DLI's error stands.
            raise
        except (Unavailable, Throttled) as lost:
            if found := _found(job, owner, None):
                raise FoundOwn(found) from lost
            if attempt == _TRIES:
                raise
            job.clock.sleep(attempt)
        else:
            return


def remove_created(job: JobHandle, owner: str | None) -> None:
    """Take a creation back: delete the job, if it was created at all."""
    if job.notes.adrift:
        with suppress(Conflict):  # somebody else's
            found = _found(job, owner, None)
            job.job_id = found.job_id if found else None
    if job.job_id is not None:
        delete(job)


def delete(job: JobHandle) -> None:
    """Delete the job and wait until it is gone; a job that is gone already is fine."""
    job.about_to_change()
    try:
        job.api.delete(job.id)
    except NotFound:
        return
    try:
        job.wait(lambda _: False, "deleting")
    except NotFound:
        return


def _found(job: JobHandle, owner: str | None, taken: Conflict | None) -> LiveJob | None:
    """Look for our own job; until that has been answered, the job is adrift."""
    job.notes.adrift = True
    try:
        found = _ours(job, owner, taken)
    except Conflict:
        job.notes.adrift = False
        raise
    job.notes.adrift = False
    return found


def _ours(job: JobHandle, owner: str | None, taken: Conflict | None) -> LiveJob | None:
    """Our own job of this name, None where there is no job of the name. Raises Conflict for somebody else's."""
    # No page says whether DLI's filter is exact.
    namesake = next((live for live in job.api.list_all(name=job.name) if live.name == job.name), None)
    if namesake is None:
        return None
    try:
        tags = job.api.tags(namesake.job_id)
    except Misconfigured:
        # A region without tag calls cannot tell whose the job is, so it is not taken for ours.
        tags = {}
    if owns(owner, tags):
        return job.api.get(namesake.job_id)
    raise Conflict(
        job.name,
        f"a job of this name exists already: id {namesake.job_id}, status {namesake.status}, "
        f"of {owner_of(tags)}; it is not touched",
        remedy="choose another name, or delete that job first if nobody needs it",
        request_id=taken.request_id if taken else "",
        code=taken.code if taken else "",
    )
