"""A stack at the local DLI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dli_provider.emulator.server import Emulator
from tests.support.story import Story


@pytest.fixture
def stack() -> Iterator[Story]:
    with Emulator.start(start_latency=0.05, stop_latency=0.05, savepoint_latency=0.05) as dli:
        yield Story(dli)
