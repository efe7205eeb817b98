"""How a field travels: which documents take it, what undoes it, which jobs have it. Knows no single field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dli_provider.job.codec import AS_IT_IS, Codec

EDGE = frozenset({"flink_sql_edge_job"})
OPEN_SOURCE = frozenset({"flink_opensource_sql_job"})
SQL = OPEN_SOURCE | {"flink_sql_job"}
EVERY_JOB = SQL | EDGE


def is_empty(value: object) -> bool:
    """Whether DLI takes `value` for "not set": null, empty text, an empty list or mapping."""
    return value is None or value in ("", [], {})


@dataclass(frozen=True)
class Wire:
    """How one definition field travels to DLI and back.

    `default` is DLI's documented default, in natural form. `cleared` is the wire value that undoes an
    argument taken out of the program where there is no such default; None if nothing undoes it. `derived`
    computes the value to send when the program declares none; its parameters name the fields it reads.
    `create` and `update` tell which documents take the field, `jobs` which job types have it, `resources`
    under which `resource_config_version` it is used, if not under both.
    """

    default: object = None
    cleared: object = None
    create: bool = True
    update: bool = True
    derived: Callable[..., object] | None = None
    jobs: frozenset[str] = EVERY_JOB
    resources: Literal["v1", "v2"] | None = None
    codec: Codec = AS_IT_IS

    def encode(self, value: object) -> object:
        """The wire form of a natural value that is not empty."""
        return self.codec.encode(value)

    def decode(self, value: object) -> object:
        """The natural form of what the get document holds, None where it is not set or cannot be read."""
        return None if is_empty(value) else self.codec.decode(value)

    def same(self, one: object, other: object) -> bool:
        """Whether two natural values mean the same: unset, empty and the documented default do."""
        one, other = (self.default if is_empty(value) else value for value in (one, other))
        if is_empty(one) or is_empty(other):
            return is_empty(one) and is_empty(other)
        return self.codec.same(one, other)

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages of the DLI API reference that describe the field."""
        taken = {"Creating a SQL Job": self.create, "Updating a SQL Job": self.update}
        return tuple(page for page, takes in taken.items() if takes)
