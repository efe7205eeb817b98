"""The process that Pulumi runs the provider in, without an engine: driven over gRPC, a socket in the engine's place."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from dli_provider.resource import JobProvider

_PATIENCE = 60.0
Bag = dict[str, Any]


class Plugin:
    """A plugin process. A verb is a call that goes on in the background for as long as it is referred to; `result()`
    waits for its answer."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._engine = socket.create_server(("127.0.0.1", 0), backlog=1024)
        address = f"127.0.0.1:{self._engine.getsockname()[1]}"
        # The command of the script `pulumi-resource-pulumi-python`, which comes with Pulumi.
        command = [sys.executable, "-u", "-m", "pulumi.dynamic", address]
        self.process = subprocess.Popen(
            command,
            env={"DLI_JUDGE": "text", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.process.stdout.readline().strip()}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._provider = serialize_provider(JobProvider())

    def check(self, olds: Bag, news: Bag) -> Any:
        asked = provider_pb2.CheckRequest(olds=self._bag(olds), news=self._bag(news))
        return self._stub.Check.future(asked, timeout=_PATIENCE)

    def create(self, props: Bag) -> Any:
        asked = provider_pb2.CreateRequest(properties=self._bag(props))
        return self._stub.Create.future(asked, timeout=_PATIENCE)

    def update(self, olds: Bag, news: Bag) -> Any:
        job_id = str(olds["job_id"])
        asked = provider_pb2.UpdateRequest(id=job_id, olds=self._bag(olds), news=self._bag(news))
        return self._stub.Update.future(asked, timeout=_PATIENCE)

    def read(self, props: Bag) -> Any:
        asked = provider_pb2.ReadRequest(id=str(props["job_id"]), properties=self._bag(props))
        return self._stub.Read.future(asked, timeout=_PATIENCE)

    def delete(self, props: Bag) -> Any:
        asked = provider_pb2.DeleteRequest(id=str(props["job_id"]), properties=self._bag(props))
        return self._stub.Delete.future(asked, timeout=_PATIENCE)

    def lose_its_engine(self) -> None:
        """The engine is killed: nobody listens at its address any more."""
        self._engine.close()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()

    def ends_by_itself(self, seconds: float) -> bool:
        """Whether the process ends within so many seconds."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def __enter__(self) -> Plugin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        self.kill()
        self._engine.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _bag(self, values: Bag) -> Struct:
        bag = Struct()
        bag.update({**values, PROVIDER_KEY: self._provider})
        return bag
