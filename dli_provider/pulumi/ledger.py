"""What one process of the provider knows of each resource, and which of the engine's calls told it.

The engine calls `check` for each declared resource, `diff` for each that its state has, `read` in a refresh, and
then `create`, `update` and `delete`, from many threads at once. No call is told what another was told. What one of them
needs of another is noted here, and nowhere else: asking and noting are one, so that no two threads take the same job.

Calls nothing, and decides nothing about jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from dli_provider.pulumi.property_bags import Bag

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec


@dataclass
class _Noted:
    """What is known of one resource: of its owner, as the marks of a job name it."""

    wanted: Bag | None = None
    """From `check`: its arguments in the program, until `create` has made a job of them."""
    declared: bool = False
    """From `check`: what is announced for it is going to be done."""
    has: int | None = None
    """From `diff`: the job that the state has for it; from `create`: the one that it has now."""
    nonce: str | None = None
    """From `diff`: what that job is marked with."""
    replaces: Bag | None = None
    """From `diff`, `read` or `delete`: what the state had of the job whose place the next one takes."""
    retired: bool = False
    """From `delete`: that job is not in the state any more, so `create` has to delete it."""
    anew: bool = False
    """From `diff`, `read` or `delete`: the next job is made, even if the program says `adopt`."""
    given: int | None = None
    """From `create`: the job that this process has made or taken over for it."""
    empty: JobSpec | None = None
    """From `create`: how that job was made, where it knew of no other whose state it could go on from."""


@dataclass(frozen=True)
class Predecessor:
    """A job whose place another takes, as the state had it. `retired`: the state does not have it any more."""

    olds: Bag
    retired: bool


@dataclass
class Ledger:
    """What is known of the resources of one deployment."""

    _of: dict[str, _Noted] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    """From `check`: names of jobs, each with its owner."""
    _adopters: dict[int, str] = field(default_factory=dict)
    """From `check` and `create`: jobs that are taken over, each by whom."""
    _lock: Lock = field(default_factory=Lock)

    # -- check: what the program declares ----------------------------------------------------------------------------

    def namesake(self, name: str, owner: str) -> str:
        """At `check`: note the name of a resource's job; the resource that has it already, "" where none has."""
        with self._lock:
            other = self._named.setdefault(name, owner)
        return other if other != owner else ""

    def declare(self, owner: str, inputs: Bag) -> None:
        """At the end of `check`: note what the program declares."""
        with self._lock:
            known = self._known(owner)
            known.declared, known.wanted = True, inputs

    def declared(self, owner: str) -> bool:
        """At `diff`: whether it is asked for a deployment. A refresh compares too, and checks nothing before."""
        with self._lock:
            return self._known(owner).declared

    def may_adopt(self, owner: str) -> bool:
        """At `check` and `create`: whether what the program says of `adopt` still counts for the next job."""
        with self._lock:
            return not self._known(owner).anew

    # -- one job, one resource ---------------------------------------------------------------------------------------

    def take_over(self, job_id: int, owner: str | None) -> str:
        """At `check` and `create`, before a job is taken over: note who does. The declared resource that has this job
        already, "" where none has; then nothing is noted."""
        with self._lock:
            other = self._holder(job_id, owner) or self._adopters.setdefault(job_id, str(owner))
        return other if other != owner else ""

    def hold(self, job_id: int, owner: str, nonce: str | None) -> str:
        """At `diff`: note the job that the state has for a declared resource. The resource that is about to take it
        over; "" where none is."""
        with self._lock:
            known = self._known(owner)
            known.has, known.nonce = job_id, nonce
            other = self._adopters.get(job_id, owner)
        return other if other != owner else ""

    def holder(self, job_id: int, owner: str) -> tuple[str, str | None]:
        """At `delete`: the other declared resource that has this job, and what it is marked with for that one; "" where
        none has.

        One that is being replaced is its heir's only until that has a job of its own, perhaps under another owner.
        """
        with self._lock:
            other = self._holder(job_id, owner)
            return other, self._of[other].nonce if other else None

    def awaited_holder(self, job_id: int, owner: str) -> str:
        """At `delete`: the resource that was to take this job over and has not done so; "" where there is none."""
        with self._lock:
            other = self._adopters.get(job_id, owner)
            return other if other != owner and self._known(other).has != job_id else ""

    # -- a job whose place another takes -----------------------------------------------------------------------------

    def replace(self, owner: str, olds: Bag) -> None:
        """At `diff` and `read`: note that the next job takes the place of this one."""
        with self._lock:
            known = self._known(owner)
            known.replaces, known.anew = olds, True

    def make_anew(self, owner: str) -> None:
        """At `diff` and `read`: note that the next job is made, and has nothing to do with the one in the state."""
        with self._lock:
            self._known(owner).anew = True

    def retire(self, heir: str, olds: Bag) -> None:
        """At `delete`: note that the job was kept for the one that the heir is going to make."""
        with self._lock:
            known = self._known(heir)
            # What the program says of `adopt` was said of the job that is gone.
            known.replaces, known.retired, known.anew = olds, True, True

    def predecessor(self, owner: str) -> Predecessor | None:
        """At `create`: the job whose place the new one takes. It is asked for once, as what is wanted is made now."""
        with self._lock:
            known = self._known(owner)
            olds, retired = known.replaces, known.retired
            known.wanted, known.replaces, known.retired = None, None, False
        return Predecessor(olds, retired) if olds else None

    def make(self, owner: str, job_id: int, empty: JobSpec | None) -> None:
        """At the end of `create`: note the job; `empty` where it goes on from no other one's state."""
        with self._lock:
            known = self._known(owner)
            known.has = known.given = job_id
            known.empty = empty

    def was_given(self, job_id: int, owner: str) -> bool:
        """At `delete`: whether the resource was given this very job just now, so that it must not go."""
        with self._lock:
            return self._known(owner).given == job_id

    def made_beside(self, job_id: int, owner: str) -> JobSpec | None:
        """At `delete`: the job that was made for this resource beside the one to go, and knows nothing of its state."""
        with self._lock:
            known = self._known(owner)
            return known.empty if known.given != job_id else None

    def heir(self, job_id: int, owner: str, name: object) -> tuple[str, Bag] | None:
        """At `delete`: the declared resource that has yet to make the job which takes this one's place, and its
        arguments; None where there is none, or where the state has another job for it already.

        The state names the owner that the job had. Where stack or resource were renamed, only its name tells.
        """
        with self._lock:
            known = self._known(owner)
            if known.has not in (None, job_id):
                return None
            if known.wanted is not None:
                return owner, known.wanted
            return next(
                (
                    (each, other.wanted)
                    for each, other in self._of.items()
                    if other.wanted and other.wanted.get("name") == name and other.has in (None, job_id)
                ),
                None,
            )

    def _known(self, owner: str) -> _Noted:
        return self._of.setdefault(owner, _Noted())

    def _holder(self, job_id: int, owner: str | None) -> str:
        found = (
            each
            for each, other in self._of.items()
            if each != owner
            and other.has == job_id
            and int((other.replaces or {}).get("job_id") or 0) != job_id
        )
        return next(found, "")
