"""The process `pulumi-resource-dli`: it serves one engine, and ends with it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]

from dli_provider.pulumi import process
from dli_provider.pulumi.crew import Crew
from dli_provider.pulumi.plugin.host import Host
from dli_provider.pulumi.plugin.protocol import provider_pb2_grpc
from dli_provider.pulumi.plugin.servicer import DliServicer

_NO_ENGINE = """\
pulumi-resource-dli is a plugin of Pulumi: `pulumi up` starts it, with its own address as the argument. To see what it
offers: pulumi package get-schema pulumi-resource-dli
"""
_LARGEST_MESSAGE = 400 * 1024 * 1024
"""Bytes; as Pulumi's own programs have it."""


def main() -> int:
    """Serve until the engine is gone."""
    address = process.engine_address(sys.argv[1:])
    if not address:
        sys.stderr.write(_NO_ENGINE)
        return 2
    process.keep_small()
    # So the engine ends its plugins, once nothing is under way any more. Ctrl-C in the terminal does not come here: the
    # engine starts its plugins in groups of their own, and says by `Cancel` what is to be done.
    signal.signal(signal.SIGINT, _end)
    server = grpc.server(
        Crew(process.HANDS, process.CALLERS),
        interceptors=[Unheld()],
        options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(DliServicer(Host(address), os.environ), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    process.end_with_the_engine()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


class Unheld(grpc.ServerInterceptor):  # type: ignore[misc]
    """Has gRPC hand each request on and keep none: by itself it holds a request, of some 9 kB as protobuf keeps one,
    until it is answered, which a thousand jobs that wait are not. Python 3.10 holds it all the same: there, what a
    function is called with stays in its caller's frame."""

    def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
        handler = continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler  # nothing that we answer: gRPC itself says so
        read, serve = handler.request_deserializer, handler.unary_unary
        return grpc.unary_unary_rpc_method_handler(
            lambda box, context: serve(box.pop(), context),
            lambda raw: [read(raw)],
            handler.response_serializer,
        )


def _end(_signal: int, _frame: object) -> NoReturn:
    # At once: the interpreter would wait for every thread, and the engine for as long reports a plugin that hangs.
    os._exit(0)
