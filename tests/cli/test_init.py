"""`dli init` from live jobs: what it declares, and that nothing is written where there is nothing to declare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.job.fields import JobSpec
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.support.declared import BUCKET, job

PROJECT = "p-init"
Init = Callable[..., Result]


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0) as emulator:
        emulator.authorize(PROJECT, BUCKET)
        with connect(Settings(emulator.url, PROJECT)) as api:
            for name, queue in (("orders", "q_a"), ("clicks", "q_b")):
                # Without an owner: somebody made it in the console.
                Lifecycle(api, lambda *_: None).create(
                    JobSpec(**job(name=name, queue_name=queue, owner=None))
                )
            Lifecycle(api, lambda *_: None).create(JobSpec(**job(name="owned", queue_name="q_owned")))
        yield emulator


@pytest.fixture
def init(dli: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    """The command in an empty folder; the environment names the local DLI."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / ".home"))
    for variable in ("HW_REGION_NAME", "HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_AUTH_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DLI_ENDPOINT", dli.url)
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)
    return lambda *arguments: CliRunner().invoke(cli, ["init", *arguments])


def test_the_live_jobs_that_no_stack_owns_are_declared(init: Init, dli: Emulator, tmp_path: Path) -> None:
    done = init("shop", "--from-live")
    assert done.exit_code == 0, done.output
    assert "declared 2 live jobs in shop/live/jobs.py" in done.output
    assert "left out: owned" in done.output
    assert (tmp_path / "shop/live/jobs.py").read_text().count("adopt=") == 2
    assert {file.name for file in (tmp_path / "shop/live").iterdir()} == {
        "__init__.py",
        "jobs.py",
        "orders.sql",
        "clicks.sql",
    }
    config = yaml.safe_load((tmp_path / "shop/stacks/Pulumi.dev.yaml").read_text())["config"]
    assert config == {"dli:endpoint": dli.url, "dli:projectId": PROJECT}


def test_only_those_of_a_queue(init: Init, tmp_path: Path) -> None:
    done = init("shop", "--queue", "q_b")
    assert done.exit_code == 0, done.output
    assert "declared 1 live job in shop/live/jobs.py" in done.output
    assert {file.name for file in (tmp_path / "shop/live").glob("*.sql")} == {"clicks.sql"}


@pytest.mark.parametrize("queue", ["q_nobody", "q_owned"])
def test_where_there_is_nothing_to_declare_nothing_is_written(init: Init, tmp_path: Path, queue: str) -> None:
    done = init("shop", "--queue", queue)
    assert done.exit_code == 1
    assert f"error: DLI has no SQL job on queue {queue} that no stack owns" in done.output
    assert ("owned (job " in done.output) is (queue == "q_owned"), "which jobs are left out is said"
    assert not (tmp_path / "shop").exists()


def test_what_somebody_wrote_is_not_written_over(init: Init, tmp_path: Path) -> None:
    (tmp_path / "shop/live").mkdir(parents=True)
    (tmp_path / "shop/live/orders.sql").write_text("mine")
    done = init("shop", "--from-live")
    assert done.exit_code == 2
    assert "has live/orders.sql already" in done.output
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["orders.sql"]


def test_a_dli_that_cannot_be_asked_writes_nothing(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLI_ENDPOINT", "http://127.0.0.1:9")
    done = init("shop", "--from-live")
    assert done.exit_code == 1
    assert not (tmp_path / "shop").exists()


def test_the_jobs_of_a_terraform_state_are_declared_and_let_go(
    init: Init, dli: Emulator, tmp_path: Path
) -> None:
    with connect(Settings(dli.url, PROJECT)) as api:
        (orders,) = (live.job_id for live in api.list_all() if live.name == "orders")
    instance = {"schema_version": 0, "attributes": {"id": str(orders), "name": "orders"}}
    resource = {
        "mode": "managed",
        "type": "huaweicloud_dli_flinksql_job",
        "name": "orders",
        "provider": 'provider["registry.terraform.io/huaweicloud/huaweicloud"]',
        "instances": [instance],
    }
    (tmp_path / "terraform.tfstate").write_text(json.dumps({"version": 4, "resources": [resource]}))
    done = init("shop", "--from-tfstate", "terraform.tfstate")
    assert done.exit_code == 0, done.output
    assert "declared 1 live job in shop/live/jobs.py" in done.output
    assert done.output.index("    pulumi up\n") < done.output.index(
        "terraform state rm 'huaweicloud_dli_flinksql_job.orders'"
    )
    assert {file.name for file in (tmp_path / "shop/live").glob("*.sql")} == {"orders.sql"}


@pytest.mark.parametrize(
    "wrong",
    [
        ("shop", "--from-live", "--from-stack", "old.json"),
        ("shop", "--stack", "qa"),
        ("--stack", "qa", "--from-live"),
        ("shop", "--like", "dev"),
    ],
)
def test_what_excludes_each_other_is_wrong_use(init: Init, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert init(*wrong).exit_code == 2
    assert not (tmp_path / "shop").exists()
