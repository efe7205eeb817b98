"""One local DLI for each worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dli_provider.emulator.server import Emulator


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.1, stop_latency=0.1, savepoint_latency=0.1) as dli:
        yield dli


@pytest.fixture
def dli(_emulator: Emulator) -> Iterator[Emulator]:
    """A brisk local DLI without jobs, faults or a log."""
    yield _emulator
    _emulator.reset()
