"""The calls about what jobs lean on."""

from __future__ import annotations

from typing import Any

from huaweicloudsdkdli import v1 as sdk  # type: ignore[import-untyped]

from tests.emulator.plain import SQL
from tests.emulator.surface import NOBODY, REST, TEMPLATE, SurfaceCase, request, text, yes_flag

JOB = "dli_flink_job"


def tag(*values: str) -> list[Any]:
    return [sdk.TagWithValues(key="env", values=list(values))]


TAGS: dict[str, Any] = {"resource_type": JOB, "resource_id": text(REST)}
NO_TAGS: dict[str, Any] = {"resource_type": JOB, "resource_id": str(NOBODY)}


CASES: dict[str, SurfaceCase] = {
    "create_flink_sql_job_template": SurfaceCase(
        request(
            "CreateFlinkSqlJobTemplate",
            {"name": "t2", "sql_body": SQL, "tags": [sdk.Tag("a", "b")]},
        ),
        lambda answer, ids: yes_flag(answer, ids) and answer.template.template_id > ids.template,
        request("CreateFlinkSqlJobTemplate", {"name": "t", "sql_body": SQL}),
        "DLI.18002",
    ),
    "list_flink_sql_job_templates": SurfaceCase(
        request("ListFlinkSqlJobTemplates", limit=100, name="t"),
        lambda answer, ids: (
            yes_flag(answer, ids) and answer.template_list.templates[0].template_id == ids.template
        ),
        request("ListFlinkSqlJobTemplates", limit=-1),
        "DLI.1206",
    ),
    "update_flink_sql_job_template": SurfaceCase(
        request(
            "UpdateFlinkSqlJobTemplate",
            {"desc": "new"},
            template_id=text(TEMPLATE),
        ),
        yes_flag,
        request("UpdateFlinkSqlJobTemplate", {"desc": "new"}, template_id=str(NOBODY)),
        "DLI.1205",
    ),
    "delete_flink_sql_job_template": SurfaceCase(
        request("DeleteFlinkSqlJobTemplate", template_id=text(TEMPLATE)),
        lambda answer, ids: yes_flag(answer, ids) and answer.template.template_id == ids.template,
        request("DeleteFlinkSqlJobTemplate", template_id=str(NOBODY)),
        "DLI.18005",
    ),
    "register_bucket": SurfaceCase(
        # Its model has a boolean, but "true" travels; the client reads any string as True.
        request("RegisterBucket", {"obs_buckets": ["another-bucket"]}),
        lambda answer, _: b'"is_success": "true"' in answer.raw_content,
        request("RegisterBucket", {"obs_buckets": []}),
        "DLI.19004",
    ),
    "list_queues": SurfaceCase(
        request("ListQueues", queue_type="general"),
        lambda answer, ids: (
            yes_flag(answer, ids) and "q_stream_dev" in [queue.queue_name for queue in answer.queues]
        ),
        request("ListQueues", queue_type="flink"),
        "DLI.0001",
    ),
    "show_queue": SurfaceCase(
        request("ShowQueue", queue_name="Q_Stream_dev"),
        lambda answer, ids: (
            yes_flag(answer, ids)
            and (answer.queue_name, answer.queue_type, answer.cu_count, answer.charging_mode)
            == ("q_stream_dev", "general", 64, 1)
            and "1.15" in answer.support_flink_sql_versions
        ),
        request("ShowQueue", queue_name="nobodys"),
        "DLI.20005",
    ),
    "create_connectivity_task": SurfaceCase(
        request("CreateConnectivityTask", {"address": "kafka:9092"}, queue_name="q_stream_dev"),
        lambda answer, ids: yes_flag(answer, ids) and answer.task_id > 0,
        request("CreateConnectivityTask", {"address": "kafka"}, queue_name="q_stream_dev"),
        "DLI.0001",
    ),
    "show_connectivity_task": SurfaceCase(
        request("ShowConnectivityTask", queue_name="q_stream_dev", task_id="1"),
        lambda answer, ids: yes_flag(answer, ids) and answer.connectivity == "REACHABLE",
        request("ShowConnectivityTask", queue_name="q_stream_dev", task_id="4000000"),
        "DLI.0001",
    ),
    "show_quota": SurfaceCase(
        request("ShowQuota"),
        lambda answer, _: {"CU", "TABLE", "JOB_CU"} < {resource.type for resource in answer.quotas.resources},
    ),
    "show_dli_agency": SurfaceCase(
        request("ShowDliAgency"), lambda answer, ids: yes_flag(answer, ids) and answer.current_roles == []
    ),
    "create_dli_agency": SurfaceCase(
        request("CreateDliAgency", {"roles": ["obs_adm", "smn_adm"]}),
        yes_flag,
        request("CreateDliAgency", {"roles": ["root"]}),
        "DLI.0001",
    ),
    "batch_create_resource_tags": SurfaceCase(
        request("BatchCreateResourceTags", {"tags": [sdk.Tag("team", "core")]}, **TAGS),
        lambda answer, _: answer.status_code == 204,
        request("BatchCreateResourceTags", {"tags": [sdk.Tag("_sys_x", "1")]}, **TAGS),
        "DLI.0001",
    ),
    "batch_delete_resource_tags": SurfaceCase(
        request("BatchDeleteResourceTags", {"tags": [sdk.Tag("env", "dev")]}, **TAGS),
        lambda answer, _: answer.status_code == 204,
        request("BatchDeleteResourceTags", {"tags": [sdk.Tag("env", "dev")]}, **NO_TAGS),
        "DLI.0023",
    ),
    "show_resource_tags": SurfaceCase(
        request("ShowResourceTags", **TAGS),
        lambda answer, _: [(tag.key, tag.value) for tag in answer.tags] == [("env", "dev")],
        request("ShowResourceTags", **NO_TAGS),
        "DLI.0023",
    ),
    "list_resources_tags": SurfaceCase(
        request("ListResourcesTags", resource_type=JOB),
        lambda answer, _: [(tag.key, tag.values) for tag in answer.tags] == [("env", ["dev"])],
        request("ListResourcesTags", resource_type="dli_package_resource"),
        "DLI.0001",
    ),
    "list_resources_by_tags": SurfaceCase(
        request("ListResourcesByTags", {"tags": tag("dev")}, resource_type=JOB),
        lambda answer, ids: [found.resource_id for found in answer.resources] == [str(ids.rest)],
        request("ListResourcesByTags", {"matches": [sdk.Match("color", "red")]}, resource_type=JOB),
        "DLI.0001",
    ),
    "count_resources_by_tags": SurfaceCase(
        request("CountResourcesByTags", {"tags": tag("prod")}, resource_type=JOB),
        lambda answer, _: answer.total_count == 0,
        request("CountResourcesByTags", {"tags": tag("dev")}, resource_type="dli_package_resource"),
        "DLI.0001",
    ),
}
