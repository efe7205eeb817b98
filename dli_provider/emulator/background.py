"""The local DLI of a state file in the background: started, adjusted while it runs, and emptied. Prints nothing."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dli_provider.emulator import DEFAULT_PORT, FLINK, FLINK_KAFKA, SIMULATED
from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.server_process import (
    NotStartedError,
    ServerProcess,
    bind,
    health_of,
    running_server,
    spawn,
)

if TYPE_CHECKING:  # whoever only asks after a server does without
    from dli_provider.emulator.auth import Credentials

_PATIENCE = {
    SIMULATED: 30.0,
    FLINK: 240.0,
    FLINK_KAFKA: 240.0,
}  # seconds for a server in the background to come up

_OFF = {"any_queue": "--known-queues"}  # options with a name of their own for no


@dataclass(frozen=True)
class ServerOptions:
    """What a local DLI was asked to be. None, or what is not in `settings`, stays as the state file remembers it."""

    credentials: Credentials
    port: int | None = None
    runner: str | None = None
    queues: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    feed: str = ""

    @property
    def chosen_runner(self) -> str:
        """What is to run the jobs."""
        return self.runner or SIMULATED

    def arguments(self) -> list[str]:
        """The same once more, for the command of the process in the background; without credentials, which every user
        could read in the list of processes."""
        arguments = ["--runner", self.chosen_runner]
        for knob, value in {**({} if self.port is None else {"port": self.port}), **self.settings}.items():
            option = f"--{knob.replace('_', '-')}"
            if isinstance(value, bool):
                arguments.append(option if value else _OFF.get(knob, f"--no-{option[2:]}"))
            else:
                arguments += [option, str(value)]
        for name, cu in self.queues.items():
            arguments += ["--queue", f"{name}:{cu}"]
        for host in self.hosts:
            arguments += ["--allow-host", host]
        if self.feed:
            arguments += ["--feed", self.feed]
        return arguments


def start(state: Path, asked: ServerOptions, secrets: Mapping[str, str]) -> tuple[ServerProcess, bool]:
    """The server of a state file, and whether it is a new one: one that runs already is adjusted to what is asked.

    `secrets` are the credentials as environment variables. Raises NotStartedError.
    """
    running = running_server(state)
    if running is not None:
        _adjust(running, asked)
        return running, False
    # The process itself could only write into its log that the port is taken, and by whom.
    listen(asked.port).close()
    return spawn(state, asked.arguments(), secrets, _PATIENCE[asked.chosen_runner]), True


def _adjust(running: ServerProcess, asked: ServerOptions) -> None:
    """Settings and queues change while it runs. A port, a runner and credentials do not: a refusal is better than a
    server that is not what was asked for."""
    already = f"{described(running)} runs already"
    if asked.port and not running.url.endswith(f":{asked.port}"):
        raise NotStartedError(f"{already}; stop it first to move it to port {asked.port}")
    if asked.runner not in (None, running.runner):
        raise NotStartedError(f"{already}, with the {running.runner} runner; stop it first")
    if asked.feed not in ("", running.feed):
        raise NotStartedError(f"{already}, with another feed; stop it first")
    admin = AdminClient(running.url)
    if not set(asked.hosts) <= set(admin.health()["hosts"]):
        raise NotStartedError(f"{already}, for other names; stop it first")
    if not asked.credentials.anyone and admin.health()["asks_for"] != asked.credentials.asked_for():
        raise NotStartedError(f"{already}, with other credentials; stop it first")
    if asked.settings:
        admin.set(**asked.settings)
    for name, cu in asked.queues.items():
        admin.add_queue(name, cu)


def listen(port: int | None) -> socket.socket:
    """A listening socket on this port, or on the usual one. Raises NotStartedError, which says who has it."""
    port = DEFAULT_PORT if port is None else port
    try:
        return bind(port)
    except OSError as error:
        other = health_of(f"http://127.0.0.1:{port}")
        whose = f"another local DLI (jobs in {other['state']})" if other else "another program"
        raise NotStartedError(
            f"port {port} is taken by {whose}; choose one with --port, and name it in the stack's config: "
            "`pulumi config set dli:endpoint http://127.0.0.1:PORT`"
        ) from error


def reset(state: Path) -> None:
    """Forget all jobs, savepoints, faults and the request log, whether the server runs or not."""
    running = running_server(state)
    if running is not None:
        # Its files are open: only the server itself can empty them.
        AdminClient(running.url).reset()
        return
    for suffix in ("", "-wal", "-shm"):
        Path(f"{state}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(state.with_suffix(".flink"), ignore_errors=True)


def described(running: ServerProcess) -> str:
    """The server in a line: where it answers, and whose jobs it has."""
    flink = "" if running.runner == SIMULATED else ", on a real Flink"
    kafka = f", Kafka on {running.kafka}" if running.kafka else ""
    return f"Local DLI on {running.url} (pid {running.pid}, jobs in {running.state}{flink}{kafka})"
