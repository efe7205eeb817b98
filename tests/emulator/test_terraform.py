"""The calls of the Terraform resource `huaweicloud_dli_flinksql_job`, field by field, and its decoding of the answers.

Its client is written in Go and decodes strictly: a quoted boolean must be quoted, a number must be a number, null is a
zero value. The bodies here are what its structures make of a resource with nothing but the required arguments set.
"""

from __future__ import annotations

from typing import Any

import requests

from tests.emulator.plain import BUCKET, SQL, Api, code_of

CREATE: dict[str, Any] = {
    "name": "tf_job",
    "queue_name": "q_stream_dev",
    "sql_body": SQL,
    "run_mode": "exclusive_cluster",
    "job_type": "flink_opensource_sql_job",
    "cu_number": 2,
    "parallel_number": 1,
    "checkpoint_enabled": True,
    "checkpoint_mode": 1,
    "checkpoint_interval": 10,
    "obs_bucket": BUCKET,
    "log_enabled": False,
    "restart_when_exception": False,
    "idle_state_retention": 1,
    "dirty_data_strategy": "0",
    "manager_cu_number": 1,
    "tm_cus": 1,
    "tm_slot_num": 0,
    "resume_checkpoint": False,
    "resume_max_num": -1,
    "tags": None,
}
LIVE = {
    "obs_bucket": BUCKET,
    "smn_topic": "alarm",
    "restart_when_exception": True,
    "resume_checkpoint": False,
    "resume_max_num": 5,
    "operator_config": "",
    "static_estimator_config": "",
}
OTHERS = {name: value for name, value in CREATE.items() if name not in {*LIVE, "job_type", "tags"}} | {
    "cu_number": 4,
    "operator_config": "",
    "static_estimator_config": "",
}

# Field of `job_detail` or `job_config` -> the Go type that it is decoded into.
DETAIL = {
    **dict.fromkeys(
        ("name", "desc", "job_type", "status", "status_desc", "queue_name", "sql_body", "run_mode"), str
    ),
    **dict.fromkeys(("main_class", "entrypoint_args", "execution_graph", "user_id", "project_id"), str),
    **dict.fromkeys(("job_id", "create_time", "update_time", "start_time"), int),
}
CONFIG = {
    **dict.fromkeys(
        ("checkpoint_enabled", "log_enabled", "restart_when_exception", "resume_checkpoint"), bool
    ),
    **dict.fromkeys(
        ("checkpoint_mode", "obs_bucket", "smn_topic", "udf_jar_url", "dirty_data_strategy"), str
    ),
    **dict.fromkeys(("runtime_config", "operator_config", "static_estimator_config", "flink_version"), str),
    **dict.fromkeys(
        ("checkpoint_interval", "root_id", "manager_cu_number", "cu_number", "parallel_number"), int
    ),
    **dict.fromkeys(("idle_state_retention", "tm_cus", "tm_slot_num", "resume_max_num"), int),
    "edge_group_ids": list,
}


def decoded(answer: requests.Response) -> Any:
    """What its client makes of the answer: the body, if `is_success` is what it can read and says yes."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    for element in body if isinstance(body, list) else [body]:
        assert element["is_success"] == "true"
        assert type(element["message"]) is str
    return body


def run(api: Api, job_id: int) -> None:
    body = {"job_ids": [job_id], "resume_savepoint": False}
    assert isinstance(decoded(api("POST", "/streaming/jobs/run", body)), list)
    api.dli.advance(1.1)


def read(api: Api, job_id: int) -> dict[str, Any]:
    detail: dict[str, Any] = decoded(api.get(job_id))["job_detail"]
    for where, kinds in ((detail, DETAIL), (detail["job_config"], CONFIG)):
        for name, kind in kinds.items():
            assert where[name] is None or type(where[name]) is kind, name
    return detail


def create(api: Api) -> int:
    decoded(api("POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]}))
    job_id = decoded(api("POST", "/streaming/sql-jobs", CREATE))["job"]["job_id"]
    assert type(job_id) is int
    tags = f"/v3/{api.project}/dli_flink_job/{job_id}/tags"
    made = api("POST", f"{tags}/create", {"tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]})
    assert (made.status_code, made.content) == (204, b"")
    decoded(
        api("PUT", f"/streaming/sql-jobs/{job_id}", {"operator_config": "", "static_estimator_config": ""})
    )
    run(api, job_id)
    return job_id


def test_create_and_read(api: Api) -> None:
    job_id = create(api)
    detail = read(api, job_id)
    assert detail["status"] == "job_running"
    assert detail["job_config"]["idle_state_retention"] == 1
    assert detail["job_config"]["tm_slot_num"] == 1
    tags = api("GET", f"/v3/{api.project}/dli_flink_job/{job_id}/tags").json()["tags"]
    assert tags == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]


def test_update_in_place_and_with_a_stop(api: Api) -> None:
    job_id = create(api)
    tags = f"/v3/{api.project}/dli_flink_job/{job_id}/tags"
    removed = api("POST", f"{tags}/delete", {"tags": [{"key": "a", "value": "1"}]})
    assert (removed.status_code, removed.content) == (204, b"")
    decoded(api("POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]}))
    assert type(decoded(api("PUT", f"/streaming/sql-jobs/{job_id}", LIVE))["job"]["update_time"]) is int
    stop = {"trigger_savepoint": False, "job_ids": [job_id]}
    assert isinstance(decoded(api("POST", "/streaming/jobs/stop", stop)), list)
    api.dli.advance(1)
    assert read(api, job_id)["status"] == "job_cancel_success"
    decoded(api("PUT", f"/streaming/sql-jobs/{job_id}", OTHERS))
    run(api, job_id)
    detail = read(api, job_id)
    assert (detail["status"], detail["job_config"]["cu_number"]) == ("job_running", 4)
    assert (detail["job_config"]["smn_topic"], detail["job_config"]["obs_bucket"]) == ("alarm", BUCKET)


def test_its_graph(api: Api) -> None:
    body = {"sql_body": SQL, "cu_number": 2, "manager_cu_number": 1, "job_type": "flink_opensource_sql_job"}
    body |= {
        "graph_type": "job_graph",
        "parallel_number": 1,
        "tm_cus": 1,
        "tm_slot_num": 0,
        "operator_config": "",
    }
    body |= {"static_estimator": False, "static_estimator_config": "", "flink_version": "1.12"}
    answer = api("POST", f"/v3/{api.project}/streaming/jobs/{create(api)}/gen-graph", body).json()
    assert answer["is_success"] is True
    assert type(answer["stream_graph"]) is str


def test_with_its_defaults_for_queue_and_mode_it_can_be_refused(api: Api) -> None:
    api.dli.set(shared_cluster_runs=False)  # as it was in 2024, in one region
    plain = CREATE | {"run_mode": "shared_cluster", "job_type": "flink_sql_job", "queue_name": None}
    decoded(api("POST", "/dli/obs-authorize", {"obs_buckets": [BUCKET]}))
    job_id = decoded(api("POST", "/streaming/sql-jobs", plain))["job"]["job_id"]
    refused = api("POST", "/streaming/jobs/run", {"job_ids": [job_id], "resume_savepoint": False})
    assert (refused.status_code, code_of(refused)) == (400, "DLI.13024")


def test_delete_and_the_code_that_means_gone(api: Api) -> None:
    job_id = create(api)
    decoded(api.delete(job_id))
    gone = api.get(job_id)
    assert (gone.status_code, gone.json()["error_code"]) == (400, "DLI.16001")
