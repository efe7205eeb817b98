"""How errors read in a terminal under Pulumi."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from dli_provider.errors import DliError


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
