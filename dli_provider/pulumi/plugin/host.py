"""The engine, as far as it listens: lines for people, each at the row of its resource. Nothing secret comes through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import grpc  # type: ignore[import-untyped]

from dli_provider.pulumi.messages import fit
from dli_provider.pulumi.plugin.protocol import engine_pb2, engine_pb2_grpc

_row: ContextVar[str] = ContextVar("row", default="")
"""The URN of the resource that this thread works on; "" where it is none in particular."""


@contextmanager
def at_row(urn: str) -> Iterator[None]:
    """Until the end, what is told stands at the row of this resource."""
    before = _row.set(urn)
    try:
        yield
    finally:
        _row.reset(before)


class Host:
    """The engine at `address`."""

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def tell(self, text: str) -> None:
        """Show the user what is being done, or would be."""
        self._log(engine_pb2.INFO, text)

    def progress(self, text: str) -> None:
        """Show what is being done just now: while it lasts, and not among the diagnostics at the end."""
        self._log(engine_pb2.INFO, text, ephemeral=True)

    def warn(self, text: str) -> None:
        """Show the user what to look after."""
        self._log(engine_pb2.WARNING, text)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, text: str, *, ephemeral: bool = False) -> None:
        request = engine_pb2.LogRequest(
            severity=severity, message=fit(text), urn=_row.get(), ephemeral=ephemeral
        )
        try:
            self._engine.Log(request, timeout=_PATIENCE)
        except grpc.RpcError:
            # A line that nobody can read must not keep a job from running. Whether the engine is still there is asked
            # before the next write.
            return


_PATIENCE = 10.0
