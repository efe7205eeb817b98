"""Where it is measured: a local DLI in a process of its own, and three projects: ours and the two floors."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.server_process import ServerProcess, spawn
from tools.bench.floor_plugin import put_on_path
from tools.bench.measures import PROGRAMS, STEPS, BenchStep, Measured, Took
from tools.bench.programs import ALIKE, ALIKE_PLUGIN, FLOOR, FLOOR_PLUGIN, JOBS, PLUGIN_JOBS, write_sql
from tools.bench.record import Here
from tools.bench.timed_engine import TimedProject

DOORS = {
    "dynamic": {"ours": JOBS, "floor": FLOOR, "alike": ALIKE},
    "plugin": {"ours": PLUGIN_JOBS, "floor": FLOOR_PLUGIN, "alike": ALIKE_PLUGIN},
}
"""The two ways to declare a job: of each our program, and those of the floors."""
_PATIENCE = 60.0
_SERVER = ("--port", "0", "--draft-limit", "1000000")


class WatchedDli(AdminClient):
    """The local DLI, and what it takes of this machine."""

    def __init__(self, server: ServerProcess) -> None:
        super().__init__(server.url, timeout=120)
        self._process = psutil.Process(server.pid)

    def cpu_seconds(self) -> float:
        """CPU that it has taken so far."""
        times = self._process.cpu_times()
        return float(times.user + times.system)


@contextlib.contextmanager
def local_dli(root: Path) -> Iterator[WatchedDli]:
    """A local DLI that ends with the context."""
    instance = spawn(root / "dli.db", _SERVER, {}, _PATIENCE)
    try:
        yield WatchedDli(instance)
    finally:
        instance.stop()


_AS_IT_IS: Mapping[str, str] = {}
_ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


@dataclass(frozen=True)
class Options:
    """How it is measured: operations at once, how often what changes nothing, and with the engine's checkpoints or
    without them, which are most of the time of what changes something. `at_once`: DLI takes no time of its own."""

    parallel: int
    times: int
    checkpoints: bool = True
    at_once: bool = False


class Life:
    """The life of one stack of `jobs` jobs by one door, beside two of as many trivial resources by the same door."""

    def __init__(self, root: Path, dli: WatchedDli, door: str, jobs: int, options: Options) -> None:
        self._dli, self._door, self._jobs = dli, door, jobs
        self._parallel, self._at_once = options.parallel, options.at_once
        put_on_path(root / "bin")
        environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": door}
        environ |= {} if options.checkpoints else _ONE_CHECKPOINT
        self._projects = {
            name: TimedProject(root, f"{name}-{door}", program, environ)
            for name, program in DOORS[door].items()
        }

    def measure(self, step: BenchStep, version: int, times: int) -> Measured:
        """A step, the floors' commands and ours in turn; the best of each."""
        took: dict[str, Any] = {}
        for _ in range(times if step.again else 1):
            for name in reversed(PROGRAMS):  # ours is the last
                with self._at_dli(step):
                    since, before = self._dli.cursor(), self._dli.cpu_seconds()
                    one = self._run(name, step, version)
                    dli_cpu = self._dli.cpu_seconds() - before
                took[name] = one.best(took[name]) if name in took else one
        calls = Counter(entry.call for entry in self._dli.requests(since, project=self._door))
        return Measured(
            self._door,
            step.key,
            self._jobs,
            self._parallel,
            calls=dict(calls.most_common()),
            dli_cpu=dli_cpu,
            downtime=self._downtime(since) if step.key == "one" else None,
            at_once=self._at_once,
            **took,
        )

    def pass_through(self, step: BenchStep, version: int) -> None:
        """A step that is needed for those behind it, but not measured: as fast as may be."""
        for name in PROGRAMS:
            self._run(name, step, version, _ONE_CHECKPOINT)

    def _run(self, name: str, step: BenchStep, version: int, environ: Mapping[str, str] = _AS_IT_IS) -> Took:
        project = self._projects[name]
        write_sql(project.folder, self._jobs, self._jobs if step.changed is None else step.changed, version)
        took = project.run(*step.arguments, "--parallel", str(self._parallel), environ=environ)
        return replace(took, state_bytes=project.state_bytes() // self._jobs)

    @contextlib.contextmanager
    def _at_dli(self, step: BenchStep) -> Iterator[None]:
        none = {"start": 0.0, "stop": 0.0, "savepoint": 0.0}
        self._dli.set_latency(**{**none, **({} if self._at_once else step.latencies)})
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
    doors: Collection[str],
    jobs: int,
    keys: Collection[str],
    options: Options,
    here: Here,
    say: Callable[[str], None],
) -> list[Measured]:
    """One life of a stack by each door, in turns, and what was measured in it. Raises EngineFailed."""
    found = []
    last = max(index for index, step in enumerate(STEPS) if step.key in keys)
    with tempfile.TemporaryDirectory(prefix="dli-bench-") as scratch, local_dli(Path(scratch)) as dli:
        lives = {door: Life(Path(scratch), dli, door, jobs, options) for door in doors}
        for version, step in enumerate(STEPS[: last + 1], 1):
            for life in lives.values():
                if step.key not in keys:
                    if step.key == "up":
                        life.pass_through(step, version)
                    continue
                one = here.marked(life.measure(step, version, options.times))
                say(_line(one))
                found.append(one)
    return found


def _line(one: Measured) -> str:
    ours, floor, alike = one.ours, one.floor, one.alike
    ratios = f"{ours.seconds / floor.seconds:5.2f} {ours.seconds / alike.seconds:5.2f}"
    cpu = f"{ours.cpu_seconds:6.1f} {floor.cpu_seconds:6.1f} {alike.cpu_seconds:6.1f}"
    return (
        f"{one.jobs:>5} jobs  {one.door:<8} {one.step.title:<34} {ours.seconds:7.1f} s   floors {floor.seconds:6.1f} "
        f"{alike.seconds:6.1f} s  {ratios}   CPU {cpu} s   load {os.getloadavg()[0]:.1f}"
    )
