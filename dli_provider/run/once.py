"""What is done once in this process, however many jobs ask for it at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from dli_provider.resting import Turn

_TRIES = 2


class Once:
    """What has been done, by what it was: a bucket that was authorised, a line that was said."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._turns: dict[str, Turn] = {}
        self._tries: dict[str, int] = {}

    @contextmanager
    def first(self, what: str) -> Iterator[bool]:
        """Whether it is to be done now. Who comes second waits until the first is through; if that one failed by an
        exception, the second is the first. After two that failed nobody is: a thousand would wait in a row for what
        does not come."""
        with self._lock:
            turn = self._turns.setdefault(what, Turn())
        with turn:
            left = self._tries.get(what, _TRIES)
            self._tries[what] = left - 1
            yield left > 0
            self._tries[what] = 0
