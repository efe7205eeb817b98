"""What is left out, and what is mistyped: every command says which stack it means, and what was likely meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from dli_provider.cli.emulator import group as emulator
from dli_provider.cli.options import stack_names
from dli_provider.emulator.server import Emulator
from dli_provider.errors import DliError


def told(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of no project, in an environment that names no DLI."""
    for name in (
        "DLI_ENDPOINT",
        "HW_REGION_NAME",
        "HW_PROJECT_ID",
        "HW_ACCESS_KEY",
        "HW_SECRET_KEY",
        "HW_AUTH_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("history", "orders"),
        ("savepoint", "orders"),
        ("run", "orders"),
        ("generate", "--all", "--out", "x"),
    ],
)
def test_whoever_names_no_dli_learns_of_stacks(command: tuple[str, ...], nowhere: Path) -> None:
    said = told(*command)
    assert isinstance(said.exception, DliError)
    assert "no region and no endpoint" in str(said.exception)
    assert "--stack" in str(said.exception)


def test_a_stack_and_none_exclude_each_other(nowhere: Path) -> None:
    assert told("status", "--stack", "dev", "--no-stack").exit_code == 2


@pytest.mark.parametrize(
    ("typed", "meant"), [("statsu", "status"), ("promot", "promote"), ("log", "logs"), ("Drift", "drift")]
)
def test_a_mistyped_command_is_guessed(typed: str, meant: str) -> None:
    said = told(typed)
    assert said.exit_code == 2
    # `logs` is an old name, which is understood and not advertised.
    assert (f"Did you mean {meant}?" in said.output) or meant == "logs"
    assert "error: there is no command" in said.output


def test_a_mistyped_command_of_a_group_is_guessed() -> None:
    assert "Did you mean status?" in told("emulator", "statsu").output


def test_a_mistyped_option_is_guessed() -> None:
    assert "--stack" in told("status", "--stak", "dev").output


@pytest.mark.parametrize("group", [(), ("sql",), ("emulator",)])
def test_a_group_without_a_command_says_once_which_there_are(group: tuple[str, ...]) -> None:
    said = told(*group)
    assert said.exit_code == 2
    assert said.output.count("Usage:") == 1
    assert "error" not in said.output
    assert "Commands:" in said.output or "Look:" in said.output


def test_an_old_name_still_works_and_is_not_listed() -> None:
    assert (
        told("logs", "--help").output.replace("dli logs", "dli history").splitlines()[1:]
        == told("history", "--help").output.splitlines()[1:]
    )
    assert "  logs  " not in told("--help").output


def test_help_has_every_command_once_under_what_one_wants_to_do() -> None:
    text = told("--help").output
    headings = [
        line for line in text.splitlines() if line and not line.startswith(" ") and line.endswith(":")
    ]
    assert headings == ["Options:", "Look:", "Change:", "Release:", "Local:"]
    context = cli.make_context("dli", ["--help"], resilient_parsing=True)
    for name in cli.list_commands(context):
        assert sum(line.split()[:1] == [name] for line in text.splitlines()) == 1, name


def test_a_mistyped_job_is_guessed(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator.start(start_latency=0) as dli:
        monkeypatch.setenv("DLI_ENDPOINT", dli.url)
        monkeypatch.setenv("HW_PROJECT_ID", "typos")
        dli.set(any_queue=True)
        from dli_provider.connect import connect
        from dli_provider.job.fields import JobSpec
        from dli_provider.run.lifecycle import Lifecycle
        from dli_provider.settings import Settings
        from tests.support.declared import BUCKET, job

        dli.authorize("typos", BUCKET)
        with connect(Settings(dli.url, "typos")) as api:
            Lifecycle(api, lambda *_: None).create(
                JobSpec(**job(name="fraud_alerts", desired_state="stopped"))
            )
        for command in ("history", "stop"):
            assert "did you mean fraud_alerts?" in str(told(command, "fraud_alert").exception)
        assert "did you mean" not in str(told("history", "zzz").exception)


def test_the_local_dli_of_a_project_is_found_from_each_of_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    below = tmp_path / "sql" / "more"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    states = []
    for folder in (tmp_path, below):
        monkeypatch.chdir(folder)
        context = emulator.commands["status"].make_context("status", [])
        states.append(context.params["state"])
    assert states == [tmp_path / ".dli" / "emulator.db"] * 2
    assert json.loads(CliRunner().invoke(emulator, ["status", "--json"]).output)["running"] is False


def test_stacks_are_completed_from_the_projects_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\nstackConfigDir: conf\n")
    (tmp_path / "conf").mkdir()
    for name in ("dev", "prod"):
        (tmp_path / "conf" / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    monkeypatch.chdir(tmp_path / "conf")
    context = cli.make_context("dli", ["status"], resilient_parsing=True)
    assert stack_names(context, cli.params[0], "") == ["dev", "prod"]
    assert stack_names(context, cli.params[0], "p") == ["prod"]


def test_a_check_without_java_says_so_before_it_reads_anything(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(nowhere))
    said = told("check", "--stack", "dev")
    assert said.exit_code == 2
    assert "no java on PATH" in said.output
