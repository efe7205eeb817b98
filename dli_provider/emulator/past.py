"""What was true a while ago, for reads that lag as those of a replica do. Knows tables, no rule of DLI.

While it is kept, triggers write down every version of the rows that reads show. A read of the past then finds views
under the names of the tables, so no call has to know when it looks. Nothing of it reaches the state file: whoever
starts to keep a past starts with the present one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_KEYS: Final = {
    "jobs": ("job_id",),
    "savepoints": ("id",),
    "tags": ("project", "resource_type", "resource_id", "key"),
}
"""The tables that reads of jobs and tags show, and what tells their rows apart."""
_THINNED_EVERY: Final = (
    500  # reads: seldom enough to cost nothing, often enough for a server that runs for weeks
)


class Past:
    """The versions of all rows since it is kept. `moment` says when what is being written became so."""

    def __init__(self, db: sqlite3.Connection, moment: Callable[[], float]) -> None:
        self._db = db
        self._kept = False
        self._reads = 0
        db.create_function("moment", 0, moment)

    def keep(self, wanted: bool) -> None:
        """Begin to write down what changes, or stop and forget it."""
        if wanted == self._kept:
            return
        self._kept = wanted
        for table in _KEYS:
            for statement in self._beginning(table) if wanted else self._end(table):
                self._db.execute(statement)

    @contextmanager
    def shown(self, at: float) -> Iterator[None]:
        """Meanwhile every table that has a past holds what it held at this moment."""
        self._thin(at)
        for table, key in _KEYS.items():
            same = " AND ".join(f"other.{name} = version.{name}" for name in key)
            latest = f"SELECT max(other.rowid) FROM past_{table} AS other WHERE {same} AND other.at <= {at!r}"
            self._db.execute(
                f"CREATE TEMP VIEW {table} AS SELECT {', '.join(self._columns(table))}"
                f" FROM past_{table} AS version WHERE NOT gone AND version.rowid = ({latest})"
            )
        try:
            yield
        finally:
            for table in _KEYS:
                self._db.execute(f"DROP VIEW temp.{table}")

    def _beginning(self, table: str) -> Iterator[str]:
        columns = self._columns(table)
        yield f"CREATE TEMP TABLE past_{table} (at REAL NOT NULL, gone INTEGER NOT NULL, {', '.join(columns)})"
        yield f"CREATE INDEX temp.past_{table}_by_key ON past_{table} ({', '.join(_KEYS[table])}, at)"
        yield f"INSERT INTO past_{table} SELECT 0.0, 0, {', '.join(columns)} FROM main.{table}"
        for change, row, gone in (("INSERT", "NEW", 0), ("UPDATE", "NEW", 0), ("DELETE", "OLD", 1)):
            # A real Flink has its jobs saved at every look: what did not change is no version.
            changed = f"WHEN ({_list('NEW', columns)}) IS NOT ({_list('OLD', columns)})"
            yield (
                f"CREATE TEMP TRIGGER past_{table}_{change.lower()} AFTER {change} ON main.{table}"
                f" {changed if change == 'UPDATE' else ''}"
                f" BEGIN INSERT INTO past_{table} VALUES (moment(), {gone}, {_list(row, columns)}); END"
            )

    def _end(self, table: str) -> Iterator[str]:
        for change in ("insert", "update", "delete"):
            yield f"DROP TRIGGER temp.past_{table}_{change}"
        yield f"DROP TABLE temp.past_{table}"

    def _thin(self, before: float) -> None:
        """Forget what no read can come to see any more."""
        self._reads += 1
        if self._reads % _THINNED_EVERY:
            return
        for table, key in _KEYS.items():
            needed = f"SELECT max(rowid) FROM past_{table} WHERE at <= {before!r} GROUP BY {', '.join(key)}"
            self._db.execute(f"DELETE FROM past_{table} WHERE at <= {before!r} AND rowid NOT IN ({needed})")

    def _columns(self, table: str) -> list[str]:
        return [row[1] for row in self._db.execute(f"PRAGMA main.table_info({table})")]


def _list(row: str, columns: list[str]) -> str:
    return ", ".join(f"{row}.{name}" for name in columns)
