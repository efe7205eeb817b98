"""Where it is measured: a local DLI in a process of its own, and two projects, ours and the floor."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.server_process import spawn
from tools.bench.floor_plugin import put_on_path
from tools.bench.measures import STEPS, BenchStep, Measured
from tools.bench.programs import FLOOR, FLOOR_PLUGIN, JOBS, PLUGIN_JOBS, write_sql
from tools.bench.timed_engine import TimedProject, Took

DOORS = {"dynamic": (FLOOR, JOBS), "plugin": (FLOOR_PLUGIN, PLUGIN_JOBS)}
"""The two ways to declare a job: of each the floor's program, and ours."""
_PATIENCE = 60.0
_SERVER = ("--port", "0", "--draft-limit", "1000000")


@contextlib.contextmanager
def local_dli(root: Path) -> Iterator[AdminClient]:
    """A local DLI that ends with the context."""
    instance = spawn(root / "dli.db", _SERVER, {}, _PATIENCE)
    try:
        yield AdminClient(instance.url, timeout=120)
    finally:
        instance.stop()


_AS_IT_IS: Mapping[str, str] = {}
_ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


@dataclass(frozen=True)
class Options:
    """How it is measured: operations at once, how often what changes nothing, and with the engine's checkpoints or
    without them, which are most of the time of what changes something."""

    parallel: int
    times: int
    checkpoints: bool = True


class Life:
    """The life of one stack of `jobs` jobs by one door, beside one of as many trivial resources by the same door."""

    def __init__(self, root: Path, dli: AdminClient, door: str, jobs: int, options: Options) -> None:
        self._dli, self._door, self._jobs = dli, door, jobs
        self._parallel = ("--parallel", str(options.parallel))
        put_on_path(root / "bin")
        environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": door}
        environ |= {} if options.checkpoints else _ONE_CHECKPOINT
        floor, ours = DOORS[door]
        self._floor = TimedProject(root, f"floor-{door}", floor, environ)
        self._ours = TimedProject(root, f"ours-{door}", ours, environ)

    def measure(self, step: BenchStep, version: int, times: int) -> Measured:
        """A step, the floor's command and ours in turn; the best of each."""
        floors, ours = [], []
        for _ in range(times if step.again else 1):
            floors.append(self._run(self._floor, step, version))
            with self._at_dli(step):
                since = self._dli.cursor()
                ours.append(self._run(self._ours, step, version))
        calls = Counter(entry.call for entry in self._dli.requests(since, project=self._door))
        return Measured(
            self._door,
            step,
            self._jobs,
            min(took.seconds for took in ours),
            min(took.seconds for took in floors),
            dict(calls.most_common()),
            max(took.plugin_mb for took in ours),
            self._ours.state_bytes() // self._jobs,
            self._floor.state_bytes() // self._jobs,
            self._downtime(since) if step.key == "one" else None,
        )

    def pass_through(self, step: BenchStep, version: int) -> None:
        """A step that is needed for those behind it, but not measured: as fast as may be."""
        for project in (self._floor, self._ours):
            self._run(project, step, version, _ONE_CHECKPOINT)

    def _run(
        self, project: TimedProject, step: BenchStep, version: int, environ: Mapping[str, str] = _AS_IT_IS
    ) -> Took:
        write_sql(project.folder, self._jobs, self._jobs if step.changed is None else step.changed, version)
        return project.run(*step.arguments, *self._parallel, environ=environ)

    @contextlib.contextmanager
    def _at_dli(self, step: BenchStep) -> Iterator[None]:
        none = {"start": 0.0, "stop": 0.0, "savepoint": 0.0}
        self._dli.set_latency(**{**none, **step.latencies})
        if step.api:
            self._dli.add_fault("slow", times=None, seconds=step.api)
        try:
            yield
        finally:
            self._dli.clear_faults()
            self._dli.set_latency(**none)

    def _downtime(self, since: int) -> float:
        """Seconds from the call that stopped the job until it ran again."""
        (stop,) = [entry for entry in self._dli.writes(since, project=self._door) if entry.call == "stop"]
        (job_id,) = stop.json()["job_ids"]
        again = self._dli.job(self._door, job_id).runs[-1].running_since
        assert again is not None, "the job runs again, or the deployment would have failed"
        return again - stop.at


def live(
    doors: Collection[str], jobs: int, keys: Collection[str], options: Options, say: Callable[[str], None]
) -> list[Measured]:
    """One life of a stack by each door, in turns, and what was measured in it. Raises EngineFailed."""
    found = []
    last = max(index for index, step in enumerate(STEPS) if step.key in keys)
    with tempfile.TemporaryDirectory(prefix="dli-bench-") as scratch, local_dli(Path(scratch)) as dli:
        lives = {door: Life(Path(scratch), dli, door, jobs, options) for door in doors}
        for version, step in enumerate(STEPS[: last + 1], 1):
            for door, life in lives.items():
                if step.key not in keys:
                    if step.key == "up":
                        life.pass_through(step, version)
                    continue
                one = life.measure(step, version, options.times)
                load = os.getloadavg()[0]
                say(
                    f"{jobs:>5} jobs  {door:<8} {step.title:<34} {one.seconds:7.1f} s   floor {one.floor:6.1f} s   "
                    f"{one.seconds / one.floor:5.2f}   load {load:.1f}"
                )
                found.append(one)
    return found


def best(one: Measured, other: Measured | None) -> Measured:
    """The better of two measurements of a step; of floors, too, the better one."""
    if other is None:
        return one
    better = min(one, other, key=lambda each: each.seconds)
    values = {
        **vars(better),
        "floor": min(one.floor, other.floor),
        "plugin_mb": max(one.plugin_mb, other.plugin_mb),
    }
    return Measured(**values)


def interpreter() -> str:
    """The Python that both programs and both plugins ran in."""
    return sys.version.split()[0]
