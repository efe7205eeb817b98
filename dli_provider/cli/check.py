"""`dli check`: is the SQL of these jobs what Flink's planner takes? Nothing is deployed, and nothing runs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.workspace import engine
from dli_provider.workspace.sql_sources import Script, of_files, of_stack

if TYPE_CHECKING:  # Flink's part is loaded only once there is something to check
    from dli_provider.flink.cluster import Cluster


@dataclass(frozen=True)
class Problem:
    """What Flink says, and where: `file` is the file that the SQL comes from, or else the job's name."""

    file: str
    line: int
    column: int
    message: str
    job: str


@click.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--stack", help="Check the jobs of this stack, as the program now declares them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(files: Sequence[Path], stack: str | None, as_json: bool) -> None:
    """Check SQL with Flink's own planner: the jobs of a stack, or the FILES named.

    Without both, it is the stack that is selected. Tables whose connector is not here are planned with a
    stand-in of the same schema, which is said.

    Exit code 0: Flink takes it all; 1: it does not; 2: nothing could be checked.
    """
    if files and stack:
        raise click.UsageError("name files or a stack, not both")
    scripts = of_files(files) if files else of_stack(stack)
    problems, stood_in = _checked(scripts)
    if as_json:
        facts = {
            "checked": len(scripts),
            "problems": [asdict(each) for each in problems],
            "stand_ins": stood_in,
        }
        click.echo(json.dumps(facts, indent=1))
    else:
        _show(scripts, problems, stood_in)
    raise click.exceptions.Exit(1 if problems else 0)


def _checked(scripts: Sequence[Script]) -> tuple[list[Problem], dict[str, list[str]]]:
    from dli_provider.cli.flink import started

    problems: list[Problem] = []
    stood_in: dict[str, list[str]] = {}
    if not scripts:
        return problems, stood_in
    try:
        with (
            tempfile.TemporaryDirectory(prefix="dli-check-") as home,
            started(Path(home), tasks=False) as flink,
        ):
            for script in scripts:
                problems += _problems(flink, script, stood_in)
    except click.ClickException as error:
        raise engine.Unusable(error.format_message()) from error
    return problems, stood_in


def _problems(flink: Cluster, script: Script, stood_in: dict[str, list[str]]) -> Iterator[Problem]:
    from dli_provider.flink.plans import judged

    refused, found = judged(flink, script.sql, script.settings)
    for table in found:
        stood_in.setdefault(table.connector, []).append(f"{script.job}.{table.table}")
    for each in refused:
        message = each.message
        for secret in script.secrets:
            message = message.replace(secret, "[secret]")
        yield Problem(script.file, each.line, each.column, message, script.job)


def _show(scripts: Sequence[Script], problems: Sequence[Problem], stood_in: dict[str, list[str]]) -> None:
    for problem in problems:
        click.echo(f"{problem.file}:{problem.line}:{problem.column}: {problem.message}")
    for connector, tables in sorted(stood_in.items()):
        click.echo(
            f"planned with a stand-in, its options unchecked: {connector} ({', '.join(tables)})", err=True
        )
    jobs = f"{len(scripts)} job{'s' if len(scripts) != 1 else ''} checked"
    click.echo(f"{jobs}: {f'{len(problems)} refused by Flink' if problems else 'Flink takes them'}", err=True)
