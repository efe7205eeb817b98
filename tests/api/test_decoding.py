"""A job as DLI reports it, in detail and in lists, with everything that may be missing."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.api.decoding import UnreadableError, integer, truth
from dli_provider.api.job_answers import live_job
from dli_provider.job.status import Status

DETAIL: dict[str, Any] = {
    "job_id": 90417,
    "name": "clicks_etl",
    "desc": "",
    "job_type": "flink_opensource_sql_job",
    "status": "job_running",
    "status_desc": "",
    "queue_name": "q_stream",
    "sql_body": "create table ...",
    "create_time": 1718000000000,
    "update_time": 1718000050000,
    "start_time": 1718000060000,
    "has_savepoint": False,
    "savepoint_path": None,
    "restart_times": 0,
    "flink_version": None,
    "job_config": {
        "checkpoint_mode": "at_least_once",
        "obs_bucket": "stream-state",
        "smn_topic": None,
        "flink_version": "1.15",
        "checkpoint_path": "stream-state/jobs/checkpoint/90417",
    },
}


def test_a_job_in_detail() -> None:
    job = live_job(DETAIL)
    assert (job.job_id, job.name, job.job_type) == (90417, "clicks_etl", "flink_opensource_sql_job")
    assert (job.create_time, job.update_time, job.start_time) == (
        1718000000000,
        1718000050000,
        1718000060000,
    )
    assert (job.has_savepoint, job.savepoint_path) == (False, None)
    assert job.checkpoint_path == "stream-state/jobs/checkpoint/90417"
    assert job.status == Status.RUNNING


def test_fields_hold_both_levels_in_the_types_of_the_wire() -> None:
    fields = live_job(DETAIL).fields
    assert fields["queue_name"] == "q_stream"
    assert fields["checkpoint_mode"] == "at_least_once"
    assert "smn_topic" in fields
    assert fields["smn_topic"] is None
    assert "job_config" not in fields
    assert fields["flink_version"] == "1.15", "null outside does not hide the value inside"


def test_a_value_outside_wins_over_one_inside() -> None:
    entry = {**DETAIL, "edge_group_ids": ["a"], "job_config": {"edge_group_ids": ["b"]}}
    assert live_job(entry).fields["edge_group_ids"] == ["a"]


def test_a_short_entry_of_a_list() -> None:
    job = live_job({"job_id": "90417", "name": "x", "status": "job_init", "start_time": 0, "duration": 0})
    assert job.job_id == 90417
    assert (job.has_savepoint, job.start_time, job.update_time, job.restart_times) == (None, None, None, 0)


def test_a_status_from_the_future_is_kept() -> None:
    assert live_job({**DETAIL, "status": "job_hibernating"}).status == "job_hibernating"


@pytest.mark.parametrize("missing", ["job_id", "status"])
@pytest.mark.parametrize("value", [None, "", [], {}, True])
def test_a_job_without_id_or_status_is_unreadable(missing: str, value: object) -> None:
    with pytest.raises(UnreadableError, match=missing):
        live_job({**DETAIL, missing: value})


@pytest.mark.parametrize("config", [None, [], "text"])
def test_a_configuration_that_is_none(config: object) -> None:
    assert live_job({**DETAIL, "job_config": config}).fields["queue_name"] == "q_stream"


def test_sql_is_not_shown_and_fields_cannot_be_changed() -> None:
    job = live_job(DETAIL)
    assert "create table" not in repr(job)
    with pytest.raises(TypeError):
        job.fields["name"] = "y"  # type: ignore[index]


def test_passwords_in_the_reason_of_a_status_are_masked() -> None:
    job = live_job({**DETAIL, "status_desc": "cannot connect with 'password' = 'hunter2'"})
    assert job.status_desc == "cannot connect with 'password' = ***"


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("true", True), ("True", True), (True, True), ("false", False), (False, False), (None, None), (1, None)],
)
def test_truth(value: object, meaning: bool | None) -> None:
    assert truth(value) is meaning


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (1, 1),
        (1.0, 1),
        ("7", 7),
        ("-1", -1),
        (True, None),
        (1.5, None),
        (float("inf"), None),
        ("1" * 5000, None),
        ("x", None),
        (None, None),
    ],
)
def test_integer(value: object, meaning: int | None) -> None:
    assert integer(value) == meaning


def test_a_status_is_its_text() -> None:
    assert len(Status) == 14
    assert f"{Status.RUNNING} {Status.RUNNING!s}" == "job_running job_running"
    assert "job_running" in {Status.RUNNING}
    assert all(status.value.startswith("job_") for status in Status)


def test_a_status_is_read_in_any_letter_case() -> None:
    assert live_job({"job_id": 7, "status": " JOB_Running "}).status == "job_running"


def test_the_last_change_is_the_latest_time_that_dli_tells() -> None:
    entry = {"job_id": 7, "status": "job_idle", "create_time": 5, "start_time": 9, "update_time": 7}
    assert live_job(entry).last_change == 9
    assert live_job({**entry, "start_time": 1_700_000_000_000}).unchanged_since == "2023-11-14 22:13:20 UTC"
    never = live_job({"job_id": 7, "status": "job_idle", "start_time": 0})
    assert (never.last_change, never.unchanged_since) == (None, "")
