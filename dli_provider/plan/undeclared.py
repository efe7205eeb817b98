"""What a live job has and its program does not say: nobody wrote it, or no argument can say it. Pure.

One truth for all that must not drop it without a word: generated programs, the preview of an adoption, drift, and a job
that is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dli_provider.job.declarations import WIRED, is_declared
from dli_provider.job.document import minimal
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import Wire, is_empty
from dli_provider.plan.live_job import Observed


@dataclass(frozen=True)
class Undeclared:
    """`arguments` could be declared, and are not; `beyond` are settings of DLI's for which there is no argument."""

    arguments: tuple[str, ...]
    beyond: tuple[str, ...]

    @property
    def lost(self) -> tuple[str, ...]:
        """What a job that is made anew would be without. What DLI fills in by itself, it would fill in again."""
        return (*(name for name in self.arguments if _is_set_by_people(WIRED[name])), *self.beyond)


def undeclared(new: JobSpec, live: Observed) -> Undeclared:
    """What of the job is beyond DLI's defaults and not in the program."""
    # Asked of these alone, as to compare SQL takes time, and every look at a job comes here.
    unsaid = (name for name, wire in WIRED.items() if not is_declared(new, name) and not wire.derived)
    return Undeclared(tuple(minimal(live.spec, unsaid)), live.beyond)


def still_undeclared(names: Iterable[str], new: JobSpec) -> tuple[str, ...]:
    """Those of what was undeclared that the program does not say by now either."""
    return tuple(name for name in names if name not in WIRED or not is_declared(new, name))


def _is_set_by_people(wire: Wire) -> bool:
    # Numbers, versions and tags are left out: DLI's defaults for them differ between its pages and may change, and
    # tags are put on jobs by rules of the account too.
    return wire.default is False or (wire.cleared is not None and is_empty(wire.cleared))
