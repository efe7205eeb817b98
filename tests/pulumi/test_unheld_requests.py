"""A plugin holds no request of the engine's while the job that it is about is waited for."""

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from dli_provider.pulumi.plugin.faces import Face, InState, MadeResource
from dli_provider.pulumi.plugin.host import Host
from dli_provider.pulumi.plugin.plugin_process import Unheld
from dli_provider.pulumi.plugin.protocol import provider_pb2, provider_pb2_grpc
from dli_provider.pulumi.plugin.servicer import DliServicer
from dli_provider.pulumi.plugin.structs import closed
from dli_provider.pulumi.property_bags import Bag

_URN = "urn:pulumi:dev::shop::dli:index:FlinkSqlJob::orders"
_BAG = {"name": "orders", "sql_body": "SELECT 1"}


class _SlowJobs:
    """A face whose writes wait until they are told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def _wait(self) -> None:
        self.begun.set()
        assert self.go_on.wait(20)

    def create(self, news: Bag, _timeout: float) -> MadeResource:
        self._wait()
        return MadeResource("7", dict(news))

    def update(self, _was: InState, news: Bag, _timeout: float) -> dict[str, Any]:
        self._wait()
        return dict(news)

    def delete(self, _was: InState, _timeout: float) -> None:
        self._wait()


class _SlowPlugin(DliServicer):
    def __init__(self, face: Any) -> None:
        super().__init__(Host("127.0.0.1:1"), {})
        self._slow = face

    def _face(self, _type: str) -> Face:
        face: Face = self._slow
        return face


class _SeenRequest:
    """A request in a form whose end can be seen: protobuf's messages take no weak references."""

    def __init__(self, message: Any) -> None:
        self._message = message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)


class _SeenRequests(grpc.ServerInterceptor):  # type: ignore[misc]
    """Notes every request that is read, without keeping it."""

    def __init__(self) -> None:
        self.read: list[weakref.ref[_SeenRequest]] = []

    def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
        handler = continuation(details)

        def noted(raw: bytes) -> Any:
            request = _SeenRequest(handler.request_deserializer(raw))
            self.read.append(weakref.ref(request))
            return request

        return grpc.unary_unary_rpc_method_handler(handler.unary_unary, noted, handler.response_serializer)


@contextmanager
def _served(face: _SlowJobs) -> Iterator[tuple[Any, _SeenRequests]]:
    noted = _SeenRequests()
    server = grpc.server(ThreadPoolExecutor(2), interceptors=[Unheld(), noted])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_SlowPlugin(face), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            yield provider_pb2_grpc.ResourceProviderStub(channel), noted
        finally:
            face.go_on.set()
            server.stop(None).wait()


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 holds what a function is called with until it returns"
)
@pytest.mark.parametrize("verb", ["Create", "Update", "Delete"])
def test_no_request_is_held_while_its_job_is_waited_for(verb: str) -> None:
    bag = closed(_BAG)
    requests = {
        "Create": provider_pb2.CreateRequest(urn=_URN, properties=bag),
        "Update": provider_pb2.UpdateRequest(id="7", urn=_URN, olds=bag, old_inputs=bag, news=bag),
        "Delete": provider_pb2.DeleteRequest(id="7", urn=_URN, properties=bag, old_inputs=bag),
    }
    face = _SlowJobs()
    with _served(face) as (stub, noted):
        answer = getattr(stub, verb).future(requests[verb])
        assert face.begun.wait(20)
        assert [request() for request in noted.read] == [None]
        face.go_on.set()
        answered = answer.result(20)
    if verb != "Delete":
        assert answered.properties == bag


def test_a_call_that_is_not_ours_is_refused_by_grpc() -> None:
    with _served(_SlowJobs()) as (stub, _), pytest.raises(grpc.RpcError) as refused:
        stub.Construct(provider_pb2.ConstructRequest(), timeout=20)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
