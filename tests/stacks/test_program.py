"""The program under the real engine: the shop runs out of the box, its secret stays one, a mistake is one message."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = Path(sys.prefix) / "bin"

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Checkout:
    """A copy of the project with a state of its own, pointed to a local DLI of its own."""

    folder: Path

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PULUMI_HOME": str(self.folder / ".pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / '.state'}",
            "PULUMI_CONFIG_PASSPHRASE": "local-demo",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return subprocess.run(
            [BIN / "pulumi", *arguments, "--stack", "dev", "--color", "never"],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def did(self, *arguments: str) -> str:
        """The output of a command that must succeed."""
        told = self.pulumi(*arguments)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout


@pytest.fixture
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.1, stop_latency=0.1, savepoint_latency=0.1) as emulator:
        yield emulator


@pytest.fixture
def checkout(tmp_path: Path, dli: Emulator) -> Checkout:
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(CHECKOUT / name, tmp_path)
    shutil.copytree(CHECKOUT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "stacks" / "Pulumi.dev.yaml"
    config.write_text(re.sub(r"(dli:endpoint: ).*", rf"\g<1>{dli.url}", config.read_text()))
    (tmp_path / ".state").mkdir()
    made = Checkout(tmp_path)
    made.did("stack", "init")
    return made


def test_the_shop_runs_out_of_the_box_and_keeps_its_secret(checkout: Checkout) -> None:
    password = checkout.did("config", "get", "sql:customers_password").strip()
    checkout.did("up", "--yes", "--skip-preview")
    state = checkout.did("stack", "export")
    jobs = {
        each["outputs"]["name"]: each["outputs"]
        for each in json.loads(state)["deployment"]["resources"]
        if each["type"].endswith("dli:FlinkSqlJob")
    }
    assert {"order_enrichment", "hourly_revenue", "fraud_alerts"} <= jobs.keys()
    assert {job["status"] for job in jobs.values()} == {"job_running"}
    assert len(password) > 8
    assert password not in state
    assert isinstance(jobs["order_enrichment"]["sql_body"], dict), "encrypted"
    assert "unchanged" in checkout.did("up", "--yes", "--skip-preview", "--expect-no-changes")
    checkout.did("destroy", "--yes", "--skip-preview")


def test_a_mistake_is_one_message_and_no_traceback(checkout: Checkout) -> None:
    releases = checkout.folder / "stacks" / "releases" / "dev"
    (releases / "fraud_alerts.yaml").unlink()
    (releases / "hourly_revenue.yaml").write_text("paralel_number: 1\n")
    told = checkout.pulumi("preview")
    assert told.returncode != 0
    words = told.stdout + told.stderr
    assert "Traceback" not in words
    assert "fraud_alerts.sql has no settings beside it. Write stacks/releases/dev/fraud_alerts.yaml" in words
    assert (
        "hourly_revenue.yaml: paralel_number is not a setting of a job. Did you mean parallel_number?"
        in words
    )
