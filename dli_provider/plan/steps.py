"""The steps that plans are made of, as data: what each does, and which writes DLI will see of it.

A step was decided by the planner and decides nothing. How it is carried out and taken back stands in `run.carry_out`,
under the same names; here is what both need to know of it, and what a reviewer reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Protocol

from dli_provider.plan.ownership import KEPT, MARK, SAVEPOINT_NOTE, WAITS, Marks, ownership_tags

Document = Mapping[str, object]


@dataclass(frozen=True)
class Write:
    """A call that changes something: method, path below the project, body. `{job_id}` stands for the job's id."""

    method: str
    path: str
    body: Document | None = field(default=None, repr=False)


class Step(Protocol):
    """One thing to do to a job. Equal steps do the same: a reviewed plan is known again by them."""

    disturbs: bool
    """Whether a job that ran is at rest from here on, so that whatever fails later, it has to be run again."""

    def describe(self) -> str: ...
    def writes(self) -> tuple[Write, ...]: ...


class Lasting:
    """What steps have in common that need no undoing: what they leave behind does no harm, or was asked for."""

    disturbs = False


# -- a job comes into being, and goes ------------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateJob:
    """Create the job as a draft. Undone by deleting it.

    The marks of its owner are no part of the document: they tell one attempt from the other, and a plan does not.
    """

    document: Document = field(repr=False)
    owner: str | None
    disturbs = False

    def describe(self) -> str:
        return "create"

    def writes(self) -> tuple[Write, ...]:
        return (Write("POST", "streaming/sql-jobs", self.document),)


@dataclass(frozen=True)
class ContinueWith:
    """Go on with a job that an earlier attempt of ours created. Undone, like the creation, by deleting it."""

    job_id: int
    disturbs = False

    def describe(self) -> str:
        return f"go on with job {self.job_id}, created by an attempt that was cut off"

    def writes(self) -> tuple[Write, ...]:
        return ()


@dataclass(frozen=True)
class Adopt(Lasting):
    """Take over a job as it is: nothing is written. Nothing to undo: the job still has no owner."""

    job_id: int
    status: str

    def describe(self) -> str:
        return f"adopt job {self.job_id} ({self.status})"

    def writes(self) -> tuple[Write, ...]:
        return ()


@dataclass(frozen=True)
class HaltJob(Lasting):
    """Stop a job that is to be deleted. Not undone: the deletion was asked for."""

    def describe(self) -> str:
        return "stop without a savepoint"

    def writes(self) -> tuple[Write, ...]:
        return StopJob(trigger_savepoint=False).writes()


@dataclass(frozen=True)
class DeleteJob(Lasting):
    """Delete the job. Not undone: that was asked for."""

    def describe(self) -> str:
        return "delete"

    def writes(self) -> tuple[Write, ...]:
        return (Write("DELETE", "streaming/jobs/{job_id}"),)


# -- its definition ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AuthorizeBucket(Lasting):
    """Let DLI write to a bucket. Never undone: the permission does no harm, and another job may rely on it."""

    bucket: str

    def describe(self) -> str:
        return f"authorize bucket {self.bucket}"

    def writes(self) -> tuple[Write, ...]:
        name = self.bucket.removeprefix("obs://").split("/")[0]
        return (Write("POST", "dli/obs-authorize", {"obs_buckets": [name]}),)


@dataclass(frozen=True)
class UpdateJob:
    """One update call. `undo` is the document that takes it back; without one there is nothing to go back to.

    `complete` tells a whole definition, sent to a job at rest, from single fields. `refusable`: only fields which DLI
    may refuse to change while the job runs, whatever it then says. `begins_with`: the CUs of a job that DLI scales,
    which is run again with them and not with those that it has.
    """

    document: Document = field(repr=False)
    undo: Document = field(repr=False)
    complete: bool = False
    refusable: bool = False
    begins_with: int | None = None
    disturbs = False

    def describe(self) -> str:
        if self.begins_with is not None:
            return f"update the definition (begins with the declared {self.begins_with} CUs, and DLI scales it again)"
        return "update the definition" if self.complete else f"update {', '.join(self.document)}"

    def writes(self) -> tuple[Write, ...]:
        return (Write("PUT", "streaming/sql-jobs/{job_id}", self.document),)


@dataclass(frozen=True)
class ChangeTags:
    """Remove and add tags, each with its value. Undone by adding and removing those that were really changed."""

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


@dataclass(frozen=True)
class Claim(ChangeTags):
    """Mark a job with the tags of its owner. Undone like any change of tags.

    `taken` from another owner, by whose marks the job would not be known again: then the marks have to be put on.
    """

    taken: bool = False

    @classmethod
    def by(cls, owner: str | None, tags: Mapping[str, str], nonce: str | None = None) -> Claim:
        """The step that marks a job with these tags as its owner's."""
        own = ownership_tags(owner, nonce)
        stale = {key: tags[key] for key, value in own.items() if key in tags and tags[key] != value}
        missing = {key: value for key, value in own.items() if tags.get(key) != value}
        return cls(stale, missing, taken=not Marks.of(tags).none)

    def describe(self) -> str:
        return "mark the job as this stack's"

    def writes(self) -> tuple[Write, ...]:
        parts = self.parts(self.remove, self.add)
        return tuple(write for remove, add in parts for write in ChangeTags(remove, add).writes())

    @staticmethod
    def parts(
        remove: Mapping[str, str], add: Mapping[str, str]
    ) -> tuple[tuple[dict[str, str], dict[str, str]], ...]:
        """The tags to remove and to add, as the changes to make one after the other.

        The mark that counts is changed on its own: cut off in between, the job still bears the readable ones, and is
        not taken for one that nobody has. A job without marks gets all of them at once.
        """
        first = {MARK} if remove else {*add}
        return tuple(
            half
            for own in (True, False)
            if any(half := (_those(remove, first, own), _those(add, first, own)))
        )


@dataclass(frozen=True)
class Keep(Claim):
    """Mark a job that Pulumi is about to forget as kept for the one that takes its place, in the name of that one's
    owner: by nothing else will a later deployment find it. Undone like any change of tags."""

    @classmethod
    def by(cls, owner: str | None, tags: Mapping[str, str], nonce: str | None = None) -> Keep:
        """The step that keeps a job with these tags for its heir's owner."""
        claim = Claim.by(owner, tags, nonce)
        stale = {KEPT: tags[KEPT]} if tags.get(KEPT, WAITS) != WAITS else {}
        missing = {} if tags.get(KEPT) == WAITS else {KEPT: WAITS}
        return cls({**claim.remove, **stale}, {**claim.add, **missing}, taken=claim.taken)

    def describe(self) -> str:
        return "mark the job as kept"


# -- its state -----------------------------------------------------------------------------------------------------


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
        path = self.directory.removeprefix("obs://")
        body = {"action": "TRIGGER", "savepoint_path": path}
        return (Write("POST", "streaming/jobs/{job_id}/savepoint", body),)


@dataclass(frozen=True)
class NoteSavepoint(Lasting):
    """Leave a note on the job of where its state lies, for whoever comes after a crash. `earlier` is the one
    there now."""

    directory: str
    earlier: str | None

    def describe(self) -> str:
        return "note the savepoint on the job"

    def writes(self) -> tuple[Write, ...]:
        return ChangeTags(self.removed, {SAVEPOINT_NOTE: self.directory}).writes()

    @property
    def removed(self) -> dict[str, str]:
        """The tags that make way for the new note."""
        return {SAVEPOINT_NOTE: self.earlier} if self.earlier else {}


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


# -- whether it runs -----------------------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class RunJob:
    """Run the job, wait until it does, and watch that it stays up. Undone by making sure that it does not run."""

    resume_savepoint: bool
    health_window: float
    spares: tuple[str, ...] = ()
    disturbs = False

    def describe(self) -> str:
        return "run from its savepoint" if self.resume_savepoint else "run with empty state"

    def writes(self) -> tuple[Write, ...]:
        body = {"job_ids": ["{job_id}"], "resume_savepoint": self.resume_savepoint}
        return (Write("POST", "streaming/jobs/run", body),)


def _those(tags: Mapping[str, str], keys: Set[str], inside: bool) -> dict[str, str]:
    """The tags whose keys are among these, or are not."""
    return {key: value for key, value in tags.items() if (key in keys) is inside}


def _tags(tags: Mapping[str, str]) -> Document:
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
