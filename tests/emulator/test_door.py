"""Who gets in: every call is asked by a name of this machine, by no page from elsewhere, and its body is JSON."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from dli_provider.emulator.admin_client import AdminClient
from dli_provider.emulator.door import HEADERS
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import PROJECT, RUNNABLE, Api

JOBS = f"/v1.0/{PROJECT}/streaming/sql-jobs"
JOB = json.dumps({**RUNNABLE, "name": "foreign"})
JSON = {"Content-Type": "application/json"}
FOREIGN: list[dict[str, str]] = [
    {"Host": "rebound.example"},
    {"Host": "rebound.example:8765"},
    {"Host": "127.0.0.1.evil.example:8765"},
    {"Host": "localhost.evil.example"},
    {"Host": "evil.example#localhost"},
    {"Host": "localhost@evil.example"},
    {"Host": "127.0.0.1:8765, evil.example"},
    {"Host": "0.0.0.0:8765"},
    {"Host": "192.168.0.7:8765"},
    {"Host": "[::]:8765"},
    {"Host": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "file://"},
    {"Origin": "chrome-extension://abc"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
]


def asked(
    dli: AdminClient, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, Any]:
    """One request as it is given, a `Host` of its own included."""
    host, _, port = dli.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body.encode())))
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        text = answer.read().decode()
        assert {name.lower() for name in HEADERS} <= {name.lower() for name, _ in answer.getheaders()}
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text
    finally:
        connection.close()


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_nothing_is_done_or_told_for_who_comes_from_elsewhere(api: Api, headers: dict[str, str]) -> None:
    job = api.made("secret-orders")
    before = api.dli.cursor()
    for method, path, body in (
        ("POST", JOBS, JOB),
        ("POST", f"/v1.0/{PROJECT}/streaming/jobs/run", json.dumps({"job_ids": [job]})),
        ("DELETE", f"/v1.0/{PROJECT}/streaming/jobs/{job}", None),
        ("GET", f"/v1.0/{PROJECT}/streaming/jobs/{job}", None),
        ("GET", f"/v1.0/{PROJECT}/streaming/jobs?show_detail=true", None),
        ("GET", "/_emulator/requests", None),
        ("GET", "/_emulator/dli-openapi.json", None),
        ("POST", "/_emulator/reset", None),
        ("GET", "/nothing/here", None),
    ):
        status, answer = asked(api.dli, method, path, JSON | headers, body)
        assert status == (400 if headers.get("Host") == "" and not isinstance(answer, dict) else 403), path
        assert "secret-orders" not in str(answer)
        if isinstance(answer, dict):
            assert answer.keys() == {"error_code", "error_msg", "request_id"}
    assert api.dli.cursor() == before
    assert [each.name for each in api.dli.jobs()] == ["secret-orders"]
    assert api.status(job) == "job_init"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_call_is_left_out(api: Api, route: Any) -> None:
    path = route.path.replace("{project_id}", PROJECT)
    status, answer = asked(api.dli, route.method, path, {"Host": "rebound.example"})
    assert (status, answer["error_code"]) == (403, "LOCAL.0403")
    status, answer = asked(api.dli, route.method, path, {"Content-Type": "text/plain"}, "{}")
    assert (status, answer["error_code"]) == (415, "LOCAL.0415")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain;application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/jsonp",
        "application/json-patch+json",
        "text/plain, application/json",
    ],
)
def test_a_body_that_does_not_say_it_is_json(api: Api, kind: str) -> None:
    status, answer = asked(api.dli, "POST", JOBS, {"Content-Type": kind} if kind else {}, JOB)
    assert status == 415
    assert "send it with `Content-Type: application/json`" in answer["error_msg"]
    assert api.dli.jobs() == []


def test_two_headers_of_a_name_are_one_that_does_not_fit(api: Api) -> None:
    host, _, port = api.dli.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.putrequest("POST", JOBS)
    connection.putheader("Content-Type", "text/plain")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(JOB)))
    connection.endheaders(JOB.encode())
    assert connection.getresponse().status == 415
    connection.close()
    assert api.dli.jobs() == []


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json;charset=utf8", "Application/JSON; charset=UTF-8"]
)
def test_what_clients_send_is_let_in(api: Api, kind: str) -> None:
    """The official SDKs and the Terraform provider name a charset, or none."""
    assert asked(api.dli, "POST", JOBS, {"Content-Type": kind}, JOB)[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "LOCALHOST:1234"},  # a forwarded port
        {"Host": "127.0.0.1"},
        {"Host": "127.1.2.3:8765"},
        {"Host": "[::1]:8765"},
        {"Host": "dli.localhost:8765"},
        {"Host": "localhost:8765", "Origin": "http://localhost:8765"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Content-Type": "text/plain"},  # of no body
        {"Content-Length": "0", "Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_this_machine_is_let_in(api: Api, headers: dict[str, str]) -> None:
    job = api.made()
    assert asked(api.dli, "GET", f"/v1.0/{PROJECT}/streaming/jobs/{job}", headers)[0] == 200


def test_a_link_to_the_console_may_be_followed(api: Api) -> None:
    job = api.made()
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for path in ("/", f"/jobs/{PROJECT}/{job}", "/requests", "/faults"):
        assert asked(api.dli, "GET", path, link)[0] == 200
        framed = link | {"Sec-Fetch-Dest": "iframe"}
        assert asked(api.dli, "GET", path, framed)[0] == 403
    assert asked(api.dli, "POST", "/faults", link, "on=slow")[0] == 403


@pytest.fixture
def named() -> Iterator[Emulator]:
    with Emulator.start(hosts=["dli.internal"]) as dli:
        yield dli


def test_a_name_of_ones_own_is_let_in_where_it_was_allowed(named: Emulator, api: Api) -> None:
    listed = f"/v1.0/{PROJECT}/streaming/jobs"
    for host in ("dli.internal", "DLI.internal:443"):
        assert asked(named, "GET", listed, {"Host": host})[0] == 200
        same = {"Host": host, "Origin": f"https://{host.lower()}"}
        assert asked(named, "GET", listed, same)[0] == 200
        status, answer = asked(api.dli, "GET", listed, {"Host": host})
        assert status == 403
        assert "--allow-host NAME" in answer["error_msg"]
    assert asked(named, "GET", listed, {"Host": "evil.dli.internal"})[0] == 403
    assert named.health()["hosts"] == ["dli.internal"]


def test_what_was_asked_steers_no_terminal(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    _, answer = asked(api.dli, "GET", "/", {"Origin": "http://a\x1b]0;owned\x07"})
    assert "\x1b" not in str(answer)
    assert "\x1b" not in caplog.text
    assert "not let in: GET /" in caplog.text


def test_a_large_body_is_refused_in_words(api: Api) -> None:
    status, answer = asked(api.dli, "POST", JOBS, {"Content-Type": "text/plain"}, "x" * 900_000)
    assert (status, answer["error_code"]) == (415, "LOCAL.0415")
