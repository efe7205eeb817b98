"""Where it is measured: a local DLI in a process of its own, and two projects, ours and the floor."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.server_process import spawn
from tools.bench.measures import STEPS, BenchStep, Measured
from tools.bench.programs import FLOOR, JOBS, write_sql
from tools.bench.timed_engine import TimedProject, Took

PROJECT_ID = "bench"
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


class Life:
    """The life of one stack of `jobs` jobs, beside one of as many trivial resources."""

    def __init__(self, root: Path, dli: AdminClient, jobs: int, parallel: int) -> None:
        self._dli, self._jobs = dli, jobs
        self._parallel = ("--parallel", str(parallel))
        dli.reset()
        environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": PROJECT_ID}
        self._floor = TimedProject(root, "floor", FLOOR, environ)
        self._ours = TimedProject(root, "ours", JOBS, environ)

    def measure(self, step: BenchStep, version: int, times: int) -> Measured:
        """A step, the floor's command and ours in turn; the best of each."""
        floors, ours = [], []
        for _ in range(times if step.again else 1):
            floors.append(self._run(self._floor, step, version))
            with self._at_dli(step):
                since = self._dli.cursor()
                ours.append(self._run(self._ours, step, version))
        calls = Counter(entry.call for entry in self._dli.requests(since, project=PROJECT_ID))
        return Measured(
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
        """A step that is needed for those behind it, but not measured: at once, where that is possible."""
        self._run(self._floor, step, version)
        self._run(self._ours, step, version)

    def _run(self, project: TimedProject, step: BenchStep, version: int) -> Took:
        write_sql(project.folder, self._jobs, self._jobs if step.changed is None else step.changed, version)
        return project.run(*step.arguments, *self._parallel)

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
        (stop,) = [entry for entry in self._dli.writes(since, project=PROJECT_ID) if entry.call == "stop"]
        (job_id,) = stop.json()["job_ids"]
        again = self._dli.job(PROJECT_ID, job_id).runs[-1].running_since
        assert again is not None, "the job runs again, or the deployment would have failed"
        return again - stop.at


def live(
    jobs: int, parallel: int, keys: Collection[str], times: int, say: Callable[[str], None]
) -> list[Measured]:
    """One life of a stack, and what was measured in it. Raises EngineFailed."""
    found = []
    last = max(index for index, step in enumerate(STEPS) if step.key in keys)
    with tempfile.TemporaryDirectory(prefix="dli-bench-") as scratch, local_dli(Path(scratch)) as dli:
        life = Life(Path(scratch), dli, jobs, parallel)
        for version, step in enumerate(STEPS[: last + 1], 1):
            if step.key not in keys:
                if step.key == "up":
                    life.pass_through(step, version)
                continue
            one = life.measure(step, version, times)
            say(f"{jobs:>5} jobs  {step.title:<40} {one.seconds:7.1f} s   floor {one.floor:6.1f} s")
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
