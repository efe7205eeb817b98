"""The declarations of a job's fields, read from the model, and which value is in effect for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature
from types import MappingProxyType

from dli_provider.job.control import ControlFields
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import OnChange
from dli_provider.job.wire import Wire, is_empty


@dataclass(frozen=True)
class FieldDeclaration:
    """What one field says of itself. `wire` is None for a control field; `hidden` values may be secret."""

    name: str
    on_change: OnChange
    wire: Wire | None
    hidden: bool

    def same(self, one: object, other: object) -> bool:
        """Whether two natural values are the same in effect."""
        return self.wire.same(one, other) if self.wire else one == other


def declarations(model: type[JobSpec]) -> Mapping[str, FieldDeclaration]:
    """Every field's declaration. Raises TypeError for a field that says too little or too much."""
    found = {}
    for name, info in model.model_fields.items():
        changes = [item for item in info.metadata if isinstance(item, OnChange)]
        wires = [item for item in info.metadata if isinstance(item, Wire)]
        # At import, so that a field which says nothing of its cost never gets as far as a plan.
        if len(changes) != 1 or len(wires) != (name not in ControlFields.model_fields):
            raise TypeError(f"{name} needs one OnChange, and one Wire unless it is a control field")
        found[name] = FieldDeclaration(name, changes[0], wires[0] if wires else None, not info.repr)
    return MappingProxyType(found)


FIELDS = declarations(JobSpec)
"""Every field of a job: the control fields first, then DLI's."""

WIRED: Mapping[str, Wire] = MappingProxyType({name: one.wire for name, one in FIELDS.items() if one.wire})
"""The fields that DLI knows: the definition of the job."""


@cache
def reads(function: Callable[..., object]) -> tuple[str, ...]:
    """The fields that a function of fields reads: its parameters are their names."""
    return tuple(signature(function).parameters)


def is_declared(spec: JobSpec, name: str) -> bool:
    """Whether the program sets the field to something; an empty text, list or mapping sets it to nothing."""
    return not is_empty(getattr(spec, name))


def effective(spec: JobSpec, name: str) -> object:
    """The value in effect: declared, else derived from other fields, else DLI's default, else None."""
    wire = WIRED.get(name)
    if is_declared(spec, name) or wire is None:
        return getattr(spec, name)
    if wire.derived:
        return wire.derived(*(effective(spec, other) for other in reads(wire.derived)))
    return wire.default


def rests_on(spec: JobSpec, name: str) -> frozenset[str]:
    """The fields that decide the value in effect: the field itself, and those it is derived from."""
    wire = WIRED.get(name)
    if is_declared(spec, name) or wire is None or wire.derived is None:
        return frozenset({name})
    return frozenset({name}).union(*(rests_on(spec, other) for other in reads(wire.derived)))
