"""What a client asks of a local DLI whose jobs run on a real Flink, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from tests.flink.counting import until

PROJECT = "0123456789abcdef0123456789abcdef"
BUCKET = "stream-state"


@dataclass
class Dli:
    """The job API at `url`, for one project; `token` where it asks for one."""

    url: str
    token: str = ""

    def create(self, **definition: Any) -> int:
        """A job on an authorized bucket; its id."""
        self.post("/dli/obs-authorize", {"obs_buckets": [BUCKET]})
        given = {
            "name": "counts",
            "job_type": "flink_opensource_sql_job",
            "run_mode": "exclusive_cluster",
            "queue_name": "q_stream_dev",
            "cu_number": 4,
            "parallel_number": 1,
            "obs_bucket": BUCKET,
            "checkpoint_enabled": True,
            "checkpoint_interval": 1,
        }
        return int(self.post("/streaming/sql-jobs", given | definition)["job"]["job_id"])

    def update(self, job_id: int, **definition: Any) -> None:
        """Change a job at rest."""
        answer = requests.put(
            f"{self._base}/streaming/sql-jobs/{job_id}", json=definition, headers=self._headers, timeout=30
        )
        assert answer.ok, answer.text

    def run(self, job_id: int, *, resume: bool = False) -> None:
        """Deliver a run."""
        self.post("/streaming/jobs/run", {"job_ids": [job_id], "resume_savepoint": resume})

    def stop(self, job_id: int, *, savepoint: bool) -> None:
        """Deliver a stop."""
        self.post("/streaming/jobs/stop", {"job_ids": [job_id], "trigger_savepoint": savepoint})

    def get(self, job_id: int) -> dict[str, Any]:
        """The job's details."""
        answer = requests.get(f"{self._base}/streaming/jobs/{job_id}", headers=self._headers, timeout=30)
        assert answer.ok, answer.text
        detail: dict[str, Any] = answer.json()["job_detail"]
        return detail

    def wait(self, job_id: int, *statuses: str) -> dict[str, Any]:
        """Until the job is in one of these."""
        return until(lambda: self.get(job_id), lambda job: job["status"] in statuses)

    def post(self, path: str, body: Any) -> Any:
        """Any other call of v1.0."""
        answer = requests.post(self._base + path, json=body, headers=self._headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self.token} if self.token else {}

    @property
    def _base(self) -> str:
        return f"{self.url}/v1.0/{PROJECT}"
