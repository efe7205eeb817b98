"""What a change of SQL does to state, asked without a stack: two files, or a batch of pairs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.judging import Fetch, Judge, JudgeMode, SqlChange
from dli_provider.job.constraints import FLINK_VERSIONS
from dli_provider.sql import SqlVerdict
from dli_provider.workspace import Unusable

Verdict: TypeAlias = SqlVerdict
"""What is laid out by the command."""

SAFE = frozenset(["unchanged", "cosmetic", "carried"])
"""Verdicts with which the job goes on from its state, surely."""


@dataclass(frozen=True)
class BatchLine:
    """One pair of a batch."""

    id: object
    change: SqlChange


def known_version(named: str) -> str:
    """The version of Flink that a job runs on, as it was named. Raises Unusable for one that DLI does not know."""
    known = (*FLINK_VERSIONS, pins.VERSION.rpartition(".")[0])
    if named and named not in known and named.rpartition(".")[0] not in known:
        raise Unusable(f"{named!r} is no version of Flink that is known here: {', '.join(known)}")
    return named


def text_of(file: Path) -> str:
    """What stands in a file, or comes on standard input ("-"). Raises Unusable, saying why it cannot be read."""
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode("utf-8")
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{file} is not UTF-8 text, from byte {error.start} on") from error


@contextmanager
def judging(
    mode: JudgeMode,
    fetch: Fetch,
    fetch_older: Fetch,
    note: Callable[[str], None],
) -> Iterator[Callable[[SqlChange], SqlVerdict]]:
    """Who judges, for as long as the block lasts. Raises Unusable where Flink is demanded and not to be had.

    `note` is told where an older planner was wanted that is not here.
    """
    judge = Judge(mode, os.environ, fetch, fetch_older, note)

    def verdict(change: SqlChange) -> SqlVerdict:
        try:
            return judge.verdict(change)
        except FlinkError as error:
            raise Unusable(str(error)) from error

    try:
        yield verdict
    finally:
        judge.close()


def batch(lines: Iterable[str], flink_version: str) -> Iterator[BatchLine]:
    """The pairs of a batch, one JSON object a line: `id`, `before` and `after`. Raises Unusable, saying which line."""
    for number, line in enumerate(lines, start=1):
        # Editors on Windows begin a file with a byte order mark, which is no part of its first line.
        line = line.removeprefix("\ufeff") if number == 1 else line
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            # Infinity and NaN, which Python reads, could not be answered in JSON.
            json.dumps(told, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise Unusable(f"line {number} of the batch is no JSON: {error}") from error
        pair = told if isinstance(told, dict) else {}
        before, after = pair.get("before"), pair.get("after")
        if not isinstance(before, str) or not isinstance(after, str) or "id" not in pair:
            raise Unusable(
                f'line {number} of the batch must be {{"id": ..., "before": "...", "after": "..."}}'
            )
        yield BatchLine(pair["id"], SqlChange(before, after, flink_version=flink_version))
