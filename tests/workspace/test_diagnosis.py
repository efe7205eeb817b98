"""`dli doctor`: each thing that can be missing is named, with a remedy; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.server import Emulator
from dli_provider.workspace.diagnosis import Health, examine
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


def test_without_java_nothing_is_said_of_flink(here: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here.delenv("JAVA_HOME", raising=False)
    here.setenv("PATH", str(tmp_path))
    found = {each.what: each for each in examine(None)}
    assert found["Java"].health is Health.NOTE
    assert "dli test" in found["Java"].remedy
    assert "Flink" not in found
