"""One local DLI for each worker, and for each test a Pulumi project that deploys to a DLI project of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator
from tests.contract.engine.project import Project
from tests.contract.engine.site import Site


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.1, stop_latency=0.1, savepoint_latency=0.1) as dli:
        yield dli


@pytest.fixture
def dli(_emulator: Emulator) -> Iterator[Emulator]:
    """A brisk local DLI without jobs, faults or a log."""
    yield _emulator
    _emulator.reset()


@pytest.fixture
def project_id(request: pytest.FixtureRequest) -> str:
    """The id of a DLI project that no other test uses."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:32]


@pytest.fixture
def site(tmp_path: Path, dli: Emulator, project_id: str) -> Site:
    """An empty stack, and an empty project at DLI."""
    environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}
    return Site(Project.make(tmp_path, environ), dli, project_id)
