"""`dli emulator` as a user types it: real processes, real ports, and clear words when something is in the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dli_provider.emulator.admin_client import AdminClient
from tests.emulator.plain import PROJECT, Api, code_of

pytestmark = pytest.mark.slow


class Shell:
    """Runs `dli emulator` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dli_provider.cli.emulator", *words],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self("status", "--json")))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell("stop")


def test_a_day_with_the_local_dli(shell: Shell) -> None:
    assert json.loads(shell("status", "--json", code=1))["running"] is False
    assert "http://127.0.0.1:" in shell(
        "start", "--port", "0", "--start-latency", "0.05", "--queue", "mine:4"
    )
    running = shell.status()
    assert (running["running"], running["jobs"]) == (True, 0)
    assert "runs already" in shell("start", "--stop-latency", "0.01")
    assert shell.status()["pid"] == running["pid"]
    admin = AdminClient(running["url"])
    assert (admin.settings().start_latency, admin.settings().stop_latency) == (0.05, 0.01)
    with requests.Session() as session:
        api = Api(admin, session=session)
        job_id = api.made(queue_name="mine")
        assert api.run(job_id).status_code == 200
    assert "1 job" in shell("status")
    assert (shell.folder / ".dli" / ".gitignore").read_text() == "*\n"

    os.kill(running["pid"], signal.SIGKILL)
    time.sleep(0.2)  # its lock goes with it
    assert shell("start", "--port", "0").startswith("Local DLI on")
    again = shell.status()
    assert (again["jobs"], again["pid"] != running["pid"]) == (1, True)
    assert AdminClient(again["url"]).job(PROJECT, job_id).status == "job_running"

    assert "as new" in shell("reset")
    assert shell.status()["jobs"] == 0
    assert "stopped" in shell("stop")
    assert "not running" in shell("stop")
    assert not (shell.folder / ".dli" / "emulator.json").exists()
    assert "as new" in shell("reset")
    assert not (shell.folder / ".dli" / "emulator.db").exists()


def test_credentials_come_from_options_or_the_environment(shell: Shell) -> None:
    assert "go together" in shell("start", "--ak", "AK", code=2)
    shell("start", "--port", "0", "--token", "good", DLI_EMULATOR_AK="AK", DLI_EMULATOR_SK="very-secret")
    running = shell.status()
    address = f"{running['url']}/v1.0/{PROJECT}/streaming/jobs"
    assert code_of(requests.get(address, timeout=5)) == "APIGW.0301"
    assert requests.get(address, headers={"X-Auth-Token": "good"}, timeout=5).status_code == 200
    command = Path(f"/proc/{running['pid']}/cmdline")
    if command.exists():
        assert b"good" not in command.read_bytes()
    assert "other credentials" in shell("start", "--token", "another", code=1)
    assert "runs already" in shell("start", "--token", "good", "--ak", "AK", "--sk", "very-secret")


def test_a_taken_port_is_told(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"port {port} is taken by another program; choose one with --port" in shell(
            "start", "--port", port, code=1
        )
    shell("start", "--port", "0")
    port = shell.status()["url"].rsplit(":", 1)[1]
    told = shell("start", "--port", port, "--state", "other/state.db", code=1)
    assert "another local DLI" in told
    assert "stop it first" in shell("start", "--port", "1", code=1)


def test_stale_and_broken_notes_heal(shell: Shell) -> None:
    folder = shell.folder / ".dli"
    folder.mkdir()
    (folder / "emulator.json").write_text(
        json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:1", "state": "x"})
    )
    assert json.loads(shell("status", "--json", code=1))["running"] is False
    (folder / "emulator.json").write_text("{")
    assert shell("start", "--port", "0").startswith("Local DLI on")


def test_the_foreground_ends_with_its_note(tmp_path: Path) -> None:
    state = tmp_path / "s.db"
    command = [
        sys.executable,
        "-m",
        "dli_provider.cli.emulator",
        "start",
        "--foreground",
        "--port",
        "0",
        "--state",
        str(state),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Local DLI on http://127.0.0.1:")
        assert state.with_suffix(".json").exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert not state.with_suffix(".json").exists()


@pytest.mark.parametrize(
    "words", [("--help",), ("start", "--help"), ("stop", "--help"), ("status", "--help")]
)
def test_help_on_every_level(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert "local DLI" in Shell(tmp_path)(*words)


def test_wrong_use_is_code_2(tmp_path: Path) -> None:
    assert "NAME:CU" in Shell(tmp_path)("start", "--queue", "mine", code=2)
    Shell(tmp_path)("start", "--start-latency", "-1", code=2)


def test_looking_at_the_help_loads_no_server() -> None:
    code = (
        "import sys, dli_provider.cli.emulator; print({'fastapi', 'uvicorn', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
