"""The runbook has an entry for every error, and none for an error that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from dli_provider import errors

RUNBOOK = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def test_every_error_has_an_entry_and_every_entry_an_error() -> None:
    entries = re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)
    assert len(entries) == len(set(entries))
    assert set(entries) == {kind.__name__ for kind in errors.DliError.__subclasses__()}


def test_every_entry_says_what_to_do() -> None:
    for entry in re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)[1:]:
        name, _, text = entry.partition("\n")
        assert len(text.split("\n## ")[0].split()) >= 12, name
