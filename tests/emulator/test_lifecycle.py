"""What time does to a job: transitions, runs, savepoints, and whether state was carried from one run to the next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of


def test_a_job_comes_up_after_the_start_latency_and_ends_after_the_stop_latency(api: Api) -> None:
    job_id = api.made()
    assert api.detail(job_id)["start_time"] is None
    api.run(job_id)
    assert api.status(job_id) == "job_submitting"
    api.dli.advance(0.8)
    assert api.status(job_id) == "job_submitting"
    api.dli.advance(0.3)
    assert api.status(job_id) == "job_running"
    assert api.detail(job_id)["start_time"] == pytest.approx(api.dli.now() * 1000, abs=2000)
    api.stop(job_id)
    assert api.status(job_id) == "job_canceling"
    api.dli.advance(0.6)
    assert api.status(job_id) == "job_cancel_success"


def test_latencies_can_be_set_at_run_time(api: Api) -> None:
    assert api.dli.set_latency(start=5, stop=0, savepoint=3).start_latency == 5
    job_id = api.made()
    api.run(job_id)
    api.dli.advance(4.5)
    assert api.status(job_id) == "job_submitting"
    api.dli.advance(1)
    api.stop(job_id, savepoint=True)
    api.dli.advance(2.5)
    assert api.status(job_id) == "job_savepointing"
    api.dli.advance(1)
    assert api.status(job_id) == "job_cancel_success"


def test_a_stop_with_savepoint_carries_state_to_the_next_run(api: Api) -> None:
    job_id = api.running()
    api.dli.advance(10)
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    detail = api.detail(job_id)
    assert detail["has_savepoint"] is True
    assert detail["savepoint_path"].startswith(f"obs://{BUCKET}/jobs/savepoint/{job_id}/")
    saved = api.dli.job(PROJECT, job_id)
    assert api.run(job_id, resume=True).status_code == 200
    api.dli.advance(1.1)
    after = api.dli.job(PROJECT, job_id)
    assert after.status == "job_running"
    assert after.records >= saved.records >= 1000
    assert after.lineage == saved.lineage == f"{job_id}.1"
    assert after.resumed_from is not None
    assert (after.resumed_from["kind"], after.resumed_from["run"]) == ("builtin", 1)
    assert [run.outcome for run in after.runs] == ["stopped", None]
    assert api.detail(job_id)["has_savepoint"] is False, "it lives until the next start"
    assert api.dli.savepoints(PROJECT) == []


def test_a_stop_without_savepoint_loses_state(api: Api) -> None:
    job_id = api.running()
    api.dli.advance(10)
    api.stop(job_id)
    api.dli.advance(1)
    api.dli.set(resume_without_savepoint="refuse")
    assert code_of(api.run(job_id, resume=True)) == "DLI.13017"
    assert api.status(job_id) == "job_cancel_success"
    api.run(job_id)
    api.dli.advance(1)
    after = api.dli.job(PROJECT, job_id)
    assert (after.lineage, after.resumed_from) == (f"{job_id}.2", None)
    assert after.records < 500


def test_a_start_without_resume_drops_the_builtin_savepoint(api: Api) -> None:
    job_id = api.running()
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    api.run(job_id)
    api.dli.advance(0.5)
    assert api.detail(job_id)["has_savepoint"] is True, "the start has not succeeded yet"
    api.dli.advance(1)
    assert api.detail(job_id)["has_savepoint"] is False


@pytest.mark.parametrize("dropped", [False, True])
def test_a_failed_start_keeps_the_savepoint_unless_told_otherwise(api: Api, dropped: bool) -> None:
    api.dli.set(drop_savepoint_on_failed_start=dropped)
    job_id = api.running()
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    api.dli.add_fault("submit_fail", "run", message="queue is full")
    api.run(job_id, resume=True)
    api.dli.advance(1.1)
    detail = api.detail(job_id)
    assert (detail["status"], detail["status_desc"]) == ("job_submit_fail", "queue is full")
    assert detail["has_savepoint"] is not dropped
    assert [run.outcome for run in api.dli.job(PROJECT, job_id).runs] == ["stopped", "submit_failed"]


def test_a_triggered_savepoint_persists_and_can_be_imported_by_any_job(api: Api) -> None:
    job_id = api.running("first")
    assert api.savepoint(job_id, f"obs://{BUCKET}/mine/1/").json()["is_success"] == "true"
    assert api.status(job_id) == "job_savepointing"
    api.dli.advance(0.3)
    detail = api.detail(job_id)
    assert (detail["status"], detail["savepoint_path"]) == ("job_running", f"obs://{BUCKET}/mine/1/")
    api.stop(job_id)
    api.dli.advance(1)
    api.run(job_id)
    api.dli.advance(2)
    assert api.detail(job_id)["has_savepoint"] is False
    other = api.made("second")
    assert code_of(api.import_savepoint(other, f"{BUCKET}/unknown/")) == "DLI.13017"
    assert api.import_savepoint(other, f"{BUCKET}/mine/1").status_code == 200
    assert api.detail(other)["has_savepoint"] is True
    api.run(other, resume=True)
    api.dli.advance(2)
    resumed = api.dli.job(PROJECT, other).resumed_from
    assert resumed is not None
    assert (resumed["job_id"], resumed["kind"], resumed["path"]) == (job_id, "triggered", f"{BUCKET}/mine/1")
    api.delete(job_id)
    assert api.detail(other)["has_savepoint"] is False, "used up by the start"
    api.stop(other)
    api.dli.advance(1)
    assert api.import_savepoint(other, f"{BUCKET}/mine/1/").status_code == 200, (
        "but its files are still there"
    )


def test_import_accepts_a_string_id_and_refuses_a_foreign_one(api: Api) -> None:
    job_id = api.running()
    api.savepoint(job_id)
    api.stop(api.running("other"))
    api.dli.advance(1)
    api.stop(job_id)
    api.dli.advance(1)
    path = f"/streaming/jobs/{job_id}/import-savepoint"
    body = {"job_id": str(job_id), "savepoint_path": f"{BUCKET}/mine"}
    assert api("POST", path, body).status_code == 200
    assert code_of(api("POST", path, {**body, "job_id": job_id + 1})) == "DLI.0001"
    assert code_of(api("POST", path, {"savepoint_path": f"{BUCKET}/mine"})) == "DLI.11029"
    assert code_of(api("POST", path, {"job_id": job_id})) == "DLI.11029"


def test_a_savepoint_needs_a_place(api: Api) -> None:
    job_id = api.running(obs_bucket=...)
    assert code_of(api.stop(job_id, savepoint=True)) == "DLI.11010"
    assert api.status(job_id) == "job_running"
    assert code_of(api.savepoint(job_id, "")) == "DLI.11010"
    api.dli.set(savepoint_needs_bucket=False)
    assert api.stop(job_id, savepoint=True).status_code == 200
    assert code_of(api("POST", f"/streaming/jobs/{job_id}/savepoint", {"action": "DISPOSE"})) == "DLI.0001"


def test_a_checkpoint_can_be_imported_as_a_savepoint(api: Api) -> None:
    job_id = api.running(checkpoint_enabled=True, checkpoint_interval=10)
    api.dli.advance(35)
    api.stop(job_id)
    api.dli.advance(1)
    path = api.detail(job_id)["job_config"]["checkpoint_path"]
    assert path == f"obs://{BUCKET}/jobs/checkpoint/{job_id}_1/chk-3/"
    assert api.import_savepoint(job_id, path).status_code == 200
    api.run(job_id, resume=True)
    api.dli.advance(1)
    after = api.dli.job(PROJECT, job_id)
    assert after.lineage == f"{job_id}.1"
    assert 3000 <= after.records < 3400


@pytest.mark.parametrize("resume", [False, True])
def test_automatic_restart_up_to_the_limit_per_hour(api: Api, resume: bool) -> None:
    settings: dict[str, Any] = {
        "restart_when_exception": True,
        "resume_max_num": 2,
        "resume_checkpoint": resume,
    }
    job_id = api.made(checkpoint_enabled=True, checkpoint_interval=5, **settings)
    api.dli.add_fault("running_exception", "run", seconds=20, repeats=9, message="heap is full")
    api.run(job_id)
    api.dli.advance(21.5)
    detail = api.detail(job_id)
    assert (detail["status"], detail["status_desc"]) == ("job_running_exception", "heap is full")
    api.dli.advance(1)
    assert api.status(job_id) == "job_running"
    assert api.detail(job_id)["restart_times"] == 1
    expected = f"{job_id}.1" if resume else f"{job_id}.2"
    assert api.dli.job(PROJECT, job_id).lineage == expected
    api.dli.advance(100)
    after = api.dli.job(PROJECT, job_id)
    assert after.status == "job_running_exception"
    assert [run.outcome for run in after.runs] == ["exception"] * 3
    assert api.detail(job_id)["restart_times"] == 2


def test_without_automatic_restart_a_failed_job_stays_down_until_it_is_run(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("running_exception", "run", seconds=2)
    api.run(job_id)
    api.dli.advance(60)
    assert api.status(job_id) == "job_running_exception"
    assert api.run(job_id).status_code == 200
    api.dli.advance(60)
    assert api.status(job_id) == "job_running"


def test_a_bounded_job_finishes_and_can_be_updated_and_run_again(api: Api) -> None:
    job_id = api.made()
    api.dli.add_fault("finish", "run", seconds=3)
    api.run(job_id)
    api.dli.advance(5)
    assert api.status(job_id) == "job_finish"
    assert api.update(job_id, cu_number=4).status_code == 200
    assert api.run(job_id).status_code == 200


def test_arrears_stop_jobs_and_payment_brings_them_back(api: Api) -> None:
    job_id = api.running(checkpoint_enabled=True)
    draft = api.made("draft")
    api.dli.advance(25)
    api.dli.set_arrears(PROJECT)
    assert api.status(job_id) == "job_arrearage_stopped"
    assert code_of(api.run(job_id)) == "DLI.10009"
    assert code_of(api.run(draft)) == "DLI.10009"
    api.dli.pay(PROJECT)
    assert api.status(job_id) == "job_arrearage_recovering"
    api.dli.advance(1.1)
    assert api.status(job_id) == "job_running"
    assert api.dli.job(PROJECT, job_id).lineage == f"{job_id}.1"
    assert api.run(draft).status_code == 200


def test_the_history_says_which_definition_each_run_had(api: Api) -> None:
    job_id = api.running()
    api.update(job_id, smn_topic="alarm")
    live = api.dli.job(PROJECT, job_id)
    assert live.definition_digest == live.runs[0].definition_digest, "live fields are not what Flink executes"
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    api.update(job_id, sql_body=SQL + "\n", parallel_number=2)
    api.run(job_id, resume=True)
    first, second = api.dli.job(PROJECT, job_id).runs
    assert (first.definition["parallel_number"], second.definition["parallel_number"]) == (1, 2)
    assert first.definition_digest != second.definition_digest
    assert second.resumed_from is not None
    assert second.resumed_from["definition_digest"] == first.definition_digest


def test_generations_tell_all_present_runs_at_once(api: Api) -> None:
    job_id = api.running("one")
    api.made("two")
    seen = api.dli.generations(PROJECT)
    assert seen[f"{PROJECT}/one"]["run"] == 1
    assert seen[f"{PROJECT}/one"]["lineage"] == f"{job_id}.1"
    assert seen[f"{PROJECT}/two"]["run"] == 0


def test_a_deleted_running_job_may_pass_through_canceling(api: Api) -> None:
    api.dli.set(delete_through_canceling=True)
    job_id = api.running()
    assert api.delete(job_id).status_code == 200
    assert api.status(job_id) == "job_canceling"
    api.dli.advance(0.6)
    assert code_of(api.get(job_id)) == "DLI.16001"


def test_out_of_band_changes(api: Api) -> None:
    job_id = api.running()
    changed = api.dli.change_job(PROJECT, job_id, definition={"cu_number": 33}, status_desc="odd")
    assert (changed.definition["cu_number"], changed.status) == (33, "job_running")
    api.dli.change_job(PROJECT, job_id, exception_after=3)
    api.dli.advance(4)
    assert api.status(job_id) == "job_running_exception"
    forced = api.dli.change_job(PROJECT, job_id, status="job_running")
    assert (forced.run, forced.lineage, forced.resumed_from) == (2, f"{job_id}.2", None)
    api.stop(job_id, savepoint=True)
    api.dli.advance(1)
    api.dli.change_job(PROJECT, job_id, drop_savepoint=True)
    api.dli.set(resume_without_savepoint="refuse")
    assert code_of(api.run(job_id, resume=True)) == "DLI.13017"
