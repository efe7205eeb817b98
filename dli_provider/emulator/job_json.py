"""Jobs as get and list show them. DLI API reference, 'Querying Job Details' and 'Querying the Job List'."""

from __future__ import annotations

from typing import Any, Final

from dli_provider.emulator.models import Savepoint, StoredJob

USER_NAME: Final = "local"
USER_ID: Final = "0" * 32

# What of a definition lies in job_detail itself; all the rest lies in job_config.
_OUTSIDE: Final = ("name", "desc", "job_type", "queue_name", "sql_body", "run_mode")
_OF_JARS: Final = ("main_class", "entrypoint_args")


def detail(
    job: StoredJob, savepoint: Savepoint | None, checkpoint: Savepoint | None, tm_slot_num: int
) -> dict[str, Any]:
    """`job_detail`. Unset strings are null, strings cleared on purpose "", `start_time` null before the first start."""
    definition = job.definition
    return {
        "job_id": job.job_id,
        **{name: definition[name] for name in _OUTSIDE},
        "status": job.status,
        "status_desc": job.status_desc,
        "create_time": job.create_time,
        "update_time": job.update_time,
        "start_time": job.start_time,
        "user_id": USER_ID,
        "user_name": USER_NAME,
        "project_id": job.project,
        **{name: definition.get(name) for name in _OF_JARS},
        "execution_graph": None,
        "graph_editor_enabled": False,
        "edge_group_ids": definition["edge_group_ids"],
        "root_id": -1,
        "has_savepoint": savepoint is not None,
        "savepoint_path": _obs(savepoint),
        "restart_times": job.restart_times,
        "job_config": {
            "feature": "basic",
            "image": None,
            "entrypoint": None,
            "dependency_jars": None,
            "dependency_files": None,
            **{name: value for name, value in definition.items() if name not in _OUTSIDE + _OF_JARS},
            "tm_slot_num": tm_slot_num,
            "root_id": -1,
            "real_cu_number": 0,
            "checkpoint_path": definition.get("checkpoint_path") or _obs(checkpoint),
            "graph_editor_enabled": False,
            "graph_editor_data": "",
            "config_url": None,
            "executor_number": None,
            "executor_cu_number": None,
        },
    }


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
