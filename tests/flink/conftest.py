"""One real Flink for each worker, and for each test a local DLI that runs its jobs on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.runners.flink.runner import runner_factory
from dli_provider.emulator.server import Emulator
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.provision import Distribution


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
