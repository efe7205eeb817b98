"""What happens to a job once DLI has accepted a call: time passes, state grows, savepoints appear.

A runner is asked only after the rules, and never answers HTTP. `simulated` derives everything from the clock;
`flink` has a real Flink do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from dli_provider.emulator.models import Savepoint, StoredJob
from dli_provider.emulator.store import Store
from dli_provider.emulator.switches import EmulatorSettings


@dataclass(frozen=True)
class OrderedFaults:
    """What fault rules have in store for one run, stop or savepoint; by default nothing."""

    submit_fail: str | None = None  # the status_desc of the failed submission
    exception_after: float | None = None  # seconds of running
    exception_text: str = ""
    exception_times: int = 1  # how many runs in a row fail so, automatic restarts included
    finish_after: float | None = None  # seconds of running
    stop_fail: str | None = None  # cancel_fail | keeps_running
    savepoint_fail: str | None = None  # refused | lost | keeps_running
    drop_savepoint: bool = False  # a failed start consumes the savepoint
    stuck_in: str | None = None  # a status; "": the usual one of the call
    stuck_for: float = 0.0  # seconds; 0: for ever
    scaled_after: float | None = None  # seconds of running


class JobGraphs(Protocol):
    """What a job looks like inside. Each answers in the shapes of DLI."""

    def rates(self, job: StoredJob, now: float) -> dict[str, Any]:
        """`sources` and `sinks` with their records, and the rates of all of them together."""

    def execution_graph(self, job: StoredJob, now: float) -> dict[str, Any] | None:
        """The run-time plan, or `None` when there is none."""

    def stream_graph(self, sql: str, parallelism: int) -> list[dict[str, Any]]:
        """The operators of a query that need not run. Refuses one that cannot."""


class Runner(Protocol):
    """Each method changes the job that it is given, and the caller saves it."""

    @property
    def name(self) -> str:
        """How `--runner` names it. A state file belongs to one runner: another one knows nothing of its jobs."""

    @property
    def needs_looking_at(self) -> bool:
        """Whether jobs change by themselves, so that the server must settle them even while nobody asks."""

    @property
    def graphs(self) -> JobGraphs:
        """What jobs look like inside."""

    def start(self, job: StoredJob, origin: Savepoint | None, now: float, faults: OrderedFaults) -> None:
        """Submit the job, from a savepoint or from empty state."""

    def stop(self, job: StoredJob, trigger_savepoint: bool, now: float, faults: OrderedFaults) -> None:
        """Cancel the job, after a savepoint when asked for."""

    def savepoint(self, job: StoredJob, path: str, now: float, faults: OrderedFaults) -> None:
        """Take a savepoint into a directory while the job goes on."""

    def remove(self, job: StoredJob, now: float, through_canceling: bool) -> bool:
        """Put an end to the job's run for good. True: gone at once; False: it will be gone when its time comes."""

    def freeze(self, job: StoredJob, now: float) -> None:
        """The account is in arrears: a running job is stopped."""

    def recover(self, job: StoredJob, now: float) -> None:
        """The account is paid: a job stopped by arrears comes back."""

    def end_run(self, job: StoredJob, at: float, outcome: str) -> None:
        """Out of band: the present run is over, whatever its status says."""

    def force_running(self, job: StoredJob, now: float) -> None:
        """Out of band: a run that nobody asked DLI for, from empty state."""

    def settle(self, job: StoredJob, now: float) -> bool:
        """Let everything happen that is due. False: the job is gone."""

    def close(self, jobs: list[StoredJob], now: float) -> None:
        """The local DLI stops: do with these jobs, all there are, what must be done before."""

    def reset(self) -> None:
        """All jobs are forgotten: let go of what they hold."""


RunnerFactory: TypeAlias = Callable[[Store, Callable[[], EmulatorSettings]], Runner]
"""How a local DLI gets its runner."""
