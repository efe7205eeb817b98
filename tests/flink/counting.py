"""A job that counts, and what it has counted: Flink prints each count as it grows, so the counts can be read off."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.support.site import job

T = TypeVar("T")
KEYS = 4
_PATIENCE = 60.0
_LINE = re.compile(r"^(\w+)(?::\d+)?> \+[IU]\[(\d+), (\d+)\]$")


def sql(
    name: str, columns: str = "k INT", query: str = "SELECT k, COUNT(*) AS n FROM ticks GROUP BY k"
) -> str:
    """Counts by key, printed under a name."""
    return (
        f"CREATE TABLE ticks ({columns}) WITH ('connector' = 'datagen', 'rows-per-second' = '100',"
        f" 'fields.k.min' = '0', 'fields.k.max' = '{KEYS - 1}');\n"
        f"CREATE TABLE counts (k INT, n BIGINT) WITH ('connector' = 'print', 'print-identifier' = '{name}');\n"
        f"INSERT INTO counts {query};"
    )


def counter(name: str, **changes: Any) -> dict[str, Any]:
    """The arguments of a job that counts and keeps its counts."""
    arguments = {
        "name": "counts",
        "sql_body": sql(name),
        "checkpoint_interval": 1,
        "restart_when_exception": True,
        "resume_checkpoint": True,
        "health_window": 1.0,
    }
    return job(**(arguments | changes))


class Counts:
    """What has been printed, as it is now."""

    def __init__(self, output: Path) -> None:
        self._output = output

    def under(self, name: str) -> dict[int, list[int]]:
        """Every count printed under a name, in order, by key."""
        found: dict[int, list[int]] = {}
        for line in self._output.read_text().splitlines() if self._output.exists() else ():
            match = _LINE.match(line)
            if match and match[1] == name:
                found.setdefault(int(match[2]), []).append(int(match[3]))
        return found

    def wait(self, name: str, least: int = 5) -> dict[int, list[int]]:
        """Until each key has been counted so often under this name."""
        return until(lambda: self.under(name), lambda seen: len(seen) == KEYS and _least(seen) >= least)


def _least(seen: dict[int, list[int]]) -> int:
    return min(len(counts) for counts in seen.values())


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """What `look` sees, once it is good."""
    deadline = time.monotonic() + _PATIENCE
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"waited {_PATIENCE:.0f} s; the last that was seen: {seen}"
        time.sleep(0.1)
    return seen


def last(seen: dict[int, list[int]]) -> dict[int, int]:
    """The count of each key."""
    return {key: counts[-1] for key, counts in sorted(seen.items())}


def first(seen: dict[int, list[int]]) -> dict[int, int]:
    """The first count of each key."""
    return {key: counts[0] for key, counts in sorted(seen.items())}


def one_more(counts: dict[int, int]) -> dict[int, int]:
    """What comes next where nothing is lost and nothing counted twice."""
    return {key: count + 1 for key, count in counts.items()}
