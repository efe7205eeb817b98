"""A plan: what will be done to one job and why, as data. The same plan is printed and carried out."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from dli_provider.job.diff import Change
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status
from dli_provider.plan.steps import Adopt, RunJob, Step, StopJob
from dli_provider.sql import StateFate


@dataclass(frozen=True)
class Refusal:
    """Why a plan must not be carried out, and the ways out. Nothing has been changed then."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class Plan:
    """What will be done to one job, and why.

    `state` and `because` tell what happens to Flink's state. `fallback` is carried out instead where DLI
    refuses a step for the job's status. `next_start_empty` outlives the plan: state that the new query
    cannot use is still in DLI's savepoint. `status` is the job's before the plan.
    """

    subject: str
    impact: Impact
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    state: StateFate = StateFate.NONE
    because: str = "state is not touched"
    refusal: Refusal | None = None
    fallback: Plan | None = None
    next_start_empty: bool = False
    status: str = ""
    undone: tuple[str, ...] = ()
    """Fields that are put back as declared, though the program does not change them: somebody did at DLI."""

    @property
    def verb(self) -> str:
        """What happens to the running job, in a word: the impact, or RUN or STOP where only that happens.

        A job that is stopped and stays stopped is not restarted, so its change counts as IN_PLACE.
        """
        if self._any(Adopt):
            rest = replace(self, steps=tuple(step for step in self.steps if not isinstance(step, Adopt)))
            return f"ADOPT and {rest.verb}" if rest.steps else "ADOPT"
        if self._any(StopJob) != self._any(RunJob):
            return "STOP" if self._any(StopJob) else "RUN"
        if self._any(StopJob):
            return max(self.impact, Impact.RESTART).name
        return (Impact.IN_PLACE if self.impact is Impact.RESTART else self.impact).name

    def _any(self, kind: type[Step]) -> bool:
        return any(isinstance(step, kind) for step in self.steps)

    @property
    def _status_change(self) -> tuple[str, ...]:
        """What only running or only stopping the job does to its status."""
        if not self.status or self._any(StopJob) == self._any(RunJob):
            return ()
        return (f"status: {self.status} -> {Status.RUNNING if self._any(RunJob) else Status.CANCEL_SUCCESS}",)

    def hiding(self, secret: Set[str]) -> Plan:
        """The same without the values of these arguments, which the user keeps secret."""
        return replace(self, changes=tuple(change.hiding(secret) for change in self.changes))

    def headline(self) -> str:
        """The line for a reviewer: job, impact, causes, and what happens to Flink's state.

        `orders: RESTART (sql_body: the query changes; parallel_number 4 -> 8) - state carried by savepoint, at risk`
        """
        causes = "; ".join([*self._status_change, *(change.describe() for change in self.changes)])
        fate = _FATE.get(self.state, "")
        line = (
            f"{self.subject}: {self.verb}" + (f" ({causes})" if causes else "") + f" - {self.because}{fate}"
        )
        if self.fallback:
            line += f"; should DLI refuse that while the job runs, RESTART - {self.fallback.because}"
        return line

    def details(self) -> str:
        """The steps, in order, in a line; for a refused plan the reason and the ways out."""
        if self.refusal:
            return f"REFUSED: {self.refusal.reason}. What to do: {self.refusal.remedy}."
        return " -> ".join(step.describe() for step in self.steps) or "nothing to do at DLI"


_FATE = {StateFate.AT_RISK: ", at risk", StateFate.INCOMPATIBLE: ", incompatible"}
