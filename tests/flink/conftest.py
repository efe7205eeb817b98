"""One real Flink for each worker, and for each test a Pulumi project that deploys to a local DLI which runs on it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.runners.flink.runner import runner_factory
from dli_provider.emulator.server import Emulator
from dli_provider.flink import java
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution, obtain
from tests.contract.engine.project import Project
from tests.contract.engine.site import Site


@pytest.fixture(scope="session")
def distribution() -> Distribution:
    """Flink's files, from the cache or fetched into it. Without them or Java these tests say why and are skipped."""
    try:
        java.find(os.environ)
        return obtain(os.environ)
    except FlinkError as error:
        pytest.skip(f"NO REAL FLINK, SO NOTHING IS PROVEN ABOUT STATE: {error}")


@pytest.fixture(scope="session")
def flink(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running cluster."""
    with Cluster.start(distribution, os.environ, tmp_path_factory.mktemp("flink")) as cluster:
        yield cluster


@pytest.fixture
def dli(flink: Cluster, tmp_path: Path) -> Iterator[Emulator]:
    """A local DLI on that cluster."""
    with Emulator.start(tmp_path / "dli.db", engine=runner_factory(flink)) as local:
        yield local
        local.reset()


@pytest.fixture
def site(tmp_path: Path, dli: Emulator, request: pytest.FixtureRequest) -> Site:
    """An empty stack, and an empty project at DLI."""
    project_id = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:32]
    environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}
    return Site(Project.make(tmp_path / "site", environ), dli, project_id)
