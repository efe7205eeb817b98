"""The one server process of a state file: a lock that dies with it, and a note that says where it answers."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from dli_provider.emulator import SIMULATED, private_files
from dli_provider.emulator.admin_client import SERVICE, AdminClient, AdminError

_GRACE = 30.0  # seconds between asking a server to end and ending it
_COMMAND: Final = (sys.executable, "-m", "dli_provider.cli.emulator")
_POLL = 0.05
_ANSWER_SECONDS = 2.0  # seconds to wait for an answer from whoever listens on a port


class NotStartedError(RuntimeError):
    """The server process ended before it answered; the text holds the end of its log."""


@dataclass(frozen=True)
class ServerProcess:
    """A living server: its process id, its address, the state file it owns, and what runs its jobs."""

    pid: int
    url: str
    state: str
    runner: str = SIMULATED
    kafka: str = ""
    """The address of the broker, if there is one."""
    feed: str = ""
    """The command that writes into its topics."""

    def stop(self) -> None:
        """End the process, gently first; returns when it is gone."""
        deadline = time.monotonic() + _GRACE
        os.kill(self.pid, signal.SIGTERM)
        while _locked(Path(self.state)):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                deadline += _GRACE
            time.sleep(_POLL)
        note_of(Path(self.state)).unlink(missing_ok=True)


def note_of(state: Path) -> Path:
    """Where a server writes its address: `emulator.db` -> `emulator.json`."""
    return state.with_suffix(".json")


def log_of(state: Path) -> Path:
    """Where a background server writes what it says."""
    return state.with_suffix(".log")


def running_server(state: Path) -> ServerProcess | None:
    """The server of a state file. A note left behind by a killed one is removed, whatever process has its pid now."""
    note = note_of(state)
    if not _locked(state):
        note.unlink(missing_ok=True)
        return None
    try:
        return ServerProcess(**json.loads(note.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None  # it is coming up and has not written its note yet


@contextmanager
def owning_state_file(instance: ServerProcess) -> Iterator[Callable[[], None]]:
    """Own the state file for as long as the context lasts; call the result once requests are answered."""
    state = Path(instance.state)
    private_files.create(_lock_of(state))
    with _lock_of(state).open("a") as held:
        _acquire(held.fileno(), state)

        def announce() -> None:
            draft = note_of(state).with_suffix(".json.new")
            private_files.create(draft)
            draft.write_text(json.dumps(asdict(instance)))
            draft.replace(note_of(state))  # a reader never sees half a note

        try:
            yield announce
        finally:
            note_of(state).unlink(missing_ok=True)


def spawn(
    state: Path, arguments: Sequence[str], secrets: Mapping[str, str], patience: float
) -> ServerProcess:
    """Start the local DLI in the background and wait `patience` seconds for its answer. Raises `NotStartedError`.

    Secrets travel in the environment, where other users' process lists do not show them.
    """
    private_files.create(log_of(state))
    with log_of(state).open("ab") as log:
        child = subprocess.Popen(
            [*_COMMAND, "start", "--foreground", "--state", str(state), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **secrets},
            start_new_session=True,
        )
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and child.poll() is None:
        instance = running_server(state)
        if instance is not None and health_of(instance.url):
            return instance
        time.sleep(_POLL)
    child.terminate()
    child.wait()
    tail = "\n".join(log_of(state).read_text(errors="replace").splitlines()[-5:])
    raise NotStartedError(f"the local DLI did not come up; the end of {log_of(state)}:\n{tail}")


def health_of(url: str) -> dict[str, object] | None:
    """The health of a local DLI at this address, or `None` when nothing or another program answers there."""
    try:
        health = AdminClient(url, timeout=_ANSWER_SECONDS).health()
    except AdminError:
        return None
    return health if isinstance(health, dict) and health.get("service") == SERVICE else None


def _lock_of(state: Path) -> Path:
    return state.with_suffix(".lock")


def _locked(state: Path) -> bool:
    try:
        with _lock_of(state).open() as probe:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _acquire(descriptor: int, state: Path) -> None:
    # A reader holds the lock for an instant when it looks; only who holds it longer is a server.
    for _ in range(20):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL)
        else:
            return
    raise NotStartedError(f"{state} is in use by another local DLI")


LOOPBACK: Final = "127.0.0.1"


def bind(port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when the port is taken."""
    # asyncio turns Nagle's algorithm off only for sockets that name TCP; with it every answer takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening
