"""`dli doctor`: what a deployment needs, a line each. Lays out what `dli_provider.workspace.diagnosis` finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import no_stack_option, stack_option
from dli_provider.cli.screen import counted, say

if TYPE_CHECKING:
    from dli_provider.workspace.diagnosis import Examined, Health


@click.command("doctor")
@click.option(
    "--sql", is_flag=True, help="Have DLI try every address in the stack's SQL, from the job's queue."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@no_stack_option
@stack_option
def group(stack: str | None, no_stack: bool, as_json: bool, sql: bool) -> None:
    """Look at everything that a deployment needs, and say what is wrong and what to do.

    Engine, language host, Java, Flink, stack, endpoint, clock, credentials, project, permissions, queues, buckets and
    agencies. Only reads; with --sql, DLI also tries whether queues reach what the SQL names, which changes no job.
    Exit code 1: something is wrong.
    """
    if stack and no_stack:
        raise click.UsageError("--stack and --no-stack exclude each other")
    from dli_provider.workspace.diagnosis import Health, examine

    found = []
    for each in examine(stack, none=no_stack, sql=sql):
        found.append(each)
        if not as_json:
            # As it comes: some of it takes seconds.
            _show(each, Health)
    wrong = sum(each.health is Health.WRONG for each in found)
    if as_json:
        say_document("doctor", {"problems": wrong, "findings": [vars(each) for each in found]})
    else:
        say(counted(wrong, "problem") if wrong else "nothing is wrong")
    if wrong:
        raise SystemExit(1)


def _show(each: Examined, health: type[Health]) -> None:
    looks: dict[Health, dict[str, Any]] = {
        health.WRONG: {"fg": "red", "bold": True},
        health.NOTE: {"dim": True},
    }
    mark = each.health.value
    say(f"{mark:>5}  {each.what}: {each.said}", **looks.get(each.health, {}))
    if each.remedy:
        say(f"       -> {each.remedy}")
