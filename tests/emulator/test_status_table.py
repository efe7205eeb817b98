"""Status x call, exhaustively: the table of the DLI documents written out a second time, as seen on the wire."""

from __future__ import annotations

import pytest

from dli_provider.emulator.rules.statuses import STATUSES
from tests.emulator.plain import BUCKET, PROJECT, Api, code_of

RUNNABLE = {"job_init", "job_submit_fail", "job_running_exception", "job_cancel_success", "job_finish"}
AT_REST = RUNNABLE | {"job_arrearage_stopped"}
STOPPABLE = {"job_submitting", "job_running", "job_cancel_fail", "job_arrearage_recovering"}


@pytest.fixture(params=sorted(STATUSES))
def placed(request: pytest.FixtureRequest, api: Api) -> tuple[Api, int, str]:
    """A job forced into each status, with a savepoint at hand."""
    status: str = request.param
    job_id = api.running()
    assert api.savepoint(job_id).status_code == 200
    api.dli.advance(1)
    api.dli.change_job(PROJECT, job_id, status=status)
    return api, job_id, status


def test_the_table_has_all_fourteen_statuses() -> None:
    assert len(STATUSES) == 14


def test_run(placed: tuple[Api, int, str]) -> None:
    api, job_id, status = placed
    answer = api.run(job_id)
    if status in RUNNABLE:
        assert answer.status_code == 200
        assert api.status(job_id) == "job_submitting"
        return
    expected = "DLI.10009" if status == "job_arrearage_stopped" else "DLI.13006"
    assert (answer.status_code, code_of(answer)) == (400, expected)
    assert api.status(job_id) == status


@pytest.mark.parametrize("savepoint", [False, True])
def test_stop(placed: tuple[Api, int, str], savepoint: bool) -> None:
    api, job_id, status = placed
    answer = api.stop(job_id, savepoint=savepoint)
    if status not in STOPPABLE:
        assert (answer.status_code, code_of(answer)) == (400, "DLI.15002")
        assert api.status(job_id) == status
        return
    assert answer.status_code == 200
    with_state = savepoint and status in ("job_running", "job_cancel_fail")
    assert api.status(job_id) == ("job_savepointing" if with_state else "job_canceling")
    api.dli.advance(1)
    assert api.status(job_id) == "job_cancel_success"


@pytest.mark.parametrize(
    "fields", [{"smn_topic": "alarm"}, {"cu_number": 8}, {"smn_topic": "alarm", "cu_number": 8}]
)
def test_update(placed: tuple[Api, int, str], fields: dict[str, object]) -> None:
    api, job_id, status = placed
    before = api.detail(job_id)
    answer = api.update(job_id, **fields)
    if status in AT_REST or (status == "job_running" and set(fields) == {"smn_topic"}):
        assert answer.status_code == 200
        assert {name: api.detail(job_id)["job_config"][name] for name in fields} == fields
        return
    expected = "DLI.12003" if status in ("job_running", "job_submitting") else "DLI.12005"
    assert (answer.status_code, code_of(answer)) == (400, expected)
    assert api.detail(job_id) == before


def test_savepoint(placed: tuple[Api, int, str]) -> None:
    api, job_id, status = placed
    answer = api.savepoint(job_id, f"{BUCKET}/another")
    if status == "job_running":
        assert answer.status_code == 200
        assert api.status(job_id) == "job_savepointing"
    else:
        assert (answer.status_code, code_of(answer)) == (400, "DLI.15002")
        assert api.status(job_id) == status


def test_import_savepoint(placed: tuple[Api, int, str]) -> None:
    api, job_id, status = placed
    answer = api.import_savepoint(job_id, f"obs://{BUCKET}/mine/")
    if status in AT_REST:
        assert answer.status_code == 200
        assert api.detail(job_id)["savepoint_path"] == f"obs://{BUCKET}/mine/"
    else:
        assert (answer.status_code, code_of(answer)) == (400, "DLI.15002")


def test_delete(placed: tuple[Api, int, str]) -> None:
    api, job_id, _ = placed
    assert api.delete(job_id).json()["is_success"] == "true"
    assert code_of(api.get(job_id)) == "DLI.16001"
    assert api.dli.jobs() == []
