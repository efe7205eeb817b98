"""A project of its own on the shared local DLI: clients to it, and what is true there."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from requests import PreparedRequest

from dli_provider.api.client import Client
from dli_provider.api.signing import TokenAuth
from dli_provider.api.transport import Transport
from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.plan.ownership import BEGUN, RESERVED_PREFIX
from dli_provider.plan.steps import Write
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.contract.brisk_clock import EPOCH, BriskClock
from tests.contract.plugin_state import PluginState
from tests.contract.pulumi_state import PulumiState
from tests.support.declared import BUCKET, Inputs

_numbers = itertools.count(1)


def _nothing() -> None: ...


@dataclass(frozen=True)
class _WatchedAuth(TokenAuth):
    """Credentials are put on every call, right before it is sent."""

    before_call: Callable[[], None]

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        self.before_call()
        return super().__call__(request)


@dataclass
class DliProject:
    """One project. Each client has credentials that are this project's alone, so that they can be made to expire."""

    dli: Emulator
    project: str = field(default_factory=lambda: f"p{os.getpid()}-{next(_numbers)}")
    said: list[str] = field(default_factory=list)
    door: str = "dynamic"
    _deployments: int = 0

    def client(
        self, clock: BriskClock, before_call: Callable[[], None] = _nothing, **settings: Any
    ) -> Client:
        """A client; `before_call` is called before each call, `settings` are timeouts and the budget of repetitions.
        Close it."""
        patient = {"connect_timeout": 10.0, "read_timeout": 20.0, "retry_attempts": 3, "retry_seconds": 30.0}
        to = Settings(self.dli.url, self.project, token=self.project, **(patient | settings))
        return Client(
            Transport(
                to,
                _WatchedAuth(self.project, before_call),
                pool_size=1,
                sleep=clock.sleep,
                clock=clock.now,
                chance=lambda: 0.5,
            )
        )

    def deploy(
        self,
        what: Callable[[Lifecycle], None],
        *,
        before_call: Callable[[], None] = _nothing,
        hanging: float = 0.0,
        **settings: Any,
    ) -> None:
        """Do something with a lifecycle of its own, an hour after the last: a fresh process, as it were."""
        self._deployments += 1
        clock = BriskClock(self._began(self._deployments), hanging=hanging)
        with self.client(clock, before_call, **settings) as jobs:
            what(Lifecycle(jobs, lambda name, line: self.said.append(f"{name}: {line}"), clock))

    def _began(self, deployment: int) -> float:
        return EPOCH + 3600 * deployment

    def up(self, stack: PulumiState, inputs: Inputs, *, refresh: bool = False, **how: Any) -> None:
        """`pulumi up` by a fresh process."""
        self.deploy(lambda lifecycle: stack.up(lifecycle, inputs, refresh=refresh), **how)

    def stack(self) -> PulumiState:
        """An empty stack, whose programs declare jobs by this project's door: "dynamic" or "plugin"."""
        if self.door == "plugin":
            return PluginState(
                settings=Settings(self.dli.url, self.project, token=self.project), said=self.said
            )
        return PulumiState()

    def started(self, inputs: Inputs) -> PulumiState:
        """A stack whose job is deployed."""
        self.dli.authorize(self.project, BUCKET)
        stack = self.stack()
        self.up(stack, inputs)
        return stack

    def job(self) -> JobView | None:
        """The only job there is, or None."""
        jobs = self.dli.jobs(self.project)
        assert len(jobs) <= 1, f"duplicates: {[(job.job_id, job.name, job.status) for job in jobs]}"
        return jobs[0] if jobs else None

    def the_job(self) -> JobView:
        """The only job there is."""
        job = self.job()
        assert job is not None, "the job is gone"
        return job

    @property
    def next_stamp(self) -> str:
        """How the next deployment will stamp a savepoint."""
        return datetime.fromtimestamp(self._began(self._deployments + 1), timezone.utc).strftime(
            "%Y%m%dT%H%M%SZ"
        )

    def writes(self, since: int, job_id: int) -> list[Write]:
        """What was written since a cursor of the request log, in the form in which plans predict it."""
        entries = self.dli.writes(since, project=self.project)
        written = (
            Write(entry.method, _below(entry.path, self.project, job_id), _unnumbered(entry.json(), job_id))
            for entry in entries
        )
        return [unmarked for write in written if (unmarked := _without_marks(write))]


def _without_marks(write: Write) -> Write | None:
    """The write without what tells one attempt to create a job from another, which no plan predicts."""
    tags: Any = (write.body or {}).get("tags")
    if write.path.endswith("/tags/delete") and [tag["key"] for tag in tags] == [BEGUN]:
        return None
    if write.path != "streaming/sql-jobs" or not tags:
        return write
    users = [tag for tag in tags if not tag["key"].startswith(RESERVED_PREFIX)]
    body = {key: value for key, value in (write.body or {}).items() if key != "tags"}
    return replace(write, body=body | ({"tags": users} if users else {}))


def _below(path: str, project: str, job_id: int) -> str:
    return path.split(f"/{project}/", 1)[1].replace(str(job_id), "{job_id}")


def _unnumbered(body: Any, job_id: int) -> Any:
    if isinstance(body, dict):
        return {key: _unnumbered(value, job_id) for key, value in body.items()}
    if isinstance(body, list):
        return [_unnumbered(item, job_id) for item in body]
    return "{job_id}" if body == job_id and not isinstance(body, bool) else body
