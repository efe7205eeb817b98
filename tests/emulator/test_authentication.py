"""Signatures and tokens: the published vectors, the official signer, and everything that must not come in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]
from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped]

from dli_provider.emulator.auth import Credentials, Key, Received, canonical_request, sign, verify
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import PROJECT, code_of

SECRET = "ExampleSecretKey0001"
KEY = Key("EXAMPLEAK0001", SECRET)
SIGNED = ["content-type", "host", "x-project-id", "x-sdk-date"]
HEADERS = {
    "content-type": "application/json",
    "host": "dli.cn-north-4.myhuaweicloud.com",
    "x-project-id": PROJECT,
    "x-sdk-date": "20240102T030405Z",
}
LIST = Received(
    "GET",
    f"/v1.0/{PROJECT}/streaming/jobs",
    "limit=10&name=etl%20job_1&show_detail=true",
    HEADERS,
    b"",
)
BODY = '{"desc":"日志清洗","cu_number":4}'.encode()
UPDATE = Received("PUT", f"/v1.0/{PROJECT}/streaming/sql-jobs/4242", "", HEADERS, BODY)


@pytest.mark.parametrize(
    ("received", "canonical", "signature"),
    [
        (
            LIST,
            "ca5ab68c143f189cabf0435f03743353c95e6109c22ff59c2796b5ee3a039dcb",
            "c574aa66cfa01727cd63884c4717cfca2b8f14980f545c2adec020c57c0c74bc",
        ),
        (
            UPDATE,
            "56599a7b935f011da44d4a9132b8be0d15d7a4a4e0ea9a29addab28ef9191ef3",
            "66e1d1ec9fcdcecb1409afcdf6525602e49282e7f608bee8e65ffe2106010c33",
        ),
    ],
)
def test_published_vectors(received: Received, canonical: str, signature: str) -> None:
    assert hashlib.sha256(canonical_request(received, SIGNED).encode()).hexdigest() == canonical
    assert sign(received, SIGNED, SECRET) == signature
    authorization = (
        f"SDK-HMAC-SHA256 Access={KEY.access}, SignedHeaders={';'.join(SIGNED)}, Signature={signature}"
    )
    signed = Received(
        received.method,
        received.raw_path,
        received.raw_query,
        {**received.headers, "authorization": authorization},
        received.body,
    )
    verify(signed, Credentials((KEY,)), check_skew=False)
    with pytest.raises(Rejection, match="15 minutes"):
        verify(signed, Credentials((KEY,)), check_skew=True)


def test_secrets_show_in_no_repr() -> None:
    credentials = Credentials((Key("AK", "the-secret", "the-session"),), ("the-token",))
    assert "the-" not in repr(credentials)
    assert "the-" not in repr(credentials.asked_for())


@pytest.fixture(scope="module")
def guarded() -> Iterator[Emulator]:
    keys = (KEY, Key("TEMPORARY", "s", "session"))
    with Emulator.start(credentials=Credentials(keys, ("good-token",))) as dli:
        yield dli


def send(
    dli: Emulator, query: list[tuple[str, str]], body: str = "", *, method: str = "GET", **changes: str
) -> int:
    """One call signed by the official signer, then changed by `changes`."""
    host = dli.url.removeprefix("http://")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "x/1",
        "X-Sdk-Date": changes.pop("date", now(0)),
    }
    method, path = ("POST", "/streaming/jobs/run") if body else ("GET", "/streaming/jobs")
    credentials = BasicCredentials(changes.pop("ak", KEY.access), changes.pop("sk", SECRET), PROJECT)
    asked = SdkRequest(
        method, "http", host, f"/v1.0/{PROJECT}{path}", query_params=query, header_params=headers, body=body
    )
    signed = Signer(credentials).sign(asked)
    url = signed.url if signed.url.startswith("http") else dli.url + signed.url
    url = url.replace("limit=1", changes.pop("other_query", "limit=1"))
    sent = changes.pop("other_body", None) or signed.body
    headers = {**signed.header_params, **{name.replace("_", "-"): value for name, value in changes.items()}}
    answer = requests.request(method, url, data=sent, headers=headers, timeout=5)
    if answer.status_code == 401:
        assert answer.json()["error_code"] == "APIGW.0301"
        assert set(answer.json()) == {"error_msg", "error_code", "request_id"}
    return answer.status_code


def now(minutes: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")


def test_the_official_signer_comes_in(guarded: Emulator) -> None:
    assert send(guarded, []) == 200
    assert send(guarded, [("name", "a b+c/ü~*"), ("limit", "1"), ("tags", "k=v,l=w")]) == 200
    assert send(guarded, [("limit", "1")], date=now(14)) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"sk": "wrong"},
        {"ak": "UNKNOWN"},
        {"other_query": "limit=2"},
        {"date": "20240102T030405Z"},
        {"X_Sdk_Date": "20240102T030405Z"},
        {"Authorization": "SDK-HMAC-SHA256 nonsense"},
        {"Authorization": ""},
        {"User_Agent": "y/1"},
    ],
)
def test_what_differs_from_what_was_signed_stays_out(guarded: Emulator, changes: dict[str, str]) -> None:
    assert send(guarded, [("limit", "1")], **changes) == 401


def test_the_body_is_signed(guarded: Emulator) -> None:
    unknown_job = '{"job_ids": [1], "日": "志"}'
    assert send(guarded, [], unknown_job) == 400, "it comes in, and there is no such job"
    assert send(guarded, [], unknown_job, other_body='{"job_ids": [2]}') == 401


def test_skew_is_a_switch(guarded: Emulator) -> None:
    for minutes in (-16, 16):
        assert send(guarded, [], date=now(minutes)) == 401
    guarded.set(check_clock_skew=False)
    assert send(guarded, [], date=now(-16)) == 200
    guarded.set(check_clock_skew=True)


def test_a_temporary_key_needs_its_session(guarded: Emulator) -> None:
    assert send(guarded, [], ak="TEMPORARY", sk="s") == 401
    assert send(guarded, [], ak="TEMPORARY", sk="s", X_Security_Token="session") == 200


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"X-Auth-Token": "bad"}, 401), ({"X-Auth-Token": "good-token"}, 200)]
)
def test_tokens(guarded: Emulator, headers: dict[str, str], status: int) -> None:
    answer = requests.get(f"{guarded.url}/v1.0/{PROJECT}/streaming/jobs", headers=headers, timeout=5)
    assert answer.status_code == status
    assert guarded.requests()[-1].executed is (status == 200)


def test_unsigned_extras_and_a_missing_host_are_tolerated(guarded: Emulator) -> None:
    signed = ["content-type", "x-sdk-date"]
    headers = {"content-type": "application/json", "x-sdk-date": now(0)}
    path = f"/v1.0/{PROJECT}/streaming/jobs"
    signature = sign(Received("GET", path, "", headers, b""), signed, SECRET)
    headers["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={KEY.access}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    headers |= {"X-Project-Id": PROJECT, "X-Security-Token": "unsigned", "X-Language": "en-us"}
    assert requests.get(guarded.url + path, headers=headers, timeout=5).status_code == 200


def test_expired_credentials_until_the_fault_is_lifted(guarded: Emulator) -> None:
    fault = guarded.add_fault("expire_credentials", "list", nth=2)
    assert [send(guarded, []) for _ in range(3)] == [200, 401, 401]
    token = {"X-Auth-Token": "good-token"}
    answer = requests.get(f"{guarded.url}/v1.0/{PROJECT}/streaming/jobs", headers=token, timeout=5)
    assert answer.status_code == 200, "renewed credentials are welcome"
    guarded.remove_fault(fault)
    assert send(guarded, []) == 200


def test_without_credentials_everybody_comes_in(dli: Emulator) -> None:
    answer = requests.get(
        f"{dli.url}/v1.0/{PROJECT}/streaming/jobs", headers={"Authorization": "x"}, timeout=5
    )
    assert answer.status_code == 200
    dli.add_fault("expire_credentials")
    for _ in range(2):
        answer = requests.get(f"{dli.url}/v1.0/{PROJECT}/streaming/jobs", timeout=5)
        assert (answer.status_code, code_of(answer)) == (401, "APIGW.0301")
