"""PUT merges: what is left out stays, "" clears, null is nothing; on a running job it is all or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of

# A changed value for every updatable field, with where get shows it and how.
CHANGES: list[tuple[str, Any, str, Any]] = [
    ("name", "renamed", "name", "renamed"),
    ("desc", "new", "desc", "new"),
    ("queue_name", "q_other", "queue_name", "q_other"),
    ("sql_body", SQL + " ", "sql_body", SQL + " "),
    ("cu_number", 9, "job_config.cu_number", 9),
    ("parallel_number", 3, "job_config.parallel_number", 3),
    ("checkpoint_enabled", True, "job_config.checkpoint_enabled", True),
    ("checkpoint_mode", 2, "job_config.checkpoint_mode", "at_least_once"),
    ("checkpoint_mode", "at_least_once", "job_config.checkpoint_mode", "at_least_once"),
    ("checkpoint_interval", 77, "job_config.checkpoint_interval", 77),
    ("obs_bucket", "other-bucket", "job_config.obs_bucket", "other-bucket"),
    ("log_enabled", True, "job_config.log_enabled", True),
    ("smn_topic", "alarm", "job_config.smn_topic", "alarm"),
    ("restart_when_exception", True, "job_config.restart_when_exception", True),
    ("idle_state_retention", 7, "job_config.idle_state_retention", 7),
    ("dirty_data_strategy", "2:obs/dir", "job_config.dirty_data_strategy", "2:obs/dir"),
    ("udf_jar_url", "obs://jars/udf.jar", "job_config.udf_jar_url", "obs://jars/udf.jar"),
    ("manager_cu_number", 2, "job_config.manager_cu_number", 2),
    ("tm_cus", 2, "job_config.tm_cus", 2),
    ("tm_slot_num", 5, "job_config.tm_slot_num", 5),
    ("operator_config", '{"operator_list":[]}', "job_config.operator_config", '{"operator_list":[]}'),
    ("resume_checkpoint", True, "job_config.resume_checkpoint", True),
    ("resume_max_num", 4, "job_config.resume_max_num", 4),
    (
        "static_estimator_config",
        '{"operator_list":[]}',
        "job_config.static_estimator_config",
        '{"operator_list":[]}',
    ),
    ("runtime_config", "k=v", "job_config.runtime_config", "k=v"),
    ("flink_version", "1.15", "job_config.flink_version", "1.15"),
    (
        "flink_log_config",
        '{"root_logger_level":"INFO"}',
        "job_config.flink_log_config",
        '{"root_logger_level":"INFO"}',
    ),
]
LIVE = {"smn_topic", "restart_when_exception", "resume_checkpoint", "resume_max_num", "obs_bucket"}
CLEARABLE = {
    "desc": "desc",
    "queue_name": "queue_name",
    "sql_body": "sql_body",
    "obs_bucket": "job_config.obs_bucket",
    "smn_topic": "job_config.smn_topic",
    "udf_jar_url": "job_config.udf_jar_url",
    "runtime_config": "job_config.runtime_config",
    "operator_config": "job_config.operator_config",
    "static_estimator_config": "job_config.static_estimator_config",
    "execution_agency_urn": "job_config.execution_agency_urn",
}
MOVING = {"update_time"}


def look(detail: dict[str, Any], where: str) -> Any:
    found: Any = detail
    for key in where.split("."):
        found = found[key]
    return found


def still(detail: dict[str, Any], where: str) -> dict[str, Any]:
    """Everything but the field itself, what follows from it, and what time changes."""
    flat = {key: value for key, value in detail.items() if key not in {*MOVING, "job_config"}}
    flat |= {f"job_config.{key}": value for key, value in detail["job_config"].items()}
    if where.split(".")[-1] in ("cu_number", "parallel_number", "manager_cu_number", "tm_cus"):
        del flat["job_config.tm_slot_num"]  # computed from them
    if where == "job_config.flink_version":
        assert flat.pop("flink_version") == flat[where]  # shown in both places
    del flat[where]
    return flat


@pytest.mark.parametrize(("field", "value", "where", "shown"), CHANGES)
def test_one_field_changes_and_all_others_stay(
    api: Api, field: str, value: Any, where: str, shown: Any
) -> None:
    job_id = api.made(cu_number=4)
    api.dli.authorize(PROJECT, "other-bucket")
    before = api.detail(job_id)
    assert look(before, where) != shown
    answer = api.update(job_id, **{field: value})
    assert answer.status_code == 200, answer.text
    assert answer.json()["is_success"] == "true"
    after = api.detail(job_id)
    assert answer.json()["job"] == {"update_time": after["update_time"]}
    assert look(after, where) == shown
    assert still(after, where) == still(before, where)


@pytest.mark.parametrize(("field", "value", "where", "shown"), CHANGES)
def test_on_a_running_job(api: Api, field: str, value: Any, where: str, shown: Any) -> None:
    job_id = api.running(cu_number=4)
    api.dli.authorize(PROJECT, "other-bucket")
    before = api.detail(job_id)
    answer = api.update(job_id, **{field: value})
    after = api.detail(job_id)
    if field in LIVE:
        assert answer.status_code == 200
        assert look(after, where) == shown
        assert after["status"] == "job_running"
    else:
        assert (answer.status_code, code_of(answer)) == (400, "DLI.12003")
        assert field in answer.json()["error_msg"]
        assert after == before


@pytest.mark.parametrize("field", sorted(CLEARABLE))
def test_an_empty_string_clears(api: Api, field: str) -> None:
    values = {name: value for name, value, *_ in CHANGES} | {"execution_agency_urn": "agency"}
    job_id = api.made(flink_version="1.15")
    api.dli.authorize(PROJECT, "other-bucket")
    assert api.update(job_id, **{field: values[field]}).status_code == 200
    assert look(api.detail(job_id), CLEARABLE[field]) == values[field]
    assert api.update(job_id, **{field: ""}).status_code == 200
    assert look(api.detail(job_id), CLEARABLE[field]) == ""


@pytest.mark.parametrize("field", sorted({name for name, *_ in CHANGES}))
def test_null_changes_nothing(api: Api, field: str) -> None:
    job_id = api.made()
    before = api.detail(job_id)
    assert api.update(job_id, **{field: None}).status_code == 200
    assert {**api.detail(job_id), "update_time": 0} == {**before, "update_time": 0}


def test_an_empty_update_is_accepted(api: Api) -> None:
    assert api.update(api.made()).status_code == 200


def test_unchanged_fields_ride_along_on_a_running_job(api: Api) -> None:
    job_id = api.running()
    detail = api.detail(job_id)
    config = detail["job_config"]
    same = {
        "name": detail["name"],
        "sql_body": detail["sql_body"],
        "checkpoint_mode": 1,
        "cu_number": config["cu_number"],
        "tm_slot_num": config["tm_slot_num"],
        "operator_config": "",
        "static_estimator_config": "",
        "udf_jar_url": "",
        "obs_bucket": config["obs_bucket"],
    }
    assert api.update(job_id, **same, smn_topic="alarm").status_code == 200
    after = api.detail(job_id)
    assert after["job_config"] == {**config, "smn_topic": "alarm"}


def test_a_mixed_update_of_a_running_job_changes_nothing(api: Api) -> None:
    job_id = api.running()
    before = api.detail(job_id)
    answer = api.update(job_id, smn_topic="alarm", cu_number=8)
    assert code_of(answer) == "DLI.12003"
    assert api.detail(job_id) == before


def test_switches_for_the_open_questions(api: Api) -> None:
    job_id = api.running()
    api.dli.set(rename_while_running=True)
    assert api.update(job_id, name="renamed", desc="new").status_code == 200
    assert api.detail(job_id)["name"] == "renamed"
    api.dli.set(refuse_unchanged_bucket=True)
    assert code_of(api.update(job_id, obs_bucket=BUCKET)) == "DLI.12003"
    assert api.update(job_id, smn_topic="alarm").status_code == 200


def test_unset_strings_are_null_until_they_were_cleared(api: Api) -> None:
    api.dli.authorize(PROJECT, BUCKET)
    job_id = api.create().json()["job"]["job_id"]
    config = api.detail(job_id)["job_config"]
    unset = ("smn_topic", "obs_bucket", "udf_jar_url", "edge_group_ids", "flink_log_config")
    assert [config[name] for name in unset] == [None] * 5
    assert api.update(job_id, smn_topic="").status_code == 200
    assert api.detail(job_id)["job_config"]["smn_topic"] == ""
