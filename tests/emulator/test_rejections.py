"""Every rejection has a documented code, a text and the page it comes from; and every one of the table is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dli_provider.emulator
from dli_provider.emulator.rejections import REJECTIONS, Rejection

PACKAGE = Path(dli_provider.emulator.__file__).parent


def test_the_codes_in_the_code_are_exactly_those_of_the_table() -> None:
    sources = [path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "rejections.py"]
    used = set(re.findall(r'"((?:DLI|APIGW)\.\d+)"', "\n".join(sources)))
    assert used == set(REJECTIONS)


@pytest.mark.parametrize("code", sorted(REJECTIONS))
def test_each_names_its_page(code: str) -> None:
    rejection = Rejection(code)
    assert re.search(r"'[A-Z][\w ]+'", rejection.page)
    assert rejection.text.endswith(".")


def test_an_undocumented_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Rejection("DLI.99999")
