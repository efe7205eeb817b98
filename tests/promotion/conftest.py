"""Goldens of promotion are written anew as those of the contract are: `pytest tests/contract --update-goldens`."""

import pytest


@pytest.fixture
def update_goldens(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("update_goldens", default=False))
