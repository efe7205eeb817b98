"""What a plugin holds while many jobs wait: it is asked for all of them at once, as the engine would without its
checkpoints, which let only some hundred at a time get that far."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import psutil
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.pulumi.plugin.structs import closed
from dli_provider.pulumi.process import PLUGIN
from dli_provider.resource import JobProvider
from tools.bench.arena import local_dli
from tools.bench.measures import HeldMemory
from tools.bench.programs import arguments
from tools.bench.timed_engine import held

_PATIENCE = 600.0
_START = 3600.0


def held_while_waiting(door: str, jobs: int) -> HeldMemory:
    """Measure it: jobs whose start takes an hour. Raises TimeoutError where they do not get that far."""
    with (
        tempfile.TemporaryDirectory(prefix="dli-bench-") as scratch,
        local_dli(Path(scratch)) as dli,
    ):
        dli.set_latency(start=_START)
        # It answers that it takes no lines; whether it answers at all is what the plugin asks before each write.
        engine = grpc.server(ThreadPoolExecutor(4))
        address = f"127.0.0.1:{engine.add_insecure_port('127.0.0.1:0')}"
        engine.start()
        here = str(Path(sys.prefix) / "bin" / PLUGIN)
        command = [here] if door == "plugin" else [sys.executable, "-u", "-m", "pulumi.dynamic"]
        environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": door, "DLI_JUDGE": "text"}
        with subprocess.Popen(
            [*command, address], env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as plugin:
            try:
                assert plugin.stdout is not None
                port = int(plugin.stdout.readline())
                threading.Thread(target=plugin.stdout.read, daemon=True).start()
                return _asked(plugin.pid, port, door, jobs, dli)
            finally:
                plugin.kill()
                engine.stop(None).wait()


def _asked(pid: int, port: int, door: str, jobs: int, dli: AdminClient) -> HeldMemory:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(args=closed({})))
        idle = held(psutil.Process(pid))
        calls = [stub.Create.future(_request(door, number)) for number in range(jobs)]
        deadline = time.monotonic() + _PATIENCE
        while (runs := sum(entry.call == "run" for entry in dli.writes(project=door))) < jobs:
            if any(call.done() for call in calls) or time.monotonic() > deadline:
                raise TimeoutError(f"{runs} of {jobs} jobs wait")
            time.sleep(1.0)
        time.sleep(5.0)
        return HeldMemory(door, jobs, held(psutil.Process(pid)), idle, psutil.Process(pid).num_threads())


def _request(door: str, number: int) -> Any:
    name = f"job_{number:04}"
    bag: dict[str, Any] = {**arguments(number), "owner": f"shop/dev/{name}"}
    bag |= {PROVIDER_KEY: serialize_provider(JobProvider())} if door == "dynamic" else {}
    urn = f"urn:pulumi:dev::shop::dli:index:FlinkSqlJob::{name}"
    return provider_pb2.CreateRequest(urn=urn, properties=closed(bag))
