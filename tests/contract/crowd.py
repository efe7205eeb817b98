"""Many cells of a matrix at once: each waits more than it works, and each has a project of its own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

C = TypeVar("C")
R = TypeVar("R")

_AT_ONCE = 12
_SHOWN = 12


def each(cells: Iterable[C], carry_out: Callable[[C], R]) -> list[tuple[C, R]]:
    """Every cell with its result, in order. Fails once, with all the cells that failed."""
    failures: list[str] = []
    results: list[tuple[C, R]] = []

    def attempt(cell: C) -> tuple[C, R] | None:
        try:
            return cell, carry_out(cell)
        except Exception:
            failures.append(f"{cell}\n{traceback.format_exc(limit=-4)}")
            return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = [result for result in pool.map(attempt, cells) if result is not None]
    assert not failures, f"{len(failures)} cells fail:\n\n" + "\n".join(failures[:_SHOWN])
    return results
