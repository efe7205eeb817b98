"""What a job's query looks like as operators, planned and at run time, and how much goes through it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dli_provider.api.call import Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.decoding import (
    Fields,
    UnreadableError,
    as_fields,
    integer,
    member,
    objects,
    required_id,
    text,
)
from dli_provider.api.retry import Repeat


@dataclass(frozen=True)
class GraphNode:
    """One operator of a stream graph. `operator_id` is what `operator_config` refers to."""

    node_id: int
    operator_id: str
    type: str
    contents: str = field(repr=False)
    parallelism: int
    predecessors: tuple[int, ...]


@dataclass(frozen=True)
class GraphCalls(CallGroup):
    """Calls that only look, whatever their HTTP method."""

    def gen_graph(self, job_id: int, document: Mapping[str, object]) -> tuple[GraphNode, ...]:
        """The operators that DLI would make of the SQL in `document`; nothing is changed.

        For open-source SQL jobs of Flink 1.10 and 1.12.
        DLI API reference, 'Generating a Static Stream Graph for a Flink SQL Job'.
        """
        call = Call(
            "POST",
            f"streaming/jobs/{job_id}/gen-graph",
            version="v3",
            body=document,
            repeat=Repeat.IDEMPOTENT,
            confirmed_by="stream_graph",
        )
        return self._read(call, f"job {job_id}", _stream_graph)

    def execute_graph(self, job_id: int) -> Fields:
        """Flink's own view of a running job: `jid`, `state`, `vertices`, `plan` ...

        Raises WrongStatus where there is none (yet). DLI API reference, 'Querying the Job Execution Plan'.
        """
        path = f"streaming/jobs/{job_id}/execute-graph"
        call = Call("GET", path, repeat=Repeat.READ, confirmed_by="execute_graph")
        return self._read(
            call, f"job {job_id}", lambda body: as_fields(member(body, "execute_graph"), "graph")
        )

    def metrics(self, job_ids: Sequence[int]) -> dict[int, Fields]:
        """By job id what each reads and writes: `sources`, `sinks`, `total_read_rate`, `total_write_rate`.

        DLI API reference, 'Querying the Job Monitoring Information'.
        """
        body = {"job_ids": [*job_ids]}
        call = Call(
            "POST", "streaming/jobs/metrics", body=body, repeat=Repeat.IDEMPOTENT, confirmed_by="metrics"
        )
        return self._read(call, ", ".join(f"job {job_id}" for job_id in job_ids), _metrics)


def _stream_graph(body: object) -> tuple[GraphNode, ...]:
    """The graph travels as JSON text within the JSON."""
    try:
        graph = json.loads(text(member(body, "stream_graph")))
    except ValueError as error:
        raise UnreadableError("the stream graph is not JSON") from error
    return tuple(
        GraphNode(
            node_id=required_id(node, "id"),
            operator_id=text(node.get("operator_id")),
            type=text(node.get("type")),
            contents=text(node.get("contents")),
            parallelism=integer(node.get("parallelism")) or 1,
            predecessors=_predecessors(node.get("predecessors")),
        )
        for node in objects(member(graph, "nodes"))
    )


def _predecessors(value: object) -> tuple[int, ...]:
    """Ids, or objects that hold one."""
    entries = value if isinstance(value, list) else []
    ids = (integer(entry.get("id") if isinstance(entry, dict) else entry) for entry in entries)
    return tuple(node_id for node_id in ids if node_id is not None)


def _metrics(body: object) -> dict[int, Fields]:
    jobs = objects(member(member(body, "metrics"), "jobs"))
    return {required_id(job, "job_id"): as_fields(job.get("metrics"), "metrics of a job") for job in jobs}
