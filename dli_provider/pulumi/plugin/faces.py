"""What the engine's calls come down to for one kind of resource, and what they have in common for all kinds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from dli_provider.errors import DliError
from dli_provider.pulumi.plugin.detailed_diff import PropertyChange
from dli_provider.pulumi.plugin.structs import Place
from dli_provider.pulumi.property_bags import PROVIDER, Bag

Failures = list[tuple[str, str]]
"""(argument, reason) each."""


@dataclass(frozen=True)
class InState:
    """A resource as the state has it. One that is only looked up has no inputs that were ever checked; of one that
    `is_imported` the state knows nothing yet."""

    id: str
    inputs: Bag = field(repr=False)
    outputs: Bag = field(repr=False)
    is_imported: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether a deployment has made it, or taken it over: only then does it have an owner."""
        return "owner" in self.inputs


@dataclass(frozen=True)
class PropertyChanges:
    """What an update changes, by property, and what of it takes another resource; nothing where there is no update."""

    changed: Mapping[str, PropertyChange] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundResource:
    """A resource as it is now, and which of its values are secret though nobody has said so yet."""

    id: str
    inputs: Bag = field(repr=False)
    outputs: Bag = field(repr=False)
    secret: Collection[Place] = ()


@dataclass(frozen=True)
class MadeResource:
    """A resource that was made; `trouble` is why it is not as it should be. The state is to have it all the same."""

    id: str
    outputs: Bag = field(repr=False)
    trouble: DliError | None = None


class Face(Protocol):
    """One kind of resource. `timeout` is in seconds, 0 where the program names none; `secret` are the properties in
    which something is marked as secret, so that no line may show their values."""

    def check(self, urn: str, olds: Bag, news: Bag, secret: Set[str]) -> tuple[dict[str, Any], Failures]: ...
    def diff(self, urn: str, was: InState, news: Bag, secret: Set[str]) -> PropertyChanges: ...
    def foresee(self, was: InState | None, news: Bag) -> dict[str, Any]: ...
    def create(self, news: Bag, timeout: float) -> MadeResource: ...
    def update(self, was: InState, news: Bag, timeout: float) -> dict[str, Any]: ...
    def read(self, urn: str, was: InState) -> FoundResource | None: ...
    def delete(self, was: InState, timeout: float) -> None: ...


def owner_of(urn: str, olds: Bag) -> str:
    """Who declares a resource, as `project/stack/resource`: what a dynamic resource has to work out for itself.

    Of a resource with a parent, the URN names the types of all parents and not the parent. A dynamic resource names it
    too, so one that was such a resource keeps the owner that it has, and with it the marks on its job.
    """
    stack, project, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    parents = types.rpartition("$")[0]
    now = f"{project}/{stack}/{parents}::{name}" if parents else f"{project}/{stack}/{name}"
    was = str(olds.get("owner") or "")
    same = was.startswith(f"{project}/{stack}/{parents}::") and was.endswith(f".{name}")
    return was if parents and same else now


def declared(was: InState, drop: Collection[str] = ()) -> dict[str, Any]:
    """The arguments that the state has, without what only the other door needs."""
    return {key: value for key, value in was.inputs.items() if key != PROVIDER and key not in drop}
