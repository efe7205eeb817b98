"""The request log: what was asked of the local DLI, in order, with what came of it. Bounded, and kept in the file."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from dli_provider.emulator.store import Store
from dli_provider.secrets import mask_json, without_secrets

KEPT: Final = 100_000
_TRIM_EVERY: Final = 1_000
_AFTER_ALL: Final = 2**62


@dataclass(frozen=True)
class LoggedRequest:
    """One request. Of its body and query, what sounds secret is masked: the log is for people."""

    at: float  # epoch seconds at which it arrived
    request_id: str
    project: str | None
    call: str
    method: str
    path: str
    query: str
    body: str
    status: int | None  # None: never answered
    error_code: str | None
    write: bool
    executed: bool  # False: a fault answered instead of DLI
    answered: bool
    faults: str  # kinds that struck, separated by commas
    duration_ms: float
    seq: int = 0  # the cursor; given by the log

    def json(self) -> Any:
        """The body, parsed; `None` when there was none."""
        return json.loads(self.body) if self.body else None


def masked(body: str) -> str:
    """A body as it is kept: as it was sent, but for what sounds secret in it."""
    try:
        parsed = json.loads(body)
        shown = mask_json(parsed, without_secrets)
        # As it was sent, white space and all, where there is nothing to mask.
        return body if shown == parsed else json.dumps(shown, ensure_ascii=False)
    except (ValueError, RecursionError):
        return without_secrets(body)


_NAMES: Final = [column.name for column in fields(LoggedRequest) if column.name != "seq"]
_FLAGS: Final = ("write", "executed", "answered")


class RequestLog:
    """Appends to and reads the log. The caller owns the transaction."""

    def __init__(self, store: Store) -> None:
        self._db = store.db

    def append(self, entry: LoggedRequest) -> int:
        """Add a request; its sequence number is the cursor for `read`."""
        row = asdict(entry)
        cursor = self._db.execute(
            f"INSERT INTO requests ({', '.join(_NAMES)}) VALUES ({', '.join('?' for _ in _NAMES)})",
            [row[name] for name in _NAMES],
        )
        seq = int(cursor.lastrowid or 0)
        if seq % _TRIM_EVERY == 0:
            self._db.execute("DELETE FROM requests WHERE seq <= ?", (seq - KEPT,))
        return seq

    def read(
        self, since: int = 0, project: str | None = None, writes: bool | None = None, limit: int | None = None
    ) -> list[LoggedRequest]:
        """Entries after the cursor `since`, oldest first."""
        wanted: list[tuple[str, Any]] = [("seq > ?", since)]
        if project is not None:
            wanted.append(("project = ?", project))
        if writes is not None:
            wanted.append(("write = ?", int(writes)))
        return self._select(wanted, "ORDER BY seq", limit)

    def page(
        self, limit: int, before: int | None = None, call: str | None = None, writes: bool = False
    ) -> list[LoggedRequest]:
        """The latest entries before the cursor `before`, newest first."""
        wanted: list[tuple[str, Any]] = [("seq < ?", _AFTER_ALL if before is None else before)]
        if call is not None:
            wanted.append(("call = ?", call))
        if writes:
            wanted.append(("write = ?", 1))
        return self._select(wanted, "ORDER BY seq DESC", limit)

    def about_job(self, project: str, job_id: int, limit: int) -> list[LoggedRequest]:
        """The latest writes that name a job in their path or body, newest first."""
        wanted: list[tuple[str, Any]] = [("project = ?", project), ("write = ?", 1)]
        wanted += [("instr(path || ' ' || body, ?)", str(job_id))]
        likely = self._select(wanted, "ORDER BY seq DESC", limit * 4)
        named = re.compile(rf"(?<![\w.-]){job_id}(?![\w.-])")
        return [entry for entry in likely if named.search(entry.path) or named.search(entry.body)][:limit]

    def _select(self, wanted: list[tuple[str, Any]], tail: str, limit: int | None) -> list[LoggedRequest]:
        where = " AND ".join(condition for condition, _ in wanted)
        rows = self._db.execute(
            f"SELECT {', '.join(_NAMES)}, seq FROM requests WHERE {where} {tail} LIMIT ?",
            (*(value for _, value in wanted), -1 if limit is None else limit),
        )
        raw = (dict(zip([*_NAMES, "seq"], row, strict=True)) for row in rows)
        return [LoggedRequest(**(entry | {flag: bool(entry[flag]) for flag in _FLAGS})) for entry in raw]

    def last(self) -> int:
        """The cursor after the newest entry."""
        row = self._db.execute("SELECT max(seq) FROM requests").fetchone()
        return int(row[0] or 0)
