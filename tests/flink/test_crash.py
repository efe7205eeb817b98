"""The local DLI killed as hard as can be: nothing of it is left, and its jobs come back with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dli_provider.emulator import private_files, server_process
from dli_provider.flink.provision import Distribution
from tests.flink.counting import Counts, sql, until
from tests.flink.dli import Dli

pytestmark = pytest.mark.flink


def start(state: Path) -> server_process.ServerProcess:
    command = [sys.executable, "-m", "dli_provider.cli.emulator", "start", "--runner", "flink", "--port", "0"]
    told = subprocess.run([*command, "--state", str(state)], capture_output=True, text=True, timeout=180)
    assert told.returncode == 0, told.stdout + told.stderr
    running = server_process.running_server(state)
    assert running is not None
    return running


def test_kill_9_of_the_local_dli_leaves_no_process_and_loses_no_job(
    distribution: Distribution, tmp_path: Path
) -> None:
    state = tmp_path / "emulator.db"
    running = start(state)
    counts = Counts(tmp_path / "emulator.flink" / "log" / "taskmanager.out")
    try:
        client = Dli(running.url, private_files.token_of(state).read_text().strip())
        job_id = client.create(sql_body=sql("killed"))
        client.run(job_id)
        counts.wait("killed")
        client.wait(job_id, "job_running")
        checkpoints = tmp_path / "emulator.flink" / "obs" / "stream-state" / "jobs" / "checkpoint"
        until(lambda: list(checkpoints.glob("*/*/chk-*/_metadata")), bool)
        family = psutil.Process(running.pid).children(recursive=True)
        assert sum("java" in process.name() for process in family) == 3

        os.kill(running.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=20)
        assert not alive
        before = counts.under("killed")

        running = start(state)
        client = Dli(running.url, private_files.token_of(state).read_text().strip())
        job = client.wait(job_id, "job_running")
        assert "the job goes on from checkpoint obs://" in job["status_desc"]
        after = until(
            lambda: {key: seen[len(before[key]) :] for key, seen in counts.under("killed").items()},
            lambda seen: all(seen.values()),
        )
        for key, more in after.items():
            assert 1 < more[0] <= before[key][-1] + 1, "from the last checkpoint"
    finally:
        running.stop()
