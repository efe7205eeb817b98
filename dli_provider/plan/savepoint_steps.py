"""The steps that carry state from one run to the next: save it, say where it is, fetch it."""

from __future__ import annotations

from dataclasses import dataclass

from dli_provider.errors import DliError, Misconfigured, Throttled, Unauthenticated, Unavailable
from dli_provider.plan.ownership import SAVEPOINT_NOTE
from dli_provider.plan.steps import ChangeTags, Lasting, Write
from dli_provider.run.handle import RemoteJob
from dli_provider.run.savepoints import import_first, resumes, take_savepoint


@dataclass(frozen=True)
class TakeSavepoint(Lasting):
    """A savepoint of our own, which unlike DLI's survives the next start. Optional where state may be dropped
    anyway."""

    directory: str
    required: bool

    def describe(self) -> str:
        parent, _, _ = self.directory.rstrip("/").rpartition("/")
        return f"take a savepoint under {parent}/"

    def writes(self) -> tuple[Write, ...]:
        return (
            Write(
                "POST",
                "streaming/jobs/{job_id}/savepoint",
                {"action": "TRIGGER", "savepoint_path": self.directory.removeprefix("obs://")},
            ),
        )

    def apply(self, job: RemoteJob) -> None:
        try:
            take_savepoint(job, self.directory)
        except Misconfigured:
            # The job itself was found just now, so only this call is missing: not every region publishes it.
            job.say("this region has no savepoint call; going on with the savepoint that the stop takes")
        except DliError as refused:
            if self.required:
                raise
            job.say(
                f"no savepoint to fall back on: {'; '.join(refused.reasons)}; losing state was consented to"
            )


@dataclass(frozen=True)
class NoteSavepoint(Lasting):
    """Leave a note on the job of where its state lies, for whoever comes after a crash."""

    directory: str
    earlier: str | None

    def describe(self) -> str:
        return "note the savepoint on the job"

    def writes(self) -> tuple[Write, ...]:
        removed = {SAVEPOINT_NOTE: self.earlier} if self.earlier else {}
        return ChangeTags(removed, {SAVEPOINT_NOTE: self.directory}).writes()

    def apply(self, job: RemoteJob) -> None:
        if job.own_savepoint is None:
            return
        try:
            job.change_tags(
                {SAVEPOINT_NOTE: self.earlier} if self.earlier else {}, {SAVEPOINT_NOTE: job.own_savepoint}
            )
        except (Unavailable, Throttled, Unauthenticated):
            raise
        except DliError as refused:
            # Not every region publishes the tag calls, and the pages differ on how long and how many tags may be. The
            # note matters only if this deployment is cut off within the next minutes.
            job.say(f"the savepoint could not be noted on the job: {'; '.join(refused.reasons)}")


@dataclass(frozen=True)
class ImportSavepoint:
    """Make a savepoint or checkpoint the one that the next run resumes; if DLI refuses it, the first spare.

    Undone by importing `present`, the one that would have been resumed; where it is not known, what is run again
    imports its own.
    """

    directory: str
    spares: tuple[str, ...] = ()
    present: str | None = None
    disturbs = False

    def describe(self) -> str:
        return f"import savepoint {self.directory}"

    def writes(self) -> tuple[Write, ...]:
        body = {"job_id": "{job_id}", "savepoint_path": self.directory}
        return (Write("POST", "streaming/jobs/{job_id}/import-savepoint", body),)

    def apply(self, job: RemoteJob) -> None:
        taken = import_first(job, (self.directory, *self.spares))
        if taken != self.directory:
            job.say(f"{self.directory} was refused; imported {taken}")

    def revert(self, job: RemoteJob) -> None:
        live = job.look()
        imported = any(resumes(live, directory) for directory in (self.directory, *self.spares))
        if self.present and not resumes(live, self.present):
            import_first(job, (self.present,))
        elif imported or live.savepoint_path is None:
            job.displaced = True
