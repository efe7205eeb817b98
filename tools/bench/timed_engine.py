"""A scratch Pulumi project with a file backend of its own, and its commands, timed and watched."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tools.bench.measures import ENGINE, HOST, PLUGIN, PROCESSES, PROGRAM, Took

CHECKOUT = Path(__file__).resolve().parents[2]
_WATCH_SECONDS = 0.1
_PEAK = "VmHWM:"


class EngineFailed(RuntimeError):
    """A command of the engine failed; the text holds what it said last."""


class TimedProject:
    """A project with one stack, made of a program."""

    def __init__(self, root: Path, name: str, program: str, environ: Mapping[str, str]) -> None:
        self.folder = root / name
        self._backend = root / f"{name}-state"
        for each in (self.folder, self._backend):
            each.mkdir(parents=True)
        (self.folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (self.folder / "__main__.py").write_text(program)
        here = Path(sys.prefix)
        self._environ = {
            "PATH": os.pathsep.join([str(here / "bin"), str(root / "bin"), os.environ["PATH"]]),
            "HOME": str(root),
            "PYTHONPATH": str(CHECKOUT),
            "PULUMI_HOME": str(root / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._backend}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_PYTHON_CMD": sys.executable,
            **environ,
        }
        built = here / "libexec" / "pulumi"  # the engine itself, where `pulumi` is a script around it
        self._engine = str(built) if built.exists() else "pulumi"
        self.run("stack", "init", "bench")

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Took:
        """A command, to its end, with more in its environment where that is given. Raises EngineFailed."""
        command = [self._engine, "--color", "never", "--non-interactive", *arguments]
        with tempfile.TemporaryFile("w+") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self._environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            with _watching(process.pid) as watched:
                _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - began
            if process.returncode:
                output.seek(0)
                raise EngineFailed(f"pulumi {' '.join(arguments)} failed:\n{output.read()[-4000:]}")
        return Took(seconds, watched.cpu(used.ru_utime + used.ru_stime), watched.peak)

    def state_bytes(self) -> int:
        """The size of the stack's state on disk."""
        files = self._backend.glob(".pulumi/stacks/**/bench.json*")
        return max(file.stat().st_size for file in files if file.suffix in (".json", ".zst"))


@dataclass
class _Watched:
    """What was seen of the processes of a command: CPU in seconds of each so far, by what it is and its id; the most
    memory that any of its plugins has held, in MB."""

    seen: dict[tuple[str, int], float] = field(default_factory=dict)
    peak: float = 0.0

    def look(self, engine: psutil.Process) -> None:
        """Look at all of them once more."""
        for process in engine.children(recursive=True):
            with contextlib.suppress(psutil.Error, OSError):
                what = _kind(process.cmdline()[:5])
                times = process.cpu_times()
                self.seen[what, process.pid] = times.user + times.system
                if what == PLUGIN:
                    self.peak = max(self.peak, held(process))

    def cpu(self, total: float) -> dict[str, float]:
        """CPU in seconds by process, of a `total` that the kernel counted for all of them: what nobody else was seen
        with is the engine's."""
        found = dict.fromkeys(PROCESSES, 0.0)
        for (what, _), seconds in self.seen.items():
            found[what] += seconds
        return {**found, ENGINE: total - sum(found.values())}


@contextlib.contextmanager
def _watching(pid: int) -> Iterator[_Watched]:
    watched, over = _Watched(), threading.Event()

    def watch() -> None:
        while not over.wait(_WATCH_SECONDS):
            with contextlib.suppress(psutil.Error):
                watched.look(psutil.Process(pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield watched
    finally:
        over.set()
        watcher.join()


def _kind(command: list[str]) -> str:
    """What a process is that the engine started, directly or not."""
    names = [Path(word).name for word in command]
    if "pulumi.dynamic" in command or any(name.startswith("pulumi-resource-") for name in names):
        return PLUGIN
    return HOST if any(name == "pulumi-language-python" for name in names) else PROGRAM


def held(process: psutil.Process) -> float:
    """The most memory of a process, in MB, as the kernel kept it; else what it holds now."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(_PEAK):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss) / 1024**2
