"""The SQL gateway: sessions, statements in them, and what Flink says when it refuses one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from dli_provider.flink.failures import FlinkError, RestError, StatementError
from dli_provider.flink.rest import Rest
from dli_provider.flink.statements import Place, Statement, combined, filled

_POLL: Final = 0.05
_PATIENCE: Final = 180.0  # seconds for one statement

EXPLAIN: Final = "EXPLAIN JSON_EXECUTION_PLAN "
_CAUSE: Final = re.compile(r"^(?:Caused by: )?([\w.$]+(?:Exception|Error)): (.*)$")
_TELLING: Final = (
    "SqlParserException",
    "ParseException",
    "SqlParserEOFException",
    "CalciteContextException",
    "SqlValidatorException",
    "ValidationException",
    "TableException",
    "SqlExecutionException",
)
_EMPTY: Final = (
    "Failed to",
    "Could not",
    "SQL validation failed",
    "Unable to create a source",
    "Unable to create a sink",
)
_ATTRIBUTE: Final = re.compile(r"\s*\*(?:ROWTIME|PROCTIME)\*")
_SPAN: Final = re.compile(r"[Ff]rom line (\d+), column (\d+) to line \d+, column \d+: ")
_PLACE: Final = re.compile(r"[Aa]t line (\d+), column (\d+)")


_ALLOWED: Final = frozenset(
    (word,)
    for word in (
        "SET",
        "RESET",
        "CREATE",
        "REPLACE",
        "DROP",
        "ALTER",
        "USE",
        "LOAD",
        "UNLOAD",
        "ADD",
        "REMOVE",
        "INSERT",
    )
)


@dataclass(frozen=True)
class Result:
    """What a statement answers: its columns, its rows, and the id of the Flink job that it started."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    job_id: str | None = None


class Session:
    """One session: settings and tables that are gone when it ends."""

    def __init__(self, gateway: Rest, handle: str) -> None:
        self._gateway, self._path = gateway, f"/v1/sessions/{handle}"

    def execute(self, statement: Statement, place: Place | None = None) -> Result:
        """One statement, to its end; for INSERT that is the submission.

        Raises `StatementError` with the place in the script (`place` finds it where the statement cannot).
        """
        try:
            return self._execute(statement.text)
        except RestError as error:
            if error.status == 0:
                raise
            message, line, column = told(str(error))
            raise StatementError(message, *(place or statement.place)(line, column)) from error

    def submit(self, statements: Sequence[Statement]) -> str:
        """A whole script as one job; its id. Raises `StatementError`."""
        inserts: list[Statement] = []
        for statement in statements:
            if statement.words[:1] not in _ALLOWED:
                what = " ".join(statement.words[:2]) or statement.text[:20]
                raise StatementError(
                    f"{what} is no part of a job; data flows by INSERT", statement.line, statement.column
                )
            if statement.is_insert or filled(statement):
                inserts.append(self.as_insert(statement))
            else:
                self.execute(statement)
        if not inserts:
            raise StatementError("there is no INSERT: nothing would flow", 1, 1)
        result = self.execute(inserts[0]) if len(inserts) == 1 else self._together(inserts)
        if result.job_id is None:
            raise FlinkError("Flink took the INSERTs, but told no job id")
        return result.job_id

    def as_insert(self, statement: Statement) -> Statement:
        """A statement that makes data flow, as an INSERT: of a table that is filled by a query, the table is made.

        Executed as it stands, Flink would run its query at once, as a job of its own. The table's columns are what
        Flink says that the query's are. Raises `StatementError`.
        """
        table = filled(statement)
        if table is None:
            return statement
        if table.columns:
            raise StatementError(
                "cannot be checked: CREATE TABLE with columns of its own and AS. Write it as CREATE TABLE and INSERT",
                statement.line,
                statement.column,
            )
        probe = f"`dli query at {statement.line}:{statement.column}`"
        self.execute(table.led_by(f"CREATE TEMPORARY VIEW {probe} AS"))
        found = self.execute(replace(statement, text=f"DESCRIBE {probe}"))
        self.execute(replace(statement, text=f"DROP TEMPORARY VIEW {probe}"))
        if table.replaces:
            self.execute(replace(statement, text=f"DROP TABLE IF EXISTS {table.name}"))
        columns = ", ".join(map(_column, found.rows))
        made = f"CREATE TABLE {table.name} ({columns}) {table.description}"
        self.execute(replace(statement, text=made), lambda _line, _column: statement.place(1, 1))
        return table.led_by(f"INSERT INTO {table.name}")

    def _together(self, inserts: Sequence[Statement]) -> Result:
        try:
            return self.execute(*combined(inserts))
        except StatementError:
            self.blame(inserts)
            raise

    def blame(self, inserts: Sequence[Statement]) -> None:
        """Raise the error of the first INSERT that Flink refuses alone: of several, it does not always tell which."""
        for insert in inserts:
            explained = replace(insert, text=EXPLAIN + insert.text)
            self.execute(explained, unexplaining(insert.place))

    def close(self) -> None:
        """Forget the session; jobs that it started go on."""
        with suppress(RestError):
            self._gateway.delete(self._path)

    def _execute(self, sql: str) -> Result:
        handle = self._gateway.post(f"{self._path}/statements", {"statement": sql})["operationHandle"]
        operation = f"{self._path}/operations/{handle}"
        rows: list[tuple[Any, ...]] = []
        columns: tuple[str, ...] = ()
        job_id, token, deadline = None, "0", time.monotonic() + _PATIENCE
        while True:
            page = self._gateway.get(f"{operation}/result/{token}", rowFormat="JSON")
            if page["resultType"] == "NOT_READY":
                if time.monotonic() > deadline:
                    raise FlinkError(
                        f"Flink has not finished a statement after {_PATIENCE:.0f} s: {' '.join(sql.split()[:2])} ..."
                    )
                time.sleep(_POLL)
                continue
            job_id = page.get("jobID") or job_id
            results = page.get("results") or {}
            columns = tuple(column["name"] for column in results.get("columns", ()))
            rows += [tuple(row["fields"]) for row in results.get("data", ())]
            following = page.get("nextResultUri")
            # An INSERT's answer is complete with the job's id; what would follow waits for the job to end.
            if page["resultType"] == "EOS" or job_id or not following:
                break
            token = following.split("/result/")[1].split("?")[0]
        with suppress(RestError):
            if job_id is None:
                self._gateway.delete(f"{operation}/close")
        return Result(columns, tuple(rows), job_id)


def _column(described: Sequence[Any]) -> str:
    """A row of DESCRIBE as a column: name and type. What of it is a time attribute is the query's own affair."""
    name, kind = str(described[0]).replace("`", "``"), _ATTRIBUTE.sub("", str(described[1]))
    return f"`{name}` {kind}"


def unexplaining(place: Place) -> Place:
    """Places of a statement that had `EXPLAIN` put before it, as if it had not."""
    return lambda line, column: place(line, max(1, column - len(EXPLAIN)) if line == 1 else column)


@contextmanager
def session(gateway: Rest, properties: Mapping[str, str]) -> Iterator[Session]:
    """A session with Flink settings, closed at the end."""
    handle = gateway.post("/v1/sessions", {"properties": dict(properties)})["sessionHandle"]
    opened = Session(gateway, handle)
    try:
        yield opened
    finally:
        opened.close()


def session_settings(given: object) -> dict[str, str]:
    """A job's own settings of Flink (its `runtime_config`) as those of a session, which are texts.

    It is a mapping, or DLI's JSON text of `[{"key": ..., "value": ...}]`; what else it may be, Flink cannot be told.
    """
    if isinstance(given, str):
        given = _paired(given)
    pairs = given.items() if isinstance(given, Mapping) else ()
    return {str(key): str(value).lower() if isinstance(value, bool) else str(value) for key, value in pairs}


def _paired(text: str) -> dict[str, object]:
    try:
        return {entry["key"]: entry["value"] for entry in json.loads(text)}
    except (ValueError, TypeError, KeyError):
        return {}


def own_jars(given: object) -> tuple[str, ...]:
    """The jar of a job's own functions (its `udf_jar_url`), where it has one."""
    return (given,) if isinstance(given, str) and given else ()


def told(trace: str) -> tuple[str, int, int]:
    """What a Java stack trace of the gateway says to a person: the message, and the place in the statement.

    The innermost exception that speaks of SQL knows most; its place may stand in one around it.
    """
    lines = trace.splitlines()
    causes: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        cause = _CAUSE.match(line)
        if cause:
            text = [cause[2]]
            for more in lines[number + 1 :]:
                if more.startswith(("\tat ", "Caused by: ", "\t...")):
                    break
                text.append(more)
            causes.append((cause[1].rpartition(".")[2], "\n".join(text).strip()))
    about_sql = [text for name, text in causes if name.rpartition("$")[2] in _TELLING]
    message = _fullest(about_sql) or _fullest([text for _, text in causes]) or trace.strip()[:2000]
    place = next((found for _, text in causes if (found := _SPAN.search(text) or _PLACE.search(text))), None)
    message = " ".join(_SPAN.sub("", message).split())
    return message, *((int(place[1]), int(place[2])) if place else (1, 1))


def _fullest(texts: Sequence[str]) -> str:
    """The innermost message that says something: the outer ones often only say that something failed."""
    return next((text for text in reversed(texts) if text and not text.startswith(_EMPTY)), "")
