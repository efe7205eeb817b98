"""`dli doctor`: each thing that can be missing is named, with a remedy; nothing is written."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from dli_provider.api.client import Client
from dli_provider.cli import cli
from dli_provider.connect import connect
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.server import Emulator
from dli_provider.job.fields import JobSpec
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from dli_provider.workspace.by_hand import operate
from dli_provider.workspace.diagnosis import Health, agency_of_dli, bucket_of, examine, rights
from tests.support.declared import BUCKET, job
from tests.support.json_documents import valid

PROJECT = "doctor"


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start() as started:
        yield started


@pytest.fixture
def here(dli: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No project, and an environment that names the local DLI."""
    for name in ("HW_REGION_NAME", "HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLI_ENDPOINT", dli.url)
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)
    return monkeypatch


def said(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments])


def wrong() -> dict[str, tuple[str, str]]:
    return {each.what: (each.said, each.remedy) for each in examine(None) if each.health is Health.WRONG}


def test_all_is_well_and_nothing_is_written(dli: Emulator, here: pytest.MonkeyPatch) -> None:
    since = dli.cursor()
    told = said()
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[-1] == "nothing is wrong"
    for what in ("engine", "language host", "endpoint", "clock", "credentials", "project", "permissions"):
        assert f"   ok  {what}: " in told.output, what
    assert {entry.method for entry in dli.requests(since)} <= {"GET", "HEAD"}
    assert valid("doctor", said("--json").stdout)["problems"] == 0


def test_an_endpoint_that_is_not_there(here: pytest.MonkeyPatch) -> None:
    here.setenv("DLI_ENDPOINT", "http://127.0.0.1:9")
    found = wrong()
    assert list(found) == ["endpoint"]
    assert "dli emulator start" in found["endpoint"][1]
    assert said().exit_code == 1
    assert valid("doctor", said("--json").stdout)["problems"] == 1


def test_settings_that_lack_something(here: pytest.MonkeyPatch) -> None:
    here.delenv("HW_PROJECT_ID")
    assert "no project id is given" in wrong()["settings"][0]


def test_credentials_that_are_refused(here: pytest.MonkeyPatch) -> None:
    with Emulator.start(credentials=Credentials(tokens=("right",))) as guarded:
        here.setenv("DLI_ENDPOINT", guarded.url)
        here.setenv("HW_AUTH_TOKEN", "not-the-right-one")
        found = wrong()
    assert list(found) == ["credentials"]
    assert found["credentials"][1]
    assert "not-the-right-one" not in str(found)


def test_a_clock_that_is_off(here: pytest.MonkeyPatch) -> None:
    found = {each.what: each for each in examine(None, wall=lambda: 1_000_000_000.0)}
    assert found["clock"].health is Health.WRONG
    assert "signatures" in found["clock"].remedy


def test_no_engine(here: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here.setenv("PATH", str(tmp_path))
    here.setattr("sys.prefix", str(tmp_path))
    assert "pulumi is not on PATH" in wrong()["engine"][0]


def token(left: float) -> str:
    """A token that ends in so many seconds."""
    ends = datetime.fromtimestamp(time.time() + left, timezone.utc)
    return base64.b64encode(f'{{"token":{{"expires_at":"{ends:%Y-%m-%dT%H:%M:%S}Z"}}}}'.encode()).decode()


def test_a_token_that_is_about_to_end(here: pytest.MonkeyPatch) -> None:
    for left, health in ((3_600, Health.OK), (200, Health.WRONG)):
        here.setenv("HW_AUTH_TOKEN", token(left))
        found = {each.what: each for each in examine(None)}["credentials"]
        assert (found.health, "a token, until" in found.said) == (health, True)
    assert "HW_AUTH_TOKEN" in found.remedy


@pytest.fixture
def live(dli: Emulator, here: pytest.MonkeyPatch) -> Iterator[tuple[Client, int]]:
    """DLI, and a job there that runs and has written its state into a bucket."""
    dli.reset()
    with connect(Settings(dli.url, PROJECT)) as api:
        dli.authorize(PROJECT, BUCKET)
        outcome = Lifecycle(api, lambda *_: None).create(JobSpec(**job(name="orders")))
        yield api, outcome.job_id
    dli.reset()


def test_that_dli_writes_to_a_bucket_is_shown_by_what_it_has_written(live: tuple[Client, int]) -> None:
    api, job_id = live
    nothing = bucket_of(api, "another", [job_id, 4711])
    assert (nothing.health, "DLI has no call that tells" in nothing.said) == (Health.NOTE, True)
    operate(api, "savepoint", "orders", None, lose_state=False, tell=lambda _: None, agree=lambda: None)
    proof = bucket_of(api, f"obs://{BUCKET}/state", [4711, job_id])
    assert proof.health is Health.OK
    assert f"{BUCKET}: DLI has written obs://{BUCKET}/" in proof.said


def test_what_may_be_read_is_tried_and_what_may_be_written_is_said_not_to_be(
    live: tuple[Client, int], dli: Emulator
) -> None:
    api, job_id = live
    (found,) = rights(api, job_id)
    assert found.health is Health.OK
    assert found.said.startswith("jobs and their tags may be read; whether they may be changed")
    for call, health, said in (
        ("tags_get", Health.NOTE, "their tags cannot"),
        ("get", Health.WRONG, "jobs may be listed, and not be read"),
    ):
        dli.add_fault("status", call, status=403, times=None)
        (found,) = rights(api, job_id)
        assert (found.health, said in found.said, bool(found.remedy)) == (health, True, True)


def test_the_roles_of_dli_are_told_or_said_not_to_be_told(live: tuple[Client, int], dli: Emulator) -> None:
    api, _ = live
    none = agency_of_dli(api)
    assert (none.health, "no roles" in none.said) == (Health.NOTE, True)
    answer = requests.post(
        f"{dli.url}/v2/{PROJECT}/agency", json={"roles": ["smn_adm", "obs_adm"]}, timeout=10
    )
    assert answer.ok
    assert agency_of_dli(api).said == "DLI has been given obs_adm, smn_adm"
    dli.add_fault("status", "agency", status=404, times=None)
    gone = agency_of_dli(api)
    assert (gone.health, "does not tell" in gone.said) == (Health.NOTE, True)


def test_without_java_nothing_is_said_of_flink(here: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here.delenv("JAVA_HOME", raising=False)
    here.setenv("PATH", str(tmp_path))
    found = {each.what: each for each in examine(None)}
    assert found["Java"].health is Health.NOTE
    assert "dli test" in found["Java"].remedy
    assert "Flink" not in found
