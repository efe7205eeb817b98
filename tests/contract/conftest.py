"""A local DLI for all contract tests of a process, the seed of the sampling, and the tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest

from dli_provider.emulator.server import Emulator
from tests.contract.dli_project import DliProject
from tests.contract.scenarios import SCENARIOS, Reference

_SEED = 4
DOORS = ("dynamic", "plugin")
"""What a `DliProject` can declare its jobs by."""
Tally = Callable[[str, Iterable[str]], None]
References = Callable[[str], Reference]


@pytest.fixture(scope="session")
def dli() -> Iterator[Emulator]:
    """A local DLI in which everything that was asked for has happened by the next request."""
    with Emulator.start(
        start_latency=0, stop_latency=0, savepoint_latency=0, records_per_second=100_000.0
    ) as emulator:
        yield emulator


@pytest.fixture(params=DOORS)
def dli_project(dli: Emulator, request: pytest.FixtureRequest) -> DliProject:
    """A project of its own, for a story that is the same by either door."""
    return DliProject(dli, door=request.param)


@pytest.fixture
def fault_seed(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("fault_seed") or _SEED)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Count verdicts under a heading; the sums are shown at the end of the test run."""

    def count(heading: str, verdicts: Iterable[str]) -> None:
        record_property("tally", (heading, dict(Counter(verdicts))))

    return count


@pytest.fixture(scope="session")
def references(dli: Emulator) -> References:
    """The scenarios by name, each carried out once without a fault."""
    return _references(dli)


@pytest.fixture(scope="session")
def by_codes(references: References) -> Iterator[dict[str, References]]:
    """The same, by the family of codes that refusals carry."""
    with Emulator.start(
        start_latency=0, stop_latency=0, savepoint_latency=0, records_per_second=100_000.0, codes="today"
    ) as emulator:
        yield {"2020": references, "today": _references(emulator)}


@pytest.fixture(scope="session")
def unhurried() -> Iterator[References]:
    """The same at a local DLI that takes its time, so that jobs are seen on their way from one status to another."""
    with Emulator.start(
        start_latency=0.02, stop_latency=0.01, savepoint_latency=0.01, records_per_second=100_000.0
    ) as emulator:
        yield _references(emulator)


def _references(dli: Emulator) -> References:
    known: dict[str, Reference] = {}

    def reference(name: str) -> Reference:
        return known.setdefault(name, Reference(SCENARIOS[name], dli))

    return reference
