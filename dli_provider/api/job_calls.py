"""The calls of a job's life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dli_provider.api.call import CONFIRMED_BY_STATUS, Call
from dli_provider.api.call_group import CallGroup
from dli_provider.api.error_codes import BUCKET_ALREADY_AUTHORIZED
from dli_provider.api.job_answers import JobPage, LiveJob, created_job_id, job_detail, job_page, update_time
from dli_provider.api.retry import Repeat
from dli_provider.errors import DliError

_SQL_JOBS = "streaming/sql-jobs"
_JOBS = "streaming/jobs"
_MISSING = frozenset({"DLI.0002", "DLI.0023"})
PAGE = 100
"""The calls of a job's life."""


@dataclass(frozen=True)
class JobCalls(CallGroup):
    """Calls that make a job, change it, look at it, run, stop and save it, and delete it."""

    def create(self, document: Mapping[str, object]) -> int:
        """The calls of a job's life."""
        call = Call("POST", _SQL_JOBS, body=document, confirmed_by="job")
        return self._read(call, f"job {document.get('name', '')!r}", created_job_id)

    def update(self, job_id: int, document: Mapping[str, object]) -> int | None:
        """The calls of a job's life."""
        call = Call(
            "PUT", f"{_SQL_JOBS}/{job_id}", body=document, repeat=Repeat.IDEMPOTENT, confirmed_by="job"
        )
        return self._read(call, _job(job_id), update_time)

    def get(self, job_id: int) -> LiveJob:
        """The calls of a job's life."""
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
        """The calls of a job's life."""
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
        """The calls of a job's life."""
        seen: set[int] = set()
        offset = 0
        while True:
            page = self.list(name, status, queue_name, job_type, tags, show_detail, PAGE, offset)
            for job in page.jobs:
                if job.job_id not in seen:
                    seen.add(job.job_id)
                    yield job
            offset += len(page.jobs)
            if not page.jobs or (page.total is not None and offset >= page.total):
                return

    def delete(self, job_id: int) -> None:
        """The calls of a job's life."""
        call = Call(
            "DELETE",
            f"{_JOBS}/{job_id}",
            repeat=Repeat.IDEMPOTENT,
            confirmed_by=CONFIRMED_BY_STATUS,
            missing=_MISSING,
        )
        self._send(call, _job(job_id))

    def delete_batch(self, job_ids: Sequence[int]) -> None:
        """The calls of a job's life."""
        names = tuple(_job(job_id) for job_id in job_ids)
        call = Call("POST", f"{_JOBS}/delete", body={"job_ids": [*job_ids]}, elements=names)
        self._send(call, f"jobs {', '.join(map(str, job_ids))}")

    def run(self, job_id: int, resume_savepoint: bool) -> None:
        """The calls of a job's life."""
        body = {"job_ids": [job_id], "resume_savepoint": resume_savepoint}
        self._send(Call("POST", f"{_JOBS}/run", body=body), _job(job_id))

    def stop(self, job_id: int, trigger_savepoint: bool) -> None:
        """The calls of a job's life."""
        body = {"job_ids": [job_id], "trigger_savepoint": trigger_savepoint}
        self._send(Call("POST", f"{_JOBS}/stop", body=body), _job(job_id))

    def trigger_savepoint(self, job_id: int, path: str) -> None:
        """The calls of a job's life."""
        body = {"action": "TRIGGER", "savepoint_path": path.removeprefix("obs://")}
        self._send(Call("POST", f"{_JOBS}/{job_id}/savepoint", body=body), _job(job_id))

    def import_savepoint(self, job_id: int, path: str) -> None:
        """The calls of a job's life."""
        body = {"job_id": job_id, "savepoint_path": "obs://" + path.removeprefix("obs://")}
        self._send(Call("POST", f"{_JOBS}/{job_id}/import-savepoint", body=body), _job(job_id))

    def authorize_bucket(self, bucket: str) -> None:
        """The calls of a job's life."""
        name = bucket.removeprefix("obs://").split("/")[0]
        call = Call("POST", "dli/obs-authorize", body={"obs_buckets": [name]}, repeat=Repeat.IDEMPOTENT)
        try:
            self._send(call, f"bucket {name}")
        except DliError as error:
            if error.code != BUCKET_ALREADY_AUTHORIZED:
                raise


def _job(job_id: int) -> str:
    return f"job {job_id}"
