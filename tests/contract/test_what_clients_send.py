"""What the client accepts, the local DLI accepts: random declarations at every edge, as documents over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from dli_provider.emulator.server import Emulator
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import complete_document
from dli_provider.job.fields import JobSpec
from dli_provider.plan.create import plan_create
from dli_provider.plan.steps import RunJob, Write
from dli_provider.pulumi import job_properties
from tests.contract.conftest import Tally
from tests.contract.edge_values import EDGES, Declarations
from tests.support.declared import SQL, Inputs

pytestmark = pytest.mark.slow

PROJECT = "p-agreement"
DECLARATIONS = 2000
"""So many are sent, about half of them to make a job and half to update it."""

WANTED: Mapping[str, str] = {
    r"flink_version must be one of": "DLI may have versions that its pages do not name yet, so the client only warns; "
    "the local DLI knows those of the pages",
    r"PUT .*(must be left out before|must be v1 before|an OBS path from) Flink": "which version a job got that named "
    "none is DLI's choice, made when it was created; the client does not guess it",
}
"""What the local DLI refuses although the client accepts it, and why that is right. Each must be seen."""


class SaidNo(Exception):
    """The local DLI said no."""


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0, draft_limit=10**6) as emulator:
        yield emulator


def test_what_the_client_accepts_the_local_dli_accepts(dli: Emulator, tally: Tally) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answers = Answers(dli, session)
        template = answers.ask("POST", "streaming/job-templates", {"name": "of_old", "sql_body": SQL})
        made = Declarations(20261129, int(template["template"]["template_id"]))
        while answers.asked < DECLARATIONS:
            first = made.next()
            answers.try_both(first, made.next(like=first))
    tally("declarations at the edges", answers.counted)
    assert answers.unexplained == []
    assert {*answers.counted} == {"accepted", *WANTED}, "an exception that is not needed any more is to go"
    assert [name for name in WIRED if len(made.accepted[name]) < 2] == ["template_id"], (
        "there is one template"
    )
    assert [name for name in EDGES if not made.refused[name]] == []


class Answers:
    """What the local DLI said of declarations."""

    def __init__(self, dli: Emulator, session: requests.Session) -> None:
        self._base, self._session = f"{dli.url}/v1.0/{PROJECT}", session
        self.counted: list[str] = []
        self.unexplained: list[tuple[str, Inputs]] = []
        self.asked = 0

    def try_both(self, first: Inputs, second: Inputs) -> None:
        """Make the first job as a deployment does, but for its run, then make it the second as an update does."""
        old, new = job_properties.spec(first), job_properties.spec(second)
        job_id = self._tried(first, lambda: self._make(old))
        if job_id is not None:
            path = f"streaming/sql-jobs/{job_id}"
            self._tried(second, lambda: self._update(path, new, old))

    def _make(self, spec: JobSpec) -> int:
        job_id = 0
        for step in plan_create(spec).steps:
            for write in () if isinstance(step, RunJob) else step.writes():
                answer = self._write(write, job_id)
                job_id = int(answer["job"].get("job_id", job_id)) if "job" in answer else job_id
        return job_id

    def _update(self, path: str, new: JobSpec, old: JobSpec) -> int:
        if new.obs_bucket:
            bucket = new.obs_bucket.removeprefix("obs://").split("/")[0]
            self.ask("POST", "dli/obs-authorize", {"obs_buckets": [bucket]})
        self.ask("PUT", path, complete_document(new, old))
        return 0

    def _tried(self, declared: Inputs, ask: Any) -> int | None:
        self.asked += 1
        try:
            found: int = ask()
        except SaidNo as refused:
            known = next((pattern for pattern in WANTED if re.search(pattern, str(refused))), None)
            guessed = known is not None and "PUT" in known
            if known is None or (guessed and declared.get("flink_version")):
                self.unexplained.append((str(refused), declared))
            else:
                self.counted.append(known)
            return None
        self.counted.append("accepted")
        return found

    def _write(self, write: Write, job_id: int) -> Mapping[str, Any]:
        return self.ask(write.method, write.path.replace("{job_id}", str(job_id)), write.body)

    def ask(self, method: str, path: str, body: Any) -> Mapping[str, Any]:
        """A call of DLI's. Raises SaidNo."""
        answer = self._session.request(method, f"{self._base}/{path}", json=body, timeout=20)
        if answer.status_code != 200:
            raise SaidNo(f"{method} {path}: {answer.text}")
        found: Mapping[str, Any] = answer.json()
        return found
