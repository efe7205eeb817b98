"""`dli emulator`: start, stop and look after the local DLI. Lays out words; `dli_provider.emulator` does the rest."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.commands import Commands
from dli_provider.cli.documents import say_document
from dli_provider.cli.screen import counted, say
from dli_provider.emulator import DEFAULT_PORT, FLINK_KAFKA, RUNNERS, SIMULATED
from dli_provider.workspace.folder import local_ports, project_around

if TYPE_CHECKING:  # the server's packages are loaded only by the commands that need them
    from dli_provider.emulator.auth import Credentials
    from dli_provider.emulator.background import ServerOptions

_STATE = Path(".dli") / "emulator.db"
_SETTINGS = (
    *("start_latency", "stop_latency", "savepoint_latency"),
    *("draft_limit", "requests_per_second", "any_queue"),
    *("codes", "lag", "flap", "late_run", "late_stop", "late_savepoint", "late_update", "deprecated_calls"),
    "autoscale",
    *("resume_without_savepoint", "shared_cluster_runs", "offset_counts", "first_job_id"),
)
"""The options that are settings of the server, by its names of them."""
_SECRETS = {"ak": "DLI_EMULATOR_AK", "sk": "DLI_EMULATOR_SK", "token": "DLI_EMULATOR_TOKEN"}


def _state_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The file that the local DLI keeps its jobs in."""
    kind = click.Path(dir_okay=False, path_type=Path)
    text = "File that keeps the jobs; the log and a note with the address lie beside it."
    shown = f"{_STATE} of the project"
    return click.option("--state", type=kind, default=_own_state, show_default=shown, help=text)(command)


def _own_state() -> Path:
    """The file of the project that the current folder is in, so that it is the same one from each of its folders."""
    return (project_around(Path.cwd()) or Path()) / _STATE


def _own_port() -> int | None:
    """The port at which the stacks of the project around this folder look for it; None where they name not just one."""
    ports = local_ports(Path.cwd())
    return ports.pop() if len(ports) == 1 else None


def _server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """All that a local DLI can be started with."""
    seconds = click.FloatRange(min=0)
    options = [
        _state_option,
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            help=f"Port on 127.0.0.1.  [default: that of the project's dli:endpoint, else {DEFAULT_PORT}]",
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
        *_open_questions(),
        click.option(
            "--queue", "queues", multiple=True, metavar="NAME:CU", help="Make a general queue. Repeatable."
        ),
        click.option(
            "--allow-host",
            "hosts",
            multiple=True,
            metavar="NAME",
            help="Name to be asked by, besides those of this machine, such as a container's. Repeatable.",
        ),
        click.option(
            "--runner",
            type=click.Choice(RUNNERS),
            help="What runs the jobs: the clock, a real Flink (needs Java 17), or one with a real Kafka."
            f"  [default: {SIMULATED}]",
        ),
        click.option(
            "--feed",
            default="",
            metavar="COMMAND",
            help="Program that writes records for that Kafka, each a line of JSON: topic, key, value.",
            callback=_command,
        ),
        click.option("--ak", envvar=_SECRETS["ak"], help="Access key that requests must be signed with."),
        click.option("--sk", envvar=_SECRETS["sk"], help="Its secret key."),
        click.option(
            "--token", envvar=_SECRETS["token"], help="Token that is accepted instead of a signature."
        ),
    ]
    # Click lists options in the order of decorators, the last applied first.
    for option in reversed(options):
        command = option(command)
    return command


def _command(_context: click.Context, _option: click.Parameter, given: str) -> str:
    try:
        shlex.split(given)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} is no command: {error}") from error
    return given


def _open_questions() -> list[Callable[..., Any]]:
    """What the documents leave open, and what is seen of a service that lags."""
    seconds = click.FloatRange(min=0)
    return [
        click.option("--codes", type=click.Choice(("2020", "today")), help="Family of error codes."),
        click.option("--lag", type=seconds, help="Seconds by which reads lag behind the truth."),
        click.option("--flap", type=seconds, help="Seconds by which every second read is older."),
        *(
            click.option(f"--late-{call}", type=seconds, help=f"Seconds from the yes to {call} to its deed.")
            for call in ("run", "stop", "savepoint", "update")
        ),
        click.option(
            "--autoscale/--no-autoscale",
            default=None,
            help="Whether DLI scales jobs whose runtime_config asks for it.",
        ),
        click.option(
            "--deprecated-calls/--no-deprecated-calls",
            default=None,
            help="Whether calls that DLI's pages call deprecated answer.",
        ),
        click.option(
            "--resume-without-savepoint",
            type=click.Choice(("refuse", "fresh")),
            help="What becomes of resume_savepoint where there is no savepoint.",
        ),
        click.option(
            "--shared-cluster-runs/--no-shared-cluster-runs",
            default=None,
            help="Whether jobs on shared_cluster run.",
        ),
        click.option(
            "--offset-counts",
            type=click.Choice(("rows", "ids")),
            help="What offset of the job list is: rows to pass over, or the last id seen.",
        ),
        click.option(
            "--first-job-id", type=click.IntRange(1, 2**62), help="No new job has a smaller id than this."
        ),
    ]


@click.group(name="emulator", cls=Commands)
def group() -> None:
    """A local DLI: the Flink job API of Huawei Cloud DLI on this machine.

    Jobs live in one file and outlive the server. Without --ak and --sk or --token everybody may come in.
    """


@group.command()
@_server_options
@click.option("--foreground", is_flag=True, help="Stay in the foreground until Ctrl-C.")
def start(foreground: bool, state: Path, port: int | None, **options: Any) -> None:
    """Start the local DLI in the background and wait until it answers.

    When it runs already, latencies, limits and queues given here apply to the running one.
    """
    from dli_provider.emulator.server_process import NotStartedError, running_server

    # One that runs stays where it is, wherever that is, unless another port is asked for.
    if port is None and running_server(state.absolute()) is None:
        port = _own_port()
    if foreground:
        _run(state, port, options)
        return
    from dli_provider.emulator import background

    asked = _asked(port, options)
    if asked.chosen_runner != SIMULATED:
        _fetch_flink(kafka=asked.chosen_runner == FLINK_KAFKA)
    _keep_private(state.absolute())
    # Through the environment and not as arguments, which every user of this machine can read.
    secrets = {variable: options[name] for name, variable in _SECRETS.items() if options[name]}
    try:
        running, new = background.start(state.absolute(), asked, secrets)
    except NotStartedError as error:
        raise click.ClickException(str(error)) from error
    say(background.described(running) + ("" if new else " runs already."))
    _say_token(state.absolute())


@group.command()
@_state_option
def stop(state: Path) -> None:
    """Stop the local DLI. Its jobs stay in the state file."""
    from dli_provider.emulator.server_process import running_server

    running = running_server(state.absolute())
    if running is None:
        say("The local DLI is not running.")
        return
    running.stop()
    say("The local DLI has stopped.")


@group.command()
@_state_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(state: Path, as_json: bool) -> None:
    """Say whether the local DLI runs, and where. Exit code 0: it does; 1: it does not."""
    from dli_provider.emulator.background import described
    from dli_provider.emulator.server_process import health_of, running_server

    running = running_server(state.absolute())
    health = health_of(running.url) if running else None
    if running is None or health is None:
        if as_json:
            nothing = dict.fromkeys(("pid", "url", "state", "runner", "kafka", "feed", "jobs"))
            say_document("emulator-status", {"running": False, **nothing})
        else:
            say("The local DLI is not running.")
        raise click.exceptions.Exit(1)
    if as_json:
        say_document("emulator-status", {"running": True, **asdict(running), "jobs": health["jobs"]})
    else:
        say(f"{described(running)}, {counted(int(str(health['jobs'])), 'job')}")


@group.command()
@_state_option
def reset(state: Path) -> None:
    """Forget all jobs, savepoints, faults and the request log, whether the server runs or not."""
    from dli_provider.emulator import background

    background.reset(state.absolute())
    say("The local DLI is as new.")


def _run(state: Path, port: int | None, options: dict[str, Any]) -> None:
    try:
        from dli_provider.cli.local_flink import engine_of
        from dli_provider.emulator import background, server
        from dli_provider.emulator.server_process import NotStartedError, ServerProcess, owning_state_file
        from dli_provider.emulator.store import StateFileError
        from dli_provider.flink.kafka import free_address
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is missing: pip install 'dli-provider[emulator]'"
        ) from error
    asked, state = _asked(port, options), state.absolute()
    _keep_private(state)
    # Flink's processes inherit it: whatever is written from here on is for its owner alone.
    os.umask(0o077)
    try:
        # Bound first: port 0 lets the system choose, and only the socket knows which port that is.
        listening = background.listen(asked.port)
    except NotStartedError as error:
        raise click.ClickException(str(error)) from error
    credentials = _asking(asked, state)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    kafka = free_address() if asked.chosen_runner == FLINK_KAFKA else ""
    here = ServerProcess(os.getpid(), url, str(state), asked.chosen_runner, kafka, asked.feed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # leave as after Ctrl-C: the note is taken away
    try:
        with owning_state_file(here) as announce:

            def ready() -> None:
                announce()
                say(background.described(here))
                _say_token(state)

            with engine_of(here) as engine:
                server.serve(
                    state,
                    listening,
                    credentials,
                    asked.settings,
                    queues=asked.queues,
                    ready=ready,
                    engine=engine,
                    hosts=asked.hosts,
                )
    except (NotStartedError, StateFileError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        say("The local DLI has stopped.")
    finally:
        listening.close()


def _asking(asked: ServerOptions, state: Path) -> Credentials:
    """Who may come in. Jobs on a real Flink run as whoever started it, so nobody gets in there without a log-in."""
    from dli_provider.emulator import private_files
    from dli_provider.emulator.auth import Credentials

    if asked.chosen_runner != SIMULATED and asked.credentials.anyone:
        return Credentials(tokens=(private_files.own_token(state),))
    private_files.token_of(state).unlink(missing_ok=True)  # of an earlier one, which asked for it
    return asked.credentials


def _say_token(state: Path) -> None:
    from dli_provider.emulator import private_files

    if (file := private_files.token_of(state)).exists():
        say(f"Calls need the token in {file}: dli:token in a stack's config, or X-Auth-Token.")


def _keep_private(state: Path) -> None:
    from dli_provider.emulator import private_files

    if stood_open := private_files.make_private(state):
        closed = ", ".join(map(str, stood_open))
        say(f"Closed to other users of this machine, who could read them: {closed}", err=True)


def _fetch_flink(*, kafka: bool) -> None:
    """Here, where a bar can be seen: the process in the background has no terminal."""
    from dli_provider.cli.local_flink import fetched
    from dli_provider.flink.failures import FlinkError

    try:
        fetched(kafka=kafka)
    except FlinkError as error:
        raise click.ClickException(str(error)) from error


def _asked(port: int | None, options: dict[str, Any]) -> ServerOptions:
    from dli_provider.emulator.background import ServerOptions

    settings = {knob: options[knob] for knob in _SETTINGS if options[knob] is not None}
    if options["feed"] and options["runner"] != FLINK_KAFKA:
        raise click.UsageError(f"--feed writes into Kafka, which there is with --runner {FLINK_KAFKA}")
    return ServerOptions(
        _credentials(options),
        port,
        options["runner"],
        _queues(options),
        settings,
        options["hosts"],
        options["feed"],
    )


def _queues(options: dict[str, Any]) -> dict[str, int]:
    queues = {}
    for text in options["queues"]:
        name, _, cu = text.rpartition(":")
        if not name or not cu.isdigit():
            raise click.BadParameter(f"{text!r} is not NAME:CU, such as q_stream:64", param_hint="--queue")
        queues[name] = int(cu)
    return queues


def _credentials(options: dict[str, Any]) -> Credentials:
    from dli_provider.emulator.auth import Credentials, Key

    if (options["ak"] is None) != (options["sk"] is None):
        raise click.UsageError("--ak and --sk go together")
    keys = (Key(options["ak"], options["sk"]),) if options["ak"] else ()
    return Credentials(keys, (options["token"],) if options["token"] else ())


if __name__ == "__main__":
    group()
