"""What comes out: the answer of every call, with `is_success` in the type that travels, and the bodies of refusals."""

from __future__ import annotations

from typing import Final

from dli_provider.emulator.openapi.shapes import (
    FLAG,
    ID,
    MOMENT,
    NULL,
    NUMBER,
    TEXT,
    WHOLE,
    Schema,
    exactly,
    given,
    listed,
    maybe,
    word,
)
from dli_provider.emulator.rules.fields import JOB_TYPES, RUN_MODES
from dli_provider.emulator.rules.jars import JOB_TYPE
from dli_provider.emulator.rules.statuses import STATUSES

ERROR: Final = exactly(error_code=TEXT | {"pattern": r"^DLI\.[0-9]+$"}, error_msg=TEXT)
GATEWAY_ERROR: Final = exactly(
    error_msg=TEXT, error_code=TEXT | {"pattern": r"^APIGW\.[0-9]+$"}, request_id=TEXT
)
BATCH_ERROR: Final[Schema] = {"anyOf": [ERROR, listed(ERROR, minItems=1)]}

_YES: Final = {"is_success": word("true"), "message": TEXT}
_YES_FLAG: Final[dict[str, Schema]] = {"is_success": {"const": True}, "message": TEXT}
_PLAIN: Final = exactly(**_YES)
_PLAIN_FLAG: Final = exactly(**_YES_FLAG)
_EACH: Final = listed(exactly(is_success=word("true", "false"), message=TEXT), minItems=1)
_CREATED: Final = exactly(**_YES, job=exactly(job_id=ID, status_name=word("job_init"), status_desc=TEXT))
_UPDATED: Final = exactly(**_YES, job=exactly(update_time=MOMENT))
_GROUPS: Final = maybe(listed(TEXT))
_TAG: Final = exactly(key=TEXT, value=TEXT)

_ENTRY: Final[dict[str, Schema]] = {
    "job_id": ID,
    "name": TEXT,
    "desc": TEXT,
    "job_type": word(*JOB_TYPES, JOB_TYPE),
    "status": word(*STATUSES),
    "status_desc": TEXT,
    "create_time": MOMENT,
    "queue_name": maybe(TEXT),
    "edge_group_ids": _GROUPS,
    "graph_editor_enabled": FLAG,
    "has_savepoint": FLAG,
    "savepoint_path": maybe(TEXT),
    "restart_times": WHOLE,
}
_WHOLES: Final = (
    *(
        "checkpoint_interval",
        "root_id",
        "manager_cu_number",
        "cu_number",
        "parallel_number",
        "resume_max_num",
    ),
    *("idle_state_retention", "tm_cus", "tm_slot_num", "real_cu_number"),
)
_FLAGS: Final = ("checkpoint_enabled", "log_enabled", "restart_when_exception", "resume_checkpoint")
_TEXTS: Final = (
    *(
        "runtime_config",
        "operator_config",
        "static_estimator_config",
        "execution_agency_urn",
        "graph_editor_data",
    ),
    *("dirty_data_strategy", "feature"),
)
_MAYBE_TEXTS: Final = (
    *("obs_bucket", "smn_topic", "udf_jar_url", "flink_version", "flink_log_config", "checkpoint_path"),
    *("config_url", "image", "entrypoint"),
)
_CONFIG: Final = exactly(
    **dict.fromkeys(_WHOLES, WHOLE),
    **dict.fromkeys(_FLAGS, FLAG),
    **dict.fromkeys(_TEXTS, TEXT),
    **dict.fromkeys(_MAYBE_TEXTS, maybe(TEXT)),
    checkpoint_mode=word("exactly_once", "at_least_once"),
    edge_group_ids=_GROUPS,
    resource_config_version=word("v1", "v2"),
    resource_config={"type": ["object", "null"]},
    graph_editor_enabled=FLAG,
    executor_number=NULL,
    executor_cu_number=NULL,
    dependency_jars=_GROUPS,
    dependency_files=_GROUPS,
)
_FULL: Final[dict[str, Schema]] = {
    **_ENTRY,
    "update_time": MOMENT,
    "user_id": TEXT,
    "project_id": TEXT,
    "sql_body": TEXT,
    "run_mode": word(*RUN_MODES),
    "main_class": maybe(TEXT),
    "entrypoint_args": maybe(TEXT),
    "execution_graph": maybe(TEXT),
    "job_config": _CONFIG,
}
_DETAIL: Final = exactly(**_FULL, start_time=maybe(MOMENT), user_name=TEXT, root_id=WHOLE)
_IN_LIST: Final[Schema] = {
    "anyOf": [
        exactly(**_ENTRY, start_time=MOMENT, user_name=TEXT, duration=WHOLE, root_id=WHOLE),
        exactly(**_FULL, start_time=MOMENT),
    ]
}

_NODE: Final = exactly(
    id=WHOLE,
    operator_id=TEXT,
    type=TEXT,
    contents=TEXT,
    parallelism=WHOLE,
    predecessors=listed({"type": "object"}),
)
_GRAPH: Final = given(
    *("jid", "name", "isStoppable", "state", "start-time", "end-time", "duration", "vertices", "plan"),
    jid=TEXT,
    name=TEXT,
    isStoppable=FLAG,
    state=TEXT,
    duration=WHOLE,
    vertices=listed({"type": "object"}),
    plan={"type": "object"},
    **{"start-time": WHOLE, "end-time": WHOLE, "status-counts": {"type": "object"}},
) | {"additionalProperties": True}  # Flink's own words
_STREAM: Final = exactly(name=TEXT, records=WHOLE, corrupted_records=WHOLE)
_RATES: Final = exactly(
    sources=listed(_STREAM), sinks=listed(_STREAM), total_read_rate=NUMBER, total_write_rate=NUMBER
)
_TEMPLATE: Final[dict[str, Schema]] = {
    "template_id": ID,
    "name": TEXT,
    "desc": TEXT,
    "create_time": MOMENT,
    "job_type": TEXT,
}
_QUEUE: Final[dict[str, Schema]] = {
    "queue_name": TEXT,
    "queue_type": word("sql", "general"),
    "cu_count": WHOLE,
    "description": TEXT,
    "owner": TEXT,
    "create_time": MOMENT,
    "charging_mode": WHOLE,
    "resource_mode": WHOLE,
    "enterprise_project_id": TEXT,
    "support_flink_sql_versions": listed(TEXT),
    "default_flink_sql_version": TEXT,
}
_CAMEL: Final = {
    "queue_name": "queueName",
    "queue_type": "queueType",
    "cu_count": "cuCount",
    "charging_mode": "chargingMode",
}
_RESOURCE: Final = exactly(resource_id=TEXT, resource_name=TEXT, resource_detail=TEXT, tags=listed(_TAG))
_QUOTA: Final = exactly(type=TEXT, min=WHOLE, max=WHOLE, quota=WHOLE, used=WHOLE)
_MAPPED: Final = exactly(old_job_id=ID, new_job_id=WHOLE, remark=TEXT)

# By call: status and body; `None` is no body at all.
ANSWERS: Final[dict[str, tuple[int, Schema | None]]] = {
    "create": (200, _CREATED),
    "update": (200, _UPDATED),
    "create_jar": (200, _CREATED),
    "update_jar": (200, _UPDATED),
    "run": (200, _EACH),
    "stop": (200, {"anyOf": [_EACH, _PLAIN]}),  # the object by switch
    "batch_delete": (200, _EACH),
    "metrics": (200, exactly(**_YES_FLAG, metrics=exactly(jobs=listed(exactly(job_id=ID, metrics=_RATES))))),
    "export": (200, exactly(**_YES, zip_file=listed(TEXT))),
    "import": (200, exactly(**_YES, job_mapping=listed(_MAPPED))),
    "get": (200, exactly(**_YES, job_detail=_DETAIL)),
    "list": (200, exactly(**_YES, job_list=exactly(total_count=WHOLE, jobs=listed(_IN_LIST, maxItems=100)))),
    "delete": (200, _PLAIN),
    "savepoint": (200, _PLAIN),
    "import_savepoint": (200, _PLAIN),
    "execution_graph": (200, exactly(**_YES, execute_graph=_GRAPH)),
    "apig_sinks": (400, ERROR),
    "gen_graph": (200, exactly(is_success=FLAG, message=TEXT, error_code=TEXT, stream_graph=maybe(TEXT))),
    "template_create": (200, exactly(**_YES_FLAG, template=exactly(**_TEMPLATE))),
    "template_list": (
        200,
        exactly(
            **_YES_FLAG,
            template_list=exactly(
                total_count=WHOLE, templates=listed(exactly(**_TEMPLATE, update_time=MOMENT, sql_body=TEXT))
            ),
        ),
    ),
    "template_update": (200, _PLAIN_FLAG),
    "template_delete": (200, exactly(**_YES_FLAG, template=exactly(template_id=ID))),
    "obs_authorize": (200, _PLAIN),
    "queues": (200, exactly(**_YES_FLAG, queues=listed(exactly(**_QUEUE)))),
    "queue": (
        200,
        exactly(**_YES_FLAG, **{_CAMEL.get(name, name): schema for name, schema in _QUEUE.items()}),
    ),
    "quotas": (200, exactly(**_YES_FLAG, quotas=exactly(resources=listed(_QUOTA)))),
    "agency": (200, exactly(**_YES_FLAG, version=TEXT, current_roles=listed(TEXT))),
    "agency_create": (200, _PLAIN_FLAG),
    "edge_channel": (200, _PLAIN_FLAG),
    "edge_report": (200, _PLAIN_FLAG),
    "edge_action": (200, _PLAIN_FLAG),
    "edge_event": (200, _PLAIN_FLAG),
    "tags_filter": (200, exactly(resources=listed(_RESOURCE), total_count=WHOLE)),
    "tags_count": (200, exactly(total_count=WHOLE)),
    "tags_of_project": (200, exactly(tags=listed(exactly(key=TEXT, values=listed(TEXT))), count=WHOLE)),
    "tags_create": (204, None),
    "tags_delete": (204, None),
    "tags_get": (200, exactly(tags=listed(_TAG), count=WHOLE)),
    "iam_token": (201, exactly(token=exactly(methods=listed(TEXT), expires_at=TEXT))),
    "iam_projects": (200, exactly(projects=listed({"type": "object"}), links={"type": "object"})),
}
BATCHES: Final = frozenset({"run", "stop", "batch_delete"})
