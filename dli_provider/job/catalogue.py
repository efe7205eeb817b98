"""The fields of a job as a table, for generated documentation. Reads the declarations; adds nothing to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from dli_provider.job.declarations import FIELDS, FieldDeclaration, reads
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.sql import StateFate

_BOUNDS = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "max_length": "at most {} characters",
}


@dataclass(frozen=True)
class FieldInfo:
    """One argument of a job in words: `default` is "" where there is none, `bounds` likewise.

    `pages` are the pages of the DLI API reference that describe it, none for a control field.
    """

    name: str
    type: str
    bounds: str
    default: str
    impact: Impact
    state_fate: StateFate
    because: str
    description: str
    pages: tuple[str, ...]

    @property
    def control(self) -> bool:
        """Whether the argument is ours, not DLI's."""
        return not self.pages


def fields() -> tuple[FieldInfo, ...]:
    """Every argument of a job: DLI's in the order declared, then the control fields."""
    found = [_described(declaration) for declaration in FIELDS.values()]
    return tuple(sorted(found, key=lambda info: info.control))


def _described(declaration: FieldDeclaration) -> FieldInfo:
    field, change = JobSpec.model_fields[declaration.name], declaration.on_change
    return FieldInfo(
        name=declaration.name,
        type=_type(field.annotation),
        bounds=", ".join(_bounds(field.metadata)),
        default=_default(declaration),
        impact=change.impact,
        state_fate=change.state_fate,
        because=change.because,
        description=field.description or "",
        pages=declaration.wire.pages if declaration.wire else (),
    )


def _type(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(parts[0])
    if origin in (Union, UnionType):
        return " | ".join(_type(part) for part in parts if part is not NoneType)
    if origin is Literal:
        return " | ".join(json.dumps(value) for value in parts)
    name = str(getattr(origin or annotation, "__name__", annotation))
    return f"{name}[{', '.join(map(_type, parts))}]" if parts else name


def _bounds(metadata: list[Any]) -> Iterator[str]:
    for item in metadata:
        for bound, phrase in _BOUNDS.items():
            if hasattr(item, bound):
                yield phrase.format(getattr(item, bound))


def _default(declaration: FieldDeclaration) -> str:
    wire = declaration.wire
    if wire and wire.derived:
        return f"follows {', '.join(reads(wire.derived))}"
    value = wire.default if wire else JobSpec.model_fields[declaration.name].default
    return "" if value is None else json.dumps(value)
