"""Templates, graphs, metrics, export and import, queues, quotas, bucket permissions and the project look-up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.plain import BUCKET, PROJECT, SQL, Api, code_of

TEMPLATES = "/streaming/job-templates"


def test_templates_from_birth_to_end(api: Api) -> None:
    made = api(
        "POST", TEMPLATES, {"name": "t1", "sql_body": SQL, "tags": [{"key": "a", "value": "b"}]}
    ).json()["template"]
    assert set(made) == {"template_id", "name", "desc", "create_time", "job_type"}
    assert made["job_type"] == "flink_sql_job"
    template_id = made["template_id"]
    job_id = api.made(template_id=template_id, sql_body="")
    assert api.detail(job_id)["sql_body"] == SQL
    assert api.detail(api.made("two", template_id=template_id))["sql_body"] == SQL
    assert (
        api("PUT", f"{TEMPLATES}/{template_id}", {"name": "t2", "desc": "new"}).json()["is_success"] is True
    )
    api("POST", TEMPLATES, {"name": "other"})
    listed = api("GET", TEMPLATES, params={"name": "t"}).json()["template_list"]
    assert [entry["name"] for entry in listed["templates"]] == ["other", "t2"]
    assert listed["templates"][1]["desc"] == "new"
    by_tag = api("GET", TEMPLATES, params={"tags": "a=b"}).json()["template_list"]
    assert (by_tag["total_count"], by_tag["templates"][0]["sql_body"]) == (1, SQL)
    assert api("DELETE", f"{TEMPLATES}/{template_id}").json()["template"] == {"template_id": template_id}
    assert code_of(api.create("three", template_id=template_id, sql_body="")) == "DLI.18005"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "DLI.18006"),
        ({"name": ""}, "DLI.18006"),
        ({"name": "a b"}, "DLI.18007"),
        ({"name": "a" * 65}, "DLI.18009"),
        ({"name": "a", "desc": "x" * 513}, "DLI.18008"),
        ({"name": "a", "sql_body": "x" * (1024 * 1024 + 1)}, "DLI.18001"),
        ({"name": "a", "job_type": "flink_sql_edge_job"}, "DLI.0001"),
        ({"name": "a", "sql": "x"}, "DLI.0001"),
        ({"name": "taken"}, "DLI.18002"),
    ],
)
def test_refused_templates(api: Api, body: dict[str, Any], code: str) -> None:
    api("POST", TEMPLATES, {"name": "taken"})
    assert code_of(api("POST", TEMPLATES, body)) == code


def test_template_limits(api: Api) -> None:
    for number in range(100):
        api("POST", TEMPLATES, {"name": f"t{number}"})
    assert code_of(api("POST", TEMPLATES, {"name": "more"})) == "DLI.18003"
    assert code_of(api("GET", TEMPLATES, params={"limit": "x"})) == "DLI.1206"


def test_the_static_graph_has_stable_operator_ids(api: Api) -> None:
    job_id = api.made()

    def graph(sql: object, **fields: Any) -> dict[str, Any]:
        answer = api("POST", f"/v3/{PROJECT}/streaming/jobs/{job_id}/gen-graph", {"sql_body": sql, **fields})
        return dict(answer.json())

    first = json.loads(graph(SQL, parallel_number=3)["stream_graph"])["nodes"]
    assert [node["type"] for node in first] == ["Source", "Operator", "Sink"]
    assert {node["parallelism"] for node in first} == {3}
    ids = [node["operator_id"] for node in first]
    assert all(len(operator_id) == 32 for operator_id in ids)
    assert [node["operator_id"] for node in json.loads(graph(SQL)["stream_graph"])["nodes"]] == ids
    config = {"operator_list": [{"id": ids[1], "parallelism": 2}]}
    assert api.update(job_id, operator_config=json.dumps(config)).status_code == 200
    failed = graph("insert into t select 'x")
    assert (failed["is_success"], failed["error_code"]) == (False, "DLI.13005")
    assert graph(SQL, graph_type="pie")["error_code"] == "DLI.0001"
    # The sample of the page has no SQL at all: then it is about the job's own.
    assert json.loads(graph("")["stream_graph"])["nodes"] == json.loads(graph(SQL)["stream_graph"])["nodes"]
    api.dli.set(graph_needs_sql=True)
    assert graph("")["error_code"] == "DLI.11029"
    assert graph(7)["error_code"] == "DLI.11029"
    flink = api.made("flink", job_type="flink_sql_job")
    assert (
        code_of(api("POST", f"/v3/{PROJECT}/streaming/jobs/{flink}/gen-graph", {"sql_body": SQL}))
        == "DLI.0007"
    )


def test_the_execution_graph_exists_while_the_job_runs(api: Api) -> None:
    job_id = api.made()
    assert code_of(api("GET", f"/streaming/jobs/{job_id}/execute-graph")) == "DLI.14001"
    api.run(job_id)
    api.dli.advance(5)
    graph = api("GET", f"/streaming/jobs/{job_id}/execute-graph").json()["execute_graph"]
    assert (graph["name"], graph["state"], graph["end-time"]) == ("job", "RUNNING", -1)
    assert graph["duration"] >= 3000


def test_metrics_follow_the_simulated_state(api: Api) -> None:
    job_id = api.running()
    api.dli.advance(10)
    found = api("POST", "/streaming/jobs/metrics", {"job_ids": [job_id]}).json()["metrics"]["jobs"][0]
    assert found["job_id"] == job_id
    assert found["metrics"]["total_read_rate"] == 100
    assert found["metrics"]["sources"][0]["records"] >= 1000


def test_export_and_import(api: Api) -> None:
    one = api.running("one", cu_number=8)
    two = api.made("two")
    place = {"obs_dir": f"obs://{BUCKET}/out/"}
    exported = api(
        "POST", "/streaming/jobs/export", {**place, "is_selected": True, "job_selected": [one]}
    ).json()
    (zip_file,) = exported["zip_file"]
    assert zip_file.startswith(f"{BUCKET}/out/")
    api.stop(one)
    api.dli.advance(1)
    api.update(one, cu_number=2)
    kept = api("POST", "/streaming/jobs/import", {"zip_file": zip_file, "is_cover": False}).json()[
        "job_mapping"
    ]
    assert [(entry["old_job_id"], entry["new_job_id"]) for entry in kept] == [(one, -1)]
    covered = api("POST", "/streaming/jobs/import", {"zip_file": f"{BUCKET}/out", "is_cover": True}).json()[
        "job_mapping"
    ]
    assert covered[0]["new_job_id"] == one
    detail = api.detail(one)
    assert (detail["status"], detail["job_config"]["cu_number"]) == ("job_init", 8)
    api.delete(one)
    created = api("POST", "/streaming/jobs/import", {"zip_file": zip_file}).json()["job_mapping"]
    assert created[0]["new_job_id"] > two
    everything = api("POST", "/streaming/jobs/export", {**place, "is_selected": False})
    assert everything.status_code == 200
    assert code_of(api("POST", "/streaming/jobs/import", {"zip_file": "nowhere"})) == "DLI.29002"
    assert (
        code_of(api("POST", "/streaming/jobs/export", {"obs_dir": "", "is_selected": False})) == "DLI.29001"
    )
    assert code_of(api("POST", "/streaming/jobs/export", place)) == "DLI.11029"


def test_buckets_are_authorized_once_and_for_all(api: Api) -> None:
    def ask(*buckets: Any) -> Any:
        return api("POST", "/dli/obs-authorize", {"obs_buckets": list(buckets)})

    assert ask("one-bucket", "two-bucket").json()["is_success"] == "true"
    assert ask("one-bucket").status_code == 200, "again is fine"
    assert api.create(checkpoint_enabled=True, obs_bucket="two-bucket/dir").status_code == 200
    assert code_of(ask()) == "DLI.19004"
    assert code_of(ask(7)) == "DLI.0001"
    api.dli.set(refuse_repeated_authorize=True)
    assert code_of(ask("one-bucket")) == "DLI.19005"
    assert ask("three-bucket").status_code == 200


def test_queues(api: Api) -> None:
    api.dli.add_queue("Q_Mine", 16, project=PROJECT)

    def ask(**query: str) -> list[str]:
        return [queue["queue_name"] for queue in api("GET", "/queues", params=query).json()["queues"]]

    assert ask() == ["default"]
    assert ask(queue_type="general") == ["q_mine", "q_stream_dev", "q_stream_prod", "q_stream_staging"]
    assert len(ask(queue_type="all")) == 5
    assert code_of(api("GET", "/queues", params={"queue_type": "flink"})) == "DLI.0001"
    one = api("GET", "/queues/Q_MINE").json()
    assert (one["queueName"], one["queueType"], one["cuCount"]) == ("q_mine", "general", 16)
    assert code_of(Api(api.dli, "other0project")("GET", "/queues/q_mine")) == "DLI.20005"


def test_a_queue_reaches_everything_that_is_not_cut_off(api: Api) -> None:
    def found(address: str, queue: str = "q_stream_dev") -> str:
        begun = api("POST", f"/queues/{queue}/connection-test", {"address": address}).json()
        return str(api("GET", f"/queues/{queue}/connection-test/{begun['task_id']}").json()["connectivity"])

    assert found("kafka-1:9092") == found("[::1]:9092") == found("kafka-1:9092", "nobodys") == "REACHABLE"
    api.dli.cut_off(PROJECT, "Kafka-1:9092")
    api.dli.cut_off(PROJECT, "db")
    asked = ("KAFKA-1:9092", "kafka-1:9093", "db:1", "db:2", "db2:1")
    assert [found(each) for each in asked] == [
        "UNREACHABLE",
        "REACHABLE",
        "UNREACHABLE",
        "UNREACHABLE",
        "REACHABLE",
    ]
    api.dli.let_through(PROJECT, "kafka-1:9092")
    assert found("kafka-1:9092") == "REACHABLE"
    for wrong in ("kafka", "kafka:", "http://kafka:9092", "kafka:9092/x", "", None, 7):
        assert code_of(api("POST", "/queues/q_stream_dev/connection-test", {"address": wrong})) == "DLI.0001"
    assert code_of(api("GET", "/queues/q_stream_prod/connection-test/1")) == "DLI.0001", "of another queue"
    api.dli.set(any_queue=False)
    assert code_of(api("POST", "/queues/nobodys/connection-test", {"address": "a:1"})) == "DLI.20005"


def test_quotas_and_projects(api: Api) -> None:
    types = {entry["type"] for entry in api("GET", f"/v3/{PROJECT}/quotas").json()["quotas"]["resources"]}
    assert {"CU", "QUEUE", "TEMPLATE"} <= types
    first, again, other = (
        api("GET", "/v3/projects", params={"name": name}).json()["projects"]
        for name in ("cn-north-4", "cn-north-4", "cn-east-3")
    )
    assert len(first) == 1
    assert first[0]["name"] == "cn-north-4"
    assert first == again
    assert first[0]["id"] != other[0]["id"]
    assert len(first[0]["id"]) == 32
