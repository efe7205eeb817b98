"""Each kind of fault, proven on the wire, and the ways to choose the call that it strikes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from dli_provider.emulator.admin_client import AdminError
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import BUCKET, PROJECT, RUNNABLE, Api, code_of


def raw(api: Api, method: str, path: str, body: dict[str, Any] | None = None) -> bytes | None:
    """One request over a bare socket: all bytes of the answer; `None` when the connection was reset."""
    host, port = api.dli.url.removeprefix("http://").split(":")
    content = json.dumps(body).encode() if body else b""
    lines = [f"{method} /v1.0/{PROJECT}{path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += ["Content-Type: application/json"] if body else []
    head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""])
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + content)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            return None
        return received


CREATE = ("POST", "/streaming/sql-jobs", {"name": "job", **RUNNABLE})


def test_refuse_connection_resets_and_executes_nothing(api: Api) -> None:
    api.dli.add_fault("refuse_connection", "create")
    assert raw(api, *CREATE) is None
    assert api.dli.jobs() == []
    api.dli.add_fault("refuse_connection", "create")
    with pytest.raises(requests.ConnectionError):
        api.create()
    assert [fault.struck for fault in api.dli.faults()] == [1, 1]
    assert api.create().status_code == 200


def test_cut_before_closes_without_an_answer_and_executes_nothing(api: Api) -> None:
    api.dli.add_fault("cut_before", "create")
    assert raw(api, *CREATE) == b""
    assert api.dli.jobs() == []


def test_cut_after_executes_and_closes_without_an_answer(api: Api) -> None:
    api.dli.add_fault("cut_after", "create")
    assert raw(api, *CREATE) == b""
    assert [job.name for job in api.dli.jobs()] == ["job"]
    entry = api.dli.requests()[-1]
    assert (entry.executed, entry.answered, entry.status, entry.faults) == (True, False, None, "cut_after")
    assert code_of(api.create()) == "DLI.11004"


def test_a_cut_on_a_kept_connection(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("cut_after", "run")
    with pytest.raises(requests.ConnectionError):
        api.run(job_id)
    assert api.status(job_id) == "job_submitting"


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({"status": 500}, 500, "DLI.0999"),
        ({"status": 503, "message": "busy"}, 503, "DLI.0999"),
        ({"status": 429, "headers": {"Retry-After": "7"}}, 429, "APIGW.0308"),
        ({"status": 401}, 401, "APIGW.0301"),
        ({"status": 404}, 404, "APIGW.0101"),
        ({"status": 400, "body": [{"error_code": "DLI.13024", "error_msg": "x"}]}, 400, "DLI.13024"),
    ],
)
def test_status_answers_instead_of_dli(api: Api, rule: dict[str, Any], status: int, code: str) -> None:
    api.dli.add_fault("status", "create", **rule)
    answer = api.create()
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert answer.headers.get("Retry-After") == rule.get("headers", {}).get("Retry-After")
    assert answer.headers["X-Request-Id"]
    assert api.dli.jobs() == []
    assert api.dli.requests()[-1].executed is False


@pytest.mark.parametrize("call", ["update", "run", "delete"])
def test_is_success_false(api: Api, call: str) -> None:
    job_id = api.made()
    api.dli.add_fault("is_success_false", call, message="no luck")
    answers = {"update": lambda: api.update(job_id, desc="x"), "run": lambda: api.run(job_id)}
    answer = answers.get(call, lambda: api.delete(job_id))()
    refusal = {"is_success": "false", "message": "no luck"}
    assert answer.status_code == 200
    assert answer.json() == ([refusal] if call == "run" else refusal)
    detail = api.detail(job_id)
    assert (detail["status"], detail["desc"]) == ("job_init", "")


@pytest.mark.parametrize(("when", "executed"), [("before", False), ("after", True)])
def test_slow_beyond_the_clients_patience(api: Api, when: str, executed: bool) -> None:
    api.dli.add_fault("slow", "create", seconds=0.3, when=when)
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.dli.url}/v1.0/{PROJECT}/streaming/sql-jobs", json=CREATE[2], timeout=0.1)
    assert bool(api.dli.jobs()) is executed
    deadline = time.monotonic() + 5
    while not api.dli.jobs():
        assert time.monotonic() < deadline, "what was sent is executed even though nobody waits any more"
        time.sleep(0.02)


def test_others_are_served_while_one_call_is_slow(api: Api) -> None:
    api.dli.add_fault("slow", "create", seconds=0.5)
    waiting = threading.Thread(target=raw, args=(api, *CREATE))
    waiting.start()
    began = time.monotonic()
    assert api("GET", "/streaming/jobs").status_code == 200
    assert time.monotonic() - began < 0.4
    waiting.join()


@pytest.mark.parametrize(("when", "executed"), [("before", False), ("after", True)])
def test_pause_holds_a_call_until_released(api: Api, when: str, executed: bool) -> None:
    fault = api.dli.add_fault("pause", "create", when=when)
    answers: list[bytes | None] = []
    waiting = threading.Thread(target=lambda: answers.append(raw(api, *CREATE)))
    waiting.start()
    await_held(api, 1)
    assert bool(api.dli.jobs()) is executed
    assert answers == []
    api.dli.remove_fault(fault)
    waiting.join(5)
    assert answers[0] is not None
    assert b"200 OK" in answers[0]
    assert len(api.dli.jobs()) == 1


@pytest.mark.parametrize(("when", "executed"), [("before", False), ("after", True)])
def test_a_caller_that_dies_while_held(api: Api, when: str, executed: bool) -> None:
    api.dli.add_fault("pause", "create", when=when)
    host, port = api.dli.url.removeprefix("http://").split(":")
    content = json.dumps(CREATE[2]).encode()
    head = (
        f"POST /v1.0/{PROJECT}/streaming/sql-jobs HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + content)
        await_held(api, 1)
    await_held(api, 0)
    assert bool(api.dli.jobs()) is executed
    assert [entry.executed for entry in api.dli.requests()] == [executed]


def test_a_server_that_stops_drops_whom_it_holds(caplog: pytest.LogCaptureFixture) -> None:
    with Emulator.start() as dli, requests.Session() as session:
        api = Api(dli, session=session)
        dli.add_fault("pause", "create")
        answers: list[bytes | None] = []
        waiting = threading.Thread(target=lambda: answers.append(raw(api, *CREATE)))
        waiting.start()
        await_held(api, 1)
    waiting.join(5)
    assert answers in ([b""], [None])
    assert caplog.text == ""


def await_held(api: Api, count: int) -> None:
    deadline = time.monotonic() + 5
    while api.dli.faults()[0].held != count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stop_fail(api: Api) -> None:
    job_id = api.running()
    api.dli.add_fault("stop_fail", "stop")
    api.stop(job_id)
    api.dli.advance(1)
    assert api.status(job_id) == "job_cancel_fail"
    assert code_of(api.run(job_id)) == "DLI.13006"
    api.dli.add_fault("stop_fail", "stop", how="keeps_running")
    api.stop(job_id)
    api.dli.advance(1)
    assert api.status(job_id) == "job_running"
    api.stop(job_id)
    api.dli.advance(1)
    assert api.status(job_id) == "job_cancel_success"
    assert len(api.dli.job(PROJECT, job_id).runs) == 1


@pytest.mark.parametrize(
    ("how", "status", "stopped"),
    [
        ("refused", 400, "job_running"),
        ("lost", 200, "job_cancel_success"),
        ("keeps_running", 200, "job_running"),
    ],
)
def test_savepoint_fail(api: Api, how: str, status: int, stopped: str) -> None:
    job_id = api.running()
    api.dli.add_fault("savepoint_fail", "savepoint", how=how)
    assert api.savepoint(job_id).status_code == status
    api.dli.advance(1)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == ("job_running", False)
    api.dli.add_fault("savepoint_fail", "stop", how=how)
    assert api.stop(job_id, savepoint=True).status_code == status
    api.dli.advance(1)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == (stopped, False)
    assert api.dli.savepoints(PROJECT) == []


def test_submit_fail_may_consume_the_savepoint(api: Api) -> None:
    job_id = api.running()
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    api.dli.add_fault("submit_fail", "run")
    api.dli.add_fault("drop_builtin_savepoint_on_failed_start", "run")
    api.run(job_id, resume=True)
    api.dli.advance(1.1)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == ("job_submit_fail", False)


def test_the_nth_call_and_how_often(api: Api) -> None:
    api.dli.add_fault("status", "list", nth=3, times=2)
    assert [api("GET", "/streaming/jobs").status_code for _ in range(6)] == [200, 200, 500, 500, 200, 200]
    api.dli.clear_faults()
    api.dli.add_fault("status", "*", nth=2, times=None)
    assert [api("GET", "/streaming/jobs").status_code for _ in range(4)] == [200, 500, 500, 500]
    assert code_of(api.get(1)) == "DLI.0999"


def test_chance_is_repeatable(api: Api) -> None:
    def draw(seed: int) -> list[int]:
        api.dli.clear_faults()
        api.dli.add_fault("status", "list", times=None, probability=0.5, seed=seed)
        return [api("GET", "/streaming/jobs").status_code for _ in range(40)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert 8 < draw(3).count(500) < 32


def test_only_some_jobs_and_projects(api: Api) -> None:
    api.dli.authorize(PROJECT, BUCKET)
    api.dli.add_fault("status", "create", job="orders*", times=None)
    assert api.create("orders-eu").status_code == 500
    job_id = api.create("revenue").json()["job"]["job_id"]
    api.dli.clear_faults()
    api.dli.add_fault("status", project="f" * 32, times=None)
    api.dli.add_fault("status", "*", job="revenue", times=None, status=503)
    assert Api(api.dli, "f" * 32).get(1).status_code == 500
    assert api("GET", "/streaming/jobs").status_code == 200
    assert api("GET", "/streaming/jobs", params={"name": "revenue"}).status_code == 503
    for answer in (
        api.get(job_id),
        api.run(job_id),
        api.stop(job_id),
        api.update(job_id),
        api.delete(job_id),
    ):
        assert answer.status_code == 503
    assert api("GET", f"/v3/{PROJECT}/dli_flink_job/{job_id}/tags").status_code == 503
    assert [code_of(api.get(odd)) for odd in ("9" * 30, "²")] == ["DLI.12001"] * 2


def test_in_a_batch_only_the_chosen_job_is_struck(api: Api) -> None:
    good, bad = api.made("good"), api.made("bad")
    api.dli.add_fault("submit_fail", "run", job="bad")
    api.run(good, bad)
    api.dli.advance(2)
    assert (api.status(good), api.status(bad)) == ("job_running", "job_submit_fail")


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "unheard"},
        {"kind": "slow", "call": "unheard"},
        {"kind": "stop_fail", "how": "lost"},
        {"kind": "slow", "nth": 0},
        {"kind": "slow", "unheard": 1},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(api: Api, rule: dict[str, Any]) -> None:
    with pytest.raises(AdminError, match="422"):
        api.dli.add_fault(**rule)
    assert api.dli.faults() == []


# -- statuses that do not settle ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "job_status", "shown"),
    [
        ("run", "", "job_submitting"),
        ("run", "job_downloading", "job_downloading"),
        ("run", "job_idle", "job_idle"),
        ("run", "Job_Submitting", "Job_Submitting"),
        ("run", "job_migrating", "job_migrating"),
        ("stop", "", "job_canceling"),
        ("stop", "JOB_CANCELING", "JOB_CANCELING"),
        ("savepoint", "", "job_savepointing"),
    ],
)
def test_stuck_for_ever(api: Api, call: str, job_status: str, shown: str) -> None:
    job_id = api.made() if call == "run" else api.running()
    api.dli.add_fault("stuck", call, job_status=job_status)
    asked: dict[str, Callable[[], requests.Response]] = {
        "run": lambda: api.run(job_id),
        "stop": lambda: api.stop(job_id),
        "savepoint": lambda: api.savepoint(job_id),
    }
    assert asked[call]().status_code == 200
    api.dli.advance(86_400)
    assert api.status(job_id) == shown
    refusals = {
        code_of(api.run(job_id)),
        code_of(api.update(job_id, cu_number=4)),
        code_of(api.savepoint(job_id)),
    }
    assert refusals <= {"DLI.13006", "DLI.12003", "DLI.12005", "DLI.15002"}
    assert api.delete(job_id).status_code == 200
    assert code_of(api.get(job_id)) == "DLI.16001"


def test_a_stop_with_savepoint_is_stuck_in_savepointing(api: Api) -> None:
    job_id = api.running()
    api.dli.add_fault("stuck", "stop")
    api.stop(job_id, savepoint=True)
    api.dli.advance(3600)
    assert (api.status(job_id), api.dli.savepoints(PROJECT)) == ("job_savepointing", [])


@pytest.mark.parametrize(("call", "then"), [("run", "job_running"), ("stop", "job_cancel_success")])
def test_stuck_for_a_while(api: Api, call: str, then: str) -> None:
    job_id = api.made() if call == "run" else api.running()
    api.dli.add_fault("stuck", call, seconds=60, job_status="job_unheard_of")
    (api.run if call == "run" else api.stop)(job_id)
    api.dli.advance(59)
    assert api.status(job_id) == "job_unheard_of"
    api.dli.advance(5)
    assert api.status(job_id) == then


def test_a_status_in_other_letters_allows_what_it_means(api: Api) -> None:
    job_id = api.running()
    forced = api.dli.change_job(PROJECT, job_id, status="JOB_RUNNING")
    assert (forced.status, forced.runs[-1].ended_at) == ("JOB_RUNNING", None)
    assert code_of(api.run(job_id)) == "DLI.13006"
    assert api.stop(job_id, savepoint=True).status_code == 200
    api.dli.advance(2)
    assert (api.status(job_id), api.detail(job_id)["has_savepoint"]) == ("job_cancel_success", True)


def test_a_lost_savepoint_leaves_nothing_anywhere(api: Api) -> None:
    job_id = api.running()
    api.dli.add_fault("savepoint_fail", "savepoint", how="lost")
    assert api.savepoint(job_id, f"{BUCKET}/mine/").json()["is_success"] == "true"
    api.dli.advance(2)
    api.dli.add_fault("savepoint_fail", "stop", how="lost")
    api.stop(job_id, savepoint=True)
    api.dli.advance(2)
    detail = api.detail(job_id)
    assert (detail["has_savepoint"], detail["savepoint_path"]) == (False, None)
    (listed,) = api("GET", "/streaming/jobs").json()["job_list"]["jobs"]
    assert (listed["has_savepoint"], listed["savepoint_path"]) == (False, None)
    probe = api.made("probe")
    assert code_of(api.import_savepoint(probe, f"{BUCKET}/mine/")) == "DLI.13017"
    api.dli.set(resume_without_savepoint="refuse")
    assert code_of(api.run(job_id, resume=True)) == "DLI.13017"


# -- answers that arrive, but not well ---------------------------------------------------------------------------------


def test_drip_takes_its_time_and_arrives_whole(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("drip", "get", seconds=1)
    began = time.monotonic()
    assert api.status(job_id) == "job_init"
    assert time.monotonic() - began > 0.9
    api.dli.add_fault("drip", "delete", seconds=600)
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        api.session.delete(f"{api.dli.url}/v1.0/{PROJECT}/streaming/jobs/{job_id}", timeout=0.1)
    assert api.dli.jobs() == []


def test_flood_is_small_on_the_wire_and_large_when_unpacked(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("flood", "get", megabytes=20)
    packed = api.session.get(
        f"{api.dli.url}/v1.0/{PROJECT}/streaming/jobs/{job_id}", timeout=20, stream=True
    ).raw.read(decode_content=False)
    assert len(packed) < 500_000
    api.dli.add_fault("flood", "get", megabytes=20)
    answer = api.get(job_id)
    assert len(answer.content) > 20 * 1024 * 1024
    assert answer.json()["job_detail"]["job_id"] == job_id


def test_truncate_executes_and_breaks_the_json(api: Api) -> None:
    api.dli.add_fault("truncate", "create")
    answer = api.create()
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated string"):
        json.loads(answer.text)
    assert [job.name for job in api.dli.jobs()] == ["job"]


def test_odd_answers_leave_alone_what_has_no_body(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("truncate", "tags_create")
    tags = {"tags": [{"key": "a", "value": "b"}]}
    assert (
        api("POST", f"/v3/{PROJECT}/dli_flink_job/{job_id}/tags/create", tags, stream=True).status_code == 204
    )


def test_credentials_expire_at_a_chosen_call(api: Api) -> None:
    job_id = api.running()
    fault = api.dli.add_fault("expire_credentials", "*", nth=3)
    assert [api.get(job_id).status_code for _ in range(5)] == [200, 200, 401, 401, 401]
    api.dli.remove_fault(fault)
    fault = api.dli.add_fault("expire_credentials", "update")
    assert api.stop(job_id).status_code == 200
    api.dli.advance(2)
    assert api.status(job_id) == "job_cancel_success"
    assert [api.update(job_id, desc="x").status_code, api.get(job_id).status_code] == [401, 401]
    assert api.dli.job(PROJECT, job_id).definition["desc"] == ""
