"""What is remembered of runs, savepoints and checkpoints that a real Flink made."""

from __future__ import annotations

from dli_provider.emulator.models import Run, Savepoint, StoredJob, bucket_of, digest, milliseconds
from dli_provider.emulator.runners.flink.flink_watch import FlinkFacts
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.emulator.store import Store


class Records:
    """Reads and writes the store; decides nothing about a job's status."""

    def __init__(self, store: Store, folders: ObsFolders) -> None:
        self._store, self._folders = store, folders

    # -- runs ------------------------------------------------------------------------------------------------------

    def begin(self, job: StoredJob, origin: Savepoint | None, at: float) -> Run:
        """The next run of a job, its state from a savepoint or empty."""
        job.run += 1
        lineage = f"{job.job_id}.{job.run}"
        run = Run(job.job_id, job.run, at, dict(job.definition), digest(job.definition), lineage, observed=0)
        if origin is not None:
            run.lineage, run.records_before, run.resumed_from = (
                origin.lineage,
                origin.records,
                origin.origin(),
            )
            run.observed = origin.records
        self._store.save_run(run)
        return run

    def running(self, job: StoredJob, at: float) -> None:
        """The run has come up."""
        run = self._store.run(job.job_id, job.run)
        if run is not None:
            run.running_since = at
            self._store.save_run(run)

    def note(self, job: StoredJob, seen: FlinkFacts) -> None:
        """How many records the sources have read, with those of the runs before."""
        run = self._store.run(job.job_id, job.run)
        if run is None or run.ended_at is not None:
            return
        records = run.records_before + sum(count for count, _ in seen.sources.values())
        if records > (run.observed or 0):
            run.observed = records
            self._store.save_run(run)

    def end(self, job: StoredJob, at: float, outcome: str) -> None:
        """Close the present run, if one is open; its last checkpoint stays in the bucket."""
        run = self._store.run(job.job_id, job.run)
        if run is None or run.ended_at is not None:
            return
        run.ended_at, run.outcome = at, outcome
        self._store.save_run(run)
        self.last_checkpoint(job)

    # -- state at rest ---------------------------------------------------------------------------------------------

    def keep(self, job: StoredJob, kind: str, path: str, at: float) -> int | None:
        """Remember a savepoint or checkpoint of the present run; its id."""
        run = self._store.run(job.job_id, job.run)
        if run is None:
            return None
        savepoint = Savepoint(
            project=job.project,
            job_id=job.job_id,
            kind=kind,
            path=path,
            created_at=at,
            records=run.records(at),
            lineage=run.lineage,
            run=run.number,
            definition_digest=run.definition_digest,
        )
        self._store.add_savepoint(savepoint)
        return savepoint.id

    def consume_savepoint(self, job: StoredJob) -> None:
        """A savepoint that a stop took lives until the next start; its files stay, for the run leans on them."""
        used = self._store.savepoint(job.savepoint)
        if used is not None and used.kind == "builtin" and used.job_id == job.job_id:
            self._store.remove_savepoint(used.id)
        job.savepoint = None

    def last_checkpoint(self, job: StoredJob) -> Savepoint | None:
        """The newest checkpoint that any run of a job has left on disk."""
        for number in range(job.run, 0, -1):
            path = self._folders.newest(self.checkpoints(job, number))
            if path is not None:
                known = self._store.savepoint_at(job.project, path)
                if known is None:
                    self.keep(job, "checkpoint", path, self._folders.age(path))
                return self._store.savepoint_at(job.project, path)
        return None

    def newest(self, job: StoredJob) -> Savepoint | None:
        """The newest state of the present run: left, a checkpoint, a savepoint, or what it began from."""
        run = self._store.run(job.job_id, job.run)
        if run is None:
            return None
        own = [each for each in self._store.savepoints(job.project) if each.job_id == job.job_id]
        checkpoint = self._folders.newest(self.checkpoints(job, run.number))
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

    # -- places ----------------------------------------------------------------------------------------------------

    def bucket(self, job: StoredJob) -> str:
        """The bucket of a job's own, or one of the local DLI's."""
        return bucket_of(job.definition["obs_bucket"] or "") or "dli"

    def checkpoints(self, job: StoredJob, number: int) -> str:
        """Where the checkpoints of one run lie."""
        return f"{self.bucket(job)}/jobs/checkpoint/{job.job_id}_{number}"

    def builtin_path(self, job: StoredJob, now: float) -> str:
        """Where a stop puts its savepoint."""
        return f"{self.bucket(job)}/jobs/savepoint/{job.job_id}/{milliseconds(now)}"

    def shown(self, uri: str) -> str:
        """A folder as the OBS path that it stands for."""
        return uri.replace(self._folders.root.as_uri() + "/", "obs://").replace(
            f"file:{self._folders.root}/", "obs://"
        )
