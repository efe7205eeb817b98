"""Flink, simulated: status and state follow from the clock alone, so a job goes on while the local DLI is down."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from dli_provider.emulator import SIMULATED
from dli_provider.emulator.models import Event, Savepoint, StoredJob, directory, milliseconds
from dli_provider.emulator.runners import OrderedFaults
from dli_provider.emulator.runners.history import (
    Later,
    RunHistory,
    builtin_path,
    checkpoint_folder,
    ordered_events,
    restarts_left,
    scheduled,
)
from dli_provider.emulator.store import Store
from dli_provider.emulator.switches import EmulatorSettings


class SimulatedRunner:
    """Plans events on a job and lets them happen when they are due. State is a counter of records."""

    name = SIMULATED
    needs_looking_at = False

    def __init__(self, store: Store, settings: Callable[[], EmulatorSettings]) -> None:
        self._store = store
        self._history = RunHistory(store)
        self.graphs = SimulatedGraphs(store)
        self._settings = settings
        self._happenings: dict[str, Callable[[StoredJob, Event], None]] = {
            "submitted": self._on_submitted,
            "submit_failed": self._on_submit_failed,
            "savepoint_taken": self._on_savepoint_taken,
            "canceled": self._on_canceled,
            "exception": self._on_exception,
            "restarted": self._on_restarted,
            "recovered": self._on_recovered,
            "finished": self._on_finished,
        }

    # -- what the calls ask for ------------------------------------------------------------------------------------

    def start(self, job: StoredJob, origin: Savepoint | None, now: float, faults: OrderedFaults) -> None:
        """`job_submitting`, then `job_running` or `job_submit_fail` after the start latency."""
        self._begin_run(job, origin, now)
        job.status, job.status_desc = "job_submitting", ""
        job.restarted_at, job.restart_times = [], 0
        at = now + self._settings().start_latency
        if faults.submit_fail is not None:
            # The documents do not say whether a failed start consumes the savepoint; by default it does not.
            drop = faults.drop_savepoint or self._settings().drop_savepoint_on_failed_start
            job.events = [Event(at, "submit_failed", {"text": faults.submit_fail, "drop": drop})]
        else:
            job.events = [Event(at, "submitted", {"later": ordered_events(faults)})]

    def stop(self, job: StoredJob, trigger_savepoint: bool, now: float, faults: OrderedFaults) -> None:
        """`job_savepointing` when there is state to save, `job_canceling`, then `job_cancel_success`."""
        end = {"fail": faults.stop_fail}
        # Forced from outside, a status may be in other letters.
        if trigger_savepoint and job.status.lower() in ("job_running", "job_cancel_fail"):
            job.status = "job_savepointing"
            path = builtin_path(job, now)
            data = {"path": path, "kind": "builtin", "stop": end, "fail": faults.savepoint_fail}
            job.events = [Event(now + self._settings().savepoint_latency, "savepoint_taken", data)]
        else:
            job.status = "job_canceling"
            job.events = [Event(now + self._settings().stop_latency, "canceled", end)]

    def savepoint(self, job: StoredJob, path: str, now: float, faults: OrderedFaults) -> None:
        """`job_savepointing`, then `job_running` again."""
        job.status = "job_savepointing"
        data = {"path": directory(path) or builtin_path(job, now), "kind": "triggered"}
        data["fail"] = faults.savepoint_fail or ""
        job.events.append(Event(now + self._settings().savepoint_latency, "savepoint_taken", data))

    def remove(self, job: StoredJob, now: float, through_canceling: bool) -> bool:
        """End the run; gone at once unless a stop has to be seen first."""
        present = self._store.run(job.job_id, job.run)
        alive = present is not None and present.ended_at is None
        if through_canceling and alive:
            job.status = "job_canceling"
            job.events = [Event(now + self._settings().stop_latency, "removed")]
            return False
        self.end_run(job, now, "removed")
        return True

    def freeze(self, job: StoredJob, now: float) -> None:
        """Arrears stop what runs or is about to run."""
        self.end_run(job, now, "arrears")
        job.status, job.status_desc, job.events = "job_arrearage_stopped", "The account is in arrears.", []

    def recover(self, job: StoredJob, now: float) -> None:
        """After payment a job comes back from its last checkpoint."""
        job.status, job.status_desc = "job_arrearage_recovering", ""
        job.events = [Event(now + self._settings().start_latency, "recovered")]

    def close(self, jobs: list[StoredJob], now: float) -> None:
        """Nothing to do: jobs go on by the clock while the local DLI is away."""

    def reset(self) -> None:
        """Nothing to do: everything is in the store."""

    # -- what time does --------------------------------------------------------------------------------------------

    def settle(self, job: StoredJob, now: float) -> bool:
        """Events happen in order, each as of its own time, even when they are settled much later."""
        while job.events:
            event = min(job.events, key=lambda e: e.at)
            if event.at > now:
                break
            job.events.remove(event)
            if event.what == "removed":
                self.end_run(job, event.at, "removed")
                return False
            self._happenings[event.what](job, event)
        return True

    def _on_submitted(self, job: StoredJob, event: Event) -> None:
        # Only now, not when it was submitted: a start that fails must leave the savepoint for the next one.
        self._enter_running(job, event.at, event.data["later"])
        self._history.consume_savepoint(job)

    def _on_submit_failed(self, job: StoredJob, event: Event) -> None:
        self.end_run(job, event.at, "submit_failed")
        job.status, job.status_desc = "job_submit_fail", event.data["text"]
        if event.data["drop"]:
            self._history.consume_savepoint(job)

    def _on_savepoint_taken(self, job: StoredJob, event: Event) -> None:
        fail, stop = event.data["fail"], event.data.get("stop")
        if not fail:
            job.savepoint = self._history.keep(job, event.data["kind"], event.data["path"], event.at)
            # A stop ends processing with the savepoint: what is counted after it would be counted twice next time.
            self._halt(job, None if stop is None else event.at)
        if stop is None or fail == "keeps_running":
            job.status = "job_running"
            job.status_desc = "The savepoint failed." if fail else job.status_desc
        else:
            job.status = "job_canceling"
            job.events.append(Event(event.at + self._settings().stop_latency, "canceled", stop))

    def _on_canceled(self, job: StoredJob, event: Event) -> None:
        if event.data["fail"]:
            self._halt(job, None)  # it goes on processing after all
        if event.data["fail"] == "keeps_running":
            job.status, job.status_desc = "job_running", "The job could not be stopped."
        elif event.data["fail"]:
            job.status, job.status_desc = "job_cancel_fail", "The job could not be stopped."
        else:
            self.end_run(job, event.at, "stopped")
            job.status, job.status_desc = "job_cancel_success", ""

    def _on_exception(self, job: StoredJob, event: Event) -> None:
        self.end_run(job, event.at, "exception")
        job.status, job.status_desc, job.events = "job_running_exception", event.data["text"], []
        if job.definition["restart_when_exception"] and restarts_left(job, event.at):
            job.events = [Event(event.at + self._settings().start_latency, "restarted", event.data)]

    def _on_restarted(self, job: StoredJob, event: Event) -> None:
        resume = job.definition["resume_checkpoint"]
        self._begin_run(job, self._store.last_checkpoint(job.job_id) if resume else None, event.at)
        job.restart_times += 1
        job.restarted_at.append(event.at)
        left = event.data["times"]
        self._enter_running(
            job, event.at, {"exception": dict(event.data, times=left - 1)} if left > 0 else {}
        )

    def _on_recovered(self, job: StoredJob, event: Event) -> None:
        self._begin_run(job, self._store.last_checkpoint(job.job_id), event.at)
        self._enter_running(job, event.at, {})

    def _on_finished(self, job: StoredJob, event: Event) -> None:
        self.end_run(job, event.at, "finished")
        job.status, job.status_desc, job.events = "job_finish", "", []

    # -- runs and state --------------------------------------------------------------------------------------------

    def force_running(self, job: StoredJob, now: float) -> None:
        """Out of band: a run that nobody asked DLI for, from empty state."""
        self._begin_run(job, None, now)
        self._enter_running(job, now, {})

    def end_run(self, job: StoredJob, at: float, outcome: str) -> None:
        """Close the present run, if one is open; its last checkpoint stays in the bucket."""
        run = self._history.end(job, at, outcome)
        interval = job.definition["checkpoint_interval"]
        if run is None or run.running_since is None:
            return
        if not job.definition["checkpoint_enabled"] or not interval:
            return
        # The last checkpoint that was due before the end is the one that stays.
        number = int((at - run.running_since) / interval)
        if number > 0:
            path = f"{checkpoint_folder(job, run.number)}/chk-{number}"
            self._history.keep(job, "checkpoint", path, run.running_since + number * interval)

    def _begin_run(self, job: StoredJob, origin: Savepoint | None, at: float) -> None:
        run = self._history.begin(job, origin, at)
        run.records_per_second = self._settings().records_per_second
        self._store.save_run(run)

    def _enter_running(self, job: StoredJob, at: float, later: Later) -> None:
        self._history.running(job, at)
        job.status, job.status_desc, job.start_time = "job_running", "", milliseconds(at)
        job.events = scheduled(later, at)

    def _halt(self, job: StoredJob, at: float | None) -> None:
        run = self._store.run(job.job_id, job.run)
        if run is not None:
            run.halted_at = at
            self._store.save_run(run)


class SimulatedGraphs:
    """Graphs and rates made up from a job's SQL and simulated state: source, query, sink for each INSERT."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rates(self, job: StoredJob, now: float) -> dict[str, Any]:
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

    def execution_graph(self, job: StoredJob, now: float) -> dict[str, Any]:
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
