"""Graphs and rates of jobs that exist on paper only: one chain source -> query -> sink for each INSERT."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from dli_provider.emulator.clock import milliseconds
from dli_provider.emulator.job import Job
from dli_provider.emulator.store import Store


class Sketch:
    """Says of a job what its SQL and its simulated state give away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rates(self, job: Job, now: float) -> dict[str, Any]:
        """Read and write rates from the simulated state."""
        run = self._store.run(job.job_id, job.run)
        records = run.records(now) if run else 0
        rate = run.records_per_second if run and job.status == "job_running" else 0.0
        return {
            "sources": [{"name": "source", "records": records, "corrupted_records": 0}],
            "sinks": [{"name": "sink", "records": records, "corrupted_records": 0}],
            "total_read_rate": rate,
            "total_write_rate": rate,
        }

    def execution_graph(self, job: Job, now: float) -> dict[str, Any]:
        """As Flink would show a job that runs."""
        start = job.start_time or 0
        return {
            "jid": hashlib.md5(f"{job.job_id}.{job.run}".encode(), usedforsecurity=False).hexdigest(),
            "name": job.name,
            "isStoppable": False,
            "state": "RUNNING",
            "start-time": start,
            "end-time": -1,
            "duration": milliseconds(now) - start,
            "vertices": [],
            "status-counts": {"RUNNING": 1},
            "plan": {
                "nodes": self.stream_graph(str(job.definition["sql_body"]), job.definition["parallel_number"])
            },
        }

    def stream_graph(self, sql: str, parallelism: int) -> list[dict[str, Any]]:
        """Operator ids depend on nothing but the SQL."""
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
