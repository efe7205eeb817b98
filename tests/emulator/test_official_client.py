"""The vendor's own client, signed with AK/SK, through the whole Flink job surface: another reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException  # type: ignore[import-untyped]
from huaweicloudsdkdli import v1 as sdk  # type: ignore[import-untyped]

from dli_provider.emulator.auth import Credentials, Key
from dli_provider.emulator.server import Emulator
from tests.emulator.plain import BUCKET, PROJECT, SQL


@pytest.fixture(scope="module")
def guarded() -> Iterator[Emulator]:
    with Emulator.start(credentials=Credentials((Key("AK", "SK"),))) as dli:
        yield dli


@pytest.fixture
def client(guarded: Emulator) -> Iterator[Any]:
    guarded.reset()
    built = (
        sdk.DliClient.new_builder()
        .with_credentials(BasicCredentials("AK", "SK", PROJECT))
        .with_endpoint(guarded.url)
    )
    client = built.build()
    yield client
    client._http_client._session.close()


def create(client: Any, name: str = "clicks_etl", **fields: Any) -> int:
    body = sdk.CreateFlinkSqlJobRequestBody(
        name=name,
        job_type="flink_opensource_sql_job",
        run_mode="exclusive_cluster",
        queue_name="q_stream_dev",
        sql_body=SQL,
        obs_bucket=BUCKET,
        **fields,
    )
    answer = client.create_flink_sql_job(sdk.CreateFlinkSqlJobRequest(body=body))
    assert answer.is_success == "true"
    return int(answer.job.job_id)


def run(client: Any, job_id: int, resume: bool = False) -> None:
    body = sdk.BatchRunFlinkJobsRequestBody(job_ids=[job_id], resume_savepoint=resume)
    answer = client.batch_run_flink_jobs(sdk.BatchRunFlinkJobsRequest(body=body))
    assert [element.is_success for element in answer.body] == ["true"]


def detail(client: Any, job_id: int) -> Any:
    return client.show_flink_job(sdk.ShowFlinkJobRequest(job_id=job_id)).job_detail


def test_a_job_from_birth_to_end(client: Any, guarded: Emulator) -> None:
    buckets = (
        sdk.AuthorizeBucketRequestBody(obs_buckets=[BUCKET])
        if hasattr(sdk, "AuthorizeBucketRequestBody")
        else None
    )
    if buckets is not None:
        client.authorize_bucket(sdk.AuthorizeBucketRequest(body=buckets))
    guarded.authorize(PROJECT, BUCKET)
    job_id = create(
        client, checkpoint_enabled=True, checkpoint_mode=2, tags=[sdk.Tag(key="env", value="dev")]
    )
    run(client, job_id)
    guarded.advance(1.1)
    job = detail(client, job_id)
    assert (job.status, job.job_config.checkpoint_mode, job.job_config.obs_bucket) == (
        "job_running",
        "at_least_once",
        BUCKET,
    )
    live = sdk.UpdateFlinkSqlJobRequestBody(smn_topic="alarm", resume_max_num=3)
    updated = client.update_flink_sql_job(sdk.UpdateFlinkSqlJobRequest(job_id=str(job_id), body=live))
    assert updated.is_success == "true"
    assert updated.job.update_time > 0
    body = sdk.UpdateFlinkSqlJobRequestBody(cu_number=4)
    with pytest.raises(ClientRequestException) as refused:
        client.update_flink_sql_job(sdk.UpdateFlinkSqlJobRequest(job_id=str(job_id), body=body))
    assert (refused.value.status_code, refused.value.error_code) == (400, "DLI.12003")
    assert refused.value.request_id

    trigger = sdk.ExecuteFlinkJobSavepointRequestBody(action="TRIGGER", savepoint_path=f"{BUCKET}/mine/")
    client.execute_flink_job_savepoint(sdk.ExecuteFlinkJobSavepointRequest(job_id=str(job_id), body=trigger))
    guarded.advance(0.3)
    stop = sdk.StopFlinkJobsRequestBody(job_ids=[job_id], trigger_savepoint=True)
    answer = client.batch_stop_flink_jobs(sdk.BatchStopFlinkJobsRequest(body=stop))
    assert [element.is_success for element in answer.body] == ["true"]
    guarded.advance(1)
    job = detail(client, job_id)
    assert (job.status, job.has_savepoint) == ("job_cancel_success", True)

    found = sdk.ImportFlinkJobSavepointRequestBody(job_id=job_id, savepoint_path=f"obs://{BUCKET}/mine/")
    client.import_flink_job_savepoint(sdk.ImportFlinkJobSavepointRequest(job_id=str(job_id), body=found))
    run(client, job_id, resume=True)
    guarded.advance(1.1)
    assert guarded.job(PROJECT, job_id).lineage == f"{job_id}.1"

    listed = client.list_flink_jobs(
        sdk.ListFlinkJobsRequest(tags="env=dev", show_detail=True, limit=100)
    ).job_list
    assert (listed.total_count, listed.jobs[0].job_config.smn_topic) == (1, "alarm")
    client.delete_flink_job(sdk.DeleteFlinkJobRequest(job_id=job_id))
    with pytest.raises(ClientRequestException) as gone:
        detail(client, job_id)
    assert gone.value.error_code == "DLI.16001"


def test_tags(client: Any) -> None:
    job_id = str(create(client))
    where = {"resource_type": "dli_flink_job", "resource_id": job_id}
    tags = [sdk.Tag(key="a", value="1"), sdk.Tag(key="b", value="2")]
    made = sdk.BatchCreateResourceTagsRequestBody(tags=tags)
    client.batch_create_resource_tags(sdk.BatchCreateResourceTagsRequest(**where, body=made))
    less = sdk.BatchDeleteResourceTagsRequestBody(tags=tags[:1])
    client.batch_delete_resource_tags(sdk.BatchDeleteResourceTagsRequest(**where, body=less))
    answer = client.show_resource_tags(sdk.ShowResourceTagsRequest(**where))
    assert [(tag.key, tag.value) for tag in answer.tags] == [("b", "2")]
    count = sdk.CountResourcesByTagsRequestBody(tags=[sdk.TagWithValues(key="b", values=["2"])])
    answer = client.count_resources_by_tags(
        sdk.CountResourcesByTagsRequest(resource_type="dli_flink_job", body=count)
    )
    assert answer.total_count == 1


def test_siblings(client: Any, guarded: Emulator) -> None:
    job_id = create(client)
    body = sdk.CreateFlinkSqlJobGraphRequestBody(sql_body=SQL)
    graph = client.create_flink_sql_job_graph(
        sdk.CreateFlinkSqlJobGraphRequest(job_id=str(job_id), body=body)
    )
    assert graph.is_success is True
    assert "operator_id" in graph.stream_graph
    template = sdk.CreateFlinkSqlJobTemplateRequestBody(name="t", sql_body=SQL)
    made = client.create_flink_sql_job_template(sdk.CreateFlinkSqlJobTemplateRequest(body=template))
    listed = client.list_flink_sql_job_templates(sdk.ListFlinkSqlJobTemplatesRequest(limit=100))
    assert listed.template_list.templates[0].template_id == made.template.template_id
    client.delete_flink_sql_job_template(
        sdk.DeleteFlinkSqlJobTemplateRequest(template_id=str(made.template.template_id))
    )
    queues = client.list_queues(sdk.ListQueuesRequest(queue_type="general"))
    assert "q_stream_dev" in [queue.queue_name for queue in queues.queues]
    assert client.show_quota(sdk.ShowQuotaRequest()).quotas.resources
    export = sdk.ExportFlinkJobsRequestBody(obs_dir=f"{BUCKET}/out", is_selected=False)
    zips = client.export_flink_jobs(sdk.ExportFlinkJobsRequest(body=export)).zip_file
    remove = sdk.BatchDeleteFlinkJobsRequestBody(job_ids=[job_id])
    answer = client.batch_delete_flink_jobs(sdk.BatchDeleteFlinkJobsRequest(body=remove))
    assert [element.is_success for element in answer.body] == ["true"]
    bring = sdk.ImportFlinkJobsRequestBody(zip_file=zips[0], is_cover=True)
    mapping = client.import_flink_jobs(sdk.ImportFlinkJobsRequest(body=bring)).job_mapping
    assert mapping[0].old_job_id == job_id
    run(client, mapping[0].new_job_id)
    guarded.advance(1.1)
    plan = client.show_flink_job_execution_graph(
        sdk.ShowFlinkJobExecutionGraphRequest(job_id=mapping[0].new_job_id)
    )
    assert plan.execute_graph.state == "RUNNING"


def test_a_failed_batch_is_an_array_that_the_client_cannot_read(client: Any) -> None:
    body = sdk.BatchRunFlinkJobsRequestBody(job_ids=[4_000_000])
    with pytest.raises(ClientRequestException) as refused:
        client.batch_run_flink_jobs(sdk.BatchRunFlinkJobsRequest(body=body))
    assert refused.value.error_code == "400"
    assert "DLI.13007" in refused.value.error_msg


def test_wrong_keys_are_the_gateways_401(guarded: Emulator) -> None:
    credentials = BasicCredentials("AK", "WRONG", PROJECT)
    client = sdk.DliClient.new_builder().with_credentials(credentials).with_endpoint(guarded.url).build()
    with pytest.raises(ClientRequestException) as refused:
        client.list_flink_jobs(sdk.ListFlinkJobsRequest())
    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")
    client._http_client._session.close()


def test_the_client_finds_its_project_id_by_region(guarded: Emulator) -> None:
    credentials = BasicCredentials("AK", "SK").with_iam_endpoint(guarded.url)
    region = __import__("huaweicloudsdkcore.region.region", fromlist=["Region"]).Region(
        "cn-north-4", guarded.url
    )
    client = sdk.DliClient.new_builder().with_credentials(credentials).with_region(region).build()
    job_id = create(client)
    client._http_client._session.close()
    assert [job.job_id for job in guarded.jobs()][-1] == job_id
    assert len(guarded.jobs()[-1].project) == 32
