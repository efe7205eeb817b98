"""An answer is read only so far and only for so long, and nothing of it is shown where it is no answer."""

from __future__ import annotations

import gzip
import json
import logging
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from dli_provider.api.reading import MOST
from dli_provider.errors import DliError, Unavailable
from tests.api.scripted import DETAIL, PROJECT, Reply, Server, client, cut, failure, reply

JOB = json.dumps({"is_success": "true", "job_detail": {"job_id": 7, "name": "orders", "status": "job_init"}})


def raw(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Reply:
    """An answer of these bytes; `length` is what it says of itself."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        if length is not None:
            cut(handler)

    return send


def dripping(pieces: bytes, every: float) -> Reply:
    """An answer that comes byte by byte, head and all, and never ends."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            for piece in pieces:
                handler.wfile.write(bytes([piece]))
                handler.wfile.flush()
                time.sleep(every)
        except OSError:
            pass  # whoever asked has gone

    return send


def chunked(body: bytes) -> Reply:
    """An answer in chunks, as a gateway sends it that does not know the length."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        for start in range(0, len(body), 20):
            piece = body[start : start + 20]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return send


def test_packed_answers_are_unpacked_and_connections_kept() -> None:
    packed = gzip.compress(JOB.encode())
    script = [raw(packed, Content_Encoding="gzip"), chunked(packed), raw(JOB.encode())]
    with Server(script) as server, client(server.url) as jobs:
        assert [jobs.get(7).name for _ in range(3)] == ["orders"] * 3
    assert server.requests[0].headers["Accept-Encoding"] == "gzip"


def test_an_answer_that_unpacks_to_more_than_is_read_is_given_up() -> None:
    bomb = gzip.compress(b" " * (MOST + 50_000_000), 1)
    assert len(bomb) < MOST // 100
    long = raw(bomb, Content_Encoding="gzip", Content_Type="application/json", X_Request_Id="r-9")
    with Server([long, long, DETAIL]) as server, client(server.url) as jobs:
        read = failure(Unavailable, jobs.get, 7)
        written = failure(Unavailable, jobs.create, {"name": "orders"})
        assert jobs.get(7).name == "orders"
    assert len(server.requests) == 3, "the next would be as long"
    assert read.reasons == (
        f"the answer is longer than the {MOST} bytes that are read of one; so far: HTTP 200, application/json, "
        f"{MOST + 1} bytes",
    )
    assert read.request_id == "r-9"
    assert not written.certainly_not_done


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"]
)
def test_an_answer_that_drips_ends_with_the_time_that_one_has(head: bytes) -> None:
    slow = dripping(head + b"a" * 900, 0.02)
    began = time.monotonic()
    with Server([slow]) as server, client(server.url, read_timeout=0.8) as jobs:
        caught = failure(Unavailable, jobs.run, 7, resume_savepoint=False)
    assert "did not answer in time" in caught.reasons[0]
    assert 0.7 < time.monotonic() - began < 3


def test_a_call_ends_with_the_operation_that_it_is_part_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dli_provider.api.transport._LEAST", 0.3)
    slow = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b"a" * 900, 0.02)
    began = time.monotonic()
    with Server([slow, slow]) as server, client(server.url, read_timeout=60) as jobs:
        failure(Unavailable, jobs.within(lambda: 0.9).run, 7, resume_savepoint=False)
        failure(Unavailable, jobs.within(lambda: 0.0).run, 7, resume_savepoint=False)
    assert time.monotonic() - began < 6


SECRET = "db-5e3c1e7"
SQL = f"CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'password' = '{SECRET}'); INSERT INTO t SELECT 1"
WITH_SECRET = json.dumps({"is_success": "true", "job_detail": {"sql_body": SQL, "job_id": 7}}).encode()

UNREADABLE: dict[str, Callable[[], Reply]] = {
    "cut off within the body, and said to be whole": lambda: raw(WITH_SECRET[:150]),
    "cut off within the body": lambda: raw(WITH_SECRET[:150], length=999),
    "packed, and cut off": lambda: raw(gzip.compress(WITH_SECRET)[:-9], Content_Encoding="gzip"),
    "said to be packed, and not": lambda: raw(WITH_SECRET, Content_Encoding="gzip"),
    "without a status of the job": lambda: raw(WITH_SECRET),
    "neither yes nor no": lambda: raw(
        WITH_SECRET.replace(b"true", b"perhaps").replace(b"job_detail", b"job")
    ),
    "a proxy's page": lambda: raw(b"<html>" + SQL.encode() + b"</html>", 502, Content_Type="text/html"),
    "no known keys": lambda: raw(json.dumps({"job": {"sql_body": SQL}}).encode(), 400),
    "a kind that is none": lambda: raw(SQL.encode(), 400, Content_Type=f"password={SECRET}"),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_nothing_of_an_answer_is_shown(answer: Callable[[], Reply], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Server([answer()]) as server, client(server.url, retry_attempts=1) as jobs:
        caught = failure(DliError, jobs.get, 7)
    told = "".join(traceback.format_exception(caught)) + str(vars(caught)) + caplog.text
    for hidden in (SECRET, "CREATE TABLE", "connector"):
        assert hidden not in told
    assert f"/{PROJECT}/streaming/jobs/7" in server.requests[0].target


def test_an_answer_that_was_cut_off_is_asked_for_again() -> None:
    packed = gzip.compress(JOB.encode())
    script = [raw(packed[:-9], Content_Encoding="gzip"), raw(JOB.encode()[:20], length=999), DETAIL]
    with Server(script) as server, client(server.url) as jobs:
        assert jobs.get(7).name == "orders"


def test_a_yes_without_what_it_has_to_hold_names_its_request() -> None:
    said = reply({"is_success": "true", "job_detail": {"job_id": 7}}, X_Request_Id="r-1")
    with Server([said]) as server, client(server.url) as jobs:
        caught = failure(Unavailable, jobs.get, 7)
    assert caught.request_id == "r-1"
    assert "HTTP 200" in caught.reasons[0]
