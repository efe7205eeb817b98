"""DLI calls without a client: what goes in and out is seen as it travels."""

from __future__ import annotations

from typing import Any

import requests

from dli_provider.emulator.admin_client import AdminClient

PROJECT = "0123456789abcdef0123456789abcdef"
BUCKET = "stream-state"
SQL = (
    "create table s (a int) with ('connector' = 'datagen'); "
    "create table t (a int) with ('connector' = 'print'); insert into t select a from s;"
)
RUNNABLE = {
    "job_type": "flink_opensource_sql_job",
    "run_mode": "exclusive_cluster",
    "queue_name": "q_stream_dev",
    "sql_body": SQL,
}


class Api:
    """DLI calls, plain: each returns the raw answer."""

    def __init__(
        self, dli: AdminClient, project: str = PROJECT, session: requests.Session | None = None
    ) -> None:
        self.dli = dli
        self.project = project
        self.session = session or requests.Session()
        self.session.trust_env = False

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        version = "" if path.startswith("/v") else f"/v1.0/{self.project}"
        return self.session.request(method, self.dli.url + version + path, json=body, timeout=20, **options)

    def create(self, name: str = "job", **fields: Any) -> requests.Response:
        body = {**RUNNABLE, "name": name, **fields}
        return self(
            "POST", "/streaming/sql-jobs", {key: value for key, value in body.items() if value is not ...}
        )

    def update(self, job_id: object, **fields: Any) -> requests.Response:
        return self("PUT", f"/streaming/sql-jobs/{job_id}", fields)

    def get(self, job_id: object) -> requests.Response:
        return self("GET", f"/streaming/jobs/{job_id}")

    def run(self, *job_ids: int, resume: bool = False) -> requests.Response:
        return self("POST", "/streaming/jobs/run", {"job_ids": list(job_ids), "resume_savepoint": resume})

    def stop(self, *job_ids: int, savepoint: bool = False) -> requests.Response:
        return self(
            "POST", "/streaming/jobs/stop", {"job_ids": list(job_ids), "trigger_savepoint": savepoint}
        )

    def delete(self, job_id: object) -> requests.Response:
        return self("DELETE", f"/streaming/jobs/{job_id}")

    def savepoint(self, job_id: object, path: str = f"{BUCKET}/mine/") -> requests.Response:
        body = {"action": "TRIGGER", "savepoint_path": path}
        return self("POST", f"/streaming/jobs/{job_id}/savepoint", body)

    def import_savepoint(self, job_id: object, path: str) -> requests.Response:
        return self(
            "POST", f"/streaming/jobs/{job_id}/import-savepoint", {"job_id": job_id, "savepoint_path": path}
        )

    def made(self, name: str = "job", **fields: Any) -> int:
        """A fresh draft with a bucket; its id."""
        self.dli.authorize(self.project, BUCKET)
        answer = self.create(name, **{"obs_bucket": BUCKET, **fields})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["job"]["job_id"])

    def running(self, name: str = "job", **fields: Any) -> int:
        """A running job; its id."""
        job_id = self.made(name, **fields)
        assert self.run(job_id).status_code == 200
        self.dli.advance(1.5)
        assert self.status(job_id) == "job_running"
        return job_id

    def detail(self, job_id: object) -> dict[str, Any]:
        answer = self.get(job_id)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["job_detail"]
        return found

    def status(self, job_id: object) -> str:
        return str(self.detail(job_id)["status"])


def code_of(answer: requests.Response) -> str:
    """The error code of a refusal, in whichever body."""
    body = answer.json()
    return str((body[0] if isinstance(body, list) else body).get("error_code"))
