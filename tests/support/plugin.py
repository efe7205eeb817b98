"""The process that Pulumi runs the provider in, without an engine: driven over gRPC, a socket in the engine's place."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from dli_provider.pulumi.plugin.job_face import TIMEOUTS
from dli_provider.resource import JobProvider
from tests.support.second_door import urn

_PATIENCE = 60.0
_PROGRAMS = {
    # The command of the script `pulumi-resource-pulumi-python`, which comes with Pulumi.
    "dynamic": (sys.executable, "-u", "-m", "pulumi.dynamic"),
    "plugin": (str(Path(sys.executable).with_name("pulumi-resource-dli")),),
}
Bag = dict[str, Any]
_URN = urn("orders")


class Plugin:
    """A plugin process of one of the doors. A verb is a call that goes on in the background for as long as it is
    referred to; `result()` waits for its answer."""

    def __init__(self, environ: Mapping[str, str], door: str = "dynamic") -> None:
        self._door = door
        self._engine = socket.create_server(("127.0.0.1", 0), backlog=1024)
        address = f"127.0.0.1:{self._engine.getsockname()[1]}"
        self.process = subprocess.Popen(
            [*_PROGRAMS[door], address],
            env={"DLI_JUDGE": "text", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.process.stdout.readline().strip()}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._own: Bag = {PROVIDER_KEY: serialize_provider(JobProvider())}
        if door == "plugin":
            self._own = {}
            self._stub.Configure(provider_pb2.ConfigureRequest(), timeout=_PATIENCE)

    def check(self, olds: Bag, news: Bag) -> Any:
        asked = provider_pb2.CheckRequest(urn=_URN, olds=self._bag(olds), news=self._bag(news))
        return self._stub.Check.future(asked, timeout=_PATIENCE)

    def create(self, props: Bag) -> Any:
        asked = provider_pb2.CreateRequest(urn=_URN, properties=self._bag(props))
        return self._stub.Create.future(asked, timeout=_PATIENCE)

    def update(self, olds: Bag, news: Bag) -> Any:
        job_id = str(olds["job_id"])
        asked = provider_pb2.UpdateRequest(
            id=job_id, urn=_URN, olds=self._bag(olds), old_inputs=self._bag(olds), news=self._bag(news)
        )
        return self._stub.Update.future(asked, timeout=_PATIENCE)

    def read(self, props: Bag) -> Any:
        bag = self._bag(props)
        asked = provider_pb2.ReadRequest(id=str(props["job_id"]), urn=_URN, properties=bag, inputs=bag)
        return self._stub.Read.future(asked, timeout=_PATIENCE)

    def delete(self, props: Bag) -> Any:
        bag = self._bag(props)
        asked = provider_pb2.DeleteRequest(id=str(props["job_id"]), urn=_URN, properties=bag, old_inputs=bag)
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
        dropped = TIMEOUTS if self._door == "plugin" else ()
        bag.update({key: value for key, value in values.items() if key not in dropped} | self._own)
        return bag
