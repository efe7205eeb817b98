"""DLI's calls on a real Flink, and what its answers mean for a job's status.

Everything here changes jobs and returns at once; only `close` and `reset` wait for Flink.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from dli_provider.emulator import FLINK, FLINK_KAFKA
from dli_provider.emulator.models import Event, Savepoint, StoredJob, directory, milliseconds
from dli_provider.emulator.runners import OrderedFaults
from dli_provider.emulator.runners.flink import session_properties
from dli_provider.emulator.runners.flink.flink_graphs import FlinkGraphs
from dli_provider.emulator.runners.flink.flink_history import FlinkHistory
from dli_provider.emulator.runners.flink.flink_operations import FlinkOperations, OperationOutcome
from dli_provider.emulator.runners.flink.flink_watch import GONE, FlinkFacts, FlinkWatch
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders, OutsideFolderError
from dli_provider.emulator.runners.history import (
    bucket_for,
    builtin_path,
    checkpoint_folder,
    ordered_events,
    restarts_left,
    scheduled,
)
from dli_provider.emulator.store import Store
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.kafka import Broker

_LEAVE: Final = 15.0  # seconds for savepoints when the local DLI stops


class FlinkRunner:
    """One Flink job at a time for each job of DLI."""

    needs_looking_at = True

    def __init__(self, store: Store, cluster: Cluster, kafka: Broker | None = None) -> None:
        # What a job has read of a real Kafka is no state for a stand-in of it, nor the other way round.
        self.name = FLINK_KAFKA if kafka else FLINK
        self.folders, self._kafka = ObsFolders(cluster.home / "obs"), kafka
        self._operations = FlinkOperations(cluster, self.folders, kafka)
        self._watch = FlinkWatch(cluster)
        self._history = FlinkHistory(store, self.folders)
        self._live_jobs = LiveJobs(self._operations, self._watch, self._history, self.folders)
        self.graphs = FlinkGraphs(cluster, self.folders, self._seen)

    def start(self, job: StoredJob, origin: Savepoint | None, now: float, faults: OrderedFaults) -> None:
        """`job_submitting`, until Flink runs every task of it or has refused it."""
        job.restarted_at, job.restart_times = [], 0
        self._live_jobs.submit(job, origin, now, faults)

    def stop(self, job: StoredJob, trigger_savepoint: bool, now: float, faults: OrderedFaults) -> None:
        """`job_savepointing` when there is state to save, else `job_canceling`; then `job_cancel_success`."""
        live = self._live(job)
        if faults.stop_fail or (trigger_savepoint and faults.savepoint_fail == "keeps_running"):
            job.status = "job_cancel_fail" if faults.stop_fail == "cancel_fail" else "job_running"
            job.status_desc = "The job could not be stopped."
        elif trigger_savepoint and live.came_up and not faults.savepoint_fail:
            # Flink stops and saves in one operation, so that nothing is processed after the savepoint.
            self._live_jobs.save(job, live, "stop", builtin_path(job, now))
        else:
            self._live_jobs.cancel(job, live, "stop")

    def savepoint(self, job: StoredJob, path: str, now: float, faults: OrderedFaults) -> None:
        """`job_savepointing`, then `job_running` again."""
        live = self._live(job)
        live.faults = faults
        self._live_jobs.save(job, live, "savepoint", directory(path) or builtin_path(job, now))

    def remove(self, job: StoredJob, now: float, through_canceling: bool) -> bool:
        """Cancel for good; gone at once unless a stop has to be seen first."""
        if through_canceling and job.job_id in self._live_jobs.runs:
            self._live_jobs.cancel(job, self._live(job), "remove")
            return False
        self._live_jobs.end_now(job, now, "removed")
        return True

    def freeze(self, job: StoredJob, now: float) -> None:
        """Arrears cancel what runs; its last checkpoint stays."""
        self._live_jobs.end_now(job, now, "arrears")
        job.status, job.status_desc, job.events = "job_arrearage_stopped", "The account is in arrears.", []

    def recover(self, job: StoredJob, now: float) -> None:
        """After payment a job comes back from its last checkpoint."""
        self._live_jobs.submit(job, self._history.last_checkpoint(job), now, OrderedFaults())
        job.status = "job_arrearage_recovering"

    def end_run(self, job: StoredJob, at: float, outcome: str) -> None:
        """Cancel what Flink has of the job, and close its run."""
        self._live_jobs.end_now(job, at, outcome)

    def force_running(self, job: StoredJob, now: float) -> None:
        """Out of band: a run from empty state that nobody asked DLI for."""
        self._live_jobs.submit(job, None, now, OrderedFaults())

    def settle(self, job: StoredJob, now: float) -> bool:
        """Take over what has happened to the job. False: it is gone."""
        return self._live_jobs.settle(job, now)

    def close(self, jobs: list[StoredJob], now: float) -> None:
        """The local DLI stops: what runs is stopped with a savepoint, from which it goes on next time."""
        alive = [
            (job, self._live_jobs.runs[job.job_id]) for job in jobs if job.job_id in self._live_jobs.runs
        ]
        leaving = [(job, live) for job, live in alive if live.came_up and live.goal == "run"]
        for job, live in leaving:
            self._live_jobs.save(job, live, "leave", f"{bucket_for(job)}/jobs/left/{live.key}")
            job.status = "job_running"
        self._operations.wait(_LEAVE)
        for job, live in leaving:
            outcome = self._operations.outcome(live.key)
            if outcome is not None and outcome.path:
                self.folders.settle(outcome.path, live.path)
                self._history.keep(job, "left", live.path, now)
        self._watch.stop()
        self._operations.close()

    def reset(self) -> None:
        """Cancel everything."""
        for live in self._live_jobs.runs.values():
            self._operations.cancel(live.key)
            self._watch.forget(live.jid)
        self._live_jobs.runs.clear()
        self._operations.wait(_LEAVE)
        # Job ids start from the beginning, and what is left in the buckets must not be taken for state of the new jobs.
        shutil.rmtree(self.folders.root, ignore_errors=True)
        if self._kafka is not None:
            self._kafka.forget()

    def _live(self, job: StoredJob) -> FlinkRun:
        return self._live_jobs.runs.get(job.job_id) or FlinkRun(f"{job.job_id}.{job.run}")

    def _seen(self, job: StoredJob) -> tuple[str, FlinkFacts]:
        live = self._live_jobs.runs.get(job.job_id)
        return (
            (live.jid, self._watch.seen(live.jid)) if live and live.jid else ("", FlinkFacts(GONE, up=False))
        )


def runner_factory(cluster: Cluster, kafka: Broker | None = None) -> Callable[[Store, Any], FlinkRunner]:
    """How a local DLI gets its runner; with a broker, tables of Kafka are real ones of its topics."""
    return lambda store, _settings: FlinkRunner(store, cluster, kafka)


WATCH: Final = "watch"  # an event that is always due, so that the job is settled in each transaction
_OVER: Final = ("FAILED", "CANCELED", GONE)


@dataclass
class FlinkRun:
    """What is known of a job that Flink has, or is about to have."""

    key: str  # "<job id>.<run>", so that what comes late of an earlier run is not taken for this one's
    jid: str = ""
    came_up: bool = False
    restarts: int = 0  # by Flink, as far as it has reported them
    goal: str = "run"  # run, savepoint, stop, remove, leave
    path: str = ""  # where the savepoint under way is to lie
    notes: str = ""
    faults: OrderedFaults = field(default_factory=OrderedFaults)


class LiveJobs:
    """The jobs that Flink has or is about to have, by their ids, and how they come from one status to the next."""

    def __init__(
        self, operations: FlinkOperations, watch: FlinkWatch, history: FlinkHistory, folders: ObsFolders
    ) -> None:
        self.runs: dict[int, FlinkRun] = {}
        self._operations, self._watch, self._history, self._folders = operations, watch, history, folders
        self._takes: dict[str, Callable[[StoredJob, FlinkRun, OperationOutcome, float], bool]] = {
            "submit": self._on_submitted,
            "savepoint": self._on_savepoint,
            "stop": self._on_stopped,
            "cancel": self._on_canceled,
        }

    def settle(self, job: StoredJob, now: float) -> bool:
        """Take over what operations have brought about and what the watch has seen. False: the job is gone."""
        live = self.runs.get(job.job_id)
        if live is None:
            if any(event.what == WATCH for event in job.events):
                self._come_back(job, now)  # the local DLI was away, and its Flink with it
            return True
        while (outcome := self._operations.outcome(live.key)) is not None:
            if not self._takes[outcome.what](job, live, outcome, now):
                self.forget(job)
                return False
        if live.jid and self.runs.get(job.job_id) is live:
            self._observe(job, live, self._watch.seen(live.jid), now)
        for event in [event for event in job.events if event.what != WATCH and event.at <= now]:
            job.events.remove(event)
            self._on_event(job, live, event, now)
        return True

    # -- what begins and ends a run ----------------------------------------------------------------------------------

    def submit(self, job: StoredJob, origin: Savepoint | None, now: float, faults: OrderedFaults) -> None:
        """A new run, `job_submitting`, from a savepoint or from empty state."""
        run = self._history.begin(job, origin, now)
        live = self.runs[job.job_id] = FlinkRun(f"{job.job_id}.{run.number}", faults=faults)
        job.status, job.status_desc, job.events = "job_submitting", "", [Event(0.0, WATCH)]
        wanted, slots = job.definition["parallel_number"], session_properties.slots(job.definition)
        if faults.submit_fail is not None:
            self._fail_submission(job, faults.submit_fail, now)
        elif slots is not None and wanted > slots:
            self._fail_submission(job, f"not enough slots: {wanted} are needed, {slots} are there", now)
        elif origin is not None and not self._folders.holds(origin.path):
            self._fail_submission(job, f"there is no savepoint at obs://{origin.path}/", now)
        else:
            try:
                self._hand_over(job, live, checkpoint_folder(job, run.number), origin)
            except OutsideFolderError as error:
                self._fail_submission(job, str(error), now)

    def _hand_over(self, job: StoredJob, live: FlinkRun, checkpoints: str, origin: Savepoint | None) -> None:
        given = session_properties.session_properties(job.definition, job.name, self._folders, checkpoints)
        if origin is not None:
            given["execution.state-recovery.path"] = self._folders.uri(origin.path)
        url = str(job.definition["udf_jar_url"] or "")
        jar = self._folders.at(directory(url)) if url.startswith("obs://") else None
        self._operations.submit(live.key, str(job.definition["sql_body"]), given, jar)

    def save(self, job: StoredJob, live: FlinkRun, goal: str, path: str) -> None:
        """Take a savepoint; unless the goal is one while the job goes on, end the job with it."""
        try:
            self._folders.at(path)
        except OutsideFolderError as error:
            job.status, job.status_desc = "job_running", f"The savepoint failed: {error}"
            return
        job.status, live.goal, live.path = "job_savepointing", goal, path
        begin = self._operations.savepoint if goal == "savepoint" else self._operations.stop
        begin(live.key, live.jid, self._folders.scratch())

    def cancel(self, job: StoredJob, live: FlinkRun, goal: str) -> None:
        """End the job without a savepoint, also when it is only being submitted."""
        job.status, live.goal = "job_canceling", goal
        self._operations.cancel(live.key)

    def end_now(self, job: StoredJob, at: float, outcome: str) -> None:
        """Record the end of the run at once; Flink's job is canceled in the background."""
        live = self.runs.get(job.job_id)
        if live is not None:
            self._operations.cancel(live.key)
            self.forget(job)
        self._history.end(job, at, outcome)

    def forget(self, job: StoredJob) -> None:
        """The job is not alive any more."""
        live = self.runs.pop(job.job_id, None)
        if live is not None:
            self._watch.forget(live.jid)

    def _come_back(self, job: StoredJob, now: float) -> None:
        # DLI is never away, so the job must go on: from the newest state there is, which `close` has tried to leave.
        if job.status == "job_canceling":
            self._history.end(job, now, "stopped")
            job.status, job.status_desc, job.events = "job_cancel_success", "", []
            return
        origin = self._history.newest(job)
        self._history.end(job, now, "left")
        self.submit(job, origin, now, OrderedFaults())
        whence = (
            f"{origin.kind} obs://{origin.path}/" if origin else "empty state: it had taken no checkpoint"
        )
        job.status_desc = f"The local DLI was restarted; the job goes on from {whence}."

    # -- what operations bring about -------------------------------------------------------------------------------

    def _on_submitted(self, job: StoredJob, live: FlinkRun, outcome: OperationOutcome, now: float) -> bool:
        if outcome.error:
            if live.goal == "run":
                self._fail_submission(job, outcome.error, now)
            return True  # it was stopped meanwhile: the outcome of the cancellation settles its status
        live.jid, live.notes = outcome.jid, outcome.notes
        if live.goal == "run":
            self._watch.follow(live.jid)
        return True

    def _on_savepoint(self, job: StoredJob, live: FlinkRun, outcome: OperationOutcome, now: float) -> bool:
        failed = outcome.error or ("It was lost." if live.faults.savepoint_fail else "")
        if not failed:
            self._folders.settle(outcome.path, live.path)
            job.savepoint = self._history.keep(job, "triggered", live.path, now)
        if job.status == "job_savepointing":
            job.status, live.goal = "job_running", "run"
            job.status_desc = f"The savepoint failed: {failed}" if failed else job.status_desc
        return True

    def _on_stopped(self, job: StoredJob, live: FlinkRun, outcome: OperationOutcome, now: float) -> bool:
        if outcome.error:
            # Flink ends a job only after its savepoint is complete: without one the job still runs.
            job.status, job.status_desc = "job_running", f"The savepoint failed: {outcome.error}"
            live.goal = "run"
            return True
        self._folders.settle(outcome.path, live.path)
        job.savepoint = self._history.keep(job, "builtin", live.path, now)
        return self._on_canceled(job, live, outcome, now)

    def _on_canceled(self, job: StoredJob, live: FlinkRun, _: OperationOutcome, now: float) -> bool:
        if live.goal == "remove":
            self._history.end(job, now, "removed")
            return False
        if live.goal == "stop":
            self._history.end(job, now, "stopped")
            job.status, job.status_desc, job.events = "job_cancel_success", "", []
            self.forget(job)
        return True

    # -- what Flink shows ------------------------------------------------------------------------------------------

    def _observe(self, job: StoredJob, live: FlinkRun, seen: FlinkFacts, now: float) -> None:
        self._history.note(job, seen)
        if live.goal not in ("run", "savepoint"):
            return  # it is being ended: the operation that ends it says how that went
        if not live.came_up:
            self._observe_start(job, live, seen, now)
        elif seen.state == "FINISHED":
            self._end(job, now, "finished", "job_finish", "")
        elif seen.state in _OVER:
            self._on_failure(job, live, _why(seen), now)
        elif seen.restarts > live.restarts and seen.up:
            job.restart_times += seen.restarts - live.restarts
            job.restarted_at += [now] * (seen.restarts - live.restarts)
            live.restarts = seen.restarts
            whence = f"from {self._history.shown(seen.restored)}" if seen.restored else "from empty state"
            job.status_desc = f"Restarted {job.restart_times} times, last {whence}, after {seen.exception}"

    def _observe_start(self, job: StoredJob, live: FlinkRun, seen: FlinkFacts, now: float) -> None:
        if seen.up or seen.state == "FINISHED":
            live.came_up, live.restarts = True, seen.restarts
            self._history.running(job, now)
            self._history.consume_savepoint(job)
            job.status, job.status_desc = "job_running", f"{job.status_desc} {live.notes}".strip()
            job.start_time = milliseconds(now)
            job.events += scheduled(ordered_events(live.faults), now)
        elif seen.exception or seen.state in _OVER:
            # A job that has never run with all its tasks has not come up, whatever Flink tries again.
            if seen.state not in _OVER:
                self._operations.cancel(live.key)
            self._fail_submission(job, _why(seen), now)

    def _on_failure(self, job: StoredJob, live: FlinkRun, text: str, now: float) -> None:
        self._end(job, now, "exception", "job_running_exception", text)
        resume = job.definition["resume_checkpoint"]
        ordered = live.faults.exception_after is not None
        # Flink restarts from checkpoints by itself; from empty state, or after a fault on order, DLI does.
        ours = job.definition["restart_when_exception"] and (ordered or not resume)
        if not ours or not restarts_left(job, now):
            return
        times = live.faults.exception_times - 1
        again = ordered and times > 0
        faults = (
            OrderedFaults(
                exception_after=live.faults.exception_after, exception_text=text, exception_times=times
            )
            if again
            else OrderedFaults()
        )
        self.submit(job, self._history.last_checkpoint(job) if resume else None, now, faults)
        job.restart_times += 1
        job.restarted_at.append(now)

    def _on_event(self, job: StoredJob, live: FlinkRun, event: Event, now: float) -> None:
        """A fault on order has come due."""
        if self.runs.get(job.job_id) is not live or not live.came_up:
            return
        self._operations.cancel(live.key)
        if event.what == "finished":
            self._end(job, now, "finished", "job_finish", "")
        else:
            self._on_failure(job, live, str(event.data["text"]), now)

    def _fail_submission(self, job: StoredJob, text: str, now: float) -> None:
        self._end(job, now, "submit_failed", "job_submit_fail", text)

    def _end(self, job: StoredJob, now: float, outcome: str, status: str, text: str) -> None:
        self._history.end(job, now, outcome)
        self.forget(job)
        job.status, job.status_desc, job.events = status, text, []


def _why(seen: FlinkFacts) -> str:
    return seen.exception or f"The job is {seen.state.lower()} in Flink."
