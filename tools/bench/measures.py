"""What is measured, in the order of a stack's life, and what it may take at most. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

START, STOP, SAVEPOINT = 20.0, 5.0, 0.5
"""Latencies of the local DLI in seconds, of the order of the real one's: that is 20 s and more for a start."""
API_LATENCY = 0.03
_RESTART = {"start": START, "stop": STOP, "savepoint": SAVEPOINT}
_YES = ("--yes", "--skip-preview", "--suppress-progress")


@dataclass(frozen=True)
class BenchStep:
    """One command. `changed` says how many jobs have another SQL than before, of how many (None: all).

    `latencies` are those of the local DLI meanwhile, 0 where not named; `api` is that of each call. `again`: it
    leaves everything as it was, so it can be measured several times in a row.
    """

    key: str
    title: str
    arguments: tuple[str, ...]
    latencies: Mapping[str, float] = field(default_factory=dict)
    api: float = 0.0
    changed: int | None = 0
    again: bool = False

    @property
    def waits(self) -> float:
        """Seconds that DLI itself takes for one job: no deployment of it can be faster."""
        return sum(self.latencies.values())


STEPS = (
    BenchStep("up", "first `up`", ("up", *_YES), {"start": START}),
    BenchStep("preview", "`preview`, nothing changed", ("preview", "--suppress-progress"), again=True),
    BenchStep("noop", "`up`, nothing changed", ("up", *_YES), again=True),
    BenchStep("always", "the same with `refresh: always`", ("up", "--refresh", *_YES), again=True),
    BenchStep(
        "refresh",
        f"`refresh`, {API_LATENCY * 1000:.0f} ms a call",
        ("refresh", *_YES),
        api=API_LATENCY,
        again=True,
    ),
    BenchStep("one", "`up`, one job's SQL changed", ("up", *_YES), _RESTART, changed=1),
    BenchStep("all", "`up`, every job's SQL changed", ("up", *_YES), _RESTART, changed=None),
    BenchStep("destroy", "`destroy`", ("destroy", *_YES)),
)


@dataclass(frozen=True)
class Measured:
    """One command as measured: seconds, beside the floor's, the calls it made by kind, and what it held."""

    door: str
    step: BenchStep
    jobs: int
    seconds: float
    floor: float
    calls: Mapping[str, int]
    plugin_mb: float
    state_per_job: int
    floor_state_per_job: int
    downtime: float | None = None

    @property
    def status_calls_per_second(self) -> float:
        return (self.calls.get("list", 0) + self.calls.get("get", 0)) / self.seconds


@dataclass(frozen=True)
class HeldMemory:
    """What a plugin holds while so many jobs wait: memory in MB at its peak, and with nothing to do; threads."""

    jobs: int
    mb: float
    idle_mb: float
    threads: int


@dataclass(frozen=True)
class TargetVerdict:
    """A target: what was measured, what was the most allowed, in words of its own."""

    what: str
    measured: float
    limit: float
    unit: str
    formula: str

    @property
    def met(self) -> bool:
        return self.measured <= self.limit


def verdicts(
    results: Mapping[tuple[str, int, str], Measured],
    waiting: Mapping[str, HeldMemory],
    planning: float | None,
) -> list[TargetVerdict]:
    """What the targets say of these measurements; those that were not made are left out. `planning` is how many
    milliseconds the plan of a change of 1 MiB of SQL takes."""
    found = []
    for (door, jobs, key), one in results.items():
        if bound := _SHARES.get((jobs, key)):
            share, extra = bound
            limit = one.step.waits + extra + share * one.floor
            waits = f"{one.step.waits:g} s + " if one.step.waits else ""
            more = f" + {extra:g} s" if extra else ""
            title = f"{door}: {one.step.title}, {jobs:,} jobs"
            found.append(TargetVerdict(title, one.seconds, limit, "s", f"{waits}{share:g} x floor{more}"))
        if (jobs, key) == (100, "up"):
            title = f"{door}: status calls in the first `up`, 100 jobs"
            found.append(TargetVerdict(title, one.status_calls_per_second, 3.0, "a second", "in all"))
        if one.downtime is not None:
            title = f"{door}: downtime of the one updated job of {jobs:,}"
            limit = one.step.waits + 0.5
            found.append(TargetVerdict(title, one.downtime, limit, "s", "stop + savepoint + start + 0.5 s"))
    for door, held in waiting.items():
        title = f"{door}: memory while {held.jobs:,} jobs wait"
        found.append(TargetVerdict(title, held.mb, 90, "MB", "at most"))
    if planning is not None:
        found.append(TargetVerdict("planning a change of 1 MiB of SQL", planning, 200, "ms", "at most"))
    return found


_SHARES = {
    (100, "up"): (1.5, 1.0),
    (100, "all"): (2.0, 1.0),
    (100, "destroy"): (2.0, 0.0),
    (1000, "up"): (2.0, 5.0),
    (1000, "preview"): (1.15, 0.0),
    (1000, "noop"): (1.15, 0.0),
    (1000, "always"): (1.25, 0.0),
    (1000, "refresh"): (1.8, 0.0),
    (1000, "all"): (1.3, 0.0),
    (1000, "destroy"): (1.3, 0.0),
}
"""By jobs and step: the share of the floor, and the seconds beside DLI's own."""
