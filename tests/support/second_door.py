"""The second door without an engine: its servicer behind real gRPC, and in the engine's place who keeps the state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime import proto
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from dli_provider.pulumi.crew import Crew
from dli_provider.pulumi.plugin.host import Host
from dli_provider.pulumi.plugin.package_names import JOB
from dli_provider.pulumi.plugin.servicer import DliServicer
from dli_provider.pulumi.plugin.structs import Place, closed, opened

_PATIENCE = 60.0
Bag = dict[str, Any]


@dataclass
class StateEntry:
    """A resource in the state, and where it has secrets; `init_errors` are why it is not as it should be."""

    id: str
    inputs: Bag
    outputs: Bag
    secret: Collection[Place] = ()
    init_errors: list[str] = field(default_factory=list)


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def Log(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the engine's name
        self.rows.append((request.urn.split("::")[-1], request.message))
        return empty_pb2.Empty()


class SecondDoor:
    """One provider of the package, configured; its stack is `shop/dev`."""

    def __init__(self, environ: Mapping[str, str], config: Mapping[str, str] | None = None) -> None:
        self._engine, self.state = _Engine(), dict[str, StateEntry]()
        self._environ, self._config = {"DLI_JUDGE": "text", **environ}, config or {}
        self._logs = grpc.server(ThreadPoolExecutor(8))
        engine_pb2_grpc.add_EngineServicer_to_server(self._engine, self._logs)
        self._address = f"127.0.0.1:{self._logs.add_insecure_port('127.0.0.1:0')}"
        self._logs.start()
        self._begin()

    def next_deployment(self) -> None:
        """Each deployment has a process of its own, which knows nothing of those before."""
        self._end()
        self._begin()

    def _begin(self) -> None:
        # On one thread: whoever held a lock while resting would never end.
        self._provider = grpc.server(Crew(1, 8))
        servicer = DliServicer(Host(self._address), self._environ)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, self._provider)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self._provider.add_insecure_port('127.0.0.1:0')}")
        self._provider.start()
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        variables = {f"dli:config:{key}": value for key, value in self._config.items()}
        self.stub.Configure(provider_pb2.ConfigureRequest(variables=variables), timeout=_PATIENCE)

    def _end(self) -> None:
        self._channel.close()
        self._provider.stop(None).wait()

    # -- what the engine does --------------------------------------------------------------------------------------

    def up(self, name: str, arguments: Bag, secret: Collection[Place] = (), timeout: float = 0.0) -> str:
        """Deploy one resource: "created", "updated", "replaced" or "unchanged". Raises grpc.RpcError."""
        was = self.state.get(name)
        inputs = self.check(name, arguments, secret)
        if was is None:
            self._create(name, inputs, timeout)
            return "created"
        told = self.diff(name, inputs)
        if told.replaces:
            old = self.state.pop(name)
            self._create(name, inputs, timeout)
            self._delete(name, old, 0.0)
            return "replaced"
        if told.changes != proto.DiffResponse.DIFF_SOME and not was.init_errors:
            was.inputs = opened(inputs)[0]
            return "unchanged"
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=was.id, urn=urn(name), olds=_outs(was), old_inputs=_ins(was), news=inputs, timeout=timeout
            ),
            timeout=_PATIENCE,
        )
        self._keep(name, was.id, inputs, answer.properties)
        return "updated"

    def check(self, name: str, arguments: Bag, secret: Collection[Place] = ()) -> Any:
        """The inputs to go on with. Fails the test where something is wrong with them."""
        answer = self.checked(name, arguments, secret)
        assert not answer.failures, [*answer.failures]
        return answer.inputs

    def checked(self, name: str, arguments: Bag, secret: Collection[Place] = ()) -> Any:
        was = self.state.get(name)
        olds = _ins(was) if was else None
        request = provider_pb2.CheckRequest(urn=urn(name), olds=olds, news=closed(arguments, secret))
        return self.stub.Check(request, timeout=_PATIENCE)

    def diff(self, name: str, inputs: Any) -> Any:
        was = self.state[name]
        request = provider_pb2.DiffRequest(
            id=was.id, urn=urn(name), olds=_outs(was), old_inputs=_ins(was), news=inputs
        )
        return self.stub.Diff(request, timeout=_PATIENCE)

    def preview(self, name: str, arguments: Bag) -> Bag:
        """The outputs as a preview knows them."""
        was, inputs = self.state.get(name), self.check(name, arguments)
        if was is None:
            create = provider_pb2.CreateRequest(urn=urn(name), properties=inputs, preview=True)
            return opened(self.stub.Create(create, timeout=_PATIENCE).properties)[0]
        update = provider_pb2.UpdateRequest(
            id=was.id, urn=urn(name), olds=_outs(was), old_inputs=_ins(was), news=inputs, preview=True
        )
        return opened(self.stub.Update(update, timeout=_PATIENCE).properties)[0]

    def imported(self, name: str, id_: str) -> Bag:
        """`pulumi import`: the arguments that the program is written with."""
        answer = self.stub.Read(provider_pb2.ReadRequest(id=id_, urn=urn(name)), timeout=_PATIENCE)
        self._keep(name, answer.id, answer.inputs, answer.properties)
        return self.state[name].inputs

    def refresh(self, name: str) -> None:
        was = self.state[name]
        request = provider_pb2.ReadRequest(id=was.id, urn=urn(name), properties=_outs(was), inputs=_ins(was))
        answer = self.stub.Read(request, timeout=_PATIENCE)
        if answer.id:
            self._keep(name, answer.id, answer.inputs, answer.properties)
        else:
            del self.state[name]

    def destroy(self, name: str) -> None:
        self._delete(name, self.state[name], 0.0)
        del self.state[name]

    def said(self) -> list[tuple[str, str]]:
        """What was told since this was last asked: the row, which is the resource's name, and the line."""
        rows, self._engine.rows = self._engine.rows, []
        return rows

    def _create(self, name: str, inputs: Any, timeout: float) -> None:
        request = provider_pb2.CreateRequest(urn=urn(name), properties=inputs, timeout=timeout)
        try:
            answer = self.stub.Create(request, timeout=_PATIENCE)
        except grpc.RpcError as error:
            if made := init_failed(error):
                self._keep(name, made.id, made.inputs, made.properties, [*made.reasons])
            raise
        self._keep(name, answer.id, inputs, answer.properties)

    def _delete(self, name: str, was: StateEntry, timeout: float) -> None:
        request = provider_pb2.DeleteRequest(
            id=was.id, urn=urn(name), properties=_outs(was), old_inputs=_ins(was), timeout=timeout
        )
        self.stub.Delete(request, timeout=_PATIENCE)

    def _keep(self, name: str, id_: str, inputs: Any, outputs: Any, errors: list[str] | None = None) -> None:
        declared, secret = opened(inputs)
        kept, secret_too = opened(outputs)
        self.state[name] = StateEntry(id_, declared, kept, secret | secret_too, errors or [])

    def __enter__(self) -> SecondDoor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._logs.stop(None).wait()


def urn(name: str, type_: str = JOB) -> str:
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def init_failed(error: grpc.RpcError) -> Any:
    """What a failed creation says of the resource that was made all the same; None where none was."""
    return init_failed_in(error.trailing_metadata())


def init_failed_in(metadata: Iterable[tuple[str, bytes]]) -> Any:
    """The same, from what comes after an answer."""
    details = dict(metadata).get("grpc-status-details-bin")
    if details is None:
        return None
    status, made = status_pb2.Status.FromString(details), proto.ErrorResourceInitFailed()
    status.details[0].Unpack(made)
    return made


def _ins(was: StateEntry) -> Any:
    return closed(was.inputs, was.secret)


def _outs(was: StateEntry) -> Any:
    return closed(was.outputs, was.secret)
