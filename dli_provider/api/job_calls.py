"""The calls of a job's life: it is made, changed, looked at, run, saved, stopped and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dli_provider.api.call import CONFIRMED_BY_STATUS, Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.job_answers import JobPage, LiveJob, created_job_id, job_detail, job_page, update_time
from dli_provider.api.paging import PAGE, every_job
from dli_provider.api.retry import Repeat
from dli_provider.errors import Conflict

_SQL_JOBS = "streaming/sql-jobs"
_JOBS = "streaming/jobs"
_MISSING = frozenset({"DLI.0002", "DLI.0023"})


@dataclass(frozen=True)
class JobCalls(CallGroup):
    """Calls on jobs, and on the buckets that they write to."""

    def create(self, document: Mapping[str, object]) -> int:
        """Create a SQL job as a draft from a create document; its id. It does not run yet.

        Raises Conflict where the name is taken. Never repeated when it may have been carried out: look by
        name first. DLI API reference, 'Creating a SQL Job'.
        """
        call = Call("POST", _SQL_JOBS, body=document, confirmed_by="job")
        return self._read(call, f"job {document.get('name', '')!r}", created_job_id)

    def update(self, job_id: int, document: Mapping[str, object]) -> int | None:
        """Change the fields in an update document and no others; the update time in ms, where DLI says it.

        Raises NotFound, Conflict (the new name is taken), WrongStatus (a field that needs a stopped job).
        DLI API reference, 'Updating a SQL Job'.
        """
        call = Call(
            "PUT",
            f"{_SQL_JOBS}/{job_id}",
            body=document,
            repeat=Repeat.IDEMPOTENT,
            confirmed_by="job",
            asks_job=True,
        )
        return self._read(call, _job(job_id), update_time)

    def get(self, job_id: int) -> LiveJob:
        """A job as it is now. Raises NotFound. DLI API reference, 'Querying Job Details'."""
        call = Call(
            "GET", f"{_JOBS}/{job_id}", repeat=Repeat.READ, confirmed_by="job_detail", missing=_MISSING
        )
        return self._read(call, _job(job_id), job_detail)

    def list(
        self,
        name: str | None = None,
        status: str | None = None,
        queue_name: str | None = None,
        job_type: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_detail: bool = False,
        limit: int = PAGE,
        offset: int = 0,
        once: bool = False,
    ) -> JobPage:
        """One page of jobs, newest first, at most 100. Filters join with and. `once`: whoever calls repeats it.

        Whether `name` must be equal or may be a part is not documented: compare it again. Entries hold the
        job's definition only with `show_detail`. DLI API reference, 'Querying the Job List'.
        """
        filters = {"name": name, "status": status, "queue_name": queue_name, "job_type": job_type}
        query = {key: value for key, value in filters.items() if value is not None}
        if tags:
            query["tags"] = ",".join(f"{key}={value}" for key, value in tags.items())
        query |= {"show_detail": str(show_detail).lower(), "limit": str(limit), "offset": str(offset)}
        repeat = Repeat.NEVER if once else Repeat.READ
        call = Call("GET", _JOBS, query=query, repeat=repeat, confirmed_by="job_list")
        return self._read(call, "the list of jobs", job_page)

    def list_all(
        self,
        name: str | None = None,
        status: str | None = None,
        queue_name: str | None = None,
        job_type: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_detail: bool = False,
    ) -> Iterator[LiveJob]:
        """Every job that `list` finds, each once, although jobs may come and go meanwhile; what is guaranteed stands in
        `paging`."""
        return every_job(
            lambda offset: self.list(name, status, queue_name, job_type, tags, show_detail, PAGE, offset)
        )

    def delete(self, job_id: int) -> None:
        """Delete a job of any status. Raises NotFound where it is gone already.

        DLI API reference, 'Deleting a Job'.
        """
        call = Call(
            "DELETE",
            f"{_JOBS}/{job_id}",
            repeat=Repeat.IDEMPOTENT,
            confirmed_by=CONFIRMED_BY_STATUS,
            missing=_MISSING,
        )
        self._send(call, _job(job_id))

    def delete_batch(self, job_ids: Sequence[int]) -> None:
        """Delete several jobs. An error names each that was refused; the others may be gone.

        DLI API reference, 'Deleting Jobs in Batches'.
        """
        names = tuple(_job(job_id) for job_id in job_ids)
        call = Call("POST", f"{_JOBS}/delete", body={"job_ids": [*job_ids]}, elements=names)
        self._send(call, f"jobs {', '.join(map(str, job_ids))}")

    def run(self, job_id: int, resume_savepoint: bool) -> None:
        """Ask for a job to be started, from its latest savepoint or empty; returns before it is.

        Raises NotFound, WrongStatus (it runs already), and NoSavepoint where there is no savepoint to resume.
        DLI API reference, 'Running Jobs in Batches'.
        """
        body = {"job_ids": [job_id], "resume_savepoint": resume_savepoint}
        self._send(Call("POST", f"{_JOBS}/run", body=body, asks_job=True), _job(job_id))

    def stop(self, job_id: int, trigger_savepoint: bool) -> None:
        """Ask for a job to be stopped, with a savepoint or without; returns before it is.

        Raises NotFound, WrongStatus (it does not run). DLI API reference, 'Stopping Jobs in Batches'.
        """
        body = {"job_ids": [job_id], "trigger_savepoint": trigger_savepoint}
        self._send(Call("POST", f"{_JOBS}/stop", body=body, asks_job=True), _job(job_id))

    def trigger_savepoint(self, job_id: int, path: str) -> None:
        """Ask a running job for a savepoint under `path` ("bucket/directory/", with or without "obs://").

        Raises NotFound, WrongStatus (it does not run). Huawei Cloud SDK for DLI, 'ExecuteFlinkJobSavepoint'.
        """
        body = {"action": "TRIGGER", "savepoint_path": path.removeprefix("obs://")}
        self._send(Call("POST", f"{_JOBS}/{job_id}/savepoint", body=body, asks_job=True), _job(job_id))

    def import_savepoint(self, job_id: int, path: str) -> None:
        """Make the savepoint at `path` ("obs://bucket/directory/") the one that a stopped job resumes.

        Raises NotFound, WrongStatus (it runs). Huawei Cloud SDK for DLI, 'ImportFlinkJobSavepoint'.
        """
        body = {"job_id": job_id, "savepoint_path": "obs://" + path.removeprefix("obs://")}
        self._send(Call("POST", f"{_JOBS}/{job_id}/import-savepoint", body=body, asks_job=True), _job(job_id))

    def authorize_bucket(self, bucket: str) -> None:
        """Let DLI write checkpoints and logs to a bucket ("bucket", "bucket/dir" or "obs://bucket/dir").

        A bucket that is authorized already is fine. DLI API reference, 'Granting DLI the Access Permission
        to OBS'.
        """
        name = bucket.removeprefix("obs://").split("/")[0]
        call = Call("POST", "dli/obs-authorize", body={"obs_buckets": [name]}, repeat=Repeat.IDEMPOTENT)
        # DLI refuses to authorise a bucket twice. It is authorised, as was wanted.
        with suppress(Conflict):
            self._send(call, f"bucket {name}")


def _job(job_id: int) -> str:
    return f"job {job_id}"
