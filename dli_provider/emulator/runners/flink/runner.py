"""DLI's status machine over a real Flink. Changes jobs; asks nobody and waits for nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from dli_provider.emulator.clock import milliseconds
from dli_provider.emulator.job import Event, Job, Run, Savepoint, directory
from dli_provider.emulator.runners import Mischief
from dli_provider.emulator.runners.flink import properties
from dli_provider.emulator.runners.flink.folders import Folders
from dli_provider.emulator.runners.flink.graphs import Graphs
from dli_provider.emulator.runners.flink.operations import Operations, Outcome
from dli_provider.emulator.runners.flink.records import Records
from dli_provider.emulator.runners.flink.watch import GONE, Seen, Watch
from dli_provider.emulator.store import Store
from dli_provider.flink.cluster import Cluster

_HOUR: Final = 3600.0
_WATCH: Final = "watch"  # an event that is always due: the job is looked at in each transaction
_LEAVE: Final = 15.0  # seconds for savepoints when the local DLI stops


@dataclass
class _Live:
    """What is known of a job that Flink has, or is about to have."""

    jid: str = ""
    came_up: bool = False
    restarts: int = 0  # by Flink, as far as told
    goal: str = "run"  # run, savepoint, stop, remove
    path: str = ""  # where the savepoint under way is to lie
    mischief: Mischief = field(default_factory=Mischief)


class FlinkRunner:
    """One Flink job at a time for each job of DLI."""

    lively = True

    def __init__(self, store: Store, cluster: Cluster) -> None:
        self._cluster = cluster
        self.folders = Folders(cluster.home / "obs")
        self._operations, self._watch = Operations(cluster), Watch(cluster)
        self._records = Records(store, self.folders)
        self._live: dict[int, _Live] = {}
        self.graphs = Graphs(cluster, self.folders, self._seen)
        self._takes: dict[str, Callable[[Job, _Live, Outcome, float], bool]] = {
            "submit": self._on_submitted,
            "savepoint": self._on_savepoint,
            "stop": self._on_stopped,
            "cancel": self._on_canceled,
        }

    # -- what the calls ask for ------------------------------------------------------------------------------------

    def start(self, job: Job, origin: Savepoint | None, now: float, mischief: Mischief) -> None:
        """`job_submitting`, until Flink runs every task of it or has refused it."""
        job.restarted_at, job.restart_times = [], 0
        self._submit(job, origin, now, mischief)

    def stop(self, job: Job, trigger_savepoint: bool, now: float, mischief: Mischief) -> None:
        """`job_savepointing` when there is state to save, else `job_canceling`; then `job_cancel_success`."""
        live = self._live.get(job.job_id, _Live())
        live.mischief = mischief
        if trigger_savepoint and live.came_up and job.status in ("job_running", "job_cancel_fail"):
            self._save(job, live, "stop", self._records.builtin_path(job, now))
        else:
            self._cancel(job, live, "stop")

    def savepoint(self, job: Job, path: str, now: float, mischief: Mischief) -> None:
        """`job_savepointing`, then `job_running` again."""
        live = self._live.get(job.job_id, _Live())
        live.mischief = mischief
        self._save(job, live, "savepoint", directory(path) or self._records.builtin_path(job, now))

    def remove(self, job: Job, now: float, through_canceling: bool) -> bool:
        """Cancel for good; gone at once unless a stop has to be seen first."""
        live = self._live.get(job.job_id)
        if live is None:
            self.end_run(job, now, "removed")
            return True
        self._cancel(job, live, "remove")
        if not through_canceling:
            self._close_run(job, now, "removed")
            return True
        return False

    def freeze(self, job: Job, now: float) -> None:
        """Arrears cancel what runs; its last checkpoint stays."""
        self.end_run(job, now, "arrears")
        job.status, job.status_desc, job.events = "job_arrearage_stopped", "The account is in arrears.", []

    def recover(self, job: Job, now: float) -> None:
        """After payment a job comes back from its last checkpoint."""
        self._submit(job, self._records.last_checkpoint(job), now, Mischief())
        job.status = "job_arrearage_recovering"

    def end_run(self, job: Job, at: float, outcome: str) -> None:
        """Cancel what Flink has of the job, and close its run."""
        live = self._live.get(job.job_id)
        if live is not None and live.jid:
            self._operations.cancel(job.job_id, live.jid)
            self._forget(job)
        self._close_run(job, at, outcome)

    def force_running(self, job: Job, now: float) -> None:
        """Out of band: a run from empty state that nobody asked DLI for."""
        self._submit(job, None, now, Mischief())

    # -- what time does --------------------------------------------------------------------------------------------

    def settle(self, job: Job, now: float) -> bool:
        """Take over what operations have brought about and what the watch has seen. False: the job is gone."""
        live = self._live.get(job.job_id)
        if live is None:
            if any(event.what == _WATCH for event in job.events):
                self._come_back(job, now)  # the local DLI was away, and its Flink with it
            return True
        while (outcome := self._operations.outcome(job.job_id)) is not None:
            if not self._takes[outcome.what](job, live, outcome, now):
                self._forget(job)
                return False
        if live.jid and self._live.get(job.job_id) is live:
            self._observe(job, live, self._watch.seen(live.jid), now)
        for event in [event for event in job.events if event.what != _WATCH and event.at <= now]:
            job.events.remove(event)
            self._on_event(job, live, event, now)
        return True

    def close(self, jobs: list[Job], now: float) -> None:
        """The local DLI stops: what runs is stopped with a savepoint, from which it goes on next time."""
        leaving = [(job, live) for job in jobs if (live := self._live.get(job.job_id)) and live.came_up]
        for job, live in leaving:
            self._save(job, live, "leave", f"{self._records.bucket(job)}/jobs/left/{job.job_id}")
        self._operations.wait(_LEAVE)
        for job, live in leaving:
            outcome = self._operations.outcome(job.job_id)
            if outcome is not None and outcome.path:
                self.folders.settle(outcome.path, live.path)
                self._records.keep(job, "left", live.path, now)
            job.status = "job_running"
        self._watch.stop()
        self._operations.close()

    def reset(self) -> None:
        """Cancel everything."""
        for job_id, live in list(self._live.items()):
            if live.jid:
                self._operations.cancel(job_id, live.jid)
                self._watch.forget(live.jid)
        self._live.clear()

    def _come_back(self, job: Job, now: float) -> None:
        if job.status == "job_canceling":
            self._close_run(job, now, "stopped")
            job.status, job.status_desc, job.events = "job_cancel_success", "", []
            return
        origin = self._records.newest(job)
        self._close_run(job, now, "left")
        self._submit(job, origin, now, Mischief())
        whence = (
            f"{origin.kind} obs://{origin.path}/" if origin else "empty state: it had taken no checkpoint"
        )
        job.status_desc = f"The local DLI was restarted; the job goes on from {whence}."

    # -- what operations bring about -------------------------------------------------------------------------------

    def _submit(self, job: Job, origin: Savepoint | None, now: float, mischief: Mischief) -> None:
        run = self._records.begin(job, origin, now)
        job.status, job.status_desc, job.events = "job_submitting", "", [Event(0.0, _WATCH)]
        live = self._live[job.job_id] = _Live(mischief=mischief)
        wanted, slots = job.definition["parallel_number"], properties.slots(job.definition)
        if mischief.submit_fail is not None:
            self._fail_submission(job, mischief.submit_fail, now)
        elif slots is not None and wanted > slots:
            self._fail_submission(job, f"not enough slots: {wanted} are needed, {slots} are there", now)
        elif origin is not None and not self.folders.holds(origin.path):
            self._fail_submission(job, f"there is no savepoint at obs://{origin.path}/", now)
        else:
            live.goal = "run"
            given = properties.session_properties(
                job.definition, job.name, self.folders, self._records.checkpoints(job, run.number)
            )
            if origin is not None:
                given["execution.state-recovery.path"] = self.folders.uri(origin.path)
            sql = self.folders.mapped_sql(str(job.definition["sql_body"]))
            jar = str(job.definition["udf_jar_url"] or "")
            if jar.startswith("obs://"):
                sql = f"ADD JAR '{self.folders.at(directory(jar))}'; {sql}"
            self._operations.submit(job.job_id, sql, given)

    def _on_submitted(self, job: Job, live: _Live, outcome: Outcome, now: float) -> bool:
        if outcome.error:
            self._fail_submission(job, outcome.error, now)
            return live.goal != "remove"
        live.jid = outcome.jid
        if live.goal in ("stop", "remove"):  # it was stopped while it was being submitted
            self._operations.cancel(job.job_id, live.jid)
        else:
            self._watch.follow(live.jid)
        return True

    def _on_savepoint(self, job: Job, live: _Live, outcome: Outcome, now: float) -> bool:
        failed = outcome.error or ("The savepoint was lost." if live.mischief.savepoint_fail else "")
        if not failed:
            self.folders.settle(outcome.path, live.path)
            job.savepoint = self._records.keep(job, "triggered", live.path, now)
        if job.status == "job_savepointing":
            job.status = "job_running"
            job.status_desc = f"The savepoint failed: {failed}" if failed else job.status_desc
        live.goal = "run"
        return True

    def _on_stopped(self, job: Job, live: _Live, outcome: Outcome, now: float) -> bool:
        if outcome.error:
            job.status, job.status_desc = "job_running", f"The savepoint failed: {outcome.error}"
            live.goal = "run"
            return True
        self.folders.settle(outcome.path, live.path)
        job.savepoint = self._records.keep(job, "builtin", live.path, now)
        return self._on_canceled(job, live, outcome, now)

    def _on_canceled(self, job: Job, live: _Live, _: Outcome, now: float) -> bool:
        if live.goal == "remove":
            self._close_run(job, now, "removed")
            return False
        if live.goal == "stop":
            self._close_run(job, now, "stopped")
            job.status, job.status_desc, job.events = "job_cancel_success", "", []
            self._forget(job)
        return True

    # -- what Flink shows ------------------------------------------------------------------------------------------

    def _observe(self, job: Job, live: _Live, seen: Seen, now: float) -> None:
        self._records.note(job, seen)
        if not live.came_up:
            self._observe_start(job, live, seen, now)
        elif seen.state == "FINISHED" and live.goal == "run":
            self._end(job, now, "finished", "job_finish", "")
        elif seen.state in ("FAILED", "CANCELED", GONE) and live.goal in ("run", "savepoint"):
            text = seen.exception or f"The job is {seen.state.lower()} in Flink."
            self._on_failure(job, live, text, now)
        elif seen.restarts > live.restarts and seen.up:
            job.restart_times += seen.restarts - live.restarts
            job.restarted_at += [now] * (seen.restarts - live.restarts)
            live.restarts = seen.restarts
            whence = f"from {self._records.shown(seen.restored)}" if seen.restored else "from empty state"
            job.status_desc = f"Restarted {job.restart_times} times, last {whence}, after {seen.exception}"

    def _observe_start(self, job: Job, live: _Live, seen: Seen, now: float) -> None:
        if seen.up or seen.state == "FINISHED":
            live.came_up, live.restarts = True, seen.restarts
            self._records.running(job, now)
            self._records.consume_savepoint(job)
            kept = job.status_desc if "restarted" in job.status_desc else ""
            job.status, job.status_desc, job.start_time = "job_running", kept, milliseconds(now)
            job.events += _fate(live.mischief, now)
        elif seen.exception or seen.state in ("FAILED", "CANCELED", GONE):
            # A job that has never run with all its tasks has not come up, whatever it tries again.
            text = seen.exception or f"The job is {seen.state.lower()} in Flink."
            if live.jid and seen.state not in ("FAILED", "CANCELED", GONE):
                self._operations.cancel(job.job_id, live.jid)
            self._fail_submission(job, text, now)

    def _on_failure(self, job: Job, live: _Live, text: str, now: float) -> None:
        self._end(job, now, "exception", "job_running_exception", text)
        recent = [moment for moment in job.restarted_at if moment > now - _HOUR]
        limit = job.definition["resume_max_num"]
        again = job.definition["restart_when_exception"] and (limit == -1 or len(recent) < limit)
        ordered = live.mischief.exception_after is not None
        if again and (ordered or not job.definition["resume_checkpoint"]):
            # Flink restarts from checkpoints by itself; from empty state, or after a fault on order, DLI does.
            resume = job.definition["resume_checkpoint"]
            times = live.mischief.exception_times - 1
            mischief = Mischief(exception_after=live.mischief.exception_after, exception_times=times)
            self._submit(
                job,
                self._records.last_checkpoint(job) if resume else None,
                now,
                mischief if ordered and times > 0 else Mischief(),
            )
            job.restart_times += 1
            job.restarted_at.append(now)

    def _on_event(self, job: Job, live: _Live, event: Event, now: float) -> None:
        """A fault on order has come due."""
        if self._live.get(job.job_id) is not live or not live.came_up:
            return
        self._operations.cancel(job.job_id, live.jid)
        if event.what == "finished":
            self._end(job, now, "finished", "job_finish", "")
        else:
            self._on_failure(job, live, str(event.data["text"]), now)

    # -- the same few things everywhere ------------------------------------------------------------------------------

    def _save(self, job: Job, live: _Live, goal: str, path: str) -> None:
        job.status, live.goal, live.path = "job_savepointing", goal, path
        begin = self._operations.savepoint if goal == "savepoint" else self._operations.stop
        begin(job.job_id, live.jid, self.folders.scratch())

    def _cancel(self, job: Job, live: _Live, goal: str) -> None:
        job.status, live.goal = "job_canceling", goal
        if live.jid:
            self._operations.cancel(job.job_id, live.jid)

    def _fail_submission(self, job: Job, text: str, now: float) -> None:
        self._end(job, now, "submit_failed", "job_submit_fail", text)

    def _end(self, job: Job, now: float, outcome: str, status: str, text: str) -> None:
        self._close_run(job, now, outcome)
        self._forget(job)
        job.status, job.status_desc, job.events = status, text, []

    def _close_run(self, job: Job, at: float, outcome: str) -> None:
        self._records.end(job, at, outcome)

    def _forget(self, job: Job) -> None:
        live = self._live.pop(job.job_id, None)
        if live is not None:
            self._watch.forget(live.jid)

    def _seen(self, job: Job) -> tuple[str, Seen]:
        live = self._live.get(job.job_id)
        return (live.jid, self._watch.seen(live.jid)) if live and live.jid else ("", Seen(GONE, up=False))


def _fate(mischief: Mischief, now: float) -> list[Event]:
    events = []
    if mischief.exception_after is not None:
        text = mischief.exception_text or "The job failed at run time."
        events.append(Event(now + mischief.exception_after, "exception", {"text": text}))
    if mischief.finish_after is not None:
        events.append(Event(now + mischief.finish_after, "finished"))
    return events


def engine(cluster: Cluster) -> Callable[[Store, Any], FlinkRunner]:
    """How a local DLI gets its runner."""
    return lambda store, _settings: FlinkRunner(store, cluster)


__all__ = ["FlinkRunner", "Run", "engine"]
