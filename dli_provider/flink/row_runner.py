"""Rows in, rows out: scripts run on a warm Flink in one process, fed from memory, one after the other.

The face, for tests and rehearsals::

    with RowRunner(distribution, environ) as flink:
        first = flink.run(ScriptRun(sql, steps=(RunStep({"orders": [("+I", {"id": "1"})]}),), save=True))
        then = flink.run(ScriptRun(new_sql, steps=(...,), restore=first.savepoint, before=first.fed))

Every table stands on a connector of ours (`row_runner/RowRunner.java`) that has the abilities of the one it stands for:
Kafka's takes over no filter and no column; upsert-kafka, CDC and changelog formats bring changes; stores are read once
and looked up; sinks are given the changes that the real one would be given, and keep them.

What does not depend on this machine: a watermark comes after each row; the rows of one table of a step are through
before those of the next come; at the end of a step everything is written. Event time goes on by rows, or where a step
says so. What cannot be held still is told in `clocks`: what in the plan depends on when it runs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, TypeAlias

from dli_provider import downloads
from dli_provider.flink import compiled, java
from dli_provider.flink.allowed import harmless
from dli_provider.flink.asked_process import AskedProcess
from dli_provider.flink.failures import FlinkError, StatementError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.statements import Statement, split

Change: TypeAlias = tuple[str, Mapping[str, Any]]
"""A row with its kind, `+I`, `-U`, `+U` or `-D`: values by column, as texts, or None; nested ones may be JSON's."""
Written: TypeAlias = tuple[str, Mapping[str, str | None]]
"""A change as a sink was given it: texts in the one form that two values of a type are compared in."""
StateBackend: TypeAlias = Literal["hashmap", "rocksdb"]

SLOTS: Final = 4
"""The largest parallelism."""
END_OF_TIME: Final = "end"
"""As the `time` of a step: event time comes to its end, and every window closes."""

_SOURCE: Final = Path(__file__).with_name("row_runner") / "RowRunner.java"
_SERVICES: Final = {
    "META-INF/services/org.apache.flink.table.factories.Factory": "dli.RowRunner\n",
    "META-INF/services/org.apache.flink.metrics.reporter.MetricReporterFactory": "dli.RowRunner$LateRows\n",
}
_MAIN: Final = "dli.RowRunner"
_HEAP: Final = "-Xmx640m"
_PATIENCE: Final = 240.0  # seconds for a run; 6 for the first, 0.2 to 0.8 for the others are usual
_LONG: Final = "1 d"
_TTL: Final = "table.exec.state.ttl"
_PLACE: Final = re.compile(r"line (\d+), column (\d+)")
_UNEXPECTED: Final = re.compile(
    r'((?:Encountered|Incorrect syntax near the keyword) ["\'](.*?)["\'].*?)\.? Was expecting one of:'
)
_OURS: Final = re.compile(
    r"(execution\.checkpointing|state|restart-strategy|execution\.(savepoint|state-recovery)|cluster|slotmanager"
    r"|taskmanager|jobmanager|metrics|high-availability|io|akka|pekko|blob|web)[.-].*"
    r"|execution\.runtime-mode|execution\.target|parallelism\.default|table\.exec\.source\.idle-timeout"
)
"""Settings that say how a job is run, which here we do; those that change what it computes are the job's own."""


@dataclass(frozen=True)
class RunStep:
    """Rows by table, handed over in this order; then event time gets to `time`: a moment, or `END_OF_TIME`."""

    rows: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    time: str = ""


@dataclass(frozen=True)
class ScriptRun:
    """One script, run over rows.

    `restore`: a savepoint to go on from. `before`: rows that were there already, which were read up to the savepoint;
    a source without state there begins behind them, or with them, as its connector does. `save`: stop with a savepoint.
    `read`: rows by sink, to be answered in the form in which written values are compared.
    """

    sql: str = field(repr=False)
    steps: tuple[RunStep, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    restore: str = ""
    before: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    save: bool = False
    parallelism: int = 1
    backend: StateBackend = "hashmap"
    read: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    jars: Sequence[str] = ()
    """Files with functions of the job's own."""
    only_plan: bool = False
    ignore_unclaimed: bool = False
    """Whether state that no operator of the script claims is dropped, where Flink would refuse."""


@dataclass(frozen=True)
class ScriptResult:
    """What came of a run. `steps` has the changes of each sink, in order, for each step; `at_start` those before."""

    steps: tuple[Mapping[str, Sequence[Written]], ...]
    at_start: Mapping[str, Sequence[Written]]
    columns: Mapping[str, Sequence[str]]
    """Of each sink that is written."""
    keys: Mapping[str, Sequence[str]]
    """The primary key of each sink; empty where it has none."""
    reads: Mapping[str, Sequence[str]]
    """The columns of each table that is read or looked up."""
    read: Mapping[str, Sequence[Mapping[str, str | None]]]
    clocks: tuple[str, ...]
    """What in the plan depends on when it runs, or on chance."""
    late: tuple[int, ...] = ()
    """For each step how many rows windows left out, as they were late."""
    savepoint: str = ""
    fed: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """Every row that there is by now: the `before` of a run from the savepoint."""


RunPhase: TypeAlias = Literal["plan", "rows", "start", "run", "savepoint"]


class RunRefused(FlinkError):
    """Flink takes a script not, or not from its savepoint (`start`), or the job failed (`run`).

    `told` has every cause; `place` is in the script. `rows`: a row does not fit; `table`, `row` (from 1; 0: the table
    itself) and `column` say which, and `about` whether it was `given` in the step of number `step`, `expected`, or
    there `before`.
    """

    def __init__(
        self, phase: RunPhase, message: str, answer: Mapping[str, Any], place: tuple[int, int]
    ) -> None:
        super().__init__(message)
        self.phase, self.message, self.place = phase, message, place
        self.told = str(answer.get("told") or message)
        self.table, self.column = str(answer.get("table") or ""), str(answer.get("column") or "")
        self.row, self.step = int(answer.get("row") or 0), int(answer.get("step") or 0)
        self.about = str(answer.get("about") or "")


class RowRunner:
    """A warm Flink, started when it is first asked; it runs one script after the other, and ends with us."""

    def __init__(self, distribution: Distribution, environ: Mapping[str, str]) -> None:
        self._distribution, self._environ = distribution, environ
        self._lock = Lock()
        self._process = AskedProcess("Flink", _PATIENCE, self._command)
        self._home = Path(
            tempfile.mkdtemp(prefix="dli-rows-")
        )  # for its owner alone: states hold data of jobs
        self._numbers = count(1)

    def __enter__(self) -> RowRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; its savepoints are gone with it."""
        self._process.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def run(self, asked: ScriptRun) -> ScriptResult:
        """Run it. Raises `RunRefused`, and `FlinkError` where nothing can be run at all."""
        if not 1 <= asked.parallelism <= SLOTS:
            raise FlinkError(f"parallelism {asked.parallelism}: here it is 1 to {SLOTS}")
        try:
            statements = split(asked.sql)
        except StatementError as broken:
            raise RunRefused("plan", broken.message, {}, (broken.line, broken.column)) from broken
        with self._lock:
            where = self._home / f"run-{next(self._numbers)}"
            (line,) = self._process.answers([json.dumps(_question(asked, statements, where))])
            answer = json.loads(line)
            shutil.rmtree(where / "checkpoints", ignore_errors=True)
        if "error" in answer:
            raise _refused(answer, statements)
        return _result(asked, answer)

    def _command(self) -> list[str]:
        runtime = java.find(self._environ)
        classes = self._distribution.core
        program = compiled.jar(runtime, downloads.cache_folder(self._environ), _SOURCE, classes, _SERVICES)
        if program is None:
            raise FlinkError("there is no javac, which compiles the program that runs rows through Flink")
        quiet = f"-Dlog4j.configurationFile={self._home / 'log4j.properties'}"
        (self._home / "log4j.properties").write_text("rootLogger.level = OFF\n")
        path = os.pathsep.join([str(program), classes])
        return [
            *(str(runtime), *java.FLAGS, _HEAP, quiet),
            *("-cp", path, _MAIN, str(self._home), str(SLOTS)),
        ]


def _question(asked: ScriptRun, statements: Sequence[Statement], where: Path) -> dict[str, Any]:
    own = {
        key: value for key, value in harmless({**_UTC, **asked.settings}).items() if not _OURS.fullmatch(key)
    }
    # State that is forgotten after a while of this machine's time is not forgotten here. That it may be forgotten is
    # part of its form, so the setting stays.
    if own.get(_TTL, "0").split()[0] not in ("0", "0ms", "0s"):
        own[_TTL] = _LONG
    pinned = {
        "execution.runtime-mode": "streaming",
        "parallelism.default": str(asked.parallelism),
        "state.backend.type": asked.backend,
        "execution.checkpointing.dir": (where / "checkpoints").as_uri(),
        "restart-strategy.type": "none",
        # One that a task has missed, as it ended just then, must not hold up the next.
        "execution.checkpointing.max-concurrent-checkpoints": "8",
        "table.exec.source.idle-timeout": "0",
    }
    return {
        "settings": {**own, **pinned},
        "pinned": pinned,
        "statements": [each.text for each in statements],
        "restore": asked.restore,
        "ignore_unclaimed": asked.ignore_unclaimed,
        "before": asked.before,
        "steps": [{"rows": each.rows, "time": each.time} for each in asked.steps],
        "savepoint": (where / "savepoint").as_uri() if asked.save else "",
        "read": asked.read,
        "only_plan": asked.only_plan,
        "jars": asked.jars,
    }


_UTC: Final = {"table.local-time-zone": "UTC"}


def _refused(answer: Mapping[str, Any], statements: Sequence[Statement]) -> RunRefused:
    at, place = int(answer["statement"]), (1, 1)
    if 0 <= at < len(statements):
        found = _PLACE.search(str(answer.get("place")))
        # Of some mistakes Flink does not know the place, and says line 0.
        known = found and int(found[1]) > 0
        place = statements[at].place(*((int(found[1]), int(found[2])) if found and known else (1, 1)))
    return RunRefused(answer["phase"], _in_short(str(answer["error"])), answer, place)


def _in_short(error: str) -> str:
    """Flink's words without its list of all tokens that would have been right, and with the usual reason."""
    found = _UNEXPECTED.match(text := " ".join(error.split()))
    if found is None:
        return text
    word = found[2]
    hint = (
        f"; a name that is a reserved word is written in backquotes: `{word}`" if word.isidentifier() else ""
    )
    return f"{found[1]}{hint}"


def _result(asked: ScriptRun, answer: Mapping[str, Any]) -> ScriptResult:
    fed: dict[str, list[Change]] = {table: list(rows) for table, rows in asked.before.items()}
    for step in asked.steps:
        for table, rows in step.rows.items():
            fed.setdefault(table, []).extend(rows)
    return ScriptResult(
        tuple(_written(step) for step in answer.get("steps", ())),
        _written(answer.get("at_start", {})),
        answer["columns"],
        answer["keys"],
        answer["reads"],
        answer["read"],
        tuple(answer["clocks"]),
        tuple(answer.get("late", ())),
        answer.get("savepoint", ""),
        fed,
    )


def _written(step: Mapping[str, Any]) -> Mapping[str, Sequence[Written]]:
    return {sink: tuple((op, values) for op, values in rows) for sink, rows in step.items()}
