"""What one process of the provider knows of each resource, and which of the engine's calls told it.

The engine calls `check` for each declared resource, `diff` for each that its state has, `read` in a refresh, and
then `create`, `update` and `delete`, from many threads at once. No call is told what another was told. What one of them
needs of another is noted here, and nowhere else: asking and noting are one, so that no two threads take the same job.

Calls nothing, and decides nothing about jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Lock

from dli_provider.pulumi.property_bags import Bag


class Fate(Enum):
    """What becomes of a job that Pulumi asks to delete."""

    STAYS = auto()
    """Its resource was given this very job just now."""
    HANDED_ON = auto()
    """Another declared resource has it."""
    AWAITED = auto()
    """A declared resource was to have the job or its name, and has got neither."""
    MAKES_WAY = auto()
    """A job that is yet to be made takes its place."""
    REPLACED = auto()
    """Another job has taken its place, and knows of its state."""
    LEFT_BEHIND = auto()
    """Another job was made for its resource, and this deployment did not make it from this one's state."""
    UNWANTED = auto()
    """No declared resource has anything to do with it."""


@dataclass(frozen=True)
class OldJob:
    """The fate of a job, and the resource that decides it: its owner, its arguments, and the job that it has."""

    fate: Fate
    owner: str = ""
    wanted: Bag = field(default_factory=dict)
    has: int | None = None
    nonce: str | None = None


@dataclass
class _Noted:
    """What is known of one resource: of its owner, as the marks of a job name it."""

    wanted: Bag | None = None
    """From `check` and `create`: its arguments in the program. What is announced for it is going to be done."""
    asked: bool = False
    """From `create`: whether that was called."""
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
    empty: bool = False
    """From `create`: whether that job was made, and knew of no other whose state it could go on from."""


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
            self._known(owner).wanted = inputs

    def declared(self, owner: str) -> bool:
        """At `diff`: whether it is asked for a deployment. A refresh compares too, and checks nothing before."""
        with self._lock:
            return self._known(owner).wanted is not None

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

    def adopt_instead(self, owner: str) -> None:
        """At `diff`: note that the program names a job to take over in place of the one that is gone."""
        with self._lock:
            known = self._known(owner)
            known.replaces, known.anew = None, False

    def predecessor(self, owner: str, props: Bag) -> Predecessor | None:
        """At `create`: the job whose place the new one takes. It is asked for once, as what is wanted is made now."""
        with self._lock:
            known = self._known(owner)
            olds, retired = known.replaces, known.retired
            known.wanted, known.asked, known.replaces, known.retired = props, True, None, False
        return Predecessor(olds, retired) if olds else None

    def make(self, owner: str, job_id: int, *, succeeds: bool) -> None:
        """At the end of `create`: note the job; `succeeds` where another's state is its own."""
        with self._lock:
            known = self._known(owner)
            known.has = known.given = job_id
            # What was to be adopted, and was not there, was made all the same.
            known.empty = not succeeds and self._adopters.get(job_id) != owner

    def fate(self, job_id: int, owner: str, name: object) -> OldJob:
        """At `delete`: what becomes of this job, of which the state knows the owner and the name that it had."""
        with self._lock:
            if self._known(owner).given == job_id:
                return OldJob(Fate.STAYS, owner)
            if other := self._holder(job_id, owner):
                return self._decided(Fate.HANDED_ON, other)
            if other := self._waiting(job_id, owner, name):
                return self._decided(Fate.AWAITED, other)
            heir = self._heir(owner, name)
            if not heir:
                return OldJob(Fate.UNWANTED)
            known = self._of[heir]
            if known.has in (None, job_id):
                # Its creation has failed where it was asked for: another attempt needs the old job.
                return self._decided(Fate.AWAITED if known.asked else Fate.MAKES_WAY, heir)
            # One that has another job since an earlier deployment may have been made from this one or beside it.
            made_from = known.given is not None and not known.empty
            return self._decided(Fate.REPLACED if made_from else Fate.LEFT_BEHIND, heir)

    def _decided(self, fate: Fate, owner: str) -> OldJob:
        known = self._of[owner]
        return OldJob(fate, owner, known.wanted or {}, known.has, known.nonce)

    def _waiting(self, job_id: int, owner: str, name: object) -> str:
        """The resource that was to take this job over, or to be made under its name, and has not been; "" where none
        was."""
        adopter = self._adopters.get(job_id, owner)
        if adopter != owner and self._known(adopter).has != job_id:
            return adopter
        # Where its own resource is declared, the name comes free as that one is replaced.
        if self._known(owner).wanted is not None:
            return ""
        named = (each for each, other in self._declared() if other.has is None and _is_named(other, name))
        return next((each for each in named if _stack(each) == _stack(owner)), "")

    def _heir(self, owner: str, name: object) -> str:
        """The declared resource whose job takes the place of this one; "" where there is none.

        The state names the owner that the job had. Where stack or project were renamed, it is the resource of the same
        name in the new one, or the one whose job has the same name.
        """
        if self._known(owner).wanted is not None:
            return owner
        declared = [*self._declared()]
        if any(_stack(each) == _stack(owner) for each, _ in declared):
            return ""
        alike = (each for each, _ in declared if _resource(each) == _resource(owner))
        return next(alike, "") or next((each for each, other in declared if _is_named(other, name)), "")

    def _declared(self) -> list[tuple[str, _Noted]]:
        return [(each, other) for each, other in self._of.items() if other.wanted is not None]

    def _known(self, owner: str) -> _Noted:
        known = self._of.get(owner)
        if known is None:
            known = self._of[owner] = _Noted()
        return known

    def _holder(self, job_id: int, owner: str | None) -> str:
        found = (
            each
            for each, other in self._of.items()
            if each != owner
            and other.has == job_id
            and int((other.replaces or {}).get("job_id") or 0) != job_id
        )
        return next(found, "")


def _is_named(known: _Noted, name: object) -> bool:
    return name is not None and (known.wanted or {}).get("name") == name


def _stack(owner: str) -> list[str]:
    return owner.split("/", 2)[:2]


def _resource(owner: str) -> str:
    return owner.split("/", 2)[-1]
