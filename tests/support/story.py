"""A stack whose verbs are called as the engine calls them, against the local DLI."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.settings import Settings
from tests.support.site import job

OWNER = "shop/dev/orders"


class CutShort(BaseException):
    """Not an Exception, so that nobody catches it."""


@dataclass
class Story:
    """A stack's deployments, each in a process of its own."""

    dli: Emulator
    said: list[str] = field(default_factory=list)

    def process(self, **config: str) -> JobVerbs:
        """The verbs of a new process."""
        settings = {"dli:endpoint": self.dli.url, "dli:projectId": "p1", "dli:judge": "text"}
        settings |= {f"dli:{key}": value for key, value in config.items()}
        self.said.clear()
        return JobVerbs.configured(
            settings.get, {}, tell=self.said.append, warn=self.said.append, before_write=lambda: None
        )

    def up(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Make a job in a deployment of its own: its id, and the state."""
        return self.make(self.process(), **changes)

    def make(self, verbs: JobVerbs, **changes: Any) -> tuple[int, dict[str, Any]]:
        """What `up` does of a job that the state does not have."""
        job_id, state = verbs.create(self.check(verbs, {}, **changes))
        return int(job_id), state

    def check(self, verbs: JobVerbs, olds: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The checked arguments of the job in the program."""
        checked = verbs.check(olds, {**job(name="orders"), "owner": OWNER, **changes})
        assert not checked.failures
        return checked.inputs

    def gone(self, job_id: int, state: dict[str, Any]) -> dict[str, Any]:
        """The state after a refresh that finds the job deleted."""
        while True:
            found = self.process().read(job_id, state)
            assert found
            if found.outputs.get("gone"):
                return found.outputs
            time.sleep(0.05)

    def by_hand(self) -> int:
        """A job that somebody has made in the DLI console, and that runs."""
        with self.api() as api:
            api.authorize_bucket("stream-state")
            job_id = api.create(create_document(JobSpec(**job(name="orders"))))
            api.run(job_id, resume_savepoint=False)
            while api.get(job_id).start_time is None:
                time.sleep(0.05)
            return job_id

    def api(self) -> Client:
        """DLI itself."""
        return connect(Settings(self.dli.url, "p1"))

    def live(self) -> dict[int, str]:
        """The jobs at DLI, each with its status."""
        with self.api() as api:
            return {one.job_id: str(one.status) for one in api.list_all()}

    def imported(self) -> str:
        """The savepoint that DLI was asked to import before the last run, which was asked to resume it; "" where that
        run took what DLI itself had saved, or none."""
        calls = [entry for entry in self.dli.writes(0) if entry.call in ("import_savepoint", "run")]
        before, run = [None, *calls][-2:]
        assert run is not None
        assert run.call == "run"
        assert run.json()["resume_savepoint"], "the last run began empty"
        return before.json()["savepoint_path"] if before and before.call == "import_savepoint" else ""

    def told(self, words: str) -> bool:
        """Whether the user was told so."""
        return any(words in line for line in self.said)
