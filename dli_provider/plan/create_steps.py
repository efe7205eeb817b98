"""The steps that bring a job into being exactly once, whatever answers get lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Conflict, Misconfigured, Throttled, Unavailable
from dli_provider.plan.ownership import owner_of, owns
from dli_provider.plan.steps import Document, Write
from dli_provider.run.handle import RemoteJob

_TRIES = 3


class FoundOwn(Exception):
    """The job was created by an earlier attempt of ours whose answer never arrived."""

    def __init__(self, live: LiveJob) -> None:
        super().__init__(live.job_id)
        self.live = live


@dataclass(frozen=True)
class CreateJob:
    """Create the job as a draft. Undone by deleting it.

    DLI has no idempotency token, but names are unique: a name that is taken is either our own earlier attempt (it
    carries our tags; raises FoundOwn) or somebody else's job (raises Conflict with its id).
    """

    document: Document = field(repr=False)
    owner: str | None
    disturbs = False

    def describe(self) -> str:
        return "create"

    def writes(self) -> tuple[Write, ...]:
        return (Write("POST", "streaming/sql-jobs", self.document),)

    def apply(self, job: RemoteJob) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                job.created(job.api.create(self.document))
            except Conflict as taken:
                if found := self._found(job, taken):
                    raise FoundOwn(found) from taken
                raise
            except (Unavailable, Throttled) as lost:
                if found := self._found(job, None):
                    raise FoundOwn(found) from lost
                if attempt == _TRIES:
                    raise
                job.clock.sleep(attempt)
            else:
                return

    def _found(self, job: RemoteJob, taken: Conflict | None) -> LiveJob | None:
        """Look for our own job; until that has been answered, the job is adrift."""
        job.adrift = True
        try:
            found = self._ours(job, taken)
        except Conflict:
            job.adrift = False
            raise
        job.adrift = False
        return found

    def _ours(self, job: RemoteJob, taken: Conflict | None) -> LiveJob | None:
        """Our own job of this name, None where there is no job of the name. Raises Conflict for somebody else's."""
        namesake = next((live for live in job.api.list_all(name=job.name) if live.name == job.name), None)
        if namesake is None:
            return None
        try:
            tags = job.api.tags(namesake.job_id)
        except Misconfigured:
            tags = {}
        if owns(self.owner, tags):
            return job.api.get(namesake.job_id)
        raise Conflict(
            job.name,
            f"a job of this name exists already: id {namesake.job_id}, status {namesake.status}, "
            f"of {owner_of(tags)}; it is not touched",
            remedy="choose another name, or delete that job first if nobody needs it",
            request_id=taken.request_id if taken else "",
            code=taken.code if taken else "",
        )

    def revert(self, job: RemoteJob) -> None:
        if job.adrift:
            with suppress(Conflict):  # somebody else's
                found = self._found(job, None)
                job.job_id = found.job_id if found else None
        if job.job_id is not None:
            job.delete()


@dataclass(frozen=True)
class ContinueWith:
    """Go on with a job that an earlier attempt of ours created. Undone, like the creation, by deleting it."""

    job_id: int
    disturbs = False

    def describe(self) -> str:
        return f"go on with job {self.job_id}, created by an attempt that was cut off"

    def writes(self) -> tuple[Write, ...]:
        return ()

    def apply(self, job: RemoteJob) -> None:
        job.job_id = self.job_id

    def revert(self, job: RemoteJob) -> None:
        job.delete()
