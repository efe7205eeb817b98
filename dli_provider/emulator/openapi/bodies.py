"""What goes in: the body and the query of every call, as the pages of the DLI API reference have them."""

from __future__ import annotations

from typing import Final

from dli_provider.emulator.openapi.shapes import FLAG, ID, TEXT, WHOLE, Schema, given, listed, whole, word
from dli_provider.emulator.rules.fields import FLINK_VERSIONS, JOB_TYPES, RUN_MODES, Field
from dli_provider.emulator.rules.jars import JAR_FIELDS, JOB_TYPE

_MANY: Final = 2**31 - 1
_TAG: Final = given(
    "key", "value", key=TEXT | {"maxLength": 128, "minLength": 1}, value=TEXT | {"maxLength": 255}
)
_TAGS: Final = given("tags", tags=listed(_TAG, minItems=1, maxItems=20))
_RESOURCES: Final = given(
    cpu={"type": "number", "minimum": 0.5}, memory=TEXT | {"pattern": "^[2-9][0-9]?GB?$"}
)
_NAME: Final[Schema] = TEXT | {"minLength": 1, "maxLength": 57, "pattern": r"^[A-Za-z0-9_\-]+$"}

FIELD_SCHEMAS: Final[dict[str, Schema]] = {
    "name": _NAME,
    "desc": TEXT | {"maxLength": 512},
    "template_id": ID,
    "job_type": word(*JOB_TYPES),
    "queue_name": TEXT | {"maxLength": 128, "pattern": "^[A-Za-z0-9_]*$"},
    "sql_body": TEXT | {"maxLength": 1024 * 1024},
    "run_mode": word(*RUN_MODES),
    "cu_number": whole(2, 400),
    "parallel_number": whole(1, 2000),
    "checkpoint_enabled": FLAG,
    "checkpoint_mode": {"enum": [1, 2, "exactly_once", "at_least_once"]},
    "checkpoint_interval": whole(0, 999_999),
    "obs_bucket": TEXT | {"pattern": "^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$"},
    "log_enabled": FLAG,
    "smn_topic": TEXT,
    "restart_when_exception": FLAG,
    "idle_state_retention": whole(1, _MANY),
    "edge_group_ids": listed(TEXT | {"format": "uuid"}),
    "dirty_data_strategy": TEXT | {"pattern": "^(0|1|2:.+)?$"},
    "udf_jar_url": TEXT,
    "manager_cu_number": whole(1, 100),
    "tm_cus": whole(1, _MANY),
    "tm_slot_num": whole(0, _MANY),
    "operator_config": TEXT | {"contentMediaType": "application/json"},
    "resume_checkpoint": FLAG,
    "resume_max_num": whole(-1, _MANY) | {"not": {"const": 0}},
    "static_estimator_config": TEXT | {"contentMediaType": "application/json"},
    "runtime_config": TEXT,
    "tags": listed(_TAG, maxItems=20),
    "flink_version": word(*FLINK_VERSIONS),
    "flink_log_config": TEXT | {"contentMediaType": "application/json"},
    "execution_agency_urn": TEXT,
    "resource_config_version": word("v1", "v2"),
    "resource_config": given(
        max_slot=whole(1, 2000),
        parallel_number=whole(1, 2000),
        jobmanager_resource_spec=_RESOURCES,
        taskmanager_resource_spec=_RESOURCES,
    ),
}
JAR_SCHEMAS: Final[dict[str, Schema]] = {
    **{name: FIELD_SCHEMAS[name] for name in JAR_FIELDS if name in FIELD_SCHEMAS},
    "job_type": word(JOB_TYPE),
    "main_class": TEXT,
    "entrypoint": TEXT,
    "entrypoint_args": TEXT,
    "dependency_jars": listed(TEXT),
    "dependency_files": listed(TEXT),
    "feature": word("basic", "custom"),
    "image": TEXT,
    "checkpoint_path": TEXT,
}


def create_body(fields: dict[str, Field], schemas: dict[str, Schema]) -> Schema:
    """What a create call takes."""
    return given("name", **{name: schemas[name] for name, field in fields.items() if field.on_create})


def update_body(fields: dict[str, Field], schemas: dict[str, Schema]) -> Schema:
    """What an update call takes: any part of it."""
    return given(**{name: schemas[name] for name, field in fields.items() if field.on_update})


def _some(*names: str) -> dict[str, Schema]:
    return {name: FIELD_SCHEMAS[name] for name in names}


_IDS: Final = listed(ID, minItems=1)
_TEMPLATE: Final = {"name": _NAME | {"maxLength": 64}, **_some("desc", "sql_body")}
_INSTANCES: Final = given(
    without_any_tag=FLAG,
    tags=listed(given("key", key=TEXT | {"maxLength": 128}, values=listed(TEXT))),
    matches=listed(given("key", "value", key=word("resource_name"), value=TEXT)),
)

BODIES: Final[dict[str, Schema]] = {
    "run": given("job_ids", job_ids=_IDS, resume_savepoint=FLAG),
    "stop": given("job_ids", job_ids=_IDS, trigger_savepoint=FLAG),
    "batch_delete": given("job_ids", job_ids=_IDS),
    "metrics": given("job_ids", job_ids=_IDS),
    "export": given("obs_dir", "is_selected", obs_dir=TEXT, is_selected=FLAG, job_selected=_IDS),
    "import": given("zip_file", zip_file=TEXT, is_cover=FLAG),
    "savepoint": given("action", action=word("TRIGGER"), savepoint_path=TEXT),
    "import_savepoint": given(
        "job_id",
        "savepoint_path",
        job_id={"type": ["integer", "string"]},
        savepoint_path=TEXT | {"minLength": 1},
    ),
    "gen_graph": given(
        "sql_body",
        **_some("sql_body", "cu_number", "manager_cu_number", "parallel_number", "tm_cus", "tm_slot_num"),
        **_some("operator_config", "static_estimator_config"),
        static_estimator=FLAG,
        job_type=word("flink_opensource_sql_job"),
        graph_type=word("simple_graph", "job_graph"),
        flink_version=word(*FLINK_VERSIONS),
    ),
    "template_create": given(
        "name",
        **_TEMPLATE,
        tags=FIELD_SCHEMAS["tags"],
        job_type=word("flink_sql_job", "flink_opensource_sql_job"),
    ),
    "template_update": given(**_TEMPLATE),
    "obs_authorize": given("obs_buckets", obs_buckets=listed(TEXT | {"minLength": 1}, minItems=1)),
    "agency_create": given(
        "roles", roles=listed(word("obs_adm", "dis_adm", "smn_adm", "ief_adm"), minItems=1)
    ),
    "edge_channel": given("node_id", node_id=TEXT),
    "edge_report": given(
        "jobs",
        jobs=listed(
            given(
                "job_id",
                "status",
                job_id=ID,
                status=TEXT,
                create_time=WHOLE,
                exceptions=TEXT,
                metrics=TEXT,
                plan=TEXT,
            )
        ),
        message_id=TEXT,
        msg_confirm_topic=TEXT,
    ),
    "edge_action": given(
        "message_id", "state", message_id=TEXT, state=given("phase", phase=TEXT, reason=TEXT)
    ),
    "edge_event": given(
        "data",
        data=given(
            *("event_type", "operation", "topic", "name"),
            **dict.fromkeys(("event_type", "operation", "topic", "name", "attributes"), TEXT),
            timestamp=WHOLE,
        ),
    ),
    "tags_filter": _INSTANCES,
    "tags_count": _INSTANCES,
    "tags_create": _TAGS,
    "tags_delete": _TAGS,
    "iam_token": {"type": "object"},
}

_PAGE: Final[dict[str, Schema]] = {"offset": whole(0, 10**6), "limit": whole(0, 1000)}
_ORDER: Final = word("asc", "desc")
QUERIES: Final[dict[str, dict[str, Schema]]] = {
    "list": {
        "job_type": TEXT,
        "status": TEXT,
        "queue_name": TEXT,
        "user_name": TEXT,
        "name": TEXT,
        "tags": TEXT,
        "sys_enterprise_project_name": TEXT,
        "root_job_id": WHOLE,
        "show_detail": FLAG,
        "order": _ORDER,
        **_PAGE,
    },
    "template_list": {"name": TEXT, "tags": TEXT, "order": _ORDER, **_PAGE},
    "queues": {
        "queue_type": word("sql", "general", "all"),
        "tags": TEXT,
        "with-priv": FLAG,
        "with-charge-info": FLAG,
    },
    "tags_get": _PAGE,
    "tags_of_project": _PAGE,
    "tags_filter": _PAGE,
    "iam_projects": {"name": TEXT},
}
