"""Graphs and metrics.

DLI API reference, 'Generating a Static Stream Graph for a Flink SQL Job', 'Querying the Job Execution Plan',
'Querying the Job Monitoring Information'.
"""

from __future__ import annotations

import json
from typing import Final

from dli_provider.emulator.calls import JOBS, ApiRoute, CallContext, job_ids
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.responses import DliResponse, success, success_flag
from dli_provider.emulator.rules.fields import FIELDS, wrong
from dli_provider.emulator.rules.running import check_sql
from dli_provider.emulator.schemas import (
    ERROR,
    FLAG,
    ID,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    exactly,
    given,
    listed,
    maybe,
    success_body,
    success_flag_body,
    word,
)

_GRAPHS: Final = ("simple_graph", "job_graph")
_GRAPH_FIELDS: Final = (  # fields of a job that its page names and that are checked as such
    "cu_number",
    "manager_cu_number",
    "parallel_number",
    "tm_cus",
    "tm_slot_num",
    "operator_config",
)


def gen_graph(call: CallContext) -> DliResponse:
    """The operators of a query; their ids depend on nothing but the SQL."""
    job, body = call.job("DLI.16001"), call.json()
    if job.job_type != "flink_opensource_sql_job":
        raise Rejection("DLI.0007", "only flink_opensource_sql_job has a static stream graph")
    if body.get("graph_type") not in (None, *_GRAPHS):
        raise wrong("graph_type", "one of " + ", ".join(_GRAPHS))
    for name in _GRAPH_FIELDS:
        if body.get(name) is not None:
            FIELDS[name].check(name, body[name])
    sql = body.get("sql_body")
    if not isinstance(sql, str) or (not sql and call.dli.settings.graph_needs_sql):
        raise Rejection("DLI.11029", "sql_body")
    # The page's own sample has "" for it, and names the job in its address: what else could be drawn?
    sql = sql or str(job.definition["sql_body"])
    parallelism = body.get("parallel_number") or job.definition["parallel_number"]
    try:
        check_sql(sql)
        nodes = call.dli.runner.graphs.stream_graph(sql, parallelism)
    except Rejection as rejection:
        body = {
            "is_success": False,
            "message": rejection.text,
            "error_code": rejection.of(call.dli.settings.codes).code,
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
    """Sinks behind an API gateway: DLI itself answers that this call is obsolete."""
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


_GRAPH: Final = given(
    *("jid", "name", "isStoppable", "state", "start-time", "end-time", "duration", "vertices", "plan"),
    jid=TEXT,
    name=TEXT,
    isStoppable=FLAG,
    state=TEXT,
    duration=WHOLE,
    vertices=listed(OBJECT),
    plan=OBJECT,
    **{"start-time": WHOLE, "end-time": WHOLE, "status-counts": OBJECT},
) | {"additionalProperties": True}  # Flink's own words
_STREAM: Final = exactly(name=TEXT, records=WHOLE, corrupted_records=WHOLE)
_RATES: Final = exactly(
    sources=listed(_STREAM), sinks=listed(_STREAM), total_read_rate=NUMBER, total_write_rate=NUMBER
)

ROUTES: Final = (
    ApiRoute(
        "metrics",
        "POST",
        JOBS + "/metrics",
        metrics,
        write=False,
        deprecated=True,
        answer=success_flag_body(metrics=exactly(jobs=listed(exactly(job_id=ID, metrics=_RATES)))),
        body=given("job_ids", job_ids=listed(ID, minItems=1)),
    ),
    ApiRoute(
        "execution_graph",
        "GET",
        JOBS + "/{job_id}/execute-graph",
        execution_graph,
        write=False,
        answer=success_body(execute_graph=_GRAPH),
    ),
    ApiRoute(
        "apig_sinks", "GET", JOBS + "/{job_id}/apig-sinks", apig_sinks, write=False, answer=ERROR, status=400
    ),
    ApiRoute(
        "gen_graph",
        "POST",
        "/v3/{project_id}/streaming/jobs/{job_id}/gen-graph",
        gen_graph,
        write=False,
        answer=exactly(is_success=FLAG, message=TEXT, error_code=TEXT, stream_graph=maybe(TEXT)),
        body=given(
            "sql_body",
            **{name: FIELDS[name].check.schema for name in ("sql_body", *_GRAPH_FIELDS)},
            static_estimator_config=FIELDS["static_estimator_config"].check.schema,
            static_estimator=FLAG,
            job_type=word("flink_opensource_sql_job"),
            graph_type=word(*_GRAPHS),
            flink_version=FIELDS["flink_version"].check.schema,
        ),
    ),
)
