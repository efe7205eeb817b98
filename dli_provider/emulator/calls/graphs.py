"""Graphs and metrics.

DLI API reference, 'Generating a Static Stream Graph for a Flink SQL Job', 'Querying the Job Execution Plan',
'Querying the Job Monitoring Information'.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from dli_provider.emulator.calls import Call, job_ids
from dli_provider.emulator.clock import milliseconds
from dli_provider.emulator.job import Job
from dli_provider.emulator.rules.fields import FIELDS, wrong
from dli_provider.emulator.rules.running import check_sql
from dli_provider.emulator.wire.answers import Answer, agreed, said_yes
from dli_provider.emulator.wire.refusals import Refusal

_GRAPHS: Final = ("simple_graph", "job_graph")


def gen_graph(call: Call) -> Answer:
    """One chain source -> query -> sink per INSERT; operator ids depend on nothing but the SQL."""
    job, body = call.job("DLI.16001"), call.json()
    if job.job_type != "flink_opensource_sql_job":
        raise Refusal("DLI.0007", "only flink_opensource_sql_job has a static stream graph")
    if body.get("graph_type") not in (None, *_GRAPHS):
        raise wrong("graph_type", "one of " + ", ".join(_GRAPHS))
    for name in (
        "cu_number",
        "manager_cu_number",
        "parallel_number",
        "tm_cus",
        "tm_slot_num",
        "operator_config",
    ):
        if body.get(name) is not None:
            FIELDS[name].check(name, body[name])
    sql = body.get("sql_body")
    if not sql or not isinstance(sql, str):
        raise Refusal("DLI.11029", "sql_body")
    try:
        check_sql(sql)
    except Refusal as refusal:
        body = {
            "is_success": False,
            "message": refusal.text,
            "error_code": refusal.code,
            "stream_graph": None,
        }
        return Answer(body=body)
    parallelism = body.get("parallel_number") or job.definition["parallel_number"]
    return agreed("", error_code="", stream_graph=json.dumps({"nodes": _nodes(sql, parallelism)}))


def execution_graph(call: Call) -> Answer:
    """The run-time plan, as long as there is one."""
    job = call.job("DLI.14001")
    if job.status not in ("job_running", "job_savepointing", "job_canceling"):
        raise Refusal("DLI.14001", f"status is {job.status}")
    start = job.start_time or 0
    graph = {
        "jid": hashlib.md5(f"{job.job_id}.{job.run}".encode(), usedforsecurity=False).hexdigest(),
        "name": job.name,
        "isStoppable": False,
        "state": "RUNNING",
        "start-time": start,
        "end-time": -1,
        "duration": milliseconds(call.now) - start,
        "vertices": [],
        "status-counts": {"RUNNING": 1},
        "plan": {"nodes": _nodes(str(job.definition["sql_body"]), job.definition["parallel_number"])},
    }
    return said_yes("", execute_graph=graph)


def apig_sinks(call: Call) -> Answer:
    """Sinks behind an API gateway are no more."""
    call.job("DLI.16001")
    raise Refusal("DLI.11098")


def metrics(call: Call) -> Answer:
    """Read and write rates from the simulated state."""
    jobs = [call.job_with(job_id, "DLI.16001") for job_id in job_ids(call.json())]
    return agreed(
        "", metrics={"jobs": [{"job_id": job.job_id, "metrics": _rates(call, job)} for job in jobs]}
    )


def _rates(call: Call, job: Job) -> dict[str, Any]:
    run = call.world.store.run(job.job_id, job.run)
    records = run.records(call.now) if run else 0
    rate = run.records_per_second if run and job.status == "job_running" else 0.0
    return {
        "sources": [{"name": "source", "records": records, "corrupted_records": 0}],
        "sinks": [{"name": "sink", "records": records, "corrupted_records": 0}],
        "total_read_rate": rate,
        "total_write_rate": rate,
    }


def _nodes(sql: str, parallelism: int) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for sink in re.findall(r"\bINSERT\s+(?:INTO|OVERWRITE)\s+([\w.`]+)", sql, re.IGNORECASE):
        for kind, contents in (("Source", "source"), ("Operator", "query"), ("Sink", sink)):
            number = len(nodes) + 1
            seed = f"{sql}#{number}".encode()
            nodes.append(
                {
                    "id": number,
                    "operator_id": hashlib.md5(seed, usedforsecurity=False).hexdigest(),
                    "type": kind,
                    "contents": contents,
                    "parallelism": parallelism,
                    "predecessors": []
                    if kind == "Source"
                    else [{"id": number - 1, "ship_strategy": "FORWARD"}],
                }
            )
    return nodes
