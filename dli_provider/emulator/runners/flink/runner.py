"""DLI's calls on a real Flink. Changes jobs; asks nobody and waits for nobody, save when the local DLI ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any, Final

from dli_provider.emulator.job import Job, Savepoint, directory
from dli_provider.emulator.runners import Mischief
from dli_provider.emulator.runners.flink.course import Course, Live
from dli_provider.emulator.runners.flink.folders import Folders
from dli_provider.emulator.runners.flink.graphs import Graphs
from dli_provider.emulator.runners.flink.operations import Operations
from dli_provider.emulator.runners.flink.records import Records
from dli_provider.emulator.runners.flink.watch import GONE, Seen, Watch
from dli_provider.emulator.store import Store
from dli_provider.flink.cluster import Cluster

_LEAVE: Final = 15.0  # seconds for savepoints when the local DLI stops


class FlinkRunner:
    """One Flink job at a time for each job of DLI."""

    name = "flink"
    lively = True

    def __init__(self, store: Store, cluster: Cluster) -> None:
        self.folders = Folders(cluster.home / "obs")
        self._operations, self._watch = Operations(cluster), Watch(cluster)
        self._records = Records(store, self.folders)
        self._course = Course(self._operations, self._watch, self._records, self.folders)
        self.graphs = Graphs(cluster, self.folders, self._seen)

    def start(self, job: Job, origin: Savepoint | None, now: float, mischief: Mischief) -> None:
        """`job_submitting`, until Flink runs every task of it or has refused it."""
        job.restarted_at, job.restart_times = [], 0
        self._course.submit(job, origin, now, mischief)

    def stop(self, job: Job, trigger_savepoint: bool, now: float, mischief: Mischief) -> None:
        """`job_savepointing` when there is state to save, else `job_canceling`; then `job_cancel_success`."""
        live = self._live(job)
        if mischief.stop_fail or (trigger_savepoint and mischief.savepoint_fail == "keeps_running"):
            job.status = "job_cancel_fail" if mischief.stop_fail == "cancel_fail" else "job_running"
            job.status_desc = "The job could not be stopped."
        elif trigger_savepoint and live.came_up and not mischief.savepoint_fail:
            self._course.save(job, live, "stop", self._records.builtin_path(job, now))
        else:
            self._course.cancel(job, live, "stop")

    def savepoint(self, job: Job, path: str, now: float, mischief: Mischief) -> None:
        """`job_savepointing`, then `job_running` again."""
        live = self._live(job)
        live.mischief = mischief
        self._course.save(job, live, "savepoint", directory(path) or self._records.builtin_path(job, now))

    def remove(self, job: Job, now: float, through_canceling: bool) -> bool:
        """Cancel for good; gone at once unless a stop has to be seen first."""
        if through_canceling and job.job_id in self._course.live:
            self._course.cancel(job, self._live(job), "remove")
            return False
        self._course.cut(job, now, "removed")
        return True

    def freeze(self, job: Job, now: float) -> None:
        """Arrears cancel what runs; its last checkpoint stays."""
        self._course.cut(job, now, "arrears")
        job.status, job.status_desc, job.events = "job_arrearage_stopped", "The account is in arrears.", []

    def recover(self, job: Job, now: float) -> None:
        """After payment a job comes back from its last checkpoint."""
        self._course.submit(job, self._records.last_checkpoint(job), now, Mischief())
        job.status = "job_arrearage_recovering"

    def end_run(self, job: Job, at: float, outcome: str) -> None:
        """Cancel what Flink has of the job, and close its run."""
        self._course.cut(job, at, outcome)

    def force_running(self, job: Job, now: float) -> None:
        """Out of band: a run from empty state that nobody asked DLI for."""
        self._course.submit(job, None, now, Mischief())

    def settle(self, job: Job, now: float) -> bool:
        """Take over what has happened to the job. False: it is gone."""
        return self._course.settle(job, now)

    def close(self, jobs: list[Job], now: float) -> None:
        """The local DLI stops: what runs is stopped with a savepoint, from which it goes on next time."""
        alive = [(job, self._course.live[job.job_id]) for job in jobs if job.job_id in self._course.live]
        leaving = [(job, live) for job, live in alive if live.came_up and live.goal == "run"]
        for job, live in leaving:
            self._course.save(job, live, "leave", f"{self._records.bucket(job)}/jobs/left/{live.key}")
            job.status = "job_running"
        self._operations.wait(_LEAVE)
        for job, live in leaving:
            outcome = self._operations.outcome(live.key)
            if outcome is not None and outcome.path:
                self.folders.settle(outcome.path, live.path)
                self._records.keep(job, "left", live.path, now)
        self._watch.stop()
        self._operations.close()

    def reset(self) -> None:
        """Cancel everything."""
        for live in self._course.live.values():
            self._operations.cancel(live.key)
            self._watch.forget(live.jid)
        self._course.live.clear()
        self._operations.wait(_LEAVE)
        # Job ids begin anew, and what lay in the buckets must not be taken for state of the new jobs.
        shutil.rmtree(self.folders.root, ignore_errors=True)

    def _live(self, job: Job) -> Live:
        return self._course.live.get(job.job_id) or Live(f"{job.job_id}.{job.run}")

    def _seen(self, job: Job) -> tuple[str, Seen]:
        live = self._course.live.get(job.job_id)
        return (live.jid, self._watch.seen(live.jid)) if live and live.jid else ("", Seen(GONE, up=False))


def engine(cluster: Cluster) -> Callable[[Store, Any], FlinkRunner]:
    """How a local DLI gets its runner."""
    return lambda store, _settings: FlinkRunner(store, cluster)
