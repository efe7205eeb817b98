"""One SQLite file: everything that must outlive the process. Knows records and SQL, no rule of DLI."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dli_provider.emulator import private_files
from dli_provider.emulator.models import Event, Run, Savepoint, StatusChange, StoredJob
from dli_provider.emulator.past import Past

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    job_id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, name TEXT NOT NULL, job_type TEXT NOT NULL,
    status TEXT NOT NULL, queue_name TEXT, run INTEGER NOT NULL, due REAL, doc TEXT NOT NULL, UNIQUE (project, name));
CREATE INDEX IF NOT EXISTS jobs_by_project ON jobs (project, job_id);
CREATE INDEX IF NOT EXISTS drafts ON jobs (project) WHERE run = 0;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS runs (
    job_id INTEGER NOT NULL, number INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (job_id, number));
CREATE TABLE IF NOT EXISTS turns (
    job_id INTEGER NOT NULL, at REAL NOT NULL, status TEXT NOT NULL, status_desc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS turns_by_job ON turns (job_id);
CREATE TABLE IF NOT EXISTS savepoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, job_id INTEGER NOT NULL, kind TEXT NOT NULL,
    path TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS savepoints_by_path ON savepoints (project, path);
CREATE INDEX IF NOT EXISTS savepoints_by_job ON savepoints (job_id, kind);
CREATE TABLE IF NOT EXISTS tags (
    project TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id INTEGER NOT NULL, key TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (project, resource_type, resource_id, key));
CREATE TABLE IF NOT EXISTS things (
    kind TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (kind, project, name));
CREATE TABLE IF NOT EXISTS templates (
    template_id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, name TEXT NOT NULL, doc TEXT NOT NULL,
    UNIQUE (project, name));
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, request_id TEXT NOT NULL, project TEXT, call TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, body TEXT NOT NULL, status INTEGER, error_code TEXT,
    write INTEGER NOT NULL, executed INTEGER NOT NULL, answered INTEGER NOT NULL, faults TEXT NOT NULL,
    duration_ms REAL NOT NULL);
"""
_TABLES = ("jobs", "runs", "turns", "savepoints", "tags", "things", "templates", "faults", "requests")
_TURNS_KEPT = 200  # per job

_VERSION = 1  # of the schema and of the documents in it


class StateFileError(RuntimeError):
    """The state file cannot be used: another local DLI serves it, or another version wrote it."""


class Store:
    """The state file. Not thread-safe: one event loop owns it; every request is one transaction. `now` is whose time
    the changes of a status are noted by."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._moment: float | None = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_files.create(path)  # and the files that SQLite puts beside it are made like it
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
        try:
            # One owner per file, and commits that survive kill -9 (WAL lies in the page cache, not in the process).
            self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = NORMAL")
            self.db.executescript(_SCHEMA)
            written = self.db.execute("PRAGMA user_version").fetchone()[0]
            self.db.execute(f"PRAGMA user_version = {_VERSION}")
        except sqlite3.OperationalError as error:
            self.db.close()
            if "locked" in str(error):
                raise StateFileError(f"{path} is in use by another local DLI") from error
            raise
        if written not in (0, _VERSION):
            self.db.execute(f"PRAGMA user_version = {written}")
            self.db.close()
            raise StateFileError(f"{path} was written by another version of the local DLI: reset it")
        self.past = Past(self.db, self.moment)

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on disk."""
        self.db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything except settings."""
        with self.transaction():
            for table in _TABLES:
                self.db.execute(f"DELETE FROM {table}")
            self.db.execute("DELETE FROM sqlite_sequence")

    def number_jobs_from(self, first: int) -> None:
        """No new job gets a smaller id than this; an id that a job has had is never given again."""
        given = self.db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
        self.db.execute("DELETE FROM sqlite_sequence WHERE name = 'jobs'")
        latest = max(first - 1, given[0] if given else 0)
        self.db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (latest,))

    def moment(self) -> float:
        """When what is being written became so."""
        return self._now() if self._moment is None else self._moment

    @contextmanager
    def as_of(self, moment: float) -> Iterator[None]:
        """What is written meanwhile became so at this moment, however late it is written."""
        self._moment = moment
        try:
            yield
        finally:
            self._moment = None

    # -- meta and small named things -------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value of the state file itself."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a value of the state file itself."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def put(self, kind: str, project: str, name: str, doc: Any) -> None:
        """Remember a small thing of a project: a queue, an authorized bucket, an export, ..."""
        self.db.execute(
            "INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)", (kind, project, name, json.dumps(doc))
        )

    def take(self, kind: str, project: str, name: str) -> Any | None:
        """A small thing, or `None`."""
        row = self.db.execute(
            "SELECT doc FROM things WHERE kind = ? AND project = ? AND name = ?", (kind, project, name)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, kind: str, project: str) -> dict[str, Any]:
        """All small things of a kind in a project, by name."""
        rows = self.db.execute(
            "SELECT name, doc FROM things WHERE kind = ? AND project = ? ORDER BY name", (kind, project)
        )
        return {name: json.loads(doc) for name, doc in rows}

    def drop(self, kind: str, project: str, name: str) -> None:
        """Forget a small thing."""
        self.db.execute(
            "DELETE FROM things WHERE kind = ? AND project = ? AND name = ?", (kind, project, name)
        )

    # -- jobs ------------------------------------------------------------------------------------------------------

    def add_job(self, job: StoredJob) -> None:
        """Insert a job and give it its id."""
        cursor = self.db.execute(
            "INSERT INTO jobs (project, name, job_type, status, run, doc) VALUES (?, ?, ?, '', 0, '')",
            (job.project, job.name, job.job_type),
        )
        job.job_id = int(cursor.lastrowid or 0)
        self.save_job(job)

    def save_job(self, job: StoredJob) -> None:
        """Write a job back; a new status is noted for its history."""
        self._note_turn(job, self.moment())
        doc = json.dumps(asdict(job), ensure_ascii=False)
        queue = str(job.definition.get("queue_name") or "").lower()
        self.db.execute(
            "UPDATE jobs SET name = ?, status = ?, queue_name = ?, run = ?, due = ?, doc = ? WHERE job_id = ?",
            (job.name, job.status, queue, job.run, job.due, doc, job.job_id),
        )

    def _note_turn(self, job: StoredJob, at: float) -> None:
        before = self.db.execute("SELECT status FROM jobs WHERE job_id = ?", (job.job_id,)).fetchone()
        if before is None or before[0] == job.status:
            return
        self.db.execute(
            "INSERT INTO turns VALUES (?, ?, ?, ?)", (job.job_id, at, job.status, job.status_desc)
        )
        self.db.execute(
            "DELETE FROM turns WHERE rowid IN"
            " (SELECT rowid FROM turns WHERE job_id = ? ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (job.job_id, _TURNS_KEPT),
        )

    def since(self, job_id: int) -> float:
        """When a job came into its present status, in epoch seconds; 0 when that was not noted."""
        row = self.db.execute("SELECT max(at) FROM turns WHERE job_id = ?", (job_id,)).fetchone()
        return float(row[0] or 0)

    def turns(self, job_id: int) -> list[StatusChange]:
        """The statuses that a job has had, oldest first; of very many the latest."""
        rows = self.db.execute(
            "SELECT at, status, status_desc FROM turns WHERE job_id = ? ORDER BY rowid", (job_id,)
        )
        return [StatusChange(*row) for row in rows]

    def remove_job(self, job: StoredJob) -> None:
        """Forget a job, its tags and its builtin savepoints; runs and savepoints with a path of their own remain."""
        self.db.execute("DELETE FROM jobs WHERE job_id = ?", (job.job_id,))
        self.db.execute("DELETE FROM turns WHERE job_id = ?", (job.job_id,))
        self.db.execute("DELETE FROM tags WHERE resource_id = ? AND project = ?", (job.job_id, job.project))
        self.db.execute("DELETE FROM savepoints WHERE job_id = ? AND kind = 'builtin'", (job.job_id,))

    def job(self, project: str, job_id: int) -> StoredJob | None:
        """One job of a project."""
        row = self.db.execute(
            "SELECT doc FROM jobs WHERE job_id = ? AND project = ?", (job_id, project)
        ).fetchone()
        return None if row is None else _job(row[0])

    def job_named(self, project: str, name: str) -> StoredJob | None:
        """The job of this name in a project."""
        row = self.db.execute(
            "SELECT doc FROM jobs WHERE project = ? AND name = ?", (project, name)
        ).fetchone()
        return None if row is None else _job(row[0])

    def jobs(self, where: str, values: Sequence[Any], tail: str = "ORDER BY job_id") -> list[StoredJob]:
        """The jobs that satisfy an SQL condition over the columns of `jobs`."""
        return [_job(doc) for (doc,) in self.db.execute(f"SELECT doc FROM jobs WHERE {where} {tail}", values)]

    def count_jobs(self, where: str, values: Sequence[Any]) -> int:
        """How many jobs satisfy an SQL condition."""
        return int(self.db.execute(f"SELECT count(*) FROM jobs WHERE {where}", values).fetchone()[0])

    # -- runs and savepoints ---------------------------------------------------------------------------------------

    def save_run(self, run: Run) -> None:
        """Add or change one run of a job's history."""
        doc = json.dumps(asdict(run), ensure_ascii=False)
        self.db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (run.job_id, run.number, doc))

    def run(self, job_id: int, number: int) -> Run | None:
        """One run of a job's history."""
        row = self.db.execute(
            "SELECT doc FROM runs WHERE job_id = ? AND number = ?", (job_id, number)
        ).fetchone()
        return None if row is None else Run(**json.loads(row[0]))

    def runs(self, job_id: int) -> list[Run]:
        """A job's history, oldest first. It survives the job."""
        rows = self.db.execute("SELECT doc FROM runs WHERE job_id = ? ORDER BY number", (job_id,))
        return [Run(**json.loads(doc)) for (doc,) in rows]

    def add_savepoint(self, savepoint: Savepoint) -> None:
        """Keep a savepoint; one that lies at the same path is overwritten, as objects are."""
        self.db.execute(
            "DELETE FROM savepoints WHERE project = ? AND path = ?", (savepoint.project, savepoint.path)
        )
        cursor = self.db.execute(
            "INSERT INTO savepoints (project, job_id, kind, path, doc) VALUES (?, ?, ?, ?, '')",
            (savepoint.project, savepoint.job_id, savepoint.kind, savepoint.path),
        )
        savepoint.id = int(cursor.lastrowid or 0)
        self.db.execute(
            "UPDATE savepoints SET doc = ? WHERE id = ?", (json.dumps(asdict(savepoint)), savepoint.id)
        )

    def savepoint(self, savepoint_id: int | None) -> Savepoint | None:
        """One savepoint by its id."""
        row = self.db.execute("SELECT doc FROM savepoints WHERE id = ?", (savepoint_id,)).fetchone()
        return None if row is None else Savepoint(**json.loads(row[0]))

    def savepoint_at(self, project: str, path: str) -> Savepoint | None:
        """The savepoint at a path (spelt as `directory()` does)."""
        row = self.db.execute(
            "SELECT doc FROM savepoints WHERE project = ? AND path = ?", (project, path)
        ).fetchone()
        return None if row is None else Savepoint(**json.loads(row[0]))

    def savepoints(self, project: str) -> list[Savepoint]:
        """All savepoints of a project, oldest first."""
        rows = self.db.execute("SELECT doc FROM savepoints WHERE project = ? ORDER BY id", (project,))
        return [Savepoint(**json.loads(doc)) for (doc,) in rows]

    def last_checkpoint(self, job_id: int) -> Savepoint | None:
        """The newest checkpoint that a job left in its bucket."""
        row = self.db.execute(
            "SELECT doc FROM savepoints WHERE job_id = ? AND kind = 'checkpoint' ORDER BY id DESC LIMIT 1",
            (job_id,),
        ).fetchone()
        return None if row is None else Savepoint(**json.loads(row[0]))

    def remove_savepoint(self, savepoint_id: int) -> None:
        """Forget a savepoint, as if its files had been deleted."""
        self.db.execute("DELETE FROM savepoints WHERE id = ?", (savepoint_id,))


def _job(doc: str) -> StoredJob:
    raw = json.loads(doc)
    for name in ("events", "orders"):
        raw[name] = [Event(**event) for event in raw.get(name, [])]
    return StoredJob(**raw)
