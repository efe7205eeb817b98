"""Graphs and metrics.

DLI API reference, 'Generating a Static Stream Graph for a Flink SQL Job', 'Querying the Job Execution Plan',
'Querying the Job Monitoring Information'.
"""

from __future__ import annotations

import json
from typing import Final

from dli_provider.emulator.calls import CallContext, job_ids
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success, success_flag
from dli_provider.emulator.rules.fields import FIELDS, wrong
from dli_provider.emulator.rules.running import check_sql

_GRAPHS: Final = ("simple_graph", "job_graph")


def gen_graph(call: CallContext) -> DliResponse:
    """The operators of a query; their ids depend on nothing but the SQL."""
    job, body = call.job("DLI.16001"), call.json()
    if job.job_type != "flink_opensource_sql_job":
        raise Rejection("DLI.0007", "only flink_opensource_sql_job has a static stream graph")
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
        raise Rejection("DLI.11029", "sql_body")
    parallelism = body.get("parallel_number") or job.definition["parallel_number"]
    try:
        check_sql(sql)
        nodes = call.dli.runner.graphs.stream_graph(sql, parallelism)
    except Rejection as rejection:
        body = {
            "is_success": False,
            "message": rejection.text,
            "error_code": rejection.code,
            "stream_graph": None,
        }
        return DliResponse(body=body)
    return success_flag("", error_code="", stream_graph=json.dumps({"nodes": nodes}))


def execution_graph(call: CallContext) -> DliResponse:
    """The run-time plan, as long as there is one."""
    job = call.job("DLI.14001")
    if job.status not in ("job_running", "job_savepointing", "job_canceling"):
        raise Rejection("DLI.14001", f"status is {job.status}")
    graph = call.dli.runner.graphs.execution_graph(job, call.now)
    if graph is None:
        raise Rejection("DLI.14001", "Flink has none")
    return success("", execute_graph=graph)


def apig_sinks(call: CallContext) -> DliResponse:
    """Sinks behind an API gateway are no more."""
    call.job("DLI.16001")
    raise Rejection("DLI.11098")


def metrics(call: CallContext) -> DliResponse:
    """Records read and written, and their rates."""
    jobs, graphs = (
        [call.job_with(job_id, "DLI.16001") for job_id in job_ids(call.json())],
        call.dli.runner.graphs,
    )
    return success_flag(
        "", metrics={"jobs": [{"job_id": job.job_id, "metrics": graphs.rates(job, call.now)} for job in jobs]}
    )
