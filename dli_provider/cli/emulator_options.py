"""What `dli emulator` can be told on the command line. Only options: what they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_PORT = 8765
DEFAULT_STATE = Path(".dli") / "emulator.db"
SECRETS = {"ak": "DLI_EMULATOR_AK", "sk": "DLI_EMULATOR_SK", "token": "DLI_EMULATOR_TOKEN"}


def state_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The file that the local DLI keeps its jobs in."""
    kind = click.Path(dir_okay=False, path_type=Path)
    text = "File that keeps the jobs; the log and a note with the address lie beside it."
    return click.option("--state", type=kind, default=DEFAULT_STATE, show_default=True, help=text)(command)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """All that a local DLI can be started with."""
    seconds = click.FloatRange(min=0)
    options = [
        state_option,
        click.option(
            "--port", type=click.IntRange(0, 65535), help=f"Port on 127.0.0.1.  [default: {DEFAULT_PORT}]"
        ),
        click.option("--start-latency", type=seconds, help="Seconds from run to job_running."),
        click.option("--stop-latency", type=seconds, help="Seconds from stop to job_cancel_success."),
        click.option("--savepoint-latency", type=seconds, help="Seconds that a savepoint takes."),
        click.option(
            "--draft-limit",
            type=click.IntRange(min=0),
            help="How many jobs that never ran a project may hold.",
        ),
        click.option("--requests-per-second", type=seconds, help="Calls a second; others are answered 429."),
        click.option(
            "--any-queue/--known-queues", default=None, help="Whether jobs may run on queues nobody made."
        ),
        click.option(
            "--queue", "queues", multiple=True, metavar="NAME:CU", help="Make a general queue. Repeatable."
        ),
        click.option(
            "--runner",
            type=click.Choice(("simulated", "flink")),
            help="What runs the jobs: the clock, or a real Flink (needs Java 17).  [default: simulated]",
        ),
        click.option("--ak", envvar=SECRETS["ak"], help="Access key that requests must be signed with."),
        click.option("--sk", envvar=SECRETS["sk"], help="Its secret key."),
        click.option(
            "--token", envvar=SECRETS["token"], help="Token that is accepted instead of a signature."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command
