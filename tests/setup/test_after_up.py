"""What `make up` ends with, against a real engine and a local DLI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator
from tools.setup import CHECKOUT

PROGRAM = '''from dli_provider import FlinkSqlJob

SQL = """CREATE TABLE orders (id BIGINT) WITH ('connector' = 'datagen');
CREATE TABLE sink (id BIGINT) WITH ('connector' = 'print'); INSERT INTO sink SELECT id FROM orders;"""
FlinkSqlJob("orders", name="orders", queue_name="general", sql_body=SQL)
'''


@pytest.mark.engine
def test_the_jobs_their_address_and_what_to_try_next(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: summary\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "backend").mkdir()
    scripts = str(Path(sys.prefix) / "bin")
    environ = {
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "PYTHONPATH": str(CHECKOUT),
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def run(*command: str) -> str:
        told = subprocess.run(
            command,
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert told.returncode == 0, f"{told.stdout}\n{told.stderr}"
        return told.stdout

    with Emulator.start(start_latency=0.1, stop_latency=0.1) as dli:
        run("pulumi", "stack", "init", "dev")
        run("pulumi", "config", "set", "dli:endpoint", dli.url)
        run("pulumi", "config", "set", "dli:projectId", "0123456789abcdef0123456789abcdef")
        empty = run(sys.executable, "-m", "tools.after_up", "dev")
        run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
        told = run(sys.executable, "-m", "tools.after_up", "dev")
        run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "dev")
    row = next(line for line in told.splitlines() if "job_running" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")][::2] == ["orders", "job_running"]
    assert "general" in row
    assert f"The local DLI is at {dli.url}" in told
    assert "pulumi preview --stack dev" in told
    assert "job_running" not in empty
