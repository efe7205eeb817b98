"""`dli status`, `logs`, `savepoint`, `restart`, `stop` and `run`, against a local DLI, without a stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from dli_provider.connect import connect
from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.job.fields import JobSpec
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.support.declared import BUCKET, job

PROJECT = "p-by-hand"
Dli = Callable[..., Result]


@pytest.fixture(scope="module")
def _emulator() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0, stop_latency=0, savepoint_latency=0) as emulator:
        yield emulator


@pytest.fixture
def emulator(_emulator: Emulator) -> Emulator:
    _emulator.reset()
    return _emulator


@pytest.fixture
def dli(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dli:
    """The command line; it speaks to the local DLI because the environment says so, and there is no project here."""
    monkeypatch.chdir(tmp_path)
    for variable in ("HW_REGION_NAME", "HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_AUTH_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DLI_ENDPOINT", emulator.url)
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)

    def run(*arguments: str, **how: Any) -> Result:
        return CliRunner().invoke(cli, arguments, catch_exceptions=True, **how)

    return run


def deployed(emulator: Emulator, **changes: Any) -> int:
    """A job that some stack has deployed; its id."""
    emulator.authorize(PROJECT, BUCKET)
    with connect(Settings(emulator.url, PROJECT)) as api:
        return Lifecycle(api, lambda *_: None).create(JobSpec(**job(**changes))).job_id


def the(emulator: Emulator, job_id: int) -> JobView:
    return emulator.job(PROJECT, job_id)


def calls(emulator: Emulator, since: int) -> list[str]:
    return [entry.call for entry in emulator.writes(since, project=PROJECT)]


def test_a_savepoint_is_taken_while_the_job_runs_on(emulator: Emulator, dli: Dli) -> None:
    job_id, since = deployed(emulator), emulator.cursor()
    done = dli("savepoint", "orders", "--yes")
    assert done.exit_code == 0, done.output
    assert "orders: IN_PLACE - the job runs on" in done.output
    assert done.stdout.splitlines()[-1] == the(emulator, job_id).tags["pulumi_savepoint"]
    assert "stack shop/dev sees no difference" in done.output
    after = the(emulator, job_id)
    assert (after.status, after.run) == ("job_running", 1)
    assert after.tags["pulumi_savepoint"].startswith(f"obs://{BUCKET}/savepoints/orders/")
    assert calls(emulator, since) == ["savepoint", "tags_create"]


@pytest.mark.slow
def test_a_job_is_stopped_run_and_restarted_with_its_state(emulator: Emulator, dli: Dli) -> None:
    job_id = deployed(emulator)
    lineage = the(emulator, job_id).lineage
    stopped = dli("stop", str(job_id), "--yes")
    assert "STOP (status: job_running -> job_cancel_success) - state carried by savepoint" in stopped.output
    assert "stack shop/dev runs it again from its savepoint at its next `pulumi up`" in stopped.output
    assert the(emulator, job_id).status == "job_cancel_success"
    assert "nothing to do: it is job_cancel_success" in dli("stop", "orders", "--yes").output
    assert "unless it declares desired_state='running'" in dli("run", "orders", "--yes").output
    restarted = dli("restart", "orders", "--yes")
    assert "orders: RESTART - state carried by savepoint" in restarted.output
    after = the(emulator, job_id)
    assert (after.status, after.run, after.lineage) == ("job_running", 3, lineage)


def test_nothing_is_done_that_was_not_agreed_to(emulator: Emulator, dli: Dli) -> None:
    deployed(emulator)
    since = emulator.cursor()
    refused = dli("stop", "orders", input="n\n")
    assert refused.exit_code == 1
    assert calls(emulator, since) == []
    assert dli("stop", "orders", input="y\n").exit_code == 0


@pytest.mark.slow
def test_state_is_lost_only_with_consent(emulator: Emulator, dli: Dli) -> None:
    job_id = deployed(emulator, saves=False)
    since = emulator.cursor()
    for verb in ("restart", "savepoint"):
        refused = dli(verb, "orders", "--yes")
        assert refused.exit_code == 1
        assert "no savepoint can be taken" in str(refused.exception)
    assert calls(emulator, since) == []
    assert dli("restart", "orders", "--yes", "--lose-state").exit_code == 0
    assert the(emulator, job_id).run == 2


def test_an_unknown_job_is_told(emulator: Emulator, dli: Dli) -> None:
    for command in ("logs", "stop"):
        told = dli(command, "nowhere")
        assert told.exit_code == 1
        assert "nowhere: DLI has no job with this id or name" in str(told.exception)


def test_status_shows_every_job_with_two_calls(
    emulator: Emulator, dli: Dli, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Wide enough for all columns, however long ago each of them was: "1 min 5 s" takes more room than "9 s".
    monkeypatch.setenv("COLUMNS", "200")
    emulator.set(draft_limit=200)
    for number in range(120):
        deployed(
            emulator,
            name=f"job_{number}",
            desired_state="running" if number < 2 else "stopped",
            health_window=0,
        )
    failed = emulator.jobs(PROJECT)[0].job_id
    emulator.change_job(PROJECT, failed, status="job_running_exception", status_desc="division by zero")
    since = emulator.cursor()
    rows = json.loads(dli("status", "--json").stdout)["jobs"]
    asked = [entry.call for entry in emulator.requests(since, project=PROJECT)]
    assert asked == ["list", "list", "metrics"], "one list, of two pages"
    by_id = {int(row["job_id"]): row for row in rows}
    assert len(by_id) == 120
    assert by_id[failed]["status_desc"] == "division by zero"
    running = by_id[failed + 1]
    assert (running["status"], running["cu"], running["declared"]) == ("job_running", 4, None)
    assert running["read"] == running["written"] == 100.0
    table = dli("status").stdout.splitlines()
    columns = "job declared status since changed restarts in/s out/s CU savepoints"
    assert table[0].split() == columns.split()
    assert len([line for line in table if "! job_running_exception" in line]) == 1


def test_status_does_without_rates(emulator: Emulator, dli: Dli) -> None:
    deployed(emulator)
    emulator.add_fault("status", "metrics", status=404, times=None, project=PROJECT)
    told = dli("status", "--json")
    (row,) = json.loads(told.stdout)["jobs"]
    assert (row["status"], row["read"]) == ("job_running", None)
    assert told.stderr == "rates are not shown: A fault on order.\n"


def test_logs_tell_the_history_and_dlis_reason(emulator: Emulator, dli: Dli) -> None:
    job_id = deployed(emulator, log_enabled=True)
    emulator.change_job(PROJECT, job_id, status="job_running_exception", status_desc="division by zero")
    told = dli("logs", "orders").output
    lines = told.splitlines()
    assert lines[0] == f"orders (job {job_id})"
    for what in ("created", "last run began", "job_running_exception: division by zero"):
        assert any(line.endswith(what) for line in lines), told
    assert f"obs://{BUCKET}/jobs/logs/" in told
