"""What the commands of promotion take as words, and how what is wrong with a project's files is told: no traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from dli_provider.promotion.problems import Problems
from dli_provider.promotion.route import seconds
from dli_provider.workspace.engine import Unusable

_P = ParamSpec("_P")


def span(text: str) -> float:
    """A time such as 30m, in seconds."""
    found = seconds(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no time such as 30m, 90s or 2h")
    return found


def names(text: str) -> tuple[str, ...]:
    """Names, separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def refusals_told(command: Callable[_P, None]) -> Callable[_P, None]:
    """The command, with Problems as words. Exit code 2: nothing could be asked."""

    @wraps(command)
    def telling(*arguments: _P.args, **options: _P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except Problems as mistakes:
            raise Unusable(str(mistakes)) from None

    return telling
