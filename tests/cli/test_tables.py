"""Tables fit: names are never lost, and what a pipe gets does not depend on a terminal."""

from __future__ import annotations

import io
import itertools

import pytest
from rich.console import Console

from dli_provider.cli.screen import say, screen
from dli_provider.cli.table import Row, TableColumn, fitting

COLUMNS = (
    TableColumn("job"),
    TableColumn("declared", 2),
    TableColumn("status"),
    TableColumn("savepoints", 9, right=True),
)
NAMES = ("orders", "a_job_with_a_name_of_some_length_that_its_owners_want_to_read", "日本語の仕事")
ROWS = [Row((name, "running", "! job_running_exception", str(at))) for at, name in enumerate(NAMES)]


def drawn(width: int) -> tuple[str, tuple[str, ...]]:
    table, hidden = fitting(COLUMNS, ROWS, width)
    file = io.StringIO()
    Console(file=file, width=width).print(table)
    return file.getvalue(), hidden


@pytest.mark.parametrize("width", [40, 80, 90, 101, 110, 160, 1000])
def test_no_width_loses_a_name_or_a_status(width: int) -> None:
    text, hidden = drawn(width)
    whole = "".join(text.split())
    for name in NAMES:
        # A name that is too long even alone is broken, and not cut off.
        assert name in whole or all(part in whole for part in (name[:8], name[-3:]))
    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())
    assert hidden == tuple(each.heading for each in COLUMNS if each.heading not in text)


def test_the_least_important_columns_go_first_and_only_for_want_of_room() -> None:
    gone = [drawn(width)[1] for width in range(130, 40, -1)]
    assert [each for each, _ in itertools.groupby(gone)] == [(), ("savepoints",), ("declared", "savepoints")]


def test_a_pipe_is_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    for forced in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", forced)
        assert screen().width > 10_000
    monkeypatch.setenv("COLUMNS", "70")
    assert screen().width == 70


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_as_the_environment_asks(
    variables: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    say("red", fg="red")
    assert ("\x1b[31m" in capsys.readouterr().out) is coloured
