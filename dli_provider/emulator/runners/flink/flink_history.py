"""What is remembered of runs, savepoints and checkpoints that a real Flink made."""

from __future__ import annotations

from dli_provider.emulator.models import Run, Savepoint, StoredJob
from dli_provider.emulator.runners.flink.flink_watch import FlinkFacts
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.emulator.runners.history import RunHistory, checkpoint_folder
from dli_provider.emulator.store import Store


class FlinkHistory(RunHistory):
    """The history, with records as Flink counts them and state as it lies on disk."""

    def __init__(self, store: Store, folders: ObsFolders) -> None:
        super().__init__(store)
        self._folders = folders

    def begin(self, job: StoredJob, origin: Savepoint | None, at: float) -> Run:
        """The next run of a job; Flink counts from zero in each, so we add the records of the runs before it."""
        run = super().begin(job, origin, at)
        run.observed = run.records_before
        self._store.save_run(run)
        return run

    def end(self, job: StoredJob, at: float, outcome: str) -> Run | None:
        """Close the present run and return it; its last checkpoint stays in the bucket, and is remembered."""
        run = super().end(job, at, outcome)
        if run is not None:
            self.last_checkpoint(job)
        return run

    def note(self, job: StoredJob, seen: FlinkFacts) -> None:
        """How many records the sources have read, with those of the runs before."""
        run = self.present(job)
        if run is None or run.ended_at is not None:
            return
        records = run.records_before + sum(count for count, _ in seen.sources.values())
        if records > (run.observed or 0):
            run.observed = records
            self._store.save_run(run)

    def last_checkpoint(self, job: StoredJob) -> Savepoint | None:
        """The newest checkpoint that any run of a job has left on disk."""
        for number in range(job.run, 0, -1):
            path = self._folders.newest(checkpoint_folder(job, number))
            if path is not None:
                known = self._store.savepoint_at(job.project, path)
                if known is None:
                    self.keep(job, "checkpoint", path, self._folders.age(path))
                return self._store.savepoint_at(job.project, path)
        return None

    def newest(self, job: StoredJob) -> Savepoint | None:
        """The newest state of the present run: left, a checkpoint, a savepoint, or what it began from."""
        run = self.present(job)
        if run is None:
            return None
        checkpoint = self._folders.newest(checkpoint_folder(job, run.number))
        if checkpoint is not None:
            self.keep(job, "checkpoint", checkpoint, self._folders.age(checkpoint))
        own = [each for each in self._store.savepoints(job.project) if each.job_id == job.job_id]
        present = [each for each in own if each.run == run.number and self._folders.holds(each.path)]
        if present:
            return max(present, key=lambda each: self._folders.age(each.path))
        before = run.resumed_from
        if before is None or not self._folders.holds(str(before["path"])):
            return None
        return Savepoint(
            project=job.project,
            job_id=job.job_id,
            kind=str(before["kind"]),
            path=str(before["path"]),
            created_at=run.started_at,
            records=run.records_before,
            lineage=run.lineage,
            run=int(before["run"]),
            definition_digest=str(before["definition_digest"]),
            id=int(before["savepoint"]),
        )

    def shown(self, uri: str) -> str:
        """A folder as the OBS path that it stands for."""
        return uri.replace(self._folders.root.as_uri() + "/", "obs://").replace(
            f"file:{self._folders.root}/", "obs://"
        )
