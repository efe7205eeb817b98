"""A local DLI for each test: one server per session, as new before every test, with time to advance at will."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dli_provider.emulator.server import Emulator
from tests.emulator.plain import Api


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    with Emulator.start() as dli:
        yield dli


@pytest.fixture
def dli(server: Emulator) -> Emulator:
    """A local DLI as new: latencies of 1.0, 0.5 and 0.2 s that tests jump over with `advance`."""
    server.reset()
    return server


@pytest.fixture
def api(dli: Emulator) -> Iterator[Api]:
    calls = Api(dli)
    yield calls
    calls.session.close()
