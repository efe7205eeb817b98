"""What holds for every test: the real DLI is only spoken to when asked for."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run the tests that need a real DLI project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live"):
        return
    skip = pytest.mark.skip(reason="needs a real DLI project: give --live")
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(skip)
