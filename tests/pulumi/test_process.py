"""The plugin process: it knows its engine, serves more than four jobs at once, and does not outlive the engine."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from dli_provider.emulator.server import Emulator
from dli_provider.pulumi import process
from dli_provider.pulumi.plugin.structs import closed
from tests.support import declared
from tests.support.plugin import Plugin
from tests.support.second_door import urn
from tests.support.site import hold

pytestmark = pytest.mark.slow

PROJECT = "p1"
AT_ONCE = 12


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.0) as emulator:
        yield emulator


@pytest.fixture
def plugin(dli: Emulator) -> Iterator[Plugin]:
    with Plugin({"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": PROJECT}) as running:
        yield running


def test_outside_a_plugin_process_nothing_is_touched() -> None:
    threads = threading.active_count()
    process.settle_in()
    process.require_engine()
    assert threading.active_count() == threads
    assert not hasattr(sys, "tracebacklimit")


@pytest.mark.parametrize(
    ("argv", "engine"),
    [
        (["/x/pulumi/dynamic/__main__.py", "127.0.0.1:41000"], ("127.0.0.1", 41000)),
        (["/x/pulumi/dynamic/__main__.py", "localhost:41000", "more"], ("localhost", 41000)),
        (["/x/pulumi/dynamic/__main__.py", "[::1]:41000"], ("::1", 41000)),
        (["/x/pulumi/dynamic/__main__.py", "nowhere"], None),
        (["/x/pulumi/dynamic/__main__.py"], None),
        (["/x/bin/pulumi-resource-dli", "127.0.0.1:41000"], ("127.0.0.1", 41000)),
        (
            ["/x/bin/pulumi-resource-dli", "-v=3", "--tracing", "file:./trace", "127.0.0.1:41000"],
            ("127.0.0.1", 41000),
        ),
        (
            ["/x/bin/pulumi-resource-dli", "--tracing", "localhost:9411", "127.0.0.1:41000"],
            ("127.0.0.1", 41000),
        ),
        (["/x/pytest/__main__.py", "127.0.0.1:41000"], None),
        (["", "127.0.0.1:41000"], None),
    ],
)
def test_the_engine_is_at_the_address_in_the_argument_of_the_plugin(
    argv: list[str], engine: tuple[str, int] | None
) -> None:
    program = f"import sys; from dli_provider.pulumi import process; sys.argv[:] = {argv!r}; print(process._engine())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(engine)


def test_more_than_four_jobs_are_served_at_once(plugin: Plugin, dli: Emulator) -> None:
    jobs = [declared.job(name=f"job_{n}", owner=f"p/s/job_{n}", health_window=0.0) for n in range(AT_ONCE)]
    with hold(dli, PROJECT, "create", times=AT_ONCE) as held:
        under_way = [plugin.create(job) for job in jobs]
        held.wait_for(AT_ONCE)
    assert len({call.result().id for call in under_way}) == AT_ONCE


def test_a_plugin_ends_soon_after_its_engine_and_not_before(plugin: Plugin) -> None:
    assert plugin.check({}, declared.job()).result().failures == []
    assert not plugin.ends_by_itself(2.0), "its engine answers"
    plugin.lose_its_engine()
    assert plugin.ends_by_itself(5.0)


DECLARES = """
import asyncio, gc, pulumi
{before}
from dli_provider import FlinkSqlJob

class Nobody(pulumi.runtime.Mocks):
    def call(self, args): return {{}}
    def new_resource(self, args): return args.name, args.inputs

asyncio.set_event_loop(asyncio.new_event_loop())
pulumi.runtime.set_mocks(Nobody())
FlinkSqlJob("orders", sql_body="...")
print(gc.isenabled(), gc.get_threshold()[0])
"""


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("", f"True {process.OBJECTS}"),
        ("gc.disable()", f"False {gc.get_threshold()[0]}"),
        ("gc.set_threshold(1_000_000)", "True 1000000"),
        ("gc.set_threshold(0)", "True 0"),
    ],
    ids=["usual", "disabled", "higher", "zero"],
)
def test_a_program_that_declares_jobs_looks_for_garbage_rarely_unless_it_says_how(
    before: str, found: str
) -> None:
    program = DECLARES.format(before=before)
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == found


SECOND_DOOR = str(Path(sys.prefix) / "bin" / "pulumi-resource-dli")


def test_the_second_door_ends_soon_after_its_engine_and_writes_nothing_after_it(dli: Emulator) -> None:
    engine = socket.create_server(("127.0.0.1", 0), backlog=1024)
    command = [SECOND_DOOR, f"127.0.0.1:{engine.getsockname()[1]}"]
    environ = {"DLI_JUDGE": "text", "DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": "p2"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        channel = grpc.insecure_channel(f"127.0.0.1:{running.stdout.readline().strip()}")
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest())
        job = declared.job(health_window=0.0, create_timeout=None, update_timeout=None, delete_timeout=None)
        with hold(dli, "p2", "create", when="after") as held:
            under_way = stub.Create.future(
                provider_pb2.CreateRequest(urn=urn("orders"), properties=closed(job))
            )
            held.wait_for()
            assert running.poll() is None, "its engine answers"
            engine.close()
            cursor = dli.cursor()
            assert running.wait(5.0) == 1
        assert [entry.call for entry in dli.writes(cursor, project="p2")] in ([], ["create"])
        assert under_way.exception() is not None
        channel.close()


def test_the_second_door_says_what_it_is_to_who_starts_it_by_hand() -> None:
    told = subprocess.run([SECOND_DOOR], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (2, "")
    assert "pulumi package get-schema" in told.stderr
