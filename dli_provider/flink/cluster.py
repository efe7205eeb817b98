"""A Flink of one machine: JobManager, TaskManager and SQL gateway, started together, looked after, ended together."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from dli_provider.flink import configuration, java
from dli_provider.flink.configuration import LOOPBACK, Ports
from dli_provider.flink.failures import FlinkError, RestError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.rest import Rest

_PATIENCE: Final = 180.0  # seconds for everything to answer; about 10 are usual
_LOOK: Final = 0.3

JOB_MANAGER: Final = "jobmanager"
TASK_MANAGER: Final = "taskmanager"
GATEWAY: Final = "gateway"

_GUARD = str(Path(__file__).with_name("process_guard.py"))
_GRACE = 5.0  # seconds between asking a process to end and ending it


class Cluster:
    """`with Cluster.start(...) as flink`. A TaskManager that dies is started again; the others are not."""

    def __init__(self, distribution: Distribution, runtime: Path, home: Path, ports: Ports) -> None:
        self.home, self.ports = home, ports
        self.rest = Rest(f"http://{LOOPBACK}:{ports.rest}")
        self.gateway = Rest(f"http://{LOOPBACK}:{ports.gateway}", timeout=300.0)
        self.restarts = 0  # of the TaskManager
        self.distribution, self._runtime = distribution, runtime
        self._over = threading.Event()
        self._processes: dict[str, GuardedProcess] = {}

    @classmethod
    def start(
        cls, distribution: Distribution, environ: Mapping[str, str], home: Path, *, tasks: bool = True
    ) -> Cluster:
        """Start and wait until it answers; without `tasks` only the gateway, which is enough to plan.

        Raises `FlinkError` with the last words of the process that did not come up.
        """
        cluster = cls(distribution, java.find(environ), home, Ports.free())
        cluster._lay_out()
        try:
            cluster._launch([JOB_MANAGER, TASK_MANAGER, GATEWAY] if tasks else [GATEWAY])
        except BaseException:
            cluster.stop()
            raise
        if tasks:
            threading.Thread(target=cluster._look_after, name="flink-watch", daemon=True).start()
        return cluster

    def stop(self) -> None:
        """End all processes."""
        self._over.set()
        enders = [threading.Thread(target=each.end) for each in self._processes.values()]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()
        shutil.rmtree(self.home / "tmp", ignore_errors=True)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pids(self) -> dict[str, int]:
        """The process id of each Java process, by its role."""
        return {name: process.pid for name, process in self._processes.items()}

    def output(self) -> Path:
        """What the tasks print."""
        return self.home / "log" / f"{TASK_MANAGER}.out"

    @property
    def url(self) -> str:
        """Flink's own web interface."""
        return self.rest.url

    def _lay_out(self) -> None:
        # Checkpoints, logs and what tasks print hold the data of jobs: for their owner alone.
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("log", "conf", "tmp"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        lines = [f"{key}: {value}" for key, value in configuration.settings(self.ports, self.home).items()]
        # The older of the two file names: its format takes any value as it stands.
        (self.home / "conf" / "flink-conf.yaml").write_text("\n".join(lines) + "\n")
        (self.home / "conf" / "log4j.properties").write_text(configuration.LOG4J)

    def _launch(self, names: Sequence[str]) -> None:
        for name in names:
            self._processes[name] = self._spawn(name)
        answering: dict[str, Callable[[], Any]] = {
            JOB_MANAGER: lambda: self.rest.get("/overview"),
            TASK_MANAGER: lambda: self.rest.get("/overview")["slots-total"] > 0,
            GATEWAY: lambda: self.gateway.get("/v1/info"),
        }
        deadline = time.monotonic() + _PATIENCE
        for name in names:
            while not self._answers(answering[name]):
                process = self._processes[name]
                if not process.alive or time.monotonic() > deadline:
                    raise FlinkError(
                        f"Flink's {name} did not come up; the end of {process.log}:\n{process.last_words()}"
                    )
                time.sleep(_LOOK)

    @staticmethod
    def _answers(ask: Callable[[], Any]) -> bool:
        try:
            return bool(ask())
        except RestError:
            return False

    def _spawn(self, name: str) -> GuardedProcess:
        conf, jars = str(self.home / "conf"), self.distribution
        entry: dict[str, tuple[Sequence[str], str, list[str]]] = {
            JOB_MANAGER: (
                configuration.JOB_MANAGER_MEMORY,
                jars.core,
                [
                    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                    "--configDir",
                    conf,
                ],
            ),
            TASK_MANAGER: (
                configuration.TASK_MANAGER_MEMORY,
                jars.core,
                [
                    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                    "--configDir",
                    conf,
                    *configuration.task_manager_memory(),
                ],
            ),
            GATEWAY: (
                configuration.GATEWAY_MEMORY,
                jars.everything,
                [
                    "org.apache.flink.table.gateway.SqlGateway",
                    f"-Dsql-gateway.endpoint.rest.address={LOOPBACK}",
                    f"-Dsql-gateway.endpoint.rest.bind-address={LOOPBACK}",
                    f"-Dsql-gateway.endpoint.rest.port={self.ports.gateway}",
                    "-Dsql-gateway.session.idle-timeout=1h",
                    "-Dsql-gateway.worker.threads.max=16",
                ],
            ),
        }
        memory, classes, main = entry[name]
        log4j = f"-Dlog4j.configurationFile={self.home / 'conf' / 'log4j.properties'}"
        command = [str(self._runtime), *java.FLAGS, *memory, log4j, "-cp", classes, *main]
        return GuardedProcess(name, command, self.home / "log" / f"{name}.log", {"FLINK_CONF_DIR": conf})

    def _look_after(self) -> None:
        while not self._over.wait(_LOOK):
            if not self._processes[TASK_MANAGER].alive and not self._over.is_set():
                self.restarts += 1
                self._processes[TASK_MANAGER].end()  # its guard is still to be put away
                self._processes[TASK_MANAGER] = self._spawn(TASK_MANAGER)


class GuardedProcess:
    """One process: it lives no longer than ours does, however ours ends. Its output goes to a file, or to us."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, env: dict[str, str], *, to_us: bool = False
    ) -> None:
        self.name, self.log = name, log
        output = "-" if to_us else str(log.with_suffix(".out"))
        with log.open("ab") as errors:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", _GUARD, output, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **env},
                start_new_session=True,
            )
        assert self._guard.stdout is not None
        self.output = self._guard.stdout
        self.pid = self._guard.pid
        if not to_us:
            with self.output as told:
                self.pid = int(told.readline() or 0)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._guard.poll() is None

    def end(self) -> None:
        """Ask it to end; see that it does."""
        if self.alive:
            self._guard.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._guard.wait(_GRACE)
        assert self._guard.stdin is not None
        self._guard.stdin.close()  # to the guard this is our death: it kills what is left
        self._guard.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of what it wrote."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
