"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class ProgressListener(Protocol):
    """Called again and again: what is being done, and how many bytes of how many (0: nobody knows) are there."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None: ...


def silent(what: str, done: int = 0, total: int = 0) -> None:
    """Nobody listens."""
