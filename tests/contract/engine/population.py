"""A population of jobs as they are found in the wild, made by the vendor's own client: every field, every status."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkdli import v1 as sdk  # type: ignore[import-untyped]

from dli_provider.emulator.server import Emulator

BUCKETS = ("stream-state", "cold-state/flink")
UPDATE_ONLY = ("operator_config", "static_estimator_config")
_SECRETS = ("hunter2-0815", "it''s a secret", "pa$$w0rd@{x}")
_TEXTS = (
    "Clicks by key",
    'says "hello", and it\'s fine',
    "back\\slash and tab\t",
    "日志清洗",
    "",
)


@contextmanager
def official_client(dli: Emulator, project_id: str) -> Iterator[Any]:
    """The vendor's client for Python."""
    credentials = BasicCredentials("AK", "SK", project_id)
    client = sdk.DliClient.new_builder().with_credentials(credentials).with_endpoint(dli.url).build()
    yield client
    client._http_client._session.close()


def jobs(count: int, seed: int = 8) -> list[dict[str, Any]]:
    """So many different jobs that DLI takes, as bodies of its create page (and the two fields of its update page)."""
    draw = random.Random(seed)
    return [_job(draw, number) for number in range(count)]


def settle(dli: Emulator, project_id: str, count: int, seed: int = 8) -> None:
    """Have so many jobs there, most of them running, and some failed, stopped, finished or never run."""
    for bucket in BUCKETS:
        dli.authorize(project_id, bucket.split("/")[0])
    with official_client(dli, project_id) as client:
        ids = [make(client, body) for body in jobs(count, seed)]
        found = dli.jobs(project_id)
        on_queues = {job.job_id for job in found if job.definition["run_mode"] == "exclusive_cluster"}
        running = [job_id for job_id in ids[: count * 3 // 4] if job_id in on_queues]
        for start in range(0, len(running), 50):
            run(client, running[start : start + 50])
    dli.advance(1)
    for number, job_id in enumerate(running):
        if status := {1: "job_running_exception", 2: "job_cancel_success", 3: "job_finish"}.get(number % 20):
            dli.change_job(project_id, job_id, status=status)


def make(client: Any, body: dict[str, Any]) -> int:
    """Create a job as a draft; its id."""
    late = {name: body[name] for name in UPDATE_ONLY if name in body}
    early = {name: value for name, value in body.items() if name not in late}
    created = sdk.CreateFlinkSqlJobRequest(body=sdk.CreateFlinkSqlJobRequestBody(**early))
    job_id = int(client.create_flink_sql_job(created).job.job_id)
    if late:
        update = sdk.UpdateFlinkSqlJobRequestBody(**late)
        client.update_flink_sql_job(sdk.UpdateFlinkSqlJobRequest(job_id=str(job_id), body=update))
    return job_id


def run(client: Any, job_ids: list[int]) -> None:
    body = sdk.BatchRunFlinkJobsRequestBody(job_ids=job_ids, resume_savepoint=False)
    client.batch_run_flink_jobs(sdk.BatchRunFlinkJobsRequest(body=body))


def _job(draw: random.Random, number: int) -> dict[str, Any]:
    kind = draw.choices(("open", "own", "shared"), (8, 1, 1))[0]
    body: dict[str, Any] = {
        "name": draw.choice(("orders-{}", "{}_日志", "{}", "Clicks_{}_eu")).format(number),
        "run_mode": "shared_cluster" if kind == "shared" else "exclusive_cluster",
        "job_type": "flink_opensource_sql_job" if kind == "open" else "flink_sql_job",
        "sql_body": _sql(draw, number),
    }
    if kind != "shared":
        body["queue_name"] = draw.choice(("q_stream", "q_batch"))
    some = {
        "desc": draw.choice(_TEXTS),
        "smn_topic": draw.choice(("alarm", "pager")),
        "idle_state_retention": draw.choice((3600, 7200)),
        "dirty_data_strategy": draw.choice(("0", "1", "2:obs-dir/dirty")),
        "restart_when_exception": draw.choice((True, False)),
        "resume_max_num": draw.choice((-1, 5)),
        "runtime_config": json.dumps(
            [
                {"key": "pipeline.name", "value": "of a team"},
                {"key": "s3.secret-key", "value": draw.choice(_SECRETS)},
            ]
        ),
        "flink_log_config": draw.choice(('{"root_logger_level": "WARN"}', '{"root_logger_level":"INFO"}')),
        "tags": [sdk.Tag(key="team", value=draw.choice(("data", "ops"))), sdk.Tag(key="层", value='"1"')],
        "obs_bucket": draw.choice(BUCKETS),
    }
    if draw.random() < 0.7:
        some |= {
            "checkpoint_enabled": True,
            "log_enabled": draw.choice((True, False)),
            "obs_bucket": BUCKETS[0],
        }
        some |= {"checkpoint_mode": draw.choice((1, 2)), "checkpoint_interval": draw.choice((10, 30))}
        some |= {"resume_checkpoint": draw.choice((True, False))}
    optional = {name for name in some if not name.startswith("checkpoint")} - {"obs_bucket"}
    body |= {name: value for name, value in some.items() if name not in optional or draw.random() < 0.5}
    if kind == "open":
        body |= _open_source(draw)
    if body.get("resource_config_version") != "v2" and draw.random() < 0.7:
        total = draw.choice((2, 4, 12))
        body |= {"cu_number": total, "parallel_number": draw.choice((1, 2, 4))}
        if total > 2:
            slots = draw.choice((0, 4))
            body |= {
                "manager_cu_number": draw.choice((1, 2)),
                "tm_cus": draw.choice((1, 2)),
                "tm_slot_num": slots,
            }
    return body


def _open_source(draw: random.Random) -> dict[str, Any]:
    version = draw.choice(("", "1.10", "1.12", "1.15", "1.17"))
    body: dict[str, Any] = {"flink_version": version} if version else {}
    for name, entry in (
        ("operator_config", {"parallelism": 2}),
        ("static_estimator_config", {"rate_factor": 0.5}),
    ):
        if draw.random() < 0.3:
            body[name] = json.dumps(
                {"operator_list": [{"id": "e2" * 16, **entry}]}, indent=draw.choice((None, 1))
            )
    if version in ("1.15", "1.17"):
        if draw.random() < 0.5:
            body |= {"execution_agency_urn": "dli_agency", "udf_jar_url": "obs://jars/udf.jar"}
        if draw.random() < 0.5:
            process = {"cpu": draw.choice((0.5, 2)), "memory": draw.choice(("4G", "4096MB"))}
            config = {"max_slot": 2, "parallel_number": 2, "taskmanager_resource_spec": process}
            body |= {"resource_config_version": "v2", "resource_config": config}
    elif draw.random() < 0.3:
        body["udf_jar_url"] = "group/udf.jar"
    return body


def _sql(draw: random.Random, number: int) -> str:
    secret = draw.choice((*_SECRETS, "", ""))
    with_secret = f", 'properties.password' = '{secret}'" if secret else ""
    comment = draw.choice(("", "-- by hand\n", f"-- the password is {_SECRETS[0]}\n", "/* 日志 */ "))
    return (
        f"{comment}CREATE TABLE clicks (k STRING, v INT) WITH ('connector' = 'datagen'{with_secret});\r\n"
        f"CREATE TABLE totals_{number} (k STRING, n BIGINT) WITH ('connector' = 'print');\n"
        f"INSERT INTO totals_{number} SELECT k, SUM(v) FROM clicks WHERE k <> '@{{k}}' GROUP BY k"
        + draw.choice(("", ";", ";\n", "\n\n"))
    )
