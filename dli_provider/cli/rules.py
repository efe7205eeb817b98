"""`dli rules`: the rules of a review, and how loudly each speaks of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dli_provider.cli.documents import say_document
from dli_provider.cli.options import chosen, stack_option
from dli_provider.cli.screen import screen

if TYPE_CHECKING:
    from dli_provider.review.report import Severity


@click.command(name="rules")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--no-stack", is_flag=True, help="As they are by themselves, without the config of a stack.")
@stack_option
def group(stack: str | None, no_stack: bool, as_json: bool) -> None:
    """List the rules that `dli review` holds jobs against.

    Rules marked `production` speak only of stacks for production: those named prod, production or live, or whose
    config says so. `dli:rules` in the config of a stack changes that, and the level of each rule (off, note, warning,
    error). A prod that is only for trying may read datagen and write to print with

        pulumi config set --path dli:rules.trial-connectors off --stack prod
    """
    from dli_provider.review.rules import RULES
    from dli_provider.review.ruleset import KEY, RuleSet

    picked = chosen(stack, no_stack)
    # Without a stack the rules are listed as they are by themselves.
    rules = RuleSet.of(picked.name, picked.config.get(KEY)) if picked else None
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
        say_document("rules", {"stack": picked.name if picked else None, "rules": listed})
        return
    from dli_provider.cli.table import Row, TableColumn, fitting

    columns = (TableColumn("rule"), TableColumn("level"), TableColumn("for", 1), TableColumn("asks"))
    rows = [
        Row(
            (
                str(each["id"]),
                str(each["level"]),
                "production" if each["production"] else "all",
                str(each["asks"]),
            )
        )
        for each in listed
    ]
    console = screen(highlight=False)
    console.print(fitting(columns, rows, console.width)[0])


def _level(severity: Severity | None) -> str:
    return "off" if severity is None else severity.name.lower()
