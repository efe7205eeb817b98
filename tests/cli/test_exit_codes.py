"""What is told in a line has no traceback, and an exit code: 2 for wrong use, 1 for a no."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dli_provider import cli
from dli_provider.workspace import Failed


def test_where_there_is_nothing_to_work_with_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["promote", "dev", "prod"],
        ["drift", "--stack", "dev"],
        ["preview-stack", "destroy", "x"],
    ):
        told = CliRunner().invoke(cli.cli, arguments)
        assert (told.exit_code, told.output[:7]) == (2, "error: "), told.output


@pytest.mark.parametrize(("command", "files"), [("check", 1), ("rehearse", 2)])
def test_a_file_of_sql_that_is_no_text_is_told_in_a_line(tmp_path: Path, command: str, files: int) -> None:
    file = tmp_path / "odd.sql"
    file.write_bytes(b"INSERT \xff")
    told = CliRunner().invoke(cli.cli, [command, *([str(file)] * files)])
    assert (told.exit_code, told.output) == (2, f"error: {file} is not UTF-8 text, from byte 7 on\n")


@pytest.mark.parametrize(
    ("error", "code"), [(Failed("it says no"), 1), (RuntimeError("a mistake of ours"), 1)]
)
def test_what_is_tried_and_fails_ends_with_1(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("rules")
    def failing() -> None:
        raise error

    monkeypatch.setattr(cli.cli, "get_command", lambda *_: failing)
    told = CliRunner().invoke(cli.cli, ["rules"])
    assert told.exit_code == code
    if isinstance(error, Failed):
        assert told.output == "error: it says no\n"
    else:
        assert told.exception is error, "what nobody foresaw keeps its traceback"
