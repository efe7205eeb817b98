"""Jobs outlive the server: a clean stop, a kill -9 in the middle, and time that passes while nobody serves."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests
from pydantic import ValidationError

from dli_provider.emulator.request_log import KEPT, LoggedRequest, RequestLog
from dli_provider.emulator.server import Emulator
from dli_provider.emulator.store import StateFileError, Store
from tests.emulator.plain import PROJECT, Api, code_of

pytestmark = pytest.mark.slow


def test_a_job_progresses_while_the_server_is_down(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with Emulator.start(state, start_latency=0.2) as dli:
        api = Api(dli)
        job_id = api.made()
        api.run(job_id)
        assert api.status(job_id) == "job_submitting"
        fault = dli.add_fault("status", "list", nth=2)
        assert api("GET", "/streaming/jobs").status_code == 200
        api.session.close()
        port = int(dli.url.rsplit(":", 1)[1])
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/", timeout=1)
    time.sleep(0.2)
    with Emulator.start(state, port=port) as dli:
        assert dli.settings().start_latency == 0.2, "knobs stay turned"
        api = Api(dli)
        assert api.status(job_id) == "job_running"
        first = dli.job(PROJECT, job_id)
        assert first.runs[0].running_since == pytest.approx(first.runs[0].started_at + 0.2)
        assert [kept.id for kept in dli.faults()] == [fault.id]
        assert api("GET", "/streaming/jobs").status_code == 500, "it counts on"
        assert [entry.call for entry in dli.requests()][:2] == ["create", "run"]
        assert code_of(api.create()) == "DLI.11004"
        time.sleep(0.05)
        assert dli.job(PROJECT, job_id).records > first.records
        api.session.close()


def test_ids_are_never_used_twice(tmp_path: Path) -> None:
    with Emulator.start(tmp_path / "state.db") as dli:
        api = Api(dli)
        first = api.made("one")
        api.delete(first)
        api.session.close()
    with Emulator.start(tmp_path / "state.db") as dli:
        api = Api(dli)
        assert api.made("one") > first
        api.session.close()


def test_one_file_has_one_server(tmp_path: Path) -> None:
    with Emulator.start(tmp_path / "state.db") as dli:
        with pytest.raises(StateFileError, match="in use"):
            Emulator.start(tmp_path / "state.db")
        assert dli.health()["state"] == str(tmp_path / "state.db")


def test_a_reset_forgets_everything(dli: Emulator, api: Api) -> None:
    job_id = api.running()
    api.savepoint(job_id)
    dli.advance(100)
    dli.add_fault("slow", times=None)
    dli.set(start_latency=9, any_queue=False)
    dli.add_queue("mine", 4)
    dli.reset()
    assert (dli.jobs(), dli.faults(), dli.requests(), dli.savepoints(PROJECT)) == ([], [], [], [])
    assert dli.settings().start_latency == 1
    assert dli.now() == pytest.approx(time.time(), abs=2)
    assert len(api("GET", "/queues", params={"queue_type": "all"}).json()["queues"]) == 4


def test_a_reset_returns_to_what_the_server_was_started_with() -> None:
    with Emulator.start(start_latency=0.25, queues={"mine": 4}) as dli:
        dli.set(start_latency=3)
        dli.add_queue("mine", 8)
        dli.reset()
        assert dli.settings().start_latency == 0.25
        api = Api(dli)
        assert api("GET", "/queues/mine").json()["cuCount"] == 4
        api.session.close()


def test_a_file_of_another_version_is_refused_unharmed(tmp_path: Path) -> None:
    Store(tmp_path / "state.db").close()
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.execute("PRAGMA user_version = 99")
    for _ in range(2):
        with pytest.raises(StateFileError, match="another version"):
            Emulator.start(tmp_path / "state.db")


def test_a_wrong_setting_leaves_nothing_open(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Emulator.start(tmp_path / "state.db", start_latency=-1)
    with pytest.raises(ValidationError):
        Emulator.start(tmp_path / "state.db", start_latencies=1)
    with Emulator.start(tmp_path / "state.db"):
        pass


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")

    def put_and_fail() -> None:
        with store.transaction():
            store.put("queue", "p", "q", {})
            raise sqlite3.OperationalError("disk is full")

    with pytest.raises(sqlite3.OperationalError):
        put_and_fail()
    assert store.all("queue", "p") == {}
    store.close()


def test_the_request_log_is_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    log = RequestLog(store)
    entry = LoggedRequest(
        at=0.0,
        request_id="r",
        project=None,
        call="get",
        method="GET",
        path="/",
        query="",
        body="",
        status=200,
        error_code=None,
        write=False,
        executed=True,
        answered=True,
        faults="",
        duration_ms=0.1,
    )
    for _ in range(5):
        log.append(entry)
    store.db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'requests'", (KEPT + 997,))
    for _ in range(2):
        log.append(entry)
    assert len(log.read()) == 7
    log.append(entry)
    assert [kept.seq for kept in log.read()] == [KEPT + 998, KEPT + 999, KEPT + 1000]
    assert log.last() == KEPT + 1000
    store.close()
