"""From settings to a client that shows who it is, imports late, and never shows a secret."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import pytest

from dli_provider.connect import connect
from dli_provider.errors import DliError
from dli_provider.settings import Settings
from tests.api.scripted import DETAIL, PROJECT, Server, cut, refusal, reply


@pytest.mark.parametrize(
    ("credentials", "headers"),
    [
        ({}, set()),
        ({"token": "T-1"}, {"X-Auth-Token"}),
        ({"access_key": "AK-1", "secret_key": "SK-1"}, {"Authorization", "X-Sdk-Date", "X-Project-Id"}),
        (
            {"access_key": "AK-1", "secret_key": "SK-1", "security_token": "ST-1"},
            {"Authorization", "X-Sdk-Date", "X-Project-Id", "X-Security-Token"},
        ),
    ],
)
def test_how_the_caller_shows_who_it_is(credentials: dict[str, str], headers: set[str]) -> None:
    with Server([DETAIL]) as server, connect(Settings(server.url, PROJECT, **credentials)) as jobs:  # type: ignore[arg-type]
        jobs.get(7)
    known = {"X-Auth-Token", "Authorization", "X-Sdk-Date", "X-Project-Id", "X-Security-Token"}
    assert known & set(server.requests[0].headers) == headers


def test_before_write_is_passed_on() -> None:
    def refuse() -> None:
        raise InterruptedError("the engine is gone")

    with Server() as server:
        jobs = connect(Settings(server.url, PROJECT), before_write=refuse)
        with jobs, pytest.raises(InterruptedError):
            jobs.delete(7)
    assert server.requests == []


@pytest.mark.parametrize(
    ("program", "not_loaded"),
    [
        ("import dli_provider.connect, dli_provider.settings", {"requests", "huaweicloudsdkcore"}),
        ("import dli_provider.api.client, dli_provider.api.job_answers", {"requests", "huaweicloudsdkcore"}),
        (
            "from dli_provider.connect import connect; from dli_provider.settings import Settings\n"
            "connect(Settings('http://127.0.0.1:1', 'p', token='T-1')).close()",
            {"huaweicloudsdkcore"},
        ),
        (
            "from dli_provider.connect import connect; from dli_provider.settings import Settings\n"
            "connect(Settings('http://127.0.0.1:1', 'p', access_key='A', secret_key='S')).close()",
            {"huaweicloudsdkcore.auth", "huaweicloudsdkcore.http"},
        ),
    ],
)
def test_nothing_is_imported_before_it_is_needed(program: str, not_loaded: set[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not not_loaded & set(ran.stdout.split())


SECRETS = {"access_key": "AK-5e3c1e7", "secret_key": "SK-5e3c1e7", "security_token": "ST-5e3c1e7"}
PASSWORD = "db-5e3c1e7"
SQL = (
    f"CREATE TABLE t (id INT) WITH ('connector' = 'jdbc', 'password' = '{PASSWORD}'); INSERT INTO t SELECT 1"
)
ECHO = f"cannot parse: {SQL} for {' '.join(SECRETS.values())} T-5e3c1e7; {PASSWORD} is wrong"


@pytest.mark.parametrize("credentials", [SECRETS, {"token": "T-5e3c1e7"}], ids=["keys", "token"])
def test_secrets_are_in_no_error_no_log_and_no_repr(
    credentials: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Even where DLI, a gateway or a proxy sends back what it was sent."""
    caplog.set_level(logging.DEBUG)
    echoes = [
        refusal("DLI.0004", ECHO),
        reply([{"error_code": "DLI.0005", "error_msg": ECHO}], 400),
        reply({"is_success": "false", "message": ECHO}),
        reply(f"<html>{ECHO}</html>", 502),
        reply(ECHO),
        reply({"job": {"oops": ECHO}}),
        cut,
    ]
    shown = []
    with Server([*echoes]) as server:
        settings = Settings(server.url, PROJECT, retry_attempts=1, **credentials)  # type: ignore[arg-type]
        with connect(settings) as jobs:
            shown += [repr(settings), repr(jobs), str(jobs)]
            for _ in echoes:
                with pytest.raises(DliError) as caught:
                    jobs.create({"name": "orders", "sql_body": SQL})
                shown += [
                    "".join(traceback.format_exception(caught.value)),
                    repr(caught.value),
                    str(vars(caught.value)),
                ]
    assert len(server.requests) == len(echoes)
    everything = "\n".join([*shown, caplog.text])
    assert "streaming/sql-jobs" in caplog.text
    known = [*credentials.values(), PASSWORD]
    assert [secret for secret in known if secret in everything] == []
