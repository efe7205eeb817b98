"""The signature: both published examples, and whatever really arrives over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import requests

from dli_provider.api.client import Client
from dli_provider.api.signing import KeyAuth, TokenAuth, token_expiry
from dli_provider.api.transport import Transport
from dli_provider.connect import connect
from dli_provider.settings import Settings
from tests.api.scripted import DETAIL, PROJECT, Request, Server, Time, cut, reply

ACCESS_KEY, SECRET_KEY = "EXAMPLEAK0001", "ExampleSecretKey0001"
DATE = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
HOST = "https://dli.cn-north-4.myhuaweicloud.com"


def signed(method: str, url: str, body: bytes | None = None) -> requests.PreparedRequest:
    auth = KeyAuth(ACCESS_KEY, SECRET_KEY, PROJECT, now=lambda: DATE)
    headers = {"Content-Type": "application/json"}
    return requests.Request(method, url, headers=headers, data=body, auth=auth).prepare()


def test_the_published_signature_of_a_get_with_a_query() -> None:
    request = signed(
        "GET", f"{HOST}/v1.0/{PROJECT}/streaming/jobs?limit=10&name=etl%20job_1&show_detail=true"
    )
    assert request.headers["Authorization"] == (
        "SDK-HMAC-SHA256 Access=EXAMPLEAK0001, SignedHeaders=content-type;host;x-project-id;x-sdk-date, "
        "Signature=c574aa66cfa01727cd63884c4717cfca2b8f14980f545c2adec020c57c0c74bc"
    )
    assert request.headers["X-Sdk-Date"] == "20240102T030405Z"


def test_the_published_signature_of_a_put_with_a_body() -> None:
    body = '{"desc":"日志清洗","cu_number":4}'.encode()
    request = signed("PUT", f"{HOST}/v1.0/{PROJECT}/streaming/sql-jobs/4242", body)
    assert request.headers["Authorization"].endswith(
        "Signature=66e1d1ec9fcdcecb1409afcdf6525602e49282e7f608bee8e65ffe2106010c33"
    )


def test_the_host_is_sent_as_it_is_signed_even_with_a_needless_port() -> None:
    request = signed("GET", f"{HOST}:443/v1.0/{PROJECT}/streaming/jobs")
    assert request.headers["Host"] == "dli.cn-north-4.myhuaweicloud.com:443"


def expected_signature(request: Request, secret_key: str) -> str:
    """The algorithm as the DLI API reference describes it ('AK/SK-based Authentication'), on what arrived."""
    headers = {name.lower(): value.strip() for name, value in request.headers.items()}
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    parts = urlsplit(request.target)
    path = "/".join(quote(segment, safe="~") for segment in unquote(parts.path).split("/"))
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    canonical = "\n".join(
        [
            request.method,
            path if path.endswith("/") else path + "/",
            "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in query),
            *[f"{name}:{headers[name]}" for name in names],
            "",
            ";".join(names),
            hashlib.sha256(request.raw_body).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        ["SDK-HMAC-SHA256", headers["x-sdk-date"], hashlib.sha256(canonical.encode()).hexdigest()]
    )
    return hmac.new(secret_key.encode(), to_sign.encode(), "sha256").hexdigest()


def client(url: str, auth: KeyAuth | TokenAuth) -> Client:
    time = Time()
    return Client(Transport(Settings(url, PROJECT), auth, sleep=time.sleep, clock=time.clock))


def test_what_arrives_is_what_was_signed() -> None:
    auth = KeyAuth(ACCESS_KEY, SECRET_KEY, PROJECT, "session-1")
    answers = [
        reply({"is_success": "true", "job_list": {"jobs": [], "total_count": 0}}),
        reply({"is_success": "true", "job": {"job_id": 7}}),
        reply({"queueName": "q", "is_success": True}),
        reply({"is_success": "true"}),
    ]
    with Server(answers) as server, client(server.url, auth) as jobs:
        jobs.list(name="a b+c&d=é/~", tags={"team": "data & co"}, show_detail=True)
        jobs.create({"name": "orders", "sql_body": "-- 日志\nSELECT 'é'"})
        jobs.queue("über /q")
        jobs.delete(7)
    for request in server.requests:
        assert request.headers["Authorization"].endswith(expected_signature(request, SECRET_KEY))
        signed_headers = request.headers["Authorization"].split("SignedHeaders=")[1]
        assert signed_headers.startswith("content-type;host;x-project-id;x-sdk-date;x-security-token,")
        assert request.headers["X-Security-Token"] == "session-1"
        assert request.headers["X-Project-Id"] == PROJECT
    assert server.requests[0].query["name"] == "a b+c&d=é/~"
    assert "name=a%20b%2Bc%26d%3D%C3%A9%2F~&" in server.requests[0].target, "written as it was signed"


def test_every_attempt_is_signed_anew() -> None:
    ticks = iter(DATE + timedelta(seconds=n) for n in range(10))
    auth = KeyAuth(ACCESS_KEY, SECRET_KEY, PROJECT, now=lambda: next(ticks))
    with Server([cut, cut, DETAIL]) as server, client(server.url, auth) as jobs:
        jobs.get(7)
    dates = [request.headers["X-Sdk-Date"] for request in server.requests]
    assert dates == ["20240102T030405Z", "20240102T030406Z", "20240102T030407Z"]
    assert all(
        request.headers["Authorization"].endswith(expected_signature(request, SECRET_KEY))
        for request in server.requests
    )


def test_one_signer_serves_many_threads() -> None:
    auth = KeyAuth(ACCESS_KEY, SECRET_KEY, PROJECT)
    with Server([DETAIL] * 40) as server, client(server.url, auth) as jobs, ThreadPoolExecutor(8) as pool:
        list(pool.map(jobs.get, range(40)))
    assert len(server.requests) == 40
    for request in server.requests:
        assert request.headers["Authorization"].endswith(expected_signature(request, SECRET_KEY))


def test_a_token_is_sent_as_it_is() -> None:
    with Server([DETAIL]) as server, client(server.url, TokenAuth("MIIabc")) as jobs:
        jobs.get(7)
    headers: Mapping[str, str] = server.requests[0].headers
    assert headers["X-Auth-Token"] == "MIIabc"
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    "auth", [TokenAuth("MIIabc-secret"), KeyAuth(ACCESS_KEY, "sk-secret", PROJECT, "st-secret")]
)
def test_nothing_shows_the_credentials(auth: object) -> None:
    assert "secret" not in repr(auth) + str(auth)
    assert "sk-secret" not in repr(vars(auth).get("_signer")) + repr(vars(auth).get("_keys"))


@pytest.mark.parametrize(
    ("held", "expires"),
    [
        ('{"token":{"expires_at":"2026-11-29T09:08:49.965000Z","methods":["password"]}}', 1795943329.0),
        ('{"token": {"methods": [], "expires_at": "2026-11-29T09:08:49Z"}}', 1795943329.0),
        ('{"token":{"expires_at":"tomorrow"}}', None),
        ('{"token":{"expires_at":"2026-99-29T09:08:49Z"}}', None),
        ("{}", None),
    ],
)
@pytest.mark.parametrize("around", [b"", b"\x30\x82\xff\xfe", b"\xff"])
def test_a_signed_token_says_when_it_expires(held: str, expires: float | None, around: bytes) -> None:
    token = base64.b64encode(around + held.encode() + around * 5).decode().replace("/", "-")
    assert token_expiry(token) == expires


@pytest.mark.parametrize("token", ["", "opaque", "T-5e3c1e7", "é" * 40, "gAAAAABl" * 9])
def test_any_other_token_does_not_say_it(token: str) -> None:
    assert token_expiry(token) is None


def test_a_client_knows_when_its_credentials_expire() -> None:
    token = base64.b64encode(b'..{"token":{"expires_at":"2026-11-29T09:08:49Z"}}..').decode()
    with connect(Settings("http://127.0.0.1:1", "p", token=token)) as jobs:
        assert jobs.credentials_expire == 1795943329.0
        assert jobs.about("orders").credentials_expire == 1795943329.0
    keys = {"access_key": "AK", "secret_key": "SK", "security_token": "ST"}
    with connect(Settings("http://127.0.0.1:1", "p", **keys)) as jobs:  # type: ignore[arg-type]
        assert jobs.credentials_expire is None
