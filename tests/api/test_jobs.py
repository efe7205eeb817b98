"""What each method sends, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dli_provider.api.client import Client
from dli_provider.api.graph_calls import GraphNode
from dli_provider.api.queue_calls import Quota
from dli_provider.api.template_calls import Template
from dli_provider.errors import Refused, Unavailable
from tests.api.scripted import PROJECT, Server, client, failure, refusal, reply

YES: dict[str, object] = {"is_success": "true", "message": ""}
JOB: dict[str, object] = {"job_id": 7, "name": "orders", "status": "job_init"}
TAGS = [{"key": "env", "value": "dev"}]


@dataclass(frozen=True)
class MethodCase:
    """One method: how it is called, what has to arrive, what is answered, what it returns."""

    act: Callable[[Client], object]
    sent: str
    body: object = None
    query: dict[str, str] = field(default_factory=dict)
    answer: object = field(default_factory=lambda: YES)
    status: int = 200
    returns: object = None


CASES = {
    "create": MethodCase(
        lambda jobs: jobs.create({"name": "orders", "cu_number": 4}),
        "POST v1.0 streaming/sql-jobs",
        {"name": "orders", "cu_number": 4},
        answer={**YES, "job": {"job_id": 7, "status_name": "job_init", "status_desc": ""}},
        returns=7,
    ),
    "update": MethodCase(
        lambda jobs: jobs.update(7, {"desc": "", "smn_topic": "ops"}),
        "PUT v1.0 streaming/sql-jobs/7",
        {"desc": "", "smn_topic": "ops"},
        answer={**YES, "job": {"update_time": 1718000123456}},
        returns=1718000123456,
    ),
    "update without a time": MethodCase(
        lambda jobs: jobs.update(7, {}), "PUT v1.0 streaming/sql-jobs/7", {}, returns=None
    ),
    "delete": MethodCase(lambda jobs: jobs.delete(7), "DELETE v1.0 streaming/jobs/7"),
    "delete_batch": MethodCase(
        lambda jobs: jobs.delete_batch([7, 8]),
        "POST v1.0 streaming/jobs/delete",
        {"job_ids": [7, 8]},
        answer=[YES, YES],
    ),
    "run": MethodCase(
        lambda jobs: jobs.run(7, resume_savepoint=True),
        "POST v1.0 streaming/jobs/run",
        {"job_ids": [7], "resume_savepoint": True},
        answer=[YES],
    ),
    "stop": MethodCase(
        lambda jobs: jobs.stop(7, trigger_savepoint=False),
        "POST v1.0 streaming/jobs/stop",
        {"job_ids": [7], "trigger_savepoint": False},
        answer=[YES],
    ),
    "trigger_savepoint": MethodCase(
        lambda jobs: jobs.trigger_savepoint(7, "obs://state/orders/"),
        "POST v1.0 streaming/jobs/7/savepoint",
        {"action": "TRIGGER", "savepoint_path": "state/orders/"},
    ),
    "import_savepoint": MethodCase(
        lambda jobs: jobs.import_savepoint(7, "state/orders/"),
        "POST v1.0 streaming/jobs/7/import-savepoint",
        {"job_id": 7, "savepoint_path": "obs://state/orders/"},
    ),
    "authorize_bucket": MethodCase(
        lambda jobs: jobs.authorize_bucket("state"),
        "POST v1.0 dli/obs-authorize",
        {"obs_buckets": ["state"]},
    ),
    "authorize_bucket by its path": MethodCase(
        lambda jobs: jobs.authorize_bucket("obs://state/orders/x"),
        "POST v1.0 dli/obs-authorize",
        {"obs_buckets": ["state"]},
    ),
    "authorize_bucket again": MethodCase(
        lambda jobs: jobs.authorize_bucket("state/orders"),
        "POST v1.0 dli/obs-authorize",
        {"obs_buckets": ["state"]},
        answer={"error_code": "DLI.19005", "error_msg": "authorized already"},
        status=400,
    ),
    "tags": MethodCase(
        lambda jobs: jobs.tags(7),
        "GET v3 dli_flink_job/7/tags",
        answer={"tags": TAGS, "count": 1},
        returns={"env": "dev"},
    ),
    "tags of a job without any": MethodCase(
        lambda jobs: jobs.tags(7), "GET v3 dli_flink_job/7/tags", answer={"tags": [], "count": 0}, returns={}
    ),
    "create_tags": MethodCase(
        lambda jobs: jobs.create_tags(7, {"env": "dev"}),
        "POST v3 dli_flink_job/7/tags/create",
        {"tags": TAGS},
        answer="",
        status=204,
    ),
    "delete_tags": MethodCase(
        lambda jobs: jobs.delete_tags(7, {"env": "dev"}),
        "POST v3 dli_flink_job/7/tags/delete",
        {"tags": TAGS},
        answer="",
        status=204,
    ),
    "gen_graph": MethodCase(
        lambda jobs: jobs.gen_graph(7, {"sql_body": "insert ..."}),
        "POST v3 streaming/jobs/7/gen-graph",
        {"sql_body": "insert ..."},
        answer={
            "is_success": True,
            "message": "",
            "error_code": "",
            "stream_graph": '{"nodes":[{"id":1,"operator_id":"ab","type":"Source","contents":"x",'
            '"parallelism":2},{"id":2,"operator_id":"cd","type":"Sink","contents":"y","parallelism":1,'
            '"predecessors":[{"id":1,"ship_strategy":"HASH"}]}]}',
        },
        returns=(GraphNode(1, "ab", "Source", "x", 2, ()), GraphNode(2, "cd", "Sink", "y", 1, (1,))),
    ),
    "execute_graph": MethodCase(
        lambda jobs: jobs.execute_graph(7),
        "GET v1.0 streaming/jobs/7/execute-graph",
        answer={**YES, "execute_graph": {"jid": "abc", "state": "RUNNING"}},
        returns={"jid": "abc", "state": "RUNNING"},
    ),
    "metrics": MethodCase(
        lambda jobs: jobs.metrics([7]),
        "POST v1.0 streaming/jobs/metrics",
        {"job_ids": [7]},
        answer={"is_success": True, "metrics": {"jobs": [{"job_id": 7, "metrics": {"sources": []}}]}},
        returns={7: {"sources": []}},
    ),
    "quotas": MethodCase(
        lambda jobs: jobs.quotas(),
        "GET v3 quotas",
        answer={"is_success": True, "quotas": {"resources": [{"type": "CU", "quota": 512, "used": 64}]}},
        returns=(Quota("CU", 512, 64),),
    ),
    "agency_roles": MethodCase(
        lambda jobs: jobs.agency_roles(),
        "GET v2 agency",
        answer={"is_success": True, "version": "v2", "current_roles": ["obs_adm"]},
        returns=("obs_adm",),
    ),
    "create_template": MethodCase(
        lambda jobs: jobs.create_template({"name": "t"}),
        "POST v1.0 streaming/job-templates",
        {"name": "t"},
        answer={"is_success": True, "template": {"template_id": 3, "name": "t"}},
        returns=3,
    ),
    "update_template": MethodCase(
        lambda jobs: jobs.update_template(3, {"desc": ""}),
        "PUT v1.0 streaming/job-templates/3",
        {"desc": ""},
    ),
    "delete_template": MethodCase(
        lambda jobs: jobs.delete_template(3),
        "DELETE v1.0 streaming/job-templates/3",
        answer={"is_success": True, "template": {"template_id": 3}},
    ),
    "templates": MethodCase(
        lambda jobs: jobs.templates("t", limit=5, offset=10),
        "GET v1.0 streaming/job-templates",
        query={"name": "t", "limit": "5", "offset": "10"},
        answer={
            "is_success": True,
            "template_list": {"total_count": 1, "templates": [{"template_id": 3, "name": "t", "desc": None}]},
        },
        returns=(Template(3, "t"),),
    ),
    "list": MethodCase(
        lambda jobs: (
            jobs.list(
                "orders",
                "job_init",
                "q1",
                "flink_sql_job",
                {"a": "b", "c": "d"},
                show_detail=True,
                limit=2,
                offset=4,
            ).total
        ),
        "GET v1.0 streaming/jobs",
        query={
            "name": "orders",
            "status": "job_init",
            "queue_name": "q1",
            "job_type": "flink_sql_job",
            "tags": "a=b,c=d",
            "show_detail": "true",
            "limit": "2",
            "offset": "4",
        },
        answer={**YES, "job_list": {"total_count": 9, "jobs": [JOB]}},
        returns=9,
    ),
    "queues": MethodCase(
        lambda jobs: [(queue.name, queue.queue_type, queue.cu_count) for queue in jobs.queues("all")],
        "GET v1.0 queues",
        query={"queue_type": "all"},
        answer={**YES, "queues": [{"queue_name": "q1", "queue_type": "general", "cu_count": 16}]},
        returns=[("q1", "general", 16)],
    ),
    "test_connection": MethodCase(
        lambda jobs: jobs.test_connection("q1", "kafka:9092"),
        "POST v1.0 queues/q1/connection-test",
        body={"address": "kafka:9092"},
        answer={"is_success": True, "message": "", "task_id": 9},
        returns=9,
    ),
    "test_connection, whose id is text": MethodCase(
        lambda jobs: jobs.test_connection("q1", "kafka:9092"),
        "POST v1.0 queues/q1/connection-test",
        body={"address": "kafka:9092"},
        answer={"is_success": True, "message": "", "task_id": "9"},
        returns=9,
    ),
    "connectivity": MethodCase(
        lambda jobs: jobs.connectivity("q1", 9),
        "GET v1.0 queues/q1/connection-test/9",
        answer={"is_success": True, "message": "", "connectivity": "REACHABLE"},
        returns="REACHABLE",
    ),
    "queue, in camel case": MethodCase(
        lambda jobs: [
            (queue.name, queue.cu_count, queue.fields["charging_mode"]) for queue in [jobs.queue("q1")]
        ],
        "GET v1.0 queues/q1",
        answer={
            "is_success": True,
            "queueName": "q1",
            "cuCount": 16,
            "chargingMode": 1,
            "queueType": "general",
        },
        returns=[("q1", 16, 1)],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_a_method_sends_and_returns(case: MethodCase) -> None:
    with Server([reply(case.answer, case.status)]) as server, client(server.url) as jobs:
        assert case.act(jobs) == case.returns
    (request,) = server.requests
    method, version, path = case.sent.split(" ")
    assert (request.method, request.path) == (method, f"/{version}/{PROJECT}/{path}")
    assert request.body == case.body
    assert request.query == case.query


def test_every_method_has_a_case() -> None:
    methods = {name for name in dir(Client) if not name.startswith("_")} - {
        "about",
        "close",
        "credentials_expire",
        "left",
        "place",
        "subject",
        "within",
    }
    covered = {name.split(",")[0].split(" ")[0] for name in CASES} | {"get", "list_all", "tags_of_all"}
    assert methods == covered


def test_tags_of_all_reads_every_page_and_needs_no_total() -> None:
    def page(ids: range, **total: int) -> object:
        return {"resources": [{"resource_id": str(job_id), "tags": TAGS} for job_id in ids], **total}

    # Without a total a page with nothing new is the end.
    for script in ([page(range(3)), page(range(3, 5)), page(range(0))], [page(range(5), total_count=5)]):
        with Server([reply(each) for each in script]) as server, client(server.url) as jobs:
            assert dict(jobs.tags_of_all()) == {job_id: {"env": "dev"} for job_id in range(5)}
        assert len(server.requests) == len(script)
    assert server.requests[0].method == "POST"


def test_list_all_reads_every_page_and_shows_each_job_once() -> None:
    def page(ids: range, total: int | None = 229) -> object:
        jobs = [{**JOB, "job_id": job_id} for job_id in ids]
        return {**YES, "job_list": {"total_count": total, "jobs": jobs}}

    script = [reply(page(range(100))), reply(page(range(100, 200))), reply(page(range(200, 229)))]
    with Server(script) as server, client(server.url) as jobs:
        assert [job.job_id for job in jobs.list_all(queue_name="q1")] == [*range(229)]
    offsets = [(request.query["offset"], request.query["limit"]) for request in server.requests]
    assert offsets == [("0", "100"), ("100", "100"), ("200", "100")]
    assert all(request.query["queue_name"] == "q1" for request in server.requests)


def test_only_an_authorized_bucket_is_no_error() -> None:
    with (
        Server([refusal("DLI.19002", "cannot authorize bucket state")]) as server,
        client(server.url) as jobs,
    ):
        caught = failure(Refused, jobs.authorize_bucket, "state/orders")
    assert caught.subject == "bucket state"


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (lambda jobs: jobs.create({"name": "x"}), {**YES, "job": {}}),
        (lambda jobs: jobs.create({"name": "x"}), YES),
        (lambda jobs: jobs.get(7), {**YES, "job_detail": {"name": "x"}}),
        (lambda jobs: jobs.list(), YES),
        (lambda jobs: jobs.gen_graph(7, {}), {"is_success": True, "stream_graph": "not JSON"}),
    ],
)
def test_a_yes_without_its_payload_is_no_usable_answer(
    act: Callable[[Client], object], answer: object
) -> None:
    with Server([reply(answer)]) as server, client(server.url) as jobs:
        caught = failure(Unavailable, act, jobs)
    assert "DLI said yes, but" in caught.reasons[0]
    assert len(server.requests) == 1
