"""What holds for every test: the real DLI is spoken to only when asked for; what matrices counted is shown last."""

from __future__ import annotations

import hashlib
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dli_provider.emulator.server import Emulator
from dli_provider.flink import java
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution, obtain
from dli_provider.sql import consult
from tests.support.pulumi_project import PulumiProject
from tests.support.site import Site

# The same examples in every run, so that a red run means a change; and a slow machine fails no test.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


# Whether a Flink lies in the cache of this machine must not decide what tests see; those of the judge say who judges.
os.environ["DLI_JUDGE"] = "text"

# What is started in the background ignores interrupts, and so would the engine's plugins, which it ends by one: it
# waits five seconds for each of them then.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nobody_is_consulted() -> Iterator[None]:
    """A provider that a test has configured in this process must not judge for the next one."""
    yield
    consult(None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run the tests that need a real DLI project")
    parser.addoption("--update-goldens", action="store_true", help="write the golden files anew")
    parser.addoption("--fault-seed", type=int, help="seed of the sampled pairs of faults")


@pytest.fixture
def update_goldens(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("update_goldens"))


@pytest.fixture
def project_id(request: pytest.FixtureRequest) -> str:
    """The id of a DLI project that no other test uses."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:32]


@pytest.fixture
def door(request: pytest.FixtureRequest) -> str:
    """The door that jobs are declared by: the first one, unless a test is for `both_doors`."""
    return str(getattr(request, "param", "dynamic"))


@pytest.fixture
def site(tmp_path: Path, dli: Emulator, project_id: str, door: str) -> Site:
    """An empty Pulumi stack, and an empty project at the local DLI of the folder (`dli`)."""
    environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": project_id}
    return Site(PulumiProject.make(tmp_path / "site", environ, door=door), dli, project_id)


@pytest.fixture(scope="session")
def distribution() -> Distribution:
    """Flink's files, from the cache or fetched into it. Without them or Java these tests say why and are skipped."""
    try:
        java.find(os.environ)
        return obtain(os.environ)
    except FlinkError as error:
        pytest.skip(f"NO REAL FLINK, SO NOTHING IS PROVEN ABOUT STATE: {error}")


_LONGEST_FIRST = ("flink", "engine", "slow")


def _turn(item: pytest.Item) -> int:
    marks = [item.get_closest_marker(name) for name in _LONGEST_FIRST]
    return next((turn for turn, mark in enumerate(marks) if mark), len(_LONGEST_FIRST))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, so that at the end no worker is left alone with one; and one cluster of Flink for all."""
    skip = pytest.mark.skip(reason="needs a real DLI project: give --live")
    for item in items:
        if item.get_closest_marker("live") and not config.getoption("--live"):
            item.add_marker(skip)
        if item.get_closest_marker("flink"):
            # Two queues, for two workers: one alone would be the last to end. Whoever shares the cluster is in one.
            shares = "flink" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group("flink" if shares else "flink's planner and rows"))
    items.sort(key=_turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The sums of all `record_property("tally", (heading, {verdict: number}))`, also from other processes."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for _, (heading, counts) in (p for p in getattr(report, "user_properties", ()) if p[0] == "tally"):
            if report.when == "call":
                sums[heading].update(counts)
    for heading, counted in sorted(sums.items()):
        verdicts = ", ".join(f"{number} {verdict}" for verdict, number in counted.most_common())
        terminalreporter.write_line(f"{heading}: {counted.total()} cells: {verdicts}")
