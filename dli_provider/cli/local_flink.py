"""Flink for the commands that need it: fetched with a progress bar, started, and its failures reported in a line."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from dli_provider.cli.screen import say, screen
from dli_provider.downloads import ProgressListener
from dli_provider.emulator import FLINK_KAFKA, SIMULATED
from dli_provider.emulator.runners import RunnerFactory
from dli_provider.emulator.runners.simulated import SimulatedRunner
from dli_provider.emulator.server_process import ServerProcess
from dli_provider.flink import java, planner, provision
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.feed import Feed
from dli_provider.flink.kafka import Broker

_LINE_EVERY: Final = 15.0  # seconds


def fetched(*, kafka: bool = False) -> provision.Distribution:
    """Flink, and Kafka if it is wanted, in the cache before anything waits for it. Raises FlinkError."""
    java.find(os.environ)  # before anything is fetched for it
    with bar() as report:
        flink = provision.obtain(os.environ, report)
        if kafka:
            if not flink.reads_kafka:
                raise FlinkError(
                    f"Flink's connector for Kafka is not in the cache. It is fetched where {provision.HOME} is not set."
                )
            provision.kafka(os.environ, report)
        _prepare(flink, report)
        return flink


def fetched_older_planner() -> provision.Distribution:
    """The planner of an older Flink, likewise. Raises FlinkError."""
    java.find(os.environ)
    with bar() as report:
        flink = provision.obtain_older_planner(os.environ, report)
        _prepare(flink, report)
        return flink


def _prepare(flink: provision.Distribution, report: ProgressListener) -> None:
    try:
        planner.prepare(flink, os.environ, report)
    except FlinkError as error:
        report(str(error))  # it starts slower then, and that is all


@contextmanager
def engine_of(here: ServerProcess) -> Iterator[RunnerFactory]:
    """What runs the jobs of the local DLI with this state file."""
    # Without Java and without a download.
    if here.runner == SIMULATED:
        yield SimulatedRunner
        return
    from dli_provider.emulator.runners.flink.runner import runner_factory

    home = Path(here.state).with_suffix(".flink")
    with ExitStack() as running:
        try:
            distribution = fetched(kafka=here.runner == FLINK_KAFKA)
            # Begun before Flink and so ended after it: no job is to fail because its broker has gone.
            broker = Broker.start(os.environ, home / "kafka", here.kafka) if here.kafka else None
            if broker is not None:
                running.enter_context(broker)
            cluster = running.enter_context(Cluster.start(distribution, os.environ, home))
            if broker is not None and here.feed:
                running.enter_context(Feed(here.feed, broker))
        except FlinkError as error:
            raise click.ClickException(str(error)) from error
        say(f"Flink on {cluster.url}, its files in {cluster.home}")
        yield runner_factory(cluster, broker)


@contextmanager
def bar() -> Iterator[ProgressListener]:
    """Shows nothing until something is reported."""
    if sys.stderr.isatty():
        with _drawn() as report:
            yield report
    else:
        yield _told()


@contextmanager
def _drawn() -> Iterator[ProgressListener]:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen(stderr=True), transient=True) as progress:
        shown: dict[str, object] = {}

        def report(what: str, done: int = 0, total: int = 0) -> None:
            # One bar at a time: what was fetched before is done.
            if what not in shown:
                for task in progress.task_ids:
                    progress.remove_task(task)
                shown.clear()
                shown[what] = progress.add_task(what, total=total or None)
            progress.update(progress.task_ids[0], completed=done, total=total or None)

        yield report


def _told() -> ProgressListener:
    last: list[Any] = ["", 0.0]

    def report(what: str, done: int = 0, total: int = 0) -> None:
        # A log in CI is no terminal: a line now and then shows that it goes on.
        if what == last[0] and time.monotonic() - last[1] < _LINE_EVERY:
            return
        last[:] = [what, time.monotonic()]
        say(f"{what}: {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else what, err=True)

    return report
