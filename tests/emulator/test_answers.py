"""The exact form of answers: the type of is_success, arrays, error bodies, not-found codes, request ids."""

from __future__ import annotations

import logging

import pytest

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of

UNKNOWN = 4_000_000


def test_is_success_is_a_string_on_job_calls(api: Api) -> None:
    job_id = api.running()
    answers = [
        api.create("other"),
        api.update(job_id, smn_topic="a"),
        api.get(job_id),
        api("GET", "/streaming/jobs"),
        api("POST", "/dli/obs-authorize", {"obs_buckets": ["another-bucket"]}),
        api("GET", f"/streaming/jobs/{job_id}/execute-graph"),
        api.savepoint(job_id),
        api("POST", "/streaming/jobs/export", {"obs_dir": f"{BUCKET}/out", "is_selected": False}),
        api.delete(job_id),
    ]
    assert [answer.json()["is_success"] for answer in answers] == ["true"] * len(answers)


def test_is_success_is_a_boolean_on_its_siblings(api: Api) -> None:
    job_id = api.running()
    answers = [
        api("POST", "/streaming/job-templates", {"name": "t"}),
        api("GET", "/streaming/job-templates"),
        api("POST", f"/v3/{PROJECT}/streaming/jobs/{job_id}/gen-graph", {"sql_body": SQL}),
        api("POST", "/streaming/jobs/metrics", {"job_ids": [job_id]}),
        api("GET", "/queues"),
        api("GET", f"/v3/{PROJECT}/quotas"),
    ]
    assert [answer.json()["is_success"] for answer in answers] == [True] * len(answers)


def test_create_answers_the_draft(api: Api) -> None:
    answer = api.create()
    job = answer.json()["job"]
    assert job == {"job_id": job["job_id"], "status_name": "job_init", "status_desc": ""}
    assert isinstance(job["job_id"], int)


def test_get_has_every_documented_key_in_its_documented_place(api: Api) -> None:
    detail = api.detail(api.running())
    outside = (
        "job_id name desc job_type status status_desc create_time update_time start_time user_id project_id"
    )
    outside += " queue_name sql_body run_mode main_class entrypoint_args execution_graph has_savepoint savepoint_path"
    inside = "checkpoint_enabled checkpoint_mode checkpoint_interval log_enabled obs_bucket smn_topic root_id"
    inside += (
        " edge_group_ids manager_cu_number cu_number parallel_number restart_when_exception resume_checkpoint"
    )
    inside += " resume_max_num idle_state_retention udf_jar_url dirty_data_strategy tm_cus tm_slot_num runtime_config"
    inside += (
        " operator_config static_estimator_config flink_version execution_agency_urn resource_config_version"
    )
    assert set(outside.split()) <= set(detail)
    assert set(inside.split()) <= set(detail["job_config"])
    assert not {"tags", "template_id"} & (set(detail) | set(detail["job_config"]))
    assert detail["job_config"]["checkpoint_mode"] == "exactly_once"
    assert detail["job_config"]["root_id"] == -1
    for moment in ("create_time", "update_time", "start_time"):
        assert detail[moment] > 1_500_000_000_000, "milliseconds"


@pytest.mark.parametrize(
    ("fields", "slots"),
    [
        ({}, 1),
        ({"cu_number": 5, "parallel_number": 16}, 4),
        ({"cu_number": 4, "parallel_number": 8, "tm_cus": 2}, 5),
        ({"tm_slot_num": 0}, 1),
        ({"tm_slot_num": 7}, 7),
    ],
)
def test_slots_are_computed_unless_given(api: Api, fields: dict[str, int], slots: int) -> None:
    api.dli.authorize(PROJECT, BUCKET)
    job_id = api("POST", "/streaming/sql-jobs", {"name": "j", **fields}).json()["job"]["job_id"]
    assert api.detail(job_id)["job_config"]["tm_slot_num"] == slots


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/streaming/jobs/{id}", None, "DLI.16001"),
        ("PUT", "/streaming/sql-jobs/{id}", {"desc": "x"}, "DLI.12004"),
        ("POST", "/streaming/jobs/run", {"job_ids": [UNKNOWN]}, "DLI.13007"),
        ("POST", "/streaming/jobs/stop", {"job_ids": [UNKNOWN]}, "DLI.15001"),
        ("DELETE", "/streaming/jobs/{id}", None, "DLI.17001"),
        ("POST", "/streaming/jobs/delete", {"job_ids": [UNKNOWN]}, "DLI.17001"),
        ("POST", "/streaming/jobs/{id}/savepoint", {"action": "TRIGGER"}, "DLI.15001"),
        (
            "POST",
            "/streaming/jobs/{id}/import-savepoint",
            {"job_id": UNKNOWN, "savepoint_path": "a"},
            "DLI.15001",
        ),
        ("GET", "/streaming/jobs/{id}/execute-graph", None, "DLI.14001"),
        ("POST", "/streaming/jobs/metrics", {"job_ids": [UNKNOWN]}, "DLI.16001"),
        ("PUT", "/streaming/job-templates/{id}", {"desc": "x"}, "DLI.1205"),
        ("DELETE", "/streaming/job-templates/{id}", None, "DLI.18005"),
        ("GET", "/queues/unheard", None, "DLI.20005"),
    ],
)
def test_unknown_objects_are_http_400_with_the_code_of_the_endpoint(
    api: Api, method: str, path: str, body: object, code: str
) -> None:
    answer = api(method, path.format(id=UNKNOWN, project=PROJECT), body)
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert answer.headers["X-Request-Id"]


def test_tags_of_an_unknown_job_are_http_404(api: Api) -> None:
    tags = f"/v3/{PROJECT}/dli_flink_job/{UNKNOWN}/tags"
    for method, path, body in (
        ("GET", tags, None),
        ("POST", f"{tags}/create", {"tags": [{"key": "a", "value": "b"}]}),
        ("POST", f"{tags}/delete", {"tags": [{"key": "a", "value": "b"}]}),
    ):
        answer = api(method, path, body)
        assert (answer.status_code, code_of(answer)) == (404, "DLI.0023")


def test_jobs_of_another_project_are_unknown(api: Api) -> None:
    job_id = api.made()
    assert code_of(Api(api.dli, "0" * 32).get(job_id)) == "DLI.16001"


@pytest.mark.parametrize("job_id", ["0", "-1", "abc", "1.5", "²", "9" * 30])
def test_an_id_must_be_a_number_greater_than_0(api: Api, job_id: str) -> None:
    assert code_of(api.get(job_id)) == "DLI.12001"


def test_a_single_failed_job_in_a_batch_is_an_array_of_errors(api: Api) -> None:
    answer = api.run(UNKNOWN)
    assert answer.status_code == 400
    assert [set(element) for element in answer.json()] == [{"error_code", "error_msg"}]
    assert len(api.stop(UNKNOWN, UNKNOWN + 1).json()) == 2


def test_a_mixed_batch_is_http_200_in_the_order_of_the_ids(api: Api) -> None:
    first, second = api.made("one"), api.made("two")
    answer = api.run(first, UNKNOWN, second)
    assert answer.status_code == 200
    assert [element["is_success"] for element in answer.json()] == ["true", "false", "true"]
    api.dli.advance(2)
    stopped = api.stop(UNKNOWN, first)
    assert [element["is_success"] for element in stopped.json()] == ["false", "true"]
    deleted = api("POST", "/streaming/jobs/delete", {"job_ids": [first, UNKNOWN, second]})
    assert [element["is_success"] for element in deleted.json()] == ["true", "false", "true"]
    assert api.dli.jobs() == []


def test_stop_may_answer_an_object(api: Api) -> None:
    api.dli.set(stop_answers_object=True)
    assert api.stop(api.running()).json()["is_success"] == "true"


@pytest.mark.parametrize("call", ["run", "stop", "delete"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "DLI.11029"),
        ({"job_ids": []}, "DLI.11029"),
        ({"job_ids": 1}, "DLI.0001"),
        ({"job_ids": ["1"]}, "DLI.12001"),
        ({"job_ids": [0]}, "DLI.12001"),
        ([1], "DLI.10004"),
    ],
)
def test_batch_bodies(api: Api, call: str, body: object, code: str) -> None:
    answer = api("POST", f"/streaming/jobs/{call}", body)
    assert (answer.status_code, code_of(answer)) == (400, code)


def test_flags_must_be_booleans(api: Api) -> None:
    job_id = api.running()
    assert (
        code_of(api("POST", "/streaming/jobs/run", {"job_ids": [job_id], "resume_savepoint": "no"}))
        == "DLI.0001"
    )
    assert (
        code_of(api("POST", "/streaming/jobs/stop", {"job_ids": [job_id], "trigger_savepoint": 1}))
        == "DLI.0001"
    )


def test_a_body_that_is_no_json(api: Api) -> None:
    url = f"{api.dli.url}/v1.0/{PROJECT}/streaming/sql-jobs"
    answer = api.session.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=5)
    assert (answer.status_code, code_of(answer)) == (400, "DLI.10004")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/streaming/nothing"),
        ("PATCH", "/streaming/jobs"),
        ("GET", "/streaming/jobs/"),
        ("POST", "/streaming/jobs/7/stop"),
        ("POST", "/v9/anything"),
    ],
)
def test_unknown_routes_are_the_gateways_404_and_loud(
    api: Api, method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = api(method, path)
    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (404, "APIGW.0101")
    assert set(body) == {"error_msg", "error_code", "request_id"}
    assert answer.headers["X-Request-Id"] == body["request_id"]
    assert path in caplog.text
    assert api.dli.requests()[-1].call == "unknown"


def test_a_project_id_has_its_form(api: Api) -> None:
    assert code_of(Api(api.dli, "no!").get(1)) == "DLI.10006"
