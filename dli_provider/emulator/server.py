"""The HTTP server around the application: in a thread of a test, or in the foreground of a process."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.routes import build
from dli_provider.emulator.runners import RunnerFactory
from dli_provider.emulator.runners.simulated import SimulatedRunner
from dli_provider.emulator.server_process import LOOPBACK, bind

_LOOK = 0.5  # seconds between two looks at jobs that change by themselves


class _CuttableProtocol(H11Protocol):
    """Hands the application its own connection, so that a fault can cut it without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            extended = dict(scope, extensions={"dli.transport": transport})
            try:
                await inner(cast(Scope, extended), receive, send)
            except asyncio.CancelledError:
                # The server ends while a call is held: drop it, as a server that is killed does.
                transport.abort()
                while (await receive())["type"] != "http.disconnect":
                    pass

        self.app = app


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, dli: LocalDli, ready: Callable[[], object], hosts: Collection[str] = ()) -> None:
        super().__init__(
            uvicorn.Config(
                build(dli, hosts),
                loop="asyncio",
                http=_CuttableProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=1,
            )
        )
        self._dli, self._ready = dli, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._dli.runner.needs_looking_at:
            self._looking = asyncio.create_task(
                self._look()
            )  # kept: the loop alone would let it be collected
        self._ready()

    async def _look(self) -> None:
        while not self.should_exit:
            self._dli.settle_now()
            await asyncio.sleep(_LOOK)


def serve(
    state: Path,
    listening: socket.socket,
    credentials: Credentials,
    overrides: Mapping[str, Any],
    *,
    queues: Mapping[str, int],
    ready: Callable[[], object],
    engine: RunnerFactory = SimulatedRunner,
    hosts: Collection[str] = (),
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; `ready` is called once requests are answered, and `hosts` are
    names to be asked by besides those of this machine."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    dli = LocalDli(state, credentials, dict(overrides), queues, engine)
    try:
        _Server(dli, ready, hosts).run(sockets=[listening])
    finally:
        dli.close()


class Emulator(AdminClient):
    """A local DLI in a thread of this process, for tests: `with Emulator.start() as dli: ... dli.url`."""

    def __init__(
        self,
        dli: LocalDli,
        listening: socket.socket,
        scratch: tempfile.TemporaryDirectory[str] | None,
        hosts: Collection[str] = (),
    ) -> None:
        super().__init__(f"http://{LOOPBACK}:{listening.getsockname()[1]}")
        self._dli = dli
        self._listening = listening
        self._scratch = scratch
        self._server = _Server(dli, lambda: None, hosts)
        self._thread = threading.Thread(target=self._serve, name="local-dli", daemon=True)
        self._thread.start()

    @classmethod
    def start(
        cls,
        state: Path | str | None = None,
        *,
        port: int = 0,
        credentials: Credentials | None = None,
        queues: Mapping[str, int] | None = None,
        engine: RunnerFactory = SimulatedRunner,
        hosts: Collection[str] = (),
        **settings: Any,
    ) -> Emulator:
        """Start on a loopback port. `state`: file to keep jobs in (none: a scratch file); `queues`: name -> CUs;
        `engine`: what runs the jobs; `hosts`: names to be asked by besides those of this machine; `settings`: by their
        names in `EmulatorSettings`, e.g. `start_latency=0.1`."""
        scratch = tempfile.TemporaryDirectory(prefix="local-dli-") if state is None else None
        path = Path(scratch.name if scratch else "") / (state or "state.db")
        listening = bind(port)
        try:
            dli = LocalDli(path, credentials or Credentials(), settings, queues or {}, engine)
        except BaseException:
            listening.close()
            if scratch:
                scratch.cleanup()
            raise
        return cls(dli, listening, scratch, hosts)

    def stop(self) -> None:
        """Stop serving, cutting what is still open; the state file stays unless it was scratch."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._listening.close()
        self._dli.close()
        if self._scratch:
            self._scratch.cleanup()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.run(sockets=[self._listening])
