"""Graphs and rates of real jobs: from Flink's REST interface, and from its planner."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Final

from dli_provider.emulator.models import StoredJob
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.runners.flink.confinement import confined
from dli_provider.emulator.runners.flink.flink_watch import FlinkFacts
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import RestError, StatementError
from dli_provider.flink.plans import explain
from dli_provider.flink.stand_ins import stand_in

_NUMBER: Final = re.compile(r"^\[\d+\]:")  # by which the planner counts the operators of a session


class FlinkGraphs:
    """Answers in the shapes of DLI."""

    def __init__(
        self, cluster: Cluster, folders: ObsFolders, seen: Callable[[StoredJob], tuple[str, FlinkFacts]]
    ) -> None:
        self._cluster, self._folders, self._seen = cluster, folders, seen

    def rates(self, job: StoredJob, now: float) -> dict[str, Any]:  # noqa: ARG002 - Flink has a clock of its own
        """Records of each source and sink since the run began, and what flows at present per second."""
        _, seen = self._seen(job)
        alive = job.status in ("job_running", "job_savepointing")

        def streams(book: dict[str, tuple[int, float]]) -> list[dict[str, Any]]:
            return [
                {"name": name, "records": count, "corrupted_records": 0}
                for name, (count, _) in sorted(book.items())
            ]

        def rate(book: dict[str, tuple[int, float]]) -> float:
            return round(sum(each for _, each in book.values()), 3) if alive else 0.0

        return {
            "sources": streams(seen.sources),
            "sinks": streams(seen.sinks),
            "total_read_rate": rate(seen.sources),
            "total_write_rate": rate(seen.sinks),
        }

    def execution_graph(self, job: StoredJob, now: float) -> dict[str, Any] | None:  # noqa: ARG002
        """The run-time plan as Flink has it, or `None` when Flink has none."""
        jid, _ = self._seen(job)
        try:
            found: dict[str, Any] | None = self._cluster.rest.get(f"/jobs/{jid}") if jid else None
        except RestError:
            return None
        return found

    def stream_graph(self, sql: str, parallelism: int) -> list[dict[str, Any]]:
        """The planner's operators. Refuses SQL as Flink does.

        `operator_id` is a digest of what an operator does and reads: as stable as DLI's, but not Flink's own hash.
        """
        properties = {"parallelism.default": str(parallelism)}
        try:
            statements, _ = stand_in(
                confined(sql, self._folders, self._cluster.distribution.connectors),
                self._cluster.distribution.connectors,
            )
            plan = explain(self._cluster.gateway, statements, properties)
        except StatementError as error:
            raise Rejection("DLI.13005", str(error)) from error
        return _nodes(json.loads(plan.execution)["nodes"])


def _nodes(planned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = {node["id"]: number for number, node in enumerate(planned, 1)}
    digests: dict[int, str] = {}
    found = []
    for node in planned:
        inputs = node.get("predecessors", [])
        contents = _NUMBER.sub("", node["contents"])
        seed = "|".join([contents, *(digests[each["id"]] for each in inputs)])
        digests[node["id"]] = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
        kind = {"Data Source": "Source", "Data Sink": "Sink"}.get(node["pact"], "Operator")
        found.append(
            {
                "id": numbers[node["id"]],
                "operator_id": digests[node["id"]],
                "type": kind,
                "contents": contents,
                "parallelism": node["parallelism"],
                "predecessors": [
                    {"id": numbers[each["id"]], "ship_strategy": each["ship_strategy"]} for each in inputs
                ],
            }
        )
    return found
