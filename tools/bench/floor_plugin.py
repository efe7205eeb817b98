"""The floor of the second door: a plugin that keeps its inputs and does nothing else, served as ours is."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from os import _exit
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]

from dli_provider.pulumi.plugin.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc

NAME = "pulumi-resource-bench"


class _Trivial(provider_pb2_grpc.ResourceProviderServicer):
    """The least that a plugin can do."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the engine's names
        return plugin_pb2.PluginInfo(version="0.1.0")

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: N802
        same = request.olds["sql_body"] == request.news["sql_body"]
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CreateResponse(id=request.properties["name"], properties=request.properties)

    def Update(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.UpdateResponse(properties=request.news)

    def Read(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


def put_on_path(folder: Path) -> None:
    """Write the program that the engine looks for into this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / NAME
    program.write_text(f"#!{sys.executable}\nfrom tools.bench.floor_plugin import main\n\nmain()\n")
    program.chmod(0o755)


def main() -> None:
    """Serve until the engine ends this process."""
    signal.signal(signal.SIGINT, lambda *_: _exit(0))
    server = grpc.server(ThreadPoolExecutor(64))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Trivial(), server)
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    server.start()
    sys.stdout.flush()
    server.wait_for_termination()
