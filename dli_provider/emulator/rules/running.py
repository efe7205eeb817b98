"""May this job run, and is its SQL something that Flink could read? DLI API reference, 'Running Jobs in Batches'."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from dli_provider.emulator.models import StoredJob
from dli_provider.emulator.project_resources import ProjectResources
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.rules.definition import check_bucket
from dli_provider.emulator.rules.jars import JOB_TYPE
from dli_provider.emulator.rules.statuses import OK, allowed
from dli_provider.emulator.switches import EmulatorSettings
from dli_provider.sql import TokenKind, Unreadable, filling, pieces, split

_INERT: Final = (TokenKind.STRING, TokenKind.QUOTED, TokenKind.HINT)
"""What is inside of these does not count."""


def check_run(job: StoredJob, resources: ProjectResources, settings: EmulatorSettings) -> None:
    """Everything that DLI looks at before it submits a job; savepoints are the caller's."""
    outcome = allowed(job.status).run
    if outcome != OK:
        raise Rejection(outcome, f"status is {job.status}")
    if resources.in_arrears(job.project):
        raise Rejection("DLI.10009")
    if job.definition["run_mode"] != "shared_cluster" or not settings.shared_cluster_runs:
        _check_queue(job, resources)
    check_bucket(job.definition, job.project, resources, missing="DLI.13003", unauthorized="DLI.13004")
    if job.job_type == JOB_TYPE:
        _check_jar(job)
    else:
        check_sql(str(job.definition["sql_body"]))


def _check_jar(job: StoredJob) -> None:
    if not job.definition["entrypoint"]:
        raise Rejection("DLI.11029", "entrypoint")


def _check_queue(job: StoredJob, resources: ProjectResources) -> None:
    if job.definition["run_mode"] == "edge_node":
        return
    name = job.definition["queue_name"]
    if job.definition["run_mode"] == "shared_cluster" or not name:
        raise Rejection("DLI.13024")
    queue = resources.queue(job.project, name)
    if queue is None:
        raise Rejection("DLI.20005", name)
    if queue.queue_type != "general":
        raise Rejection("DLI.13024", f"{name} is a queue for {queue.queue_type} jobs")
    needed = job.definition["cu_number"]
    if job.definition["resource_config_version"] == "v1" and needed > queue.cu:
        raise Rejection("DLI.13002", f"{needed} CUs on a queue of {queue.cu}")


def check_sql(sql: str) -> None:
    """Not a parser: quotes and parentheses close, and something is written to a sink."""
    try:
        cut = list(pieces(sql))
    except Unreadable as error:
        raise Rejection("DLI.13005", f"unclosed {error.mark}") from error
    bare = [piece.text.upper() for piece in cut if piece.kind not in _INERT]
    if not bare:
        raise Rejection("DLI.13005", "no SQL")
    depth = 0
    for text in bare:
        depth += (text == "(") - (text == ")")
        if depth < 0:
            break
    if depth:
        raise Rejection("DLI.13005", "parentheses do not match")
    inserts = any(first == "INSERT" and second in ("INTO", "OVERWRITE") for first, second in pairwise(bare))
    if not inserts and not any(map(filling, split(sql))):  # CREATE TABLE ... AS writes too
        raise Rejection("DLI.13005", "no INSERT: the job has no sink")
