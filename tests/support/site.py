"""A Pulumi project that deploys to a DLI project of its own, and what is true there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from dli_provider.connect import connect
from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.settings import Settings
from tests.support.declared import BUCKET, SQL
from tests.support.pulumi_project import PulumiProject

both_doors = pytest.mark.parametrize("door", ["dynamic", "plugin"], indirect=True)
"""For a story that is the same whether jobs are declared by the first door or by the second."""

_PATIENCE = 90.0
SECRETIVE = """import json
import pulumi
from dli_provider import FlinkSqlJob

password = pulumi.Config("sql").require_secret("password")
for name, arguments in json.load(open("jobs.json")).items():
    sql = arguments.pop("sql_body")
    FlinkSqlJob(name, sql_body=password.apply(lambda text, sql=sql: sql.replace("%pw%", text)), **arguments)
"""
"""Declares what is written in jobs.json, with the secret `sql:password` for every %pw% in their SQL."""
WITH_PASSWORD = SQL.replace("'datagen'", "'kafka', 'properties.password' = '%pw%'")


def job(**changes: Any) -> dict[str, Any]:
    """A job that runs and can take savepoints, named by Pulumi; changes of None take an argument out."""
    arguments = {
        "desc": "clicks by key",
        "queue_name": "q_stream",
        "sql_body": SQL,
        "cu_number": 4,
        "checkpoint_enabled": True,
        "obs_bucket": BUCKET,
        "smn_topic": "alarm",
        "health_window": 0.2,
    }
    return {name: value for name, value in (arguments | changes).items() if value is not None}


@dataclass(frozen=True)
class Held:
    """Calls that wait at the local DLI until they are let go."""

    dli: Emulator
    fault: int

    def wait_for(self, calls: int = 1) -> None:
        """Until so many wait at once."""
        deadline = time.monotonic() + _PATIENCE
        while self._held() < calls:
            assert time.monotonic() < deadline, f"{self._held()} of {calls} calls have come"
            time.sleep(0.05)

    def _held(self) -> int:
        return next(fault.held for fault in self.dli.faults() if fault.id == self.fault)


@contextmanager
def hold(dli: Emulator, project_id: str, call: str, **rule: Any) -> Iterator[Held]:
    """Hold a call before it is carried out, or after (`when`); it is let go at the end."""
    fault = dli.add_fault("pause", call, project=project_id, **rule)
    try:
        yield Held(dli, fault.id)
    finally:
        dli.remove_fault(fault)


@dataclass
class Site:
    """`pulumi` is what a user types; the rest asks the local DLI what has become of it."""

    pulumi: PulumiProject
    dli: Emulator
    project_id: str
    _cursor: int = 0

    def another(self, name: str) -> Site:
        """Another Pulumi project for the same project at DLI."""
        own = PulumiProject.make(
            self.pulumi.folder.parent / name, self.pulumi.environ, name, self.pulumi.door
        )
        return replace(self, pulumi=own)

    def jobs(self) -> list[JobView]:
        """All jobs there are, by id."""
        return self.dli.jobs(self.project_id)

    def job(self) -> JobView:
        """The only job there is."""
        (only,) = self.jobs()
        return only

    def calls(self) -> list[str]:
        """The calls meant to change something that DLI has carried out, or refused, since this was last asked."""
        entries = self.dli.writes(self._cursor, project=self.project_id)
        if entries:
            self._cursor = entries[-1].seq
        return [entry.call for entry in entries if entry.executed]

    def held(self, call: str, **rule: Any) -> AbstractContextManager[Held]:
        """Hold a call of this project, as `hold` does."""
        return hold(self.dli, self.project_id, call, **rule)

    def fault(self, kind: str, call: str = "*", **rule: Any) -> int:
        """Order a fault for this project alone; its id."""
        return self.dli.add_fault(kind, call, project=self.project_id, **rule).id

    def out_of_band(self, **changes: Any) -> None:
        """What somebody else does to the only job."""
        self.dli.change_job(self.project_id, self.job().job_id, **changes)

    def delete(self, job_id: int) -> None:
        """Somebody else deletes a job."""
        with connect(Settings(self.dli.url, self.project_id)) as api:
            api.delete(job_id)


def by_hand(site: Site, name: str = "orders", *, runs: bool = True, **changes: Any) -> int:
    """A job that somebody made in the console; its id."""
    arguments = {key: value for key, value in job(**changes).items() if key != "health_window"}
    with connect(Settings(site.dli.url, site.project_id)) as api:
        api.authorize_bucket(arguments["obs_bucket"])
        job_id = api.create(create_document(JobSpec(name=name, **arguments)))
        if runs:
            api.run(job_id, resume_savepoint=False)
            site.dli.advance(5)
    site.calls()
    return job_id
