"""`dli check`: is the SQL of these jobs what Flink's planner takes? Lays out what Flink says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import stack_option
from dli_provider.cli.screen import counted, say, working

if TYPE_CHECKING:  # Flink's part is loaded only once there is something to check
    from dli_provider.workspace.flink_check import FlinkVerdict


@click.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@stack_option
@click.option(
    "--jar", "jars", multiple=True, help="A jar that the FILES may load, as they name it. Repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(files: Sequence[Path], stack: str | None, jars: Sequence[str], as_json: bool) -> None:
    """Check SQL with Flink's own planner: the jobs of a stack, or the FILES named.

    Without both, it is the stack that is selected. Tables whose connector is not here are planned with a
    stand-in of the same schema, which is said. Nothing runs, and nothing outside is touched: only what makes tables,
    views and functions is executed, and what is not is said with its place.

    Exit code 0: Flink takes it all; 1: it does not; 2: nothing could be checked.
    """
    if files and stack:
        raise click.UsageError("name files or a stack, not both")
    if jars and not files:
        raise click.UsageError("--jar is for files: a job of a stack may load its udf_jar_url")
    from dli_provider.cli.local_flink import fetched
    from dli_provider.workspace.flink_check import checked, of_files, of_stack, require_java

    # To preview the program takes long, and would be for nothing.
    require_java()
    with working("previewing the program, for the SQL of its jobs"):
        scripts = of_files(files, jars) if files else of_stack(stack)
    verdict = checked(scripts, fetched)
    if as_json:
        facts = {
            "checked": len(scripts),
            "problems": [asdict(each) for each in verdict.problems],
            "stand_ins": verdict.stood_in,
        }
        say_document("check", facts)
    else:
        _show(len(scripts), verdict)
    # 2 is for what could not be checked, and is raised as Unusable.
    raise click.exceptions.Exit(1 if verdict.problems else 0)


def _show(scripts: int, verdict: FlinkVerdict) -> None:
    for problem in verdict.problems:
        say(f"{problem.file}:{problem.line}:{problem.column}: {problem.message}")
    for connector, tables in sorted(verdict.stood_in.items()):
        say(f"planned with a stand-in, its options unchecked: {connector} ({', '.join(tables)})", err=True)
    said = f"{len(verdict.problems)} refused" if verdict.problems else "Flink takes them"
    say(f"{counted(scripts, 'job')} checked: {said}", err=True)
