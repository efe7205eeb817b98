"""`dli test`, as far as it comes without a Flink."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli


def dli(*words: str) -> Result:
    return CliRunner().invoke(cli, ["test", *words])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one job in each of two releases."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    for stack in ("dev", "prod"):
        (tmp_path / f"releases/{stack}").mkdir(parents=True)
        (tmp_path / f"releases/{stack}/sums.sql").write_text("INSERT INTO a SELECT b FROM c;")
        (tmp_path / f"releases/{stack}/sums.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_where_there_is_nothing_to_test_it_says_what_to_write(project: Path) -> None:
    ran = dli("--stack", "dev")
    assert (ran.exit_code, "write tests/<job>.yaml (docs/testing.md)" in ran.output) == (2, True), ran.output
    ran = dli("--stack", "dev", "sums")
    assert (ran.exit_code, "sums has no tests. Write tests/sums.yaml" in ran.output) == (2, True), ran.output
    ran = dli("--stack", "dev", "sum")
    assert (ran.exit_code, "has no job sum. Did you mean sums?" in ran.output) == (2, True), ran.output


def test_which_release_is_meant_is_asked_where_nothing_says_it(project: Path) -> None:
    ran = dli()
    assert (ran.exit_code, "Name its stack with --stack. There are: dev, prod." in ran.output) == (2, True)
    (project / "promotion.yaml").write_text("path: [dev, prod]\n")
    assert "nothing to test" in dli().output


def test_everything_that_is_wrong_with_the_cases_of_all_jobs_is_said_at_once(project: Path) -> None:
    tests = project / "tests"
    tests.mkdir()
    (tests / "sums.yaml").write_text('- nme: a\n  expect: {t: "a | a"}\n')
    ran = dli("--stack", "dev")
    assert ran.exit_code == 2
    for line in (
        "tests/sums.yaml:1:3: name is missing",
        "1:3: nme is not known here",
        "2:15: t: the column a is there twice",
    ):
        assert line in ran.output, ran.output
