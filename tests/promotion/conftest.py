"""A local DLI for the tests of a module, and for each test a Pulumi project with three stacks on it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator
from tests.promotion.shop import STACKS, Shop


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.05, stop_latency=0.05, savepoint_latency=0.05) as emulator:
        yield emulator


@pytest.fixture
def projects(request: pytest.FixtureRequest) -> dict[str, str]:
    """The ids of three DLI projects that no other test uses."""
    name = request.node.nodeid
    return {stack: hashlib.sha256(f"{name} {stack}".encode()).hexdigest()[:32] for stack in STACKS}


@pytest.fixture
def shop(tmp_path: Path, dli: Emulator, projects: dict[str, str]) -> Shop:
    return Shop.make(tmp_path, dli, projects)
