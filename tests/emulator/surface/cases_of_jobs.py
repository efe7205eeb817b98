"""The calls about jobs themselves."""

from __future__ import annotations

import json

from tests.emulator.plain import BUCKET, SQL
from tests.emulator.surface import (
    EDGE,
    EXPORT,
    JAR,
    NOBODY,
    REST,
    RUNNING,
    SurfaceCase,
    each_yes,
    request,
    text,
    yes,
    yes_flag,
)

SQL_JOB = {
    "job_type": "flink_opensource_sql_job",
    "run_mode": "exclusive_cluster",
    "queue_name": "q_stream_dev",
}

CASES: dict[str, SurfaceCase] = {
    "create_flink_sql_job": SurfaceCase(
        request("CreateFlinkSqlJob", {"name": "new", "sql_body": SQL, **SQL_JOB}),
        lambda answer, ids: (
            yes(answer, ids) and answer.job.job_id > ids.edge and answer.job.status_name == "job_init"
        ),
        request("CreateFlinkSqlJob", {"name": "rest", **SQL_JOB}),
        "DLI.11004",
    ),
    "update_flink_sql_job": SurfaceCase(
        request("UpdateFlinkSqlJob", {"cu_number": 4}, job_id=REST),
        lambda answer, ids: yes(answer, ids) and answer.job.update_time > 1_600_000_000_000,
        request("UpdateFlinkSqlJob", {"cu_number": 4}, job_id=RUNNING),
        "DLI.12003",
    ),
    "create_flink_jar_job": SurfaceCase(
        request("CreateFlinkJarJob", {"name": "jar2", "entrypoint": "g/a.jar"}),
        lambda answer, ids: yes(answer, ids) and answer.job.status_name == "job_init",
        request("CreateFlinkJarJob", {"name": "a b", "entrypoint": "g/a.jar"}),
        "DLI.11015",
    ),
    "update_flink_jar_job": SurfaceCase(
        request("UpdateFlinkJarJob", {"entrypoint_args": "--x 1"}, job_id=JAR),
        yes,
        request("UpdateFlinkJarJob", {"entrypoint_args": "--x 1"}, job_id=REST),
        "DLI.0007",
    ),
    "show_flink_job": SurfaceCase(
        request("ShowFlinkJob", job_id=RUNNING),
        lambda answer, ids: (
            yes(answer, ids)
            and (answer.job_detail.job_id, answer.job_detail.status) == (ids.running, "job_running")
            and answer.job_detail.job_config.resume_max_num == -1
        ),
        request("ShowFlinkJob", job_id=NOBODY),
        "DLI.16001",
    ),
    "list_flink_jobs": SurfaceCase(
        request("ListFlinkJobs", show_detail=True, limit=100, order="asc"),
        lambda answer, ids: (
            yes(answer, ids)
            and answer.job_list.total_count == 4
            and [job.job_id for job in answer.job_list.jobs] == [ids.rest, ids.running, ids.jar, ids.edge]
        ),
        request("ListFlinkJobs", offset=-1),
        "DLI.23001",
    ),
    "batch_run_flink_jobs": SurfaceCase(
        request("BatchRunFlinkJobs", {"job_ids": [REST], "resume_savepoint": False}),
        each_yes,
        request("BatchRunFlinkJobs", {"job_ids": [RUNNING]}),
        "DLI.13006",
    ),
    "batch_stop_flink_jobs": SurfaceCase(
        request("BatchStopFlinkJobs", {"job_ids": [RUNNING], "trigger_savepoint": True}),
        each_yes,
        request("BatchStopFlinkJobs", {"job_ids": [REST]}),
        "DLI.15002",
    ),
    "delete_flink_job": SurfaceCase(
        request("DeleteFlinkJob", job_id=RUNNING),
        yes,
        request("DeleteFlinkJob", job_id=NOBODY),
        "DLI.17001",
    ),
    "batch_delete_flink_jobs": SurfaceCase(
        request("BatchDeleteFlinkJobs", {"job_ids": [REST]}),
        each_yes,
        request("BatchDeleteFlinkJobs", {"job_ids": [NOBODY]}),
        "DLI.17001",
    ),
    "execute_flink_job_savepoint": SurfaceCase(
        request(
            "ExecuteFlinkJobSavepoint",
            {"action": "TRIGGER", "savepoint_path": f"{BUCKET}/mine/"},
            job_id=RUNNING,
        ),
        yes,
        request(
            "ExecuteFlinkJobSavepoint",
            {"action": "TRIGGER", "savepoint_path": f"{BUCKET}/mine/"},
            job_id=REST,
        ),
        "DLI.15002",
    ),
    "import_flink_job_savepoint": SurfaceCase(
        request(
            "ImportFlinkJobSavepoint",
            {"job_id": REST, "savepoint_path": f"obs://{BUCKET}/early/"},
            job_id=REST,
        ),
        yes,
        request(
            "ImportFlinkJobSavepoint",
            {"job_id": REST, "savepoint_path": f"obs://{BUCKET}/nothing/"},
            job_id=REST,
        ),
        "DLI.13017",
    ),
    "show_flink_job_execution_graph": SurfaceCase(
        request("ShowFlinkJobExecutionGraph", job_id=RUNNING),
        lambda answer, ids: yes(answer, ids) and answer.execute_graph.state == "RUNNING",
        request("ShowFlinkJobExecutionGraph", job_id=REST),
        "DLI.14001",
    ),
    "create_flink_sql_job_graph": SurfaceCase(
        request(
            "CreateFlinkSqlJobGraph",
            {"sql_body": SQL, "graph_type": "job_graph", "tm_slot_num": 0, "operator_config": ""},
            job_id=text(REST),
        ),
        lambda answer, ids: yes_flag(answer, ids) and len(json.loads(answer.stream_graph)["nodes"]) == 3,
        request("CreateFlinkSqlJobGraph", {"sql_body": SQL}, job_id=text(EDGE)),
        "DLI.0007",
    ),
    "show_flink_metric": SurfaceCase(
        request("ShowFlinkMetric", {"job_ids": [RUNNING]}),
        lambda answer, ids: (
            yes_flag(answer, ids)
            and answer.metrics.jobs[0].job_id == ids.running
            and answer.metrics.jobs[0].metrics.total_read_rate == 100
        ),
        request("ShowFlinkMetric", {"job_ids": [NOBODY]}),
        "DLI.16001",
    ),
    "export_flink_jobs": SurfaceCase(
        request(
            "ExportFlinkJobs",
            {"obs_dir": f"{BUCKET}/out", "is_selected": True, "job_selected": [REST]},
        ),
        lambda answer, ids: yes(answer, ids) and answer.zip_file[0].endswith(".zip"),
        request("ExportFlinkJobs", {"obs_dir": "", "is_selected": False}),
        "DLI.29001",
    ),
    "import_flink_jobs": SurfaceCase(
        request("ImportFlinkJobs", {"zip_file": EXPORT, "is_cover": False}),
        lambda answer, ids: yes(answer, ids) and {job.new_job_id for job in answer.job_mapping} == {-1},
        request("ImportFlinkJobs", {"zip_file": "no/such.zip", "is_cover": True}),
        "DLI.29002",
    ),
}
