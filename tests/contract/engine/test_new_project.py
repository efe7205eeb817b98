"""From an empty folder to an own job that runs: what `dli init` prints is typed, with the real engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dli_provider.emulator.admin_client import AdminClient
from tests.support.json_documents import valid
from tests.support.pulumi_project import interpreter

pytestmark = pytest.mark.engine
BIN = Path(sys.prefix) / "bin"


def _reachable(document: str) -> list[tuple[str, str]]:
    findings = valid("doctor", document)["findings"]
    return [(each["health"], each["said"]) for each in findings if each["what"] == "reachable"]


def test_two_commands_after_init_a_job_runs(tmp_path: Path) -> None:
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "HW_", "DLI_"))
    }
    environ |= {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    environ |= {"PATH": f"{BIN}{os.pathsep}{environ['PATH']}", "PULUMI_PYTHON_CMD": interpreter()}

    def typed(line: str, code: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    # A port of its own, as other tests run beside: whoever has the usual one gets this one in the same way.
    told = typed("dli init shop")
    first, second = (line.strip() for line in told.partition("next:\n")[2].splitlines()[:2])
    port = re.search(r"127\.0\.0\.1:(\d+)", (tmp_path / "shop/stacks/Pulumi.dev.yaml").read_text())
    assert port
    config = tmp_path / "shop/stacks/Pulumi.dev.yaml"
    begin = f"{first.partition(' && dli emulator')[0]} && "
    started = typed(f"{begin}dli emulator start --port 0")
    found = re.search(r"http://127\.0\.0\.1:\d+", started)
    assert found
    config.write_text(config.read_text().replace(f"http://127.0.0.1:{port[1]}", found[0]))
    try:
        assert second == "pulumi up"
        typed(f"{begin}{second} --yes --skip-preview --suppress-progress")
        (row,) = valid("status", typed(f"{begin}dli status --json"))["jobs"]
        assert (row["job"], row["status"]) == ("clicks", "job_running")
        (stack,) = valid("review", typed(f"{begin}dli review --json"))["stacks"]
        assert [each for each in stack["findings"] if each["severity"] != "NOTE"] == []
        assert stack["risk"] == "NONE"
        # From a folder below, too.
        assert "running" in typed(f"{begin}cd stacks/releases && dli status")
        assert valid("doctor", typed(f"{begin}dli doctor --json"))["problems"] == 0

        # What the program names now is tried, though nothing of it is deployed.
        sql = next((tmp_path / "shop").rglob("clicks.sql"))
        kafka = "'connector' = 'kafka', 'topic' = 'p', 'format' = 'json', 'properties.bootstrap.servers' = 'k1:9092'"
        sql.write_text(sql.read_text().replace("'connector' = 'print'", kafka))
        ways = _reachable(typed(f"{begin}dli doctor --sql --json"))
        (project,) = re.findall(r"projectId: (\w+)", config.read_text())
        AdminClient(found[0]).cut_off(project, "k1:9092")
        cut = _reachable(typed(f"{begin}dli doctor --sql --json", code=1))
        assert [(health, said.startswith("k1:9092 from queue ")) for health, said in (*ways, *cut)] == [
            ("OK", True),
            ("WRONG", True),
        ]
    finally:
        typed(f"{begin}dli emulator stop")
