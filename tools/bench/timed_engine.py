"""A scratch Pulumi project with a file backend of its own, and its commands, timed and watched."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from dli_provider.pulumi.process import PLUGIN

CHECKOUT = Path(__file__).resolve().parents[2]
_WATCH_SECONDS = 0.1
_PEAK = "VmHWM:"


class EngineFailed(RuntimeError):
    """A command of the engine failed; the text holds what it said last."""


@dataclass(frozen=True)
class Took:
    """What a command took: wall time in seconds, and the most memory its plugin held, in MB."""

    seconds: float
    plugin_mb: float


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
            with _watching(process.pid) as peaks:
                code = process.wait()
            took = Took(time.perf_counter() - began, max(peaks.values(), default=0.0))
            if code:
                output.seek(0)
                raise EngineFailed(f"pulumi {' '.join(arguments)} failed:\n{output.read()[-4000:]}")
        return took

    def state_bytes(self) -> int:
        """The size of the stack's state on disk."""
        files = self._backend.glob(".pulumi/stacks/**/bench.json*")
        return max(file.stat().st_size for file in files if file.suffix in (".json", ".zst"))


@contextlib.contextmanager
def _watching(pid: int):  # type: ignore[no-untyped-def]
    """The most memory that each plugin process of a command has held so far, in MB by its id."""
    peaks: dict[int, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_WATCH_SECONDS):
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(pid).children(recursive=True):
                    with contextlib.suppress(psutil.Error, OSError):
                        if child.pid in peaks or _is_plugin(child.cmdline()[:5]):
                            peaks[child.pid] = max(peaks.get(child.pid, 0.0), held(child))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _is_plugin(command: list[str]) -> bool:
    return "pulumi.dynamic" in command or any(Path(word).name == PLUGIN for word in command)


def held(process: psutil.Process) -> float:
    """The most memory of a process, in MB, as the kernel kept it; else what it holds now."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(_PEAK):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss) / 1024**2
