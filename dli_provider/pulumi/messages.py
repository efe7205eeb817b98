"""How lines and errors read in a terminal under Pulumi, and the only way there.

Nothing secret comes through, and nothing that steers a terminal. Pulumi's SDK is loaded only by who speaks through it:
the second door does not, and the SDK would take a fifth of its memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from threading import Lock

from dli_provider.errors import DliError
from dli_provider.secrets import KnownSecrets, for_people, secret_values
from dli_provider.settings import misspelt_variables

_one_at_a_time = Lock()


class _InHand:
    """What is worked on, and what is secret in it: looked for once there is something to show, and once only. A job
    that is waited for says every few seconds how long it has been, and to search its SQL takes milliseconds."""

    def __init__(self, *bags: object) -> None:
        self._bags = bags

    @cached_property
    def secrets(self) -> KnownSecrets:
        return KnownSecrets(secret_values(self._bags))


_NOTHING = _InHand()
_in_hand: ContextVar[_InHand] = ContextVar("in_hand", default=_NOTHING)
"""What this thread works on."""


def tell(text: str) -> None:
    """Show the user what is being done, or would be."""
    import pulumi

    _log(pulumi.log.info, text)


def progress(text: str) -> None:
    """Show what is being done just now: while it lasts, and not among the diagnostics at the end."""
    import pulumi

    _log(lambda shown: pulumi.log.info(shown, ephemeral=True), text)


def warn(text: str) -> None:
    """Show the user what to look after."""
    import pulumi

    _log(pulumi.log.warn, text)


def fit(text: str) -> str:
    """The text as it may be shown: without what is secret by its looks, or by what is in hand."""
    return for_people(text, _in_hand.get().secrets)


@cache
def warn_of_variables(warn: Callable[[str], None] = warn) -> None:
    """Warn, once in this process, of environment variables that look like ours and are none."""
    for line in misspelt_variables(os.environ):
        warn(line)


def _log(log: Callable[[str], None], text: str) -> None:
    shown = fit(text)
    # Pulumi writes a text and the end of its line one after the other, and many jobs speak at once.
    with _one_at_a_time:
        log(shown)


@contextmanager
def for_the_terminal(*in_hand: object) -> Iterator[None]:
    """Turn an error into one that Pulumi prints well: `rolled back: orders (job 7): ...`.

    `in_hand` are the bags that are worked on: until the end, nothing that is told or raised shows what is secret in
    them. That is looked for only once there is something to show.

    Pulumi prints an exception's class with its module, and the cause before it; hence a class without either.
    """
    before = _in_hand.set(_InHand(*in_hand))
    try:
        yield
    except DliError as error:
        raise _plain(kind_of(error), error.text()) from None
    except Exception as error:
        # A mistake of ours, whose words may hold any value; where it came up is still told.
        raise _plain(type(error).__name__, str(error)).with_traceback(error.__traceback__) from None
    finally:
        _in_hand.reset(before)


def kind_of(error: DliError) -> str:
    """What kind of error it is, in words: `rolled back`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()


def _plain(kind: str, text: str) -> Exception:
    shown: type[Exception] = type(kind, (Exception,), {"__module__": "builtins"})
    return shown(fit(text))
