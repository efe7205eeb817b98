"""`dli`, the command line. The only package that prints; it lays out what others decide.

Exit codes: 0 fine, 1 the answer is no, 2 wrong use. Commands are loaded when they are called: `--help` stays quick.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Any

import click

from dli_provider.cli.commands import Commands
from dli_provider.cli.screen import fit, hide, say
from dli_provider.workspace import Failed, Unusable

_GROUPS: dict[str, dict[str, str]] = {
    "Look": {
        "status": "Show jobs, what they are to be and how they are.",
        "history": "Show the history of a job, DLI's reason for its status, and where its logs are.",
        "drift": "Show where live jobs are not as their stack deployed them.",
        "review": "Say what a deployment will do to running jobs and their state.",
        "graph": "Draw which jobs feed which, coloured by what a deployment does.",
        "check": "Check the SQL of jobs with Flink's real planner, before any deployment.",
        "rehearse": "Try a change of SQL out on a real Flink: is what comes what should come?",
        "sql": "Say what a change of SQL does to a job's state, without a stack.",
        "test": "Run the tests of jobs on a real Flink here: rows in, rows out.",
        "rules": "List the rules that a review holds jobs against.",
    },
    "Change": {
        "savepoint": "Take a savepoint of a job while it runs on.",
        "restart": "Stop a job with a savepoint and run it from there.",
        "stop": "Stop a job with a savepoint.",
        "run": "Run a job from its newest state.",
    },
    "Release": {
        "releases": "Where each release stands: jobs and stacks as a matrix.",
        "compare": "Two stacks side by side: what differs, and whether it should.",
        "promote": "Move a release from one stack to the next, as files.",
        "preview-stack": "Make and remove copies of a stack, for review.",
    },
    "Local": {
        "doctor": "Say what a deployment lacks on this machine and at DLI, and what to do.",
        "init": "Begin a project: program, stack, a job, a recipe for CI.",
        "generate": "Write live jobs as a Pulumi program that takes them over.",
        "emulator": "Start, stop and look after the local DLI.",
    },
}
"""Each command is the module of its name in this package; its `group` does the work."""

_COMMANDS = {name: words for commands in _GROUPS.values() for name, words in commands.items()}

_OLD_NAMES = {"logs": "history"}
"""What a command was called before; still understood, and in no list."""

_OPERATIONS = ("restart", "run", "savepoint", "stop")
"""These share a module, `job_commands`."""


class _Dli(Commands):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        cmd_name = _OLD_NAMES.get(cmd_name, cmd_name)
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module, member = ("job_commands", name) if name in _OPERATIONS else (name, "group")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), member)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        hide(())
        try:
            return super().invoke(ctx)
        # Click ends these itself, with their own exit codes.
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if (told := _in_a_line(error)) is None:
                raise
            # The reader is told what to do, not where in our code it came up.
            raise told from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, commands in _GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([*commands.items()])


class _WrongUse(click.ClickException):
    exit_code = 2


def _in_a_line(error: Exception) -> click.ClickException | None:
    """What is printed in a line, with its exit code; None for any other error, which has its traceback."""
    if isinstance(error, Failed):
        return click.ClickException(fit(str(error)))
    # Only now: it is seldom needed, and `--help` stays quick.
    from dli_provider.promotion.problems import Problems

    return _WrongUse(fit(str(error))) if isinstance(error, Unusable | Problems) else None


@click.group(cls=_Dli, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dli-provider", prog_name="dli")
def cli() -> None:
    """Flink SQL jobs on Huawei Cloud DLI as infrastructure."""
    from dli_provider.workspace.access import misspelt

    for line in misspelt():
        say(f"warning: {line}", err=True)


def main() -> None:
    """The entry point `dli`."""
    from dli_provider.errors import DliError

    try:
        cli()
    except DliError as error:
        say(f"error: {error}", err=True)
        sys.exit(1)
    except Exception:
        # A mistake of ours: its traceback is for whoever mends it, and may hold what the values were.
        say(traceback.format_exc(), err=True)
        sys.exit(1)
