"""`dli rules`: the rules of a review, and how loudly each speaks of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dli_provider.cli.screen import say_json, screen

if TYPE_CHECKING:
    from dli_provider.review.report import Severity


@click.command(name="rules")
@click.option(
    "--stack",
    "name",
    metavar="NAME",
    help="As its config switches them.  [default: as they are by themselves]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def group(name: str | None, as_json: bool) -> None:
    """List the rules that `dli review` holds jobs against.

    Rules marked `production` speak only of stacks for production: those named prod, production or live, or whose
    config says so. `dli:rules` in the config of a stack changes that, and the level of each rule (off, note, warning,
    error), as in

        pulumi config set dli:rules '{"production": true, "protect": "off"}'
    """
    from dli_provider.review.rules import RULES
    from dli_provider.review.ruleset import KEY, RuleSet

    # Without a stack the rules are listed as they are by themselves.
    rules = None
    if name is not None:
        from dli_provider.workspace.stack import Stack

        stack = Stack.select(name)
        rules = RuleSet.of(stack.name, stack.config.get(KEY))
    listed = [
        {
            "id": rule.id,
            "level": _level(rules.severity(rule) if rules else rule.severity),
            "production": rule.production,
            "asks": rule.asks,
            "remedy": rule.remedy,
        }
        for rule in RULES
    ]
    if as_json:
        say_json(listed, indent=2)
        return
    from rich.table import Table

    table = Table("rule", "level", "for", "asks", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for each in listed:
        scope = "production" if each["production"] else "all"
        table.add_row(str(each["id"]), str(each["level"]), scope, str(each["asks"]))
    screen(highlight=False).print(table)


def _level(severity: Severity | None) -> str:
    return "off" if severity is None else severity.name.lower()
