"""What is done once in this process, however many jobs ask for it at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from dli_provider.resting import Turn


class Once:
    """What has been done, by what it was: a bucket that was authorised, a line that was said."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._done: dict[str, tuple[Turn, list[bool]]] = {}

    @contextmanager
    def first(self, what: str) -> Iterator[bool]:
        """Whether it is to be done now. Who comes second waits until the first is through; if that one failed by an
        exception, the second is the first."""
        with self._lock:
            turn, done = self._done.setdefault(what, (Turn(), []))
        with turn:
            yield not done
            done.append(True)
