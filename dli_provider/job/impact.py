"""What a change to a field costs the running job and does to its state: the vocabulary of all decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dli_provider.sql import StateFate


class Impact(IntEnum):
    """What a change costs the running job. Many changes fold with `max`."""

    NONE = 0
    IN_PLACE = 1
    RESTART = 2
    REPLACE = 3


@dataclass(frozen=True)
class Verdict:
    """What one change means: its impact, the sentence shown in review, and the fate of the state."""

    impact: Impact
    because: str
    state_fate: StateFate = StateFate.NONE
    computed_by: str = ""
    """Who judged a change of SQL; empty for all other changes."""
    mistake: bool = False
    """Whether the new value is wrong in itself, so that there is nothing to consent to."""
    mixed: str = ""
    """Of state that does not fit: what is mixed if it is restored all the same. Empty where Flink refuses it."""


Refine = Callable[[Any, Any], "Verdict | None"]
"""Looks at the old and the new spec and sharpens the declared verdict, or returns None to leave it.

`JobSpec` cannot be named here: it is built from these types, so the import would be a circle.
"""


@dataclass(frozen=True)
class OnChange:
    """A field's own declaration of what a change to it does, and why. Each field of a job has exactly one.

    `refine` is for the few fields whose cost depends on the two values or on another field
    (`sql_body`: a comment costs nothing; `obs_bucket`: only jobs that write to it must restart).
    `refusable`: DLI may refuse the change while the job runs; then it is made by a restart from a savepoint.
    """

    impact: Impact
    because: str
    state_fate: StateFate = StateFate.NONE
    refine: Refine | None = None
    refusable: bool = False

    def __post_init__(self) -> None:
        if not self.because:
            raise ValueError("OnChange needs a reason: it is what a reviewer reads")
        if (self.impact >= Impact.RESTART) != (self.state_fate is not StateFate.NONE):
            raise ValueError("a change has a state fate if, and only if, it stops the job")

    def verdict(self, old: object, new: object) -> Verdict:
        """The verdict for the change of this field from `old` to `new`."""
        refined = self.refine(old, new) if self.refine else None
        return refined or Verdict(self.impact, self.because, self.state_fate)
