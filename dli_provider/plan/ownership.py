"""Whose job is it: the marks by which a resource knows its own job again, and what they say of any job. Pure.

The marks are tags on the job itself, so that whoever comes after a crash, on whatever machine, finds them. Those that
are compared hold digests of full names: two names that begin alike are never taken for one. The readable ones are for
people in the DLI console, and nothing is decided by them that a digest can decide.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

RESERVED_PREFIX = "pulumi_"
"""Tags of this provider; the user's own may not begin so."""

SAVEPOINT_NOTE = "pulumi_savepoint"
"""Tag that holds the directory of the last savepoint taken before a stop."""

ASKED_TO_REPLACE = (
    "where Pulumi was asked to replace it (taint, --replace, replace_on_changes), take that back with `pulumi state "
    "untaint`, or by deploying without that option"
)
"""What lets one go on whose job, or template, is there under the name that its replacement is to have."""

OTHER_DOOR = (
    "where it is declared by the other door now (dynamic resource or plugin), say so with "
    "aliases=[pulumi.Alias(type_=<its type until now, as in its URN>)], and nothing is written to DLI"
)
"""What lets one go on whose job, or template, is in this very stack under its other type."""

BEGUN = "pulumi_begun"
"""Tag of a job that is just being made: the moment, in epoch seconds. It is taken off when the creation is done."""

LEFT_OVER = 24 * 3600
"""How many seconds after it was begun a job that ran may still count as one whose creation was cut off: who cancels a
deployment tries again within a day, and has first to wait until the engine's lock is lifted."""

KEPT = "pulumi_kept"
"""Tag of a job that Pulumi has deleted from its state before another was made: it is kept, with its state, for that."""

WAITS, REPLACED = "yes", "replaced"
"""Values of that tag: the other one is still to be made; it runs, and this one only could not be deleted."""

MARK = "pulumi_resource"
"""Tag that holds the mark that counts: the digests of owner and stack, and the nonce."""

_PROJECT, _STACK = "pulumi_project", "pulumi_stack"
_READABLE = 43  # the shortest limit that any DLI page names for a tag's value
_MARK = re.compile(r"([0-9a-f]{16})-([0-9a-f]{12})-([0-9a-f]{12})")
_OWN = re.compile(r"/savepoints/[^/]+/[^/-]+-\d+-([0-9a-f]{8})(?:/|$)")


def ownership_tags(owner: str | None, nonce: str | None = None) -> dict[str, str]:
    """The marks of a job of `owner` ("project/stack/resource"); none without an owner.

    The `nonce` is the job's own, made with it: it tells this job from every other that the same resource may have made,
    here or in another checkout. Without one the marks are those of version 0.1.0, which had none.
    """
    if not owner:
        return {}
    project, stack, _ = owner.split("/", 2)
    mark = f"{_digest(owner, 16)}-{_digest(_stack_of(owner), 12)}-{nonce}" if nonce else _digest(owner, 32)
    return {_PROJECT: project[:_READABLE], _STACK: stack[:_READABLE], MARK: mark}


def heir_nonce(job_id: int, nonce: str | None) -> str:
    """The nonce of the job that takes the place of another. It follows from that one, so that an attempt which goes on
    with a replacement that was cut off knows what the earlier one had made, and takes nobody else's for it."""
    return _digest(f"{job_id}/{nonce or ''}", 12)


@dataclass(frozen=True)
class Marks:
    """What a job's tags say of whose it is. `project` and `stack` are cut, and for people only."""

    project: str | None = None
    stack: str | None = None
    resource: str | None = None
    begun: int | None = None
    noted: bool = False

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> Marks:
        """The marks among the tags of a job."""
        begun = tags.get(BEGUN, "")
        return cls(
            tags.get(_PROJECT),
            tags.get(_STACK),
            tags.get(MARK),
            int(begun) if begun.isascii() and begun.isdigit() else None,
            SAVEPOINT_NOTE in tags,
        )

    @property
    def none(self) -> bool:
        """Whether nobody has marked the job."""
        return self.project is None and self.stack is None and self.resource is None

    @property
    def nonce(self) -> str | None:
        """The nonce of the job; None where version 0.1.0 has marked it."""
        mark = _MARK.fullmatch(self.resource or "")
        return mark[3] if mark else None

    def is_of(self, owner: str | None) -> bool:
        """Whether the job is marked as this resource's."""
        if not owner or not self.resource:
            return False
        if mark := _MARK.fullmatch(self.resource):
            return mark[1] == _digest(owner, 16)
        return self.resource == _digest(owner, 32)

    def same_stack(self, owner: str | None) -> bool:
        """Whether the job is marked as one of this resource's stack, as far as that can be told for certain."""
        if not owner:
            return False
        if mark := _MARK.fullmatch(self.resource or ""):
            return mark[2] == _digest(_stack_of(owner), 12)
        # Version 0.1.0 kept no digest of the stack, and a name that was cut may be another's that begins alike.
        project, stack, _ = owner.split("/", 2)
        whole = len(project) < _READABLE and len(stack) < _READABLE
        return self.is_of(owner) or (whole and (self.project, self.stack) == (project, stack))

    def same_resource(self, owner: str | None) -> bool:
        """Whether the job is marked as what is this resource in another stack, as far as that can be told."""
        resource = (owner or "").split("/", 2)[-1]
        return self.nonce is not None and self.is_of(f"{self.project}/{self.stack}/{resource}")

    def half_claimed(self, owner: str | None) -> bool:
        """Whether a change of owner was cut off between taking the old mark off and putting the new one on."""
        return self.resource is None and self.same_stack(owner)

    @property
    def whose(self) -> str:
        """Who the job belongs to, for people."""
        stack = "/".join(part for part in (self.project, self.stack) if part is not None)
        return f"stack {stack}" if stack else "nobody that left a tag on it"


def owns(owner: str | None, tags: Mapping[str, str]) -> bool:
    """Whether a job with these tags is marked as this resource's."""
    return Marks.of(tags).is_of(owner)


def owner_of(tags: Mapping[str, str]) -> str:
    """Who a job with these tags belongs to, for people."""
    return Marks.of(tags).whose


class Standing(Enum):
    """What a job at DLI is to the resource that is about to change it."""

    OURS = auto()
    """It is this resource's, or nothing speaks against the state's word."""
    MOVING = auto()
    """It is this resource's under its former name: the first thing to do is to mark it anew."""
    LET_GO = auto()
    """Its marks were taken off, though the state says that it had them: somebody gave it away."""
    ANOTHERS = auto()
    """It is marked as another resource's, or as the one of another checkout of the same stack."""


def standing(
    marks: Marks | None, was: str | None, now: str | None, nonce: str | None, *, unclaimed: bool = False
) -> Standing:
    """What the marks of a live job say to a resource.

    `was` owns it in the state and `now` in the program; `nonce` is the one in the state, and `unclaimed` says that the
    job was adopted without a write, so that it need not have marks. `marks` is None where the region has no tag calls.
    """
    # A state without an owner is older than marks, so none are missed.
    unclaimed = unclaimed or was is None
    was = was or now
    moves = now is not None and was != now
    if marks is None or was is None:
        # Nothing there can be asked whose the job is, so the state is all there is to go by.
        return Standing.OURS
    if marks.none:
        return Standing.OURS if unclaimed else Standing.LET_GO
    if marks.half_claimed(was) or marks.half_claimed(now):
        return Standing.MOVING
    if marks.is_of(now) and (moves or unclaimed):
        # A claim of ours that was carried out, and whose deployment was cut off before it was recorded. Where the state
        # has a nonce, the claim kept it.
        return Standing.OURS if nonce in (None, marks.nonce) else Standing.ANOTHERS
    if unclaimed or not marks.is_of(was) or marks.nonce != nonce:
        # The same resource with another nonce is a job that another checkout made or took over.
        return Standing.ANOTHERS
    return Standing.MOVING if moves else Standing.OURS


def may_continue(
    marks: Marks, owner: str | None, *, ran: bool, made: float | None, now: float, patience: float
) -> bool:
    """Whether a job of the wanted name is one that this very resource began to make, and whose creation was cut off.

    A job that is done, that ran without a sign of being begun, or whose state somebody saved, is never left over.
    `made` is when DLI made the job, and `now` the moment, both in epoch seconds; `patience` is how many seconds a
    deployment may take to make one.
    """
    if not marks.is_of(owner) or marks.noted:
        return False
    if marks.begun is not None:
        # A draft has no state that could be lost. What ran, and was begun more than a day ago, may well be done, and
        # only its sign could not be taken off: another checkout has it, or the state that did was lost.
        return not ran or now - marks.begun <= LEFT_OVER
    # Version 0.1.0 left no sign. What never ran and is younger than a deployment may take can only be a draft of it.
    return marks.nonce is None and not ran and made is not None and now - made <= patience


def savepoint_directory(bucket: str, name: str, stamp: str, run: int | None, sql_body: str) -> str:
    """Where a savepoint of our own goes: it names the job, the time (`stamp`), the run (by the moment at which DLI says
    that it began) and the query that the state fits."""
    root = bucket.removeprefix("obs://").strip("/")
    return f"obs://{root}/savepoints/{name}/{stamp}-{run or 0}-{query_mark(sql_body)}/"


def taken_in(directory: str, run: int | None) -> bool:
    """Whether a savepoint of our own was taken in this run."""
    return directory.split("-")[-2:-1] == [str(run or 0)]


def fits(directory: str, sql_body: str | None) -> bool:
    """Whether a savepoint of our own was taken from a job with just this query."""
    return sql_body is not None and directory.rstrip("/").endswith("-" + query_mark(sql_body))


def of_another(directory: str, *queries: str | None) -> bool:
    """Whether a savepoint of our own was taken from a job with none of these queries. Of any other, nobody knows."""
    query = query_of(directory)
    return query is not None and query not in {query_mark(sql_body) for sql_body in queries if sql_body}


def query_of(directory: str) -> str | None:
    """The mark of the query that a savepoint of our own was taken from; None where the directory is not of our own."""
    own = _OWN.search(directory)
    return own[1] if own else None


def query_mark(sql_body: str) -> str:
    """What tells a query from others, short enough for a directory's name."""
    return _digest(sql_body, 8)


def _stack_of(owner: str) -> str:
    return "/".join(owner.split("/", 2)[:2])


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
