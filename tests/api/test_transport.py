"""Calls over real HTTP: time, waits, connections, headers, and what they end in when it goes wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dli_provider.api.client import Client
from dli_provider.api.transport import Transport
from dli_provider.errors import DliError, Misconfigured, Throttled, Unavailable
from dli_provider.settings import Settings
from tests.api.scripted import (
    DETAIL,
    PROJECT,
    YES,
    Server,
    Time,
    client,
    cut,
    failure,
    free_port,
    late,
    refusal,
    reply,
)


def test_a_slow_answer_ends_in_a_read_timeout() -> None:
    with Server([late(0.4), DETAIL, late(0.4)]) as server, client(server.url, read_timeout=0.1) as jobs:
        assert jobs.get(7).name == "orders"
        with pytest.raises(Unavailable, match="did not answer in time"):
            jobs.run(7, resume_savepoint=False)
    assert len(server.requests) == 3


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that nobody new gets in."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(address)
        yield address[1]
        for caller in waiting:
            caller.close()


def test_a_connection_that_does_not_come_about_in_time_was_not_sent(full_port: int) -> None:
    time = Time()
    settings = Settings(f"http://127.0.0.1:{full_port}", PROJECT, connect_timeout=0.1, retry_attempts=2)
    jobs = Client(Transport(settings, sleep=time.sleep, clock=time.clock))
    with jobs, pytest.raises(Unavailable, match="cannot be reached in time"):
        jobs.create({"name": "orders"})
    assert len(time.sleeps) == 1


def test_retry_after_is_obeyed() -> None:
    time = Time()
    script = [
        refusal("APIGW.0308", status=429, Retry_After="11"),
        reply(
            "",
            503,
            Retry_After="Tue, 02 Jan 2024 03:04:25 GMT",
            Date="Tue, 02 Jan 2024 03:04:05 GMT",
        ),
        DETAIL,
    ]
    with Server(script) as server, client(server.url, time, chance=0.0) as jobs:
        jobs.get(7)
    assert time.sleeps == [11, 20]


def test_a_wait_beyond_the_patience_ends_the_call_at_once() -> None:
    time = Time()
    script = [refusal("APIGW.0308", "slow down", status=429, Retry_After="3600")]
    with Server(script) as server, client(server.url, time) as jobs, pytest.raises(Throttled) as caught:
        jobs.get(7)
    assert time.sleeps == []
    assert caught.value.reasons == ("slow down",)


def test_the_last_failure_is_reported_when_the_attempts_are_used_up() -> None:
    script = [cut, reply("oops", 500), cut, refusal("DLI.0999", "try later", 500, X_Request_Id="r-4")]
    with Server(script) as server, client(server.url) as jobs, pytest.raises(Unavailable) as caught:
        jobs.get(7)
    assert caught.value.reasons == ("try later",)
    assert caught.value.request_id == "r-4"
    assert len(server.requests) == 4


def test_attempts_end_with_the_time_there_is() -> None:
    time = Time()
    server = Server([cut for _ in range(100)])
    with (
        server,
        client(server.url, time, chance=0.99, retry_attempts=100) as jobs,
        pytest.raises(Unavailable),
    ):
        jobs.get(7)
    assert time.now <= 120
    assert 5 < len(server.requests) < 20


def test_redirects_are_not_followed() -> None:
    server = Server([reply("", 302, Location="/login")])
    with server, client(server.url) as jobs, pytest.raises(Misconfigured):
        jobs.get(7)
    assert len(server.requests) == 1


def test_https_to_a_server_that_speaks_http_is_a_wrong_endpoint() -> None:
    time = Time()
    with Server() as server, client(server.url.replace("http", "https"), time) as jobs:
        wrong = failure(Misconfigured, jobs.get, 7)
    assert "does not speak https" in wrong.reasons[0]
    assert time.sleeps == []


def test_the_headers_of_every_request() -> None:
    with Server([DETAIL, reply({"job": {"job_id": 7}})]) as server, client(server.url) as jobs:
        jobs.get(7)
        jobs.create({"name": "orders"})
    for request in server.requests:
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["X-Language"] == "en-us"
        assert request.headers["User-Agent"].startswith("dli-provider/")
    assert "Content-Length" not in server.requests[0].headers


def test_before_write_runs_before_every_attempt_of_a_write_and_of_nothing_else() -> None:
    begun: list[int] = []
    script = [DETAIL, cut, YES, reply([{"is_success": "true"}])]
    server = Server(script)
    with server, client(server.url, before_write=lambda: begun.append(len(server.requests))) as jobs:
        jobs.get(7)
        jobs.delete(7)
        jobs.run(7, resume_savepoint=False)
    assert begun == [1, 2, 3]


def test_what_before_write_raises_stops_the_call_unsent() -> None:
    class EngineGone(Exception): ...

    def refuse() -> None:
        raise EngineGone

    with Server([YES]) as server, client(server.url, before_write=refuse) as jobs, pytest.raises(EngineGone):
        jobs.delete(7)
    assert server.requests == []


def test_a_proxy_from_the_environment_is_not_asked_for_a_local_address() -> None:
    # In a process of its own, because the environment is the whole process's.
    program = (
        "import sys; from dli_provider.connect import connect; from dli_provider.settings import Settings\n"
        f"print(connect(Settings(sys.argv[1], '{PROJECT}', retry_attempts=1)).get(7).name)"
    )
    nowhere = f"http://127.0.0.1:{free_port()}"
    environ = {**os.environ, "HTTP_PROXY": nowhere, "http_proxy": nowhere, "NO_PROXY": "", "no_proxy": ""}
    with Server([DETAIL]) as server:
        ran = subprocess.run(
            [sys.executable, "-c", program, server.url],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
    assert ran.stdout == "orders\n"


def test_one_client_serves_many_threads_over_kept_connections() -> None:
    many = 40
    gate = threading.Barrier(8)

    def ask(jobs: Client, number: int) -> int:
        if number < 8:
            gate.wait(5)
        return jobs.get(number).job_id

    with Server([DETAIL] * many) as server, client(server.url) as jobs, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: ask(jobs, number), range(many))) == [7] * many
    assert len(server.requests) == many
    assert {request.path.rsplit("/", 1)[1] for request in server.requests} == {str(n) for n in range(many)}


def test_cookies_are_not_kept() -> None:
    with (
        Server([reply({"is_success": "false"}, Set_Cookie="a=b"), DETAIL]) as server,
        client(server.url) as jobs,
    ):
        with pytest.raises(DliError):
            jobs.get(7)
        jobs.get(7)
    assert "Cookie" not in server.requests[1].headers
