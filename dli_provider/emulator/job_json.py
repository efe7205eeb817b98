"""Jobs as get and list show them. DLI API reference, 'Querying Job Details' and 'Querying the Job List'."""

from __future__ import annotations

from typing import Any, Final

from dli_provider.emulator.models import Savepoint, StoredJob
from dli_provider.emulator.rules.fields import FIELDS, JOB_TYPES
from dli_provider.emulator.rules.jars import JOB_TYPE, OWN
from dli_provider.emulator.rules.statuses import STATUSES
from dli_provider.emulator.schemas import (
    FLAG,
    ID,
    MOMENT,
    NULL,
    TEXT,
    WHOLE,
    Schema,
    exactly,
    maybe,
    word,
)

USER_NAME: Final = "local"
USER_ID: Final = "0" * 32

_ALL: Final = FIELDS | OWN
_IN_DETAIL: Final = [name for name, field in FIELDS.items() if field.in_detail]
_IN_BOTH: Final = ("feature", "flink_version", "image")
"""The page has them in `job_detail`, the official clients read them in `job_config`."""
_JAR_IN_DETAIL: Final = [name for name, field in OWN.items() if field.in_detail]


def detail(
    job: StoredJob, savepoint: Savepoint | None, checkpoint: Savepoint | None, tm_slot_num: int
) -> dict[str, Any]:
    """`job_detail`. Unset strings are null, strings cleared on purpose "", `start_time` null before the first start."""
    definition = job.definition
    config = _config(definition, checkpoint, tm_slot_num)
    return {
        "job_id": job.job_id,
        **{name: definition[name] for name in _IN_DETAIL},
        "status": job.status,
        "status_desc": job.status_desc,
        "create_time": job.create_time,
        "update_time": job.update_time,
        "start_time": job.start_time,
        "user_id": USER_ID,
        "user_name": USER_NAME,
        "project_id": job.project,
        **{name: definition.get(name) for name in _JAR_IN_DETAIL},
        "execution_graph": None,
        "graph_editor_enabled": False,
        "edge_group_ids": definition["edge_group_ids"],
        "root_id": -1,
        "has_savepoint": savepoint is not None,
        "savepoint_path": _obs(savepoint),
        "restart_times": job.restart_times,
        **{name: config[name] for name in _IN_BOTH},
        "job_config": config,
    }


def _config(definition: dict[str, Any], checkpoint: Savepoint | None, tm_slot_num: int) -> dict[str, Any]:
    by_dli = {
        "tm_slot_num": tm_slot_num,
        "root_id": -1,
        "real_cu_number": 0,
        "checkpoint_path": definition.get("checkpoint_path") or _obs(checkpoint),
        "graph_editor_enabled": False,
        "graph_editor_data": "",
        "config_url": None,
        "executor_number": None,
        "executor_cu_number": None,
    }
    # A job shows the fields of the other kind too, at rest.
    others = {name: field.absent for name, field in OWN.items() if name not in by_dli}
    shown = {name: value for name, value in (others | definition).items() if not _ALL[name].in_detail}
    return shown | by_dli


def summary(job: StoredJob, savepoint: Savepoint | None, now: float) -> dict[str, Any]:
    """A list entry without details; here `start_time` of a job that never started is 0."""
    running = job.status == "job_running" and job.start_time is not None
    return {
        "job_id": job.job_id,
        "name": job.name,
        "desc": job.definition["desc"],
        "user_name": USER_NAME,
        "job_type": job.job_type,
        "status": job.status,
        "status_desc": job.status_desc,
        "create_time": job.create_time,
        "start_time": job.start_time or 0,
        "duration": int(now * 1000) - (job.start_time or 0) if running else 0,
        "root_id": -1,
        "queue_name": job.definition["queue_name"],
        "edge_group_ids": job.definition["edge_group_ids"],
        "restart_times": job.restart_times,
        "graph_editor_enabled": False,
        "has_savepoint": savepoint is not None,
        "savepoint_path": _obs(savepoint),
    }


def _obs(savepoint: Savepoint | None) -> str | None:
    return None if savepoint is None else f"obs://{savepoint.path}/"


# -- the same as schemas ---------------------------------------------------------------------------------------------

_EVERYWHERE: Final[dict[str, Schema]] = {
    "job_id": ID,
    "name": TEXT,
    "desc": TEXT,
    "job_type": word(*JOB_TYPES, JOB_TYPE),
    "status": word(*STATUSES),
    "status_desc": TEXT,
    "create_time": MOMENT,
    "queue_name": maybe(TEXT),
    "edge_group_ids": FIELDS["edge_group_ids"].shown,
    "graph_editor_enabled": FLAG,
    "has_savepoint": FLAG,
    "savepoint_path": maybe(TEXT),
    "restart_times": WHOLE,
}
_CONFIG: Final = exactly(
    **{name: field.shown for name, field in _ALL.items() if field.stored and not field.in_detail},
    root_id=WHOLE,
    real_cu_number=WHOLE,
    graph_editor_enabled=FLAG,
    graph_editor_data=TEXT,
    config_url=maybe(TEXT),
    executor_number=NULL,
    executor_cu_number=NULL,
)
_DETAIL: Final[dict[str, Schema]] = {
    **{name: field.shown for name, field in _ALL.items() if field.in_detail},
    **{name: _ALL[name].shown for name in _IN_BOTH},
    **_EVERYWHERE,
    "update_time": MOMENT,
    "user_id": TEXT,
    "project_id": TEXT,
    "execution_graph": maybe(TEXT),
    "job_config": _CONFIG,
}

DETAIL_SCHEMA: Final = exactly(**_DETAIL, start_time=maybe(MOMENT), user_name=TEXT, root_id=WHOLE)
SUMMARY_SCHEMA: Final = exactly(
    **_EVERYWHERE, start_time=MOMENT, user_name=TEXT, duration=WHOLE, root_id=WHOLE
)
DETAIL_IN_LIST_SCHEMA: Final = exactly(**_DETAIL, start_time=MOMENT)
"""What a list with `show_detail` has of each job."""
