"""The steps by which a job that exists becomes a stack's own: taken over as it is, and marked at its first change."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from dli_provider.errors import DliError, Throttled, Unauthenticated, Unavailable
from dli_provider.plan.ownership import ownership_tags
from dli_provider.plan.steps import ChangeTags, Lasting, Write
from dli_provider.run.handle import RemoteJob


@dataclass(frozen=True)
class Adopt(Lasting):
    """Take over a job as it is: nothing is written. Nothing to undo either: the job goes on being nobody's."""

    job_id: int
    status: str

    def describe(self) -> str:
        return f"adopt job {self.job_id} ({self.status})"

    def writes(self) -> tuple[Write, ...]:
        return ()

    def apply(self, job: RemoteJob) -> None:
        job.job_id = self.job_id


@dataclass(frozen=True)
class Claim(ChangeTags):
    """Mark a job that was adopted with the tags of its owner. Undone like any change of tags."""

    def describe(self) -> str:
        return "mark the job as this stack's"

    def apply(self, job: RemoteJob) -> None:
        try:
            now = job.api.tags(job.id).items()
            job.change_tags(dict(self.remove.items() & now), dict(self.add.items() - now))
        except (Unavailable, Throttled, Unauthenticated):
            raise
        except DliError as refused:
            # Not every region publishes the tag calls; the state knows whose the job is.
            job.say(f"the job could not be marked as this stack's: {'; '.join(refused.reasons)}")

    def revert(self, job: RemoteJob) -> None:
        with suppress(DliError):  # a mark that stays is this stack's own, and keeps it from nothing
            super().revert(job)


def claim(owner: str | None, tags: Mapping[str, str]) -> Claim:
    """The step that marks a job with these tags as its owner's."""
    own = ownership_tags(owner)
    stale = {key: tags[key] for key, value in own.items() if key in tags and tags[key] != value}
    return Claim(stale, {key: value for key, value in own.items() if tags.get(key) != value})
