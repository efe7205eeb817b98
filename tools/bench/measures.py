"""What is measured, in the order of a stack's life, and what it may take at most. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

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


ENGINE, HOST, PROGRAM, PLUGIN = PROCESSES = ("engine", "language host", "program", "plugin")
"""The processes of a command."""


@dataclass(frozen=True)
class Took:
    """What a command took: wall time in seconds; CPU in seconds, by its processes; the most memory that its plugin
    held, in MB; and the bytes of a resource in the state that it left."""

    seconds: float
    cpu: Mapping[str, float]
    plugin_mb: float
    state_bytes: int = 0

    @property
    def cpu_seconds(self) -> float:
        """CPU of all its processes. Unlike the time, it can be compared on a machine that has other things to do."""
        return sum(self.cpu.values())

    def best(self, other: Took) -> Took:
        """The better of two runs: the shorter time, the fewer seconds of CPU; but the most memory."""
        return Took(
            min(self.seconds, other.seconds),
            min(self, other, key=lambda took: took.cpu_seconds).cpu,
            max(self.plugin_mb, other.plugin_mb),
            self.state_bytes,
        )


@dataclass(frozen=True)
class Measured:
    """One command as measured: ours, the calls that it made by kind, and the floors'.

    `dli_cpu` is what the local DLI took meanwhile, in seconds: on this machine, and of nobody's who deploys to DLI.
    Of the `floor` a resource has two arguments, of the one `alike` as many as a job, with the same values. `made` says
    when, and how much else the machine had to do; `where` which machine and versions. `at_once`: DLI took no time.
    """

    door: str
    key: str
    jobs: int
    parallel: int
    ours: Took
    floor: Took
    alike: Took
    calls: Mapping[str, int]
    dli_cpu: float = 0.0
    made: str = ""
    where: str = ""
    downtime: float | None = None
    at_once: bool = False

    @property
    def step(self) -> BenchStep:
        return next(step for step in STEPS if step.key == self.key)

    @property
    def waits(self) -> float:
        """Seconds that DLI itself took for one job."""
        return 0.0 if self.at_once else self.step.waits

    @property
    def status_calls_per_second(self) -> float:
        return (self.calls.get("list", 0) + self.calls.get("get", 0)) / self.ours.seconds

    def best(self, other: Measured | None) -> Measured:
        """The better of two measurements of a command, each program by itself."""
        if other is None:
            return self
        ours, floor, alike = (getattr(self, each).best(getattr(other, each)) for each in PROGRAMS)
        better = min(self, other, key=lambda each: each.ours.seconds)
        return replace(better, ours=ours, floor=floor, alike=alike)


PROGRAMS = ("ours", "floor", "alike")
"""Those that are measured beside each other."""


@dataclass(frozen=True)
class HeldMemory:
    """What the plugin of a door holds while so many jobs wait: memory in MB at its peak, and with nothing to do."""

    door: str
    jobs: int
    mb: float
    idle_mb: float
    threads: int
    made: str = ""
    where: str = ""


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
    results: Iterable[Measured], waiting: Iterable[HeldMemory], planning: float | None
) -> list[TargetVerdict]:
    """What the targets say of these measurements; those that were not made are left out. `planning` is how many
    milliseconds the plan of a change of 1 MiB of SQL takes."""
    found = [verdict for one in results for verdict in _verdicts(one)]
    for held in waiting:
        title = f"{held.door}: memory while {held.jobs:,} jobs wait"
        found.append(TargetVerdict(title, held.mb, 90, "MB", "at most"))
    if planning is not None:
        found.append(TargetVerdict("planning a change of 1 MiB of SQL", planning, 200, "ms", "at most"))
    return found


def _verdicts(one: Measured) -> Iterator[TargetVerdict]:
    if bound := _SHARES.get((one.jobs, one.key)):
        share, extra = bound
        waits = f"{one.waits:g} s + " if one.waits else ""
        more = f" + {extra:g} s" if extra else ""
        title = f"{one.door}: {one.step.title}, {one.jobs:,} jobs"
        # By both floors: which one a target is held against must not be chosen by what it says.
        for floor, name in (one.floor, "floor"), (one.alike, "floor with the same arguments"):
            limit = one.waits + extra + share * floor.seconds
            yield TargetVerdict(title, one.ours.seconds, limit, "s", f"{waits}{share:g} x {name}{more}")
    if (one.jobs, one.key) == (100, "up"):
        title = f"{one.door}: status calls in the first `up`, 100 jobs"
        yield TargetVerdict(title, one.status_calls_per_second, 3.0, "a second", "in all")
    if one.downtime is not None:
        title = f"{one.door}: downtime of the one updated job of {one.jobs:,}"
        limit = one.waits + 0.5
        yield TargetVerdict(title, one.downtime, limit, "s", "stop + savepoint + start + 0.5 s")


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
