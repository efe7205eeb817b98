"""Jobs made by hand, brought under management, changed behind the stack's back, and brought back: hundreds at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.sql import same_meaning
from tests.contract.engine import population
from tests.support.json_documents import valid
from tests.support.site import Site

pytestmark = pytest.mark.engine

JOBS = 320
AT_ONCE = ("--parallel", "64")

OTHER: dict[str, Any] = {
    "name": "renamed-by-hand",
    "desc": "changed by hand",
    "queue_name": "q_other",
    "sql_body": "CREATE TABLE s (k INT) WITH ('connector'='datagen'); INSERT INTO t SELECT k FROM s;",
    "cu_number": 16,
    "parallel_number": 3,
    "checkpoint_enabled": False,
    "checkpoint_mode": "exactly_once",
    "checkpoint_interval": 77,
    "obs_bucket": "somewhere-else",
    "log_enabled": False,
    "smn_topic": "nobody",
    "restart_when_exception": False,
    "idle_state_retention": 99,
    "dirty_data_strategy": "2:by-hand",
    "udf_jar_url": "obs://jars/other.jar",
    "manager_cu_number": 3,
    "tm_cus": 3,
    "tm_slot_num": 7,
    "operator_config": '{"operator_list": [{"id": "' + "a1" * 16 + '", "parallelism": 1}]}',
    "static_estimator_config": '{"operator_list": [{"id": "' + "a1" * 16 + '", "rate_factor": 0.1}]}',
    "resume_checkpoint": False,
    "resume_max_num": 9,
    "runtime_config": '[{"key": "by", "value": "hand"}]',
    "flink_version": "1.13",
    "flink_log_config": '{"root_logger_level": "ERROR"}',
    "execution_agency_urn": "another",
    "resource_config": {"max_slot": 5},
}
"""What somebody sets each field to, where the job has something else."""


def dli(site: Site, *arguments: str, code: int = 0) -> str:
    """The command `dli`, as it is typed in the project's folder."""
    command = [str(Path(sys.prefix) / "bin" / "dli"), *arguments]
    done = subprocess.run(
        command, cwd=site.pulumi.folder, env=site.pulumi.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_hundreds_of_jobs_made_by_hand_are_adopted_without_a_write_and_kept_as_they_are(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    site.pulumi.environ |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
    site.dli.set(start_latency=0, stop_latency=0, savepoint_latency=0, draft_limit=JOBS)
    clock = Laps()
    population.settle(site.dli, site.project_id, JOBS)
    before = {job.job_id: job for job in site.jobs()}
    failed: dict[int, list[str]] = {
        k: [] for k, job in before.items() if job.status == "job_running_exception"
    }
    clock.lap(f"{JOBS} jobs made by the official client")

    said = dli(site, "generate", "--all", "--out", "live", "--stack", "test", "--set-secrets")
    assert f"the SQL of {JOBS} jobs" in said
    written = "".join(file.read_text() for file in (site.pulumi.folder / "live").iterdir())
    assert not any(secret in written for secret in ("hunter2", "it''s", "pa$$w0rd"))
    site.pulumi.program("import live.jobs\n")
    site.calls()
    clock.lap("generated")

    assert site.pulumi.up(*AT_ONCE).changes == {"created": JOBS + 1}
    assert site.calls() == []
    assert site.pulumi.preview("--refresh", *AT_ONCE).changes == {"unchanged": JOBS + 1}
    assert {job.job_id: _lasting(job) for job in site.jobs()} == {k: _lasting(j) for k, j in before.items()}
    assert _drift(site) == failed, "a job that fails and is only reported goes on being reported"
    clock.lap("adopted, previewed")

    changed = _changed_by_hand(site, list(before.values()))
    report = valid("drift", dli(site, "drift", "--stack", "test", "--json", code=1))
    fields = {job_id: [field] for field, job_id in changed.items()}
    assert _found(report) == failed | fields
    assert changed.keys() == OTHER.keys()
    clock.lap("drift found")

    announced = [each["repair"] for each in report["drift"] if each["fields"]]
    told = site.pulumi.up("--refresh", *AT_ONCE)
    assert told.changes == {"updated": len(changed), "unchanged": JOBS + 1 - len(changed)}
    assert sorted(line for line in told.said if line in announced) == sorted(announced)
    after = {job.job_id: job for job in site.jobs()}
    for field, job_id in changed.items():
        now, then = after[job_id].definition[field], before[job_id].definition[field]
        assert _same(field, now, then), field
    assert _drift(site) == failed
    clock.lap("repaired")
    print(clock.laps)
    record_property(
        "tally", ("round trip", {"adopted unwritten": JOBS, "fields changed and repaired": len(changed)})
    )


def _drift(site: Site) -> dict[int, list[str]]:
    """The jobs that `dli drift` finds, each with the fields that it names."""
    return _found(valid("drift", dli(site, "drift", "--stack", "test", "--json", code=1)))


def _found(report: dict[str, Any]) -> dict[int, list[str]]:
    return {int(each["job_id"]): [one["field"] for one in each["fields"]] for each in report["drift"]}


def _changed_by_hand(site: Site, jobs: list[JobView]) -> dict[str, int]:
    """Every field is changed once, each in a job that declares it; the job by field."""
    changed: dict[str, int] = {}
    for field, value in OTHER.items():
        taken = set(changed.values())
        job = next(j for j in jobs if j.job_id not in taken and _declares(j, field, value))
        site.dli.change_job(site.project_id, job.job_id, definition={field: value})
        changed[field] = job.job_id
    return changed


def _declares(job: JobView, field: str, value: Any) -> bool:
    """Whether this job was generated with the field, has another value, and could be restarted if that is needed."""
    defaults = {"checkpoint_mode": "exactly_once", "parallel_number": 1, "cu_number": 2, "tm_cus": 1}
    defaults |= {"manager_cu_number": 1, "checkpoint_interval": 10}
    has = job.definition[field]
    plain = has not in (None, "", False, 0, -1, "0", 3600, defaults.get(field)) and has != value
    # A change that the state of a running job would not survive is refused, so it is made to a draft.
    wanted = "job_init" if field in ("checkpoint_enabled", "sql_body") else "job_running"
    return plain and bool(job.definition["checkpoint_enabled"]) and job.status == wanted


def _same(field: str, now: Any, then: Any) -> bool:
    """Whether both mean the same: comments with secrets are not kept, and defaults are written out."""
    if field == "sql_body":
        return same_meaning(now, then)
    if field == "resource_config":
        return bool(then.items() <= now.items())
    return bool(_parsed(now) == _parsed(then))


def _parsed(value: Any) -> Any:
    """A value, or what it says if it is JSON in a text, in whichever layout and order."""
    said = json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value
    return {each["key"]: each["value"] for each in said} if isinstance(said, list) else said


def _lasting(job: JobView) -> tuple[Any, ...]:
    return job.name, job.status, job.definition, job.tags, job.run, job.lineage


class Laps:
    """How long each part took, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.monotonic()

    def lap(self, what: str) -> None:
        now = time.monotonic()
        self.laps[what], self._since = round(now - self._since, 1), now
