"""The statuses that a job has had: each as of its own time, however late anybody looks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.local_dli import LocalDli
from dli_provider.emulator.models import Event, StoredJob
from dli_provider.emulator.runners.simulated import SimulatedRunner
from tests.emulator.plain import Api


def test_each_status_is_noted_when_it_came(api: Api) -> None:
    job_id = api.made()
    api.dli.set_latency(start=10, stop=20, savepoint=5)
    api.run(job_id)
    api.dli.advance(100)
    api.stop(job_id, savepoint=True)
    api.dli.advance(1000)
    assert api.status(job_id) == "job_cancel_success"
    turns = api.dli.job(api.project, job_id).turns
    assert [turn.status for turn in turns] == [
        *("job_init", "job_submitting", "job_running"),
        *("job_savepointing", "job_canceling", "job_cancel_success"),
    ]
    lasted = [round(later.at - earlier.at) for earlier, later in pairwise(turns[1:])]
    assert lasted == [10, 90, 5, 20]


def test_a_job_that_fails_and_comes_back(api: Api) -> None:
    job_id = api.made(restart_when_exception=True)
    api.dli.add_fault("running_exception", "run", seconds=3, message="out of memory", repeats=2)
    api.run(job_id)
    api.dli.advance(60)
    assert api.status(job_id) == "job_running"
    turns = api.dli.job(api.project, job_id).turns[1:]
    assert [turn.status.removeprefix("job_") for turn in turns] == [
        *("submitting", "running", "running_exception"),
        *("running", "running_exception", "running"),
    ]
    assert {turn.status_desc for turn in turns if turn.status == "job_running_exception"} == {"out of memory"}
    assert [round(turn.at - turns[0].at) for turn in turns] == [0, 1, 4, 5, 8, 9]


@pytest.mark.slow
def test_of_very_many_the_latest_are_kept(api: Api) -> None:
    job_id = api.made()
    for _ in range(60):
        for status in ("job_running", "job_finish", "job_running", "job_init"):
            api.dli.change_job(api.project, job_id, status=status)
    turns = api.dli.job(api.project, job_id).turns
    assert (len(turns), turns[-1].status) == (200, "job_init")


def test_a_runner_that_always_wants_to_look_looks_now(tmp_path: Path) -> None:
    looks: list[float] = []

    class Watching(SimulatedRunner):
        def settle(self, job: StoredJob, now: float) -> bool:  # noqa: ARG002
            looks.append(now)
            return True

    local = LocalDli(tmp_path / "state.db", Credentials(), {}, {})
    local.runner = Watching(local.store, lambda: local.settings)
    job = StoredJob("p", {"name": "a", "job_type": "flink_sql_job"}, 0, 0, events=[Event(0.0, "watch")])
    local.store.add_job(job)
    now = local.clock.now() + 5
    local.settle(now)
    local.close()
    assert looks == [now]
