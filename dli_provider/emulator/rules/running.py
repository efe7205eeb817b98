"""May this job run, and is its SQL something that Flink could read? DLI API reference, 'Running Jobs in Batches'."""

from __future__ import annotations

import re
from typing import Final

from dli_provider.emulator.estate import Estate
from dli_provider.emulator.job import Job
from dli_provider.emulator.rules.definition import check_bucket
from dli_provider.emulator.rules.jars import JOB_TYPE
from dli_provider.emulator.states import OK, STATUSES
from dli_provider.emulator.wire.refusals import Refusal

# Comments and quoted text, so that what is inside them does not count.
_INERT: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"", re.DOTALL)


def check_run(job: Job, estate: Estate) -> None:
    """Everything that DLI looks at before it submits a job; savepoints are the caller's."""
    outcome = STATUSES[job.status].run
    if outcome != OK:
        raise Refusal(outcome, f"status is {job.status}")
    if estate.frozen(job.project):
        raise Refusal("DLI.10009")
    _check_queue(job, estate)
    check_bucket(job.definition, job.project, estate, missing="DLI.13003", unauthorized="DLI.13004")
    if job.job_type == JOB_TYPE:
        _check_jar(job)
    else:
        check_sql(str(job.definition["sql_body"]))


def _check_jar(job: Job) -> None:
    if not job.definition["entrypoint"]:
        raise Refusal("DLI.11029", "entrypoint")


def _check_queue(job: Job, estate: Estate) -> None:
    if job.definition["run_mode"] == "edge_node":
        return
    name = job.definition["queue_name"]
    if job.definition["run_mode"] == "shared_cluster" or not name:
        raise Refusal("DLI.13024")
    queue = estate.queue(job.project, name)
    if queue is None:
        raise Refusal("DLI.20005", name)
    if queue.queue_type != "general":
        raise Refusal("DLI.13024", f"{name} is a queue for {queue.queue_type} jobs")
    needed = job.definition["cu_number"]
    if job.definition["resource_config_version"] == "v1" and needed > queue.cu:
        raise Refusal("DLI.13002", f"{needed} CUs on a queue of {queue.cu}")


def check_sql(sql: str) -> None:
    """Not a parser: quotes and parentheses close, and something is written to a sink."""
    bare = _INERT.sub(" ", sql)
    if not bare.strip():
        raise Refusal("DLI.13005", "no SQL")
    for mark in ("'", "`", '"', "/*"):
        if mark in bare:
            raise Refusal("DLI.13005", f"unclosed {mark}")
    depth = 0
    for parenthesis in re.findall(r"[()]", bare):
        depth += 1 if parenthesis == "(" else -1
        if depth < 0:
            break
    if depth:
        raise Refusal("DLI.13005", "parentheses do not match")
    if not re.search(r"\bINSERT\s+(INTO|OVERWRITE)\b", bare, re.IGNORECASE):
        raise Refusal("DLI.13005", "no INSERT: the job has no sink")
