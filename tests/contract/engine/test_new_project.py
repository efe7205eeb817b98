"""From an empty folder to an own job that runs: what `dli init` prints is typed, with the real engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dli_provider.emulator.admin_client import AdminClient
from tests.api.scripted import free_port
from tests.support.json_documents import valid
from tests.support.pulumi_project import interpreter

pytestmark = pytest.mark.engine
BIN = Path(sys.prefix) / "bin"


def _reachable(document: str) -> list[tuple[str, str]]:
    findings = valid("doctor", document)["findings"]
    return [(each["health"], each["said"]) for each in findings if each["what"] == "reachable"]


Typed = Callable[..., str]


def a_mistake_is_told_in_a_line(typed: Typed, begin: str, folder: Path) -> None:
    """What is written wrong in a file is told by name, and not with a traceback of the program."""
    settings = folder / "stacks/releases/dev/clicks.yaml"
    right = settings.read_text()
    settings.write_text(right.replace("parallel_number", "paralel_number"))
    wrong = typed(f"{begin}! pulumi preview --color never")
    assert "clicks.yaml: paralel_number is not a setting of a job. Did you mean parallel_number?" in wrong
    assert "Traceback" not in wrong
    settings.write_text(right)


def a_further_stack_is_like_it_but_apart(typed: Typed, begin: str) -> None:
    """And without what was said of one of its jobs once."""
    consent = "pulumi config set --path --type string shop:jobs.clicks.allow_state_loss 012345678901"
    typed(f"{begin}{consent} && pulumi config set --path shop:jobs.clicks.cu_number 3")
    typed(f"{begin}pulumi config set --secret sql:password x1y2z3-x1y2z3")
    made = typed(f"{begin}dli init --stack staging")
    assert "    dli promote dev staging\n" in made
    assert "its secrets are those of dev, too: sql:password" in made
    of = {
        stack: json.loads(typed(f"{begin}pulumi config --stack {stack} --json --show-secrets"))
        for stack in ("dev", "staging")
    }
    ids = [held.pop("dli:projectId")["value"] for held in of.values()]
    assert ids[0] != ids[1]
    jobs = [json.loads(held.pop("shop:jobs")["value"])["clicks"] for held in of.values()]
    assert jobs == [{"allow_state_loss": "012345678901", "cu_number": 3}, {"cu_number": 3}]
    assert of["dev"] == of["staging"]
    assert "is there already" in typed(f"{begin}dli init --stack staging 2>&1", code=2)
    typed(f"{begin}pulumi config rm sql:password && pulumi config rm shop:jobs")


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

    # A port of its own, as other tests run beside. The command that was printed takes it from the config.
    told = typed("dli init shop")
    first, second = (line.strip() for line in told.partition("next:\n")[2].splitlines()[:2])
    port = re.search(r"127\.0\.0\.1:(\d+)", (tmp_path / "shop/stacks/Pulumi.dev.yaml").read_text())
    assert port
    config = tmp_path / "shop/stacks/Pulumi.dev.yaml"
    begin = f"{first.partition(' && dli emulator')[0]} && "
    own = f"http://127.0.0.1:{free_port()}"
    config.write_text(config.read_text().replace(f"http://127.0.0.1:{port[1]}", own))
    assert own in typed(first)
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

        a_mistake_is_told_in_a_line(typed, begin, tmp_path / "shop")
        a_further_stack_is_like_it_but_apart(typed, begin)

        # What the program names now is tried, though nothing of it is deployed.
        sql = next((tmp_path / "shop").rglob("clicks.sql"))
        kafka = "'connector' = 'kafka', 'topic' = 'p', 'format' = 'json', 'properties.bootstrap.servers' = 'k1:9092'"
        sql.write_text(sql.read_text().replace("'connector' = 'print'", kafka))
        ways = _reachable(typed(f"{begin}dli doctor --sql --json"))
        (project,) = re.findall(r"projectId: (\w+)", config.read_text())
        AdminClient(own).cut_off(project, "k1:9092")
        cut = _reachable(typed(f"{begin}dli doctor --sql --json", code=1))
        assert [(health, said.startswith("k1:9092 from queue ")) for health, said in (*ways, *cut)] == [
            ("OK", True),
            ("WRONG", True),
        ]
    finally:
        typed(f"{begin}dli emulator stop")
