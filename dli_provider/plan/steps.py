"""The steps plans are made of. Each says what it does, which writes DLI will see, does it, and undoes it.

A step is data: it was decided by the planner and decides nothing. `revert` is called on the steps that were
begun, last first, also on the one that failed; so it looks at the job, and finding nothing to undo is fine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import StateLoss, Unavailable
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import live_values
from dli_provider.run.handle import RemoteJob

Document = Mapping[str, object]


@dataclass(frozen=True)
class Write:
    """A call that changes something: method, path below the project, body. `{job_id}` stands for the job's id."""

    method: str
    path: str
    body: Document | None = field(default=None, repr=False)


class Step(Protocol):
    """One thing to do to a job."""

    disturbs: bool
    """Whether a job that ran is at rest from here on: undoing such a step runs it again."""

    def describe(self) -> str: ...
    def writes(self) -> tuple[Write, ...]: ...
    def apply(self, job: RemoteJob) -> None: ...
    def revert(self, job: RemoteJob) -> None: ...


class Lasting:
    """What steps have in common that need no undoing."""

    disturbs = False

    def revert(self, job: RemoteJob) -> None:
        """Nothing to undo."""


@dataclass(frozen=True)
class AuthorizeBucket(Lasting):
    bucket: str

    def describe(self) -> str:
        return f"authorize bucket {self.bucket}"

    def writes(self) -> tuple[Write, ...]:
        name = self.bucket.removeprefix("obs://").split("/")[0]
        return (Write("POST", "dli/obs-authorize", {"obs_buckets": [name]}),)

    def apply(self, job: RemoteJob) -> None:
        job.api.authorize_bucket(self.bucket)


@dataclass(frozen=True)
class UpdateJob:
    """One update call. `undo` is the document that takes it back; without one there is nothing to go back to.

    `complete` tells a whole definition, sent to a job at rest, from single fields.
    """

    document: Document = field(repr=False)
    undo: Document = field(repr=False)
    complete: bool = False
    disturbs = False

    def describe(self) -> str:
        return "update the definition" if self.complete else f"update {', '.join(self.document)}"

    def writes(self) -> tuple[Write, ...]:
        return (Write("PUT", "streaming/sql-jobs/{job_id}", self.document),)

    def apply(self, job: RemoteJob) -> None:
        try:
            job.update(self.document)
        except Unavailable:
            if not _holds(job.look(), self.document):
                raise

    def revert(self, job: RemoteJob) -> None:
        if self.undo and not _holds(job.look(), self.undo):
            job.update(self.undo)


@dataclass(frozen=True)
class ChangeTags:
    remove: Mapping[str, str]
    add: Mapping[str, str]
    disturbs = False

    def describe(self) -> str:
        return f"change tags {', '.join(sorted({*self.remove, *self.add}))}"

    def writes(self) -> tuple[Write, ...]:
        path = "dli_flink_job/{job_id}/tags"
        return tuple(
            Write("POST", f"{path}/{action}", _tags(tags))
            for action, tags in (("delete", self.remove), ("create", self.add))
            if tags
        )

    def apply(self, job: RemoteJob) -> None:
        job.change_tags(self.remove, self.add)

    def revert(self, job: RemoteJob) -> None:
        now = job.api.tags(job.id).items()
        added = {key: value for key, value in self.add.items() if (key, value) in now}
        removed = {key: value for key, value in self.remove.items() if (key, value) not in now}
        job.change_tags(added, removed)


@dataclass(frozen=True)
class StopJob:
    """Stop the job. Undone by running it again from its state; empty only where there was none to keep."""

    trigger_savepoint: bool
    spares: tuple[str, ...] = ()
    may_start_empty: bool = False
    health_window: float = 0.0
    disturbs = True

    def describe(self) -> str:
        return "stop with a savepoint" if self.trigger_savepoint else "stop without a savepoint"

    def writes(self) -> tuple[Write, ...]:
        body = {"job_ids": ["{job_id}"], "trigger_savepoint": self.trigger_savepoint}
        return (Write("POST", "streaming/jobs/stop", body),)

    def apply(self, job: RemoteJob) -> None:
        job.stood_from = job.clock.now()
        job.stop(trigger_savepoint=self.trigger_savepoint)

    def revert(self, job: RemoteJob) -> None:
        if not job.bring_to_rest(trigger_savepoint=self.trigger_savepoint):
            return
        try:
            job.resume(self.spares, self.health_window)
        except StateLoss:
            if not self.may_start_empty:
                raise
            job.say("no savepoint to run from; starting empty, as was consented to")
            job.run(health_window=self.health_window)


@dataclass(frozen=True)
class FoundAtRest:
    """The job was found stopped in the middle of an earlier change. Undone by running the old definition from
    its state."""

    status: str
    spares: tuple[str, ...]
    health_window: float
    disturbs = True

    def describe(self) -> str:
        return f"found {self.status}"

    def writes(self) -> tuple[Write, ...]:
        return ()

    def apply(self, job: RemoteJob) -> None:
        """Nothing to do: the job is at rest."""

    def revert(self, job: RemoteJob) -> None:
        if job.bring_to_rest(trigger_savepoint=False):
            job.resume(self.spares, self.health_window)


@dataclass(frozen=True)
class RunJob:
    """Run the job, wait until it does, and watch that it stays up."""

    resume_savepoint: bool
    health_window: float
    spares: tuple[str, ...] = ()
    disturbs = False

    def describe(self) -> str:
        return "run from its savepoint" if self.resume_savepoint else "run with empty state"

    def writes(self) -> tuple[Write, ...]:
        body = {"job_ids": ["{job_id}"], "resume_savepoint": self.resume_savepoint}
        return (Write("POST", "streaming/jobs/run", body),)

    def apply(self, job: RemoteJob) -> None:
        if self.resume_savepoint:
            job.resume(self.spares, self.health_window)
        else:
            job.run(health_window=self.health_window)

    def revert(self, job: RemoteJob) -> None:
        if job.source:
            job.halt()


def _holds(live: LiveJob, document: Document) -> bool:
    """Whether the job is as an update with this document makes it."""
    has = live_values(live.fields, document)
    return all(WIRED[name].same(WIRED[name].decode(sent), has.get(name)) for name, sent in document.items())


def _tags(tags: Mapping[str, str]) -> Document:
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
