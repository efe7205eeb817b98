"""How lines and errors read in a terminal under Pulumi."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

import pulumi

from dli_provider.errors import DliError
from dli_provider.settings import misspelt_variables

_one_at_a_time = Lock()


def tell(text: str) -> None:
    """Show the user what is being done, or would be."""
    _log(pulumi.log.info, text)


def warn(text: str) -> None:
    """Show the user what to look after."""
    _log(pulumi.log.warn, text)


@cache
def warn_of_variables() -> None:
    """Warn, once in this process, of environment variables that look like ours and are none."""
    for line in misspelt_variables(os.environ):
        warn(line)


def _log(log: Callable[[str], None], text: str) -> None:
    # Pulumi writes a text and the end of its line one after the other, and many jobs speak at once.
    with _one_at_a_time:
        log(text)


@contextmanager
def for_the_terminal() -> Iterator[None]:
    """Turn an error into one that Pulumi prints well: `rolled back: orders (job 7): ...`.

    Pulumi prints an exception's class with its module, and the cause before it; hence a class without either.
    """
    try:
        yield
    except DliError as error:
        kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
        raise type(kind, (Exception,), {"__module__": "builtins"})(error.text()) from None
