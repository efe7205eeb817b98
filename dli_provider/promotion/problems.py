"""What a person can write wrong in the files and the config of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Problems(Exception):
    """Everything found wrong at once. Each message names the file or key, what is wrong there, and what to do."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Raises Problems at its end when messages were put on its list."""
    messages: list[str] = []
    yield messages
    if messages:
        raise Problems(messages)


@contextmanager
def going_on(messages: list[str]) -> Iterator[None]:
    """Puts Problems on a list, so that more of them can be found."""
    try:
        yield
    except Problems as found:
        messages.extend(found.messages)
