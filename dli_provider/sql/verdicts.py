"""What a verdict on a change of SQL is, and whom the judge consults before it goes by the text.

A process consults one, so that a change has one verdict in one run, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dli_provider.sql.reasons import ChangeRule, Reason, StateFate

Settings = tuple[tuple[str, str], ...]
"""Settings that hold before those of a script, such as a job's `runtime_config`, by key."""

TEXT = "the text"
"""What computed a verdict without a planner."""
_SHOWN = 3
SAME_JOB = ChangeRule.SAME_JOB.reason().because
SAME_TEXT = "the SQL is the same, letter by letter"


@dataclass(frozen=True)
class SqlVerdict:
    """What becomes of the state, and the sentence shown in review. Without a state fate, the query stays as it is."""

    because: str
    state_fate: StateFate = StateFate.NONE
    computed_by: str = TEXT
    """Who says so: a planner of Flink's, or the rules of the text."""
    invalid: bool = False
    """Whether the new text is no valid SQL; then nothing is said of state."""
    reasons: tuple[Reason, ...] = ()
    """All that was found, of which `because` tells the worst."""
    operators: tuple[tuple[str, str], ...] = ()
    """Each operator of the old plan that keeps state, and what becomes of it; only a planner knows them."""
    unplanned: str = ""
    """Why the text judges though a planner was asked; empty where that judged, or none was asked."""

    @property
    def name(self) -> str:
        """The verdict in one word, as `dli sql diff` prints it."""
        if self.invalid:
            return "invalid"
        if self.cosmetic:
            return "unchanged" if self.because in (SAME_JOB, SAME_TEXT) else "cosmetic"
        return self.state_fate.name.lower()

    @property
    def signed(self) -> str:
        """The sentence, and who says so where that is not the text."""
        return self.because + self.signature

    @property
    def signature(self) -> str:
        """Who says so, in brackets; nothing where it is the text, as that is said of every other change."""
        return "" if self.computed_by == TEXT else f" (by {self.computed_by})"

    @property
    def mixed(self) -> str:
        """What the old state has that the new query would not: what is mixed where it is restored all the same. Empty
        where Flink does not take it."""
        unfit = [each for each in self.reasons if each.rule.fate is StateFate.INCOMPATIBLE]
        if any(each.refused for each in unfit):
            return ""
        return shortened([each.difference for each in unfit])

    @property
    def cosmetic(self) -> bool:
        """Whether nothing changes that Flink would notice, so that the job need not restart."""
        return self.state_fate is StateFate.NONE and not self.invalid


def shortened(sentences: Sequence[str]) -> str:
    """The first few of many."""
    more = [f"and {len(sentences) - _SHOWN} more"] if len(sentences) > _SHOWN else []
    return "; ".join([*sentences[:_SHOWN], *more])


Consulted = Callable[[str, str, tuple[Settings, Settings], str], "SqlVerdict | None"]
"""Old and new SQL, the settings given to both, and the version of Flink; `None` where it has nothing to say."""

_consulted: list[Consulted] = []


def consult(judge: Consulted | None) -> None:
    """From now on `classify` asks this judge first; `None`: nobody."""
    _consulted[:] = [judge] if judge else []


def asked(old_sql: str, new_sql: str, given: tuple[Settings, Settings], version: str) -> SqlVerdict | None:
    """What the one that is consulted says, if there is one and it knows."""
    return _consulted[0](old_sql, new_sql, given, version) if _consulted else None
