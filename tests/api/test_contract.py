"""The whole client against the local DLI, which was written from the same documents but by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.connect import connect
from dli_provider.emulator.auth import Credentials, Key
from dli_provider.emulator.server import Emulator
from dli_provider.errors import (
    Conflict,
    Invalid,
    Misconfigured,
    NoSavepoint,
    NotFound,
    Refused,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from dli_provider.job.status import Status
from dli_provider.settings import Settings
from tests.api.scripted import PROJECT, failure

pytestmark = pytest.mark.slow

KEYS = {"access_key": "AK-contract", "secret_key": "SK-contract", "security_token": "ST-contract"}
LATENCIES = {"start_latency": 0.05, "stop_latency": 0.05, "savepoint_latency": 0.05}
SQL = (
    "CREATE TABLE s (id BIGINT) WITH ('connector' = 'datagen');\n"
    "CREATE TABLE t (id BIGINT) WITH ('connector' = 'print');\n"
    "INSERT INTO t SELECT id FROM s WHERE id > 0 -- 日志"
)
DOCUMENT: dict[str, object] = {
    "name": "orders",
    "desc": "enriches orders",
    "job_type": "flink_opensource_sql_job",
    "run_mode": "exclusive_cluster",
    "queue_name": "q_stream",
    "sql_body": SQL,
    "cu_number": 4,
    "parallel_number": 2,
    "checkpoint_enabled": True,
    "checkpoint_mode": 2,
    "checkpoint_interval": 30,
    "obs_bucket": "state",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    keys = Credentials(
        (Key(KEYS["access_key"], KEYS["secret_key"], KEYS["security_token"]),), tokens=("T-contract",)
    )
    with Emulator.start(credentials=keys) as emulator:
        yield emulator


@pytest.fixture
def dli(emulator: Emulator) -> Iterator[Emulator]:
    emulator.reset()
    emulator.set(**LATENCIES, resume_without_savepoint="fresh")
    emulator.add_queue("q_stream", 64)
    yield emulator
    emulator.clear_faults()


@pytest.fixture
def settings(dli: Emulator) -> Settings:
    return Settings(dli.url, PROJECT, retry_attempts=3, **KEYS)  # type: ignore[arg-type]


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Client]:
    with connect(settings) as jobs:
        jobs.authorize_bucket("obs://state/checkpoints")
        yield jobs


def until(jobs: Client, job_id: int, status: Status) -> LiveJob:
    deadline = time.monotonic() + 10
    while (live := jobs.get(job_id)).status != status:
        assert time.monotonic() < deadline, f"{live.status}: {live.status_desc}"
        time.sleep(0.02)
    return live


def running(jobs: Client, **changes: object) -> int:
    job_id = jobs.create({**DOCUMENT, **changes})
    jobs.run(job_id, resume_savepoint=False)
    until(jobs, job_id, Status.RUNNING)
    return job_id


def test_a_draft_is_reported_as_it_was_made(jobs: Client) -> None:
    live = jobs.get(jobs.create(DOCUMENT))
    assert (live.name, live.status, live.job_type) == ("orders", Status.INIT, "flink_opensource_sql_job")
    expected = {**DOCUMENT, "checkpoint_mode": "at_least_once"}
    assert {key: live.fields[key] for key in expected} == expected
    assert live.start_time is None
    assert live.create_time is not None
    assert not live.has_savepoint


def test_an_update_merges_and_an_empty_text_clears(jobs: Client) -> None:
    job_id = jobs.create(DOCUMENT)
    assert jobs.update(job_id, {"desc": "", "smn_topic": "ops"}) is not None
    fields = jobs.get(job_id).fields
    assert (fields["desc"], fields["smn_topic"], fields["queue_name"]) == ("", "ops", "q_stream")


def test_a_life_with_a_savepoint(jobs: Client) -> None:
    job_id = running(jobs)
    assert jobs.execute_graph(job_id)["state"] == "RUNNING"
    jobs.update(job_id, {"smn_topic": "ops"})
    jobs.stop(job_id, trigger_savepoint=True)
    stopped = until(jobs, job_id, Status.CANCEL_SUCCESS)
    assert stopped.has_savepoint
    jobs.update(job_id, {"parallel_number": 4})
    jobs.run(job_id, resume_savepoint=True)
    assert until(jobs, job_id, Status.RUNNING).start_time is not None
    jobs.delete(job_id)
    failure(NotFound, jobs.get, job_id)
    failure(NotFound, jobs.delete, job_id)


def test_a_savepoint_of_our_own_is_imported_and_resumed(jobs: Client, dli: Emulator) -> None:
    job_id = running(jobs)
    jobs.trigger_savepoint(job_id, "obs://state/ours/1/")
    until(jobs, job_id, Status.RUNNING)
    jobs.stop(job_id, trigger_savepoint=True)
    until(jobs, job_id, Status.CANCEL_SUCCESS)
    jobs.import_savepoint(job_id, "state/ours/1/")
    jobs.run(job_id, resume_savepoint=True)
    until(jobs, job_id, Status.RUNNING)
    resumed = dli.job(PROJECT, job_id).resumed_from
    assert resumed is not None
    assert resumed["path"].strip("/").endswith("state/ours/1")


@pytest.mark.parametrize("as_object", [False, True])
def test_stop_answers_in_both_documented_shapes(jobs: Client, dli: Emulator, as_object: bool) -> None:
    dli.set(stop_answers_object=as_object)
    job_id = running(jobs)
    jobs.stop(job_id, trigger_savepoint=False)
    until(jobs, job_id, Status.CANCEL_SUCCESS)


def test_what_the_status_does_not_allow(jobs: Client, dli: Emulator) -> None:
    dli.set(resume_without_savepoint="refuse")
    draft = jobs.create(DOCUMENT)
    failure(WrongStatus, jobs.stop, draft, trigger_savepoint=False)
    failure(WrongStatus, jobs.trigger_savepoint, draft, "state/x/")
    failure(WrongStatus, jobs.execute_graph, draft)
    failure(NoSavepoint, jobs.run, draft, resume_savepoint=True)
    other = running(jobs, name="other")
    failure(WrongStatus, jobs.run, other, resume_savepoint=False)
    failure(WrongStatus, jobs.import_savepoint, other, "state/x/")
    raised = failure(WrongStatus, jobs.about("other").update, other, {"parallel_number": 3})
    assert (raised.subject, raised.code) == ("other", "DLI.12003")
    assert raised.request_id


@pytest.mark.parametrize(
    "method", ["get", "delete", "update", "run", "stop", "trigger_savepoint", "import_savepoint"]
)
def test_an_unknown_job_is_not_found_by_any_call(jobs: Client, method: str) -> None:
    arguments = {
        "update": ({"desc": "x"},),
        "run": (False,),
        "stop": (False,),
        "trigger_savepoint": ("state/x/",),
        "import_savepoint": ("state/x/",),
    }
    failure(NotFound, getattr(jobs, method), 424242, *arguments.get(method, ()))


def test_other_refusals(jobs: Client) -> None:
    jobs.create(DOCUMENT)
    assert failure(Conflict, jobs.create, DOCUMENT).code == "DLI.11004"
    failure(Invalid, jobs.create, {**DOCUMENT, "name": "no spaces please"})
    failure(Invalid, jobs.create, {**DOCUMENT, "name": "deeper", "cu_number": "many"})
    failure(NotFound, jobs.queue, "nowhere")
    failure(Invalid, jobs.create, {**DOCUMENT, "name": "no-bucket", "obs_bucket": "not-authorized"})


def test_a_bucket_may_be_authorized_again(jobs: Client, dli: Emulator) -> None:
    dli.set(refuse_repeated_authorize=True)
    jobs.authorize_bucket("state")


def test_tags_come_and_go(jobs: Client) -> None:
    job_id = jobs.create(DOCUMENT)
    assert jobs.tags(job_id) == {}
    jobs.create_tags(job_id, {"team": "data", "stack": "dev"})
    assert jobs.tags(job_id) == {"team": "data", "stack": "dev"}
    assert [job.name for job in jobs.list_all(tags={"team": "data", "stack": "dev"})] == ["orders"]
    jobs.delete_tags(job_id, {"stack": "dev"})
    assert jobs.tags(job_id) == {"team": "data"}
    assert [*jobs.list_all(tags={"stack": "dev"})] == []


def test_lists_are_paged_filtered_and_detailed(jobs: Client, dli: Emulator) -> None:
    dli.set(draft_limit=1000)
    with ThreadPoolExecutor(8) as pool:
        ids = [*pool.map(lambda n: jobs.create({**DOCUMENT, "name": f"job-{n}"}), range(120))]
    since = dli.cursor()
    assert {job.job_id for job in jobs.list_all()} == set(ids)
    assert len(dli.requests(since)) == 2
    page = jobs.list(limit=7, offset=100)
    assert (len(page.jobs), page.total) == (7, 120)
    (found,) = jobs.list_all(name="job-77", show_detail=True)
    assert found.fields["sql_body"] == SQL
    (short,) = jobs.list_all(name="job-77")
    assert (short.name, short.start_time, short.status) == ("job-77", None, Status.INIT)
    assert [*jobs.list_all(status="job_running")] == []
    jobs.delete_batch(ids[:2])
    assert len([*jobs.list_all(queue_name="q_stream")]) == 118
    assert failure(Refused, jobs.delete_batch, [ids[2], 424242]).reasons[0].startswith("job 424242: ")
    failure(NotFound, jobs.delete_batch, [424242])


def test_queues_and_quotas(jobs: Client) -> None:
    assert {queue.name: queue.cu_count for queue in jobs.queues()}["q_stream"] == 64
    assert jobs.queue("q_stream").queue_type == "general"
    assert "CU" in {quota.type for quota in jobs.quotas()}
    assert jobs.agency_roles() == (), "none until somebody gives DLI some"


def test_graphs_and_metrics(jobs: Client) -> None:
    job_id = running(jobs)
    nodes = jobs.gen_graph(job_id, {"sql_body": SQL, "parallel_number": 2, "job_type": DOCUMENT["job_type"]})
    assert len(nodes) >= 2
    assert all(node.operator_id for node in nodes)
    assert {id for node in nodes for id in node.predecessors} <= {node.node_id for node in nodes}
    failure(Invalid, jobs.gen_graph, job_id, {"sql_body": "nonsense"})
    assert "sources" in jobs.metrics([job_id])[job_id]


def test_templates(jobs: Client) -> None:
    template_id = jobs.create_template({"name": "t1", "sql_body": "SELECT 1", "desc": "d"})
    jobs.update_template(template_id, {"desc": ""})
    (template,) = jobs.templates("t1")
    assert (template.template_id, template.name, template.desc) == (template_id, "t1", "")
    failure(Conflict, jobs.create_template, {"name": "t1", "sql_body": "SELECT 1"})
    jobs.delete_template(template_id)
    assert jobs.templates() == ()
    failure(NotFound, jobs.delete_template, template_id)


def test_who_may_not_come_in(settings: Settings) -> None:
    by_token = Settings(settings.endpoint, PROJECT, token="T-contract")
    with connect(by_token) as jobs:
        assert jobs.list().total == 0
    strangers = [
        Settings(settings.endpoint, PROJECT),
        replace(by_token, token="T-other"),
        replace(settings, secret_key="SK-other"),
        replace(settings, security_token="ST-other"),
    ]
    for stranger in strangers:
        with connect(stranger) as jobs:
            raised = failure(Unauthenticated, jobs.list)
        assert "dli:accessKey [HW_ACCESS_KEY]" in raised.remedy


def test_an_endpoint_with_a_wrong_path_never_means_that_a_job_is_gone(settings: Settings) -> None:
    with connect(replace(settings, endpoint=settings.endpoint + "/elsewhere")) as jobs:
        failure(Misconfigured, jobs.get, 1)


def test_lost_answers(jobs: Client, dli: Emulator) -> None:
    dli.add_fault("cut_after", "create")
    failure(Unavailable, jobs.create, DOCUMENT)
    assert [job.name for job in jobs.list_all(name="orders")] == ["orders"], "it was carried out, once"
    dli.add_fault("cut_before", "update", times=2)
    (orphan,) = jobs.list_all(name="orders")
    jobs.update(orphan.job_id, {"desc": "found"})
    dli.add_fault("cut_after", "delete")
    failure(NotFound, jobs.delete, orphan.job_id)
    dli.add_fault("refuse_connection", "get")
    failure(NotFound, jobs.get, orphan.job_id)


def test_throttling_and_faults_of_the_server(jobs: Client, dli: Emulator) -> None:
    dli.add_fault("status", "create", status=429, headers={"Retry-After": "0"})
    job_id = jobs.create(DOCUMENT)
    dli.add_fault("status", "get", status=429, headers={"Retry-After": "121"})
    failure(Throttled, jobs.get, job_id)
    dli.add_fault("status", "get", status=503, times=2)
    assert jobs.get(job_id).name == "orders"
    dli.add_fault("status", "run", status=503)
    failure(Unavailable, jobs.run, job_id, resume_savepoint=False)
    assert jobs.get(job_id).status == Status.INIT
    dli.add_fault("is_success_false", "run", message="not today")
    assert failure(Refused, jobs.run, job_id, resume_savepoint=False).reasons == ("not today",)
