"""The switches, their rows in the document, and their options: one list, three places."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dli_provider.cli.emulator import _SETTINGS, group
from dli_provider.emulator.auth import Credentials
from dli_provider.emulator.background import ServerOptions
from dli_provider.emulator.switches import EmulatorSettings
from tests.emulator.plain import Api

DOCUMENT = Path(__file__).parents[2] / "docs" / "local-dli.md"
LATENCIES = {"start_latency", "stop_latency", "savepoint_latency", "records_per_second"}
"""How fast the local DLI is: no question that the documents could answer."""
SWITCHES = {
    name: field.default for name, field in EmulatorSettings.model_fields.items() if name not in LATENCIES
}
ROWS = dict(re.findall(r"^\| `([-\w]+)` \|.*\| `([\w.]+)`: [^|]*\|$", DOCUMENT.read_text(), re.MULTILINE))


def test_each_switch_is_an_open_question_in_the_document_with_its_default() -> None:
    said = {row.removeprefix("--").replace("-", "_"): value for row, value in ROWS.items()}
    words = {True: "on", False: "off"}
    expected = {
        name: words[value] if isinstance(value, bool) else str(value) for name, value in SWITCHES.items()
    }
    assert said == {name: value.removesuffix(".0") for name, value in expected.items()}


def test_those_with_a_dash_are_the_options() -> None:
    dashed = {row.removeprefix("--").replace("-", "_") for row in ROWS if row.startswith("--")}
    assert dashed == set(_SETTINGS) - LATENCIES


def test_each_option_is_a_setting_and_has_a_word_of_help() -> None:
    text = CliRunner().invoke(group, ["start", "--help"]).output
    for name in _SETTINGS:
        assert name in EmulatorSettings.model_fields
        assert f"--{name.replace('_', '-')}" in text


@pytest.mark.parametrize("name", sorted(_SETTINGS))
def test_a_switch_reaches_the_process_in_the_background(name: str) -> None:
    value = EmulatorSettings.model_fields[name].default
    for asked in (True, False) if isinstance(value, bool) else (value,):
        arguments = ServerOptions(Credentials(), settings={name: asked}).arguments()
        command = group.commands["start"]
        parsed = command.make_context("start", ["--foreground", *arguments]).params
        assert parsed[name] == asked


@pytest.mark.parametrize(
    "changes",
    [{"codes": "2019"}, {"lag": -1}, {"offset_counts": "pages"}, {"first_job_id": 0}, {"unheard": 1}],
)
def test_a_switch_takes_no_nonsense(api: Api, changes: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="422"):
        api.dli.set(**changes)
    assert api.dli.settings() == EmulatorSettings()
