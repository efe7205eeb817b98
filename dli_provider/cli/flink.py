"""Flink for the commands that need it: fetched with a bar to look at, started, and its troubles told in a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dli_provider.cli.progress import bar
from dli_provider.emulator.runners import RunnerFactory
from dli_provider.emulator.runners.simulated import SimulatedRunner
from dli_provider.flink import java, provision
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError


def fetched() -> provision.Distribution:
    """Flink, in the cache before anything waits for it."""
    try:
        java.find(os.environ)
        with bar() as report:
            return provision.obtain(os.environ, report)
    except FlinkError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def started(home: Path, *, tasks: bool = True) -> Iterator[Cluster]:
    """A running Flink with its files in `home`; without `tasks` it only plans."""
    try:
        cluster = Cluster.start(fetched(), os.environ, home, tasks=tasks)
    except FlinkError as error:
        raise click.ClickException(str(error)) from error
    with cluster:
        yield cluster


@contextmanager
def engine_of(runner: str, state: Path) -> Iterator[RunnerFactory]:
    """What runs the jobs of the local DLI with this state file."""
    if runner == "simulated":
        yield SimulatedRunner
        return
    from dli_provider.emulator.runners.flink.runner import runner_factory

    with started(state.with_suffix(".flink")) as cluster:
        click.echo(f"Flink on {cluster.url}, its files in {cluster.home}")
        yield runner_factory(cluster)
