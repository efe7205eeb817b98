"""Flink's planner, asked about scripts in one process, two of them side by side. Nothing runs.

It is a program of ours (`planner/PlanFacts.java`) over the jars that `dli check` has, or those of an older Flink. No
cluster is started.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

from dli_provider import downloads
from dli_provider.downloads import ProgressListener
from dli_provider.flink import compiled, java, pins, warm_classes
from dli_provider.flink.asked_process import AskedProcess
from dli_provider.flink.failures import FlinkError, StatementError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.stand_ins import stand_in
from dli_provider.flink.statements import Statement, split
from dli_provider.sql import TRIAL_CONNECTORS


def name_of(version: str) -> str:
    """How a verdict of the planner of this version is signed."""
    return f"Flink {version}'s planner"


NAME: Final = name_of(pins.VERSION)

_SOURCE: Final = Path(__file__).with_name("planner") / "PlanFacts.java"
_MAIN: Final = "dli.PlanFacts"
_PATIENCE: Final = (
    120.0  # seconds for an answer: 3 for the first, 35 to 60 ms for each of the others, are usual
)
_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")
_HEAP: Final = "-Xmx768m"


@dataclass(frozen=True)
class Script:
    """One script, and the settings that hold before its own.

    `stood_in`: even tables of connectors that are here are planned with a stand-in, which looks at no option.
    """

    sql: str = field(repr=False)
    settings: tuple[tuple[str, str], ...] = ()
    stood_in: bool = False


@dataclass(frozen=True)
class PlannerAnswer:
    """What the planner told of a script, as data; with `place`, where in the script its error is."""

    told: Mapping[str, Any]
    place: tuple[int, int] = (1, 1)


class Planner:
    """Flink's planner, started when it is first asked; it answers every script of a run, and ends with us."""

    def __init__(self, distribution: Distribution, environ: Mapping[str, str]) -> None:
        self._distribution, self._environ = distribution, environ
        self.name = name_of(distribution.version)
        self._lock = Lock()
        self._process = AskedProcess(self.name, _PATIENCE, self._command)
        self._known: dict[Script, PlannerAnswer] = {}

    def __enter__(self) -> Planner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; what was answered is still known."""
        self._process.close()

    def answer(self, script: Script) -> PlannerAnswer:
        """What the planner tells of the script. Raises `FlinkError` where it cannot be asked at all."""
        return self.answers(script)[0]

    def answers(self, *scripts: Script) -> tuple[PlannerAnswer, ...]:
        """What it tells of each; two are planned side by side. Raises `FlinkError` as above."""
        with self._lock:
            cut: dict[Script, Sequence[Statement]] = {}
            for script in scripts:
                if script in self._known:
                    continue
                try:
                    cut[script] = _stood_in(script, self._distribution)
                except StatementError as broken:
                    error = {"error": f"SqlParserException: {broken.message}"}
                    self._known[script] = PlannerAnswer(error, (broken.line, broken.column))
            questions = [_question(script, statements) for script, statements in cut.items()]
            for (script, statements), line in zip(cut.items(), self._process.answers(questions), strict=True):
                self._known[script] = self._placed(json.loads(line), statements)
            return tuple(self._known[script] for script in scripts)

    @staticmethod
    def _placed(told: Mapping[str, Any], statements: Sequence[Statement]) -> PlannerAnswer:
        at = int(told.get("statement", -1))
        if not 0 <= at < len(statements):
            return PlannerAnswer(told)
        found = _PLACE.search(str(told.get("error")))
        line, column = (int(found[1]), int(found[2])) if found else (1, 1)
        return PlannerAnswer(told, statements[at].place(line, column))

    def _command(self) -> list[str]:
        return command(self._distribution, self._environ)[0]


def prepare(
    distribution: Distribution, environ: Mapping[str, str], report: ProgressListener = downloads.silent
) -> None:
    """Make what lets the planner start fast, once; it takes some fifteen seconds. Raises `FlinkError`.

    Nobody asks for it in a preview: there the planner just starts slower.
    """
    how, archive = command(distribution, environ)
    if not archive.is_file():
        scripts = [
            Script(_TABLES + insert, _TRAINED_WITH, stood_in)
            for insert in _TYPICAL
            for stood_in in (False, True)
        ]
        questions = [_question(script, _stood_in(script, distribution)) for script in scripts]
        warm_classes.make(how, questions, archive, report)


def _stood_in(script: Script, distribution: Distribution) -> Sequence[Statement]:
    # Files need no system elsewhere, but a format, which may not be here.
    there = TRIAL_CONNECTORS if script.stood_in else distribution.connectors
    return stand_in(split(script.sql), there)[0]


def _question(script: Script, statements: Sequence[Statement]) -> str:
    return json.dumps(
        {"settings": dict(script.settings), "statements": [_permanent(each) for each in statements]}
    )


def _permanent(statement: Statement) -> str:
    """The text, which makes no table temporary: of such a one a plan has the name alone. Places stay as they are."""
    if statement.words[:3] != ("CREATE", "TEMPORARY", "TABLE"):
        return statement.text
    return re.sub("TEMPORARY", " " * len("TEMPORARY"), statement.text, count=1, flags=re.IGNORECASE)


def command(distribution: Distribution, environ: Mapping[str, str]) -> tuple[list[str], Path]:
    """How the planner's process is started, and the archive of its classes, which is used where it is there."""
    runtime, root = java.find(environ), downloads.cache_folder(environ)
    program = compiled.jar(runtime, root, _SOURCE, distribution.core, version=distribution.version)
    if program is None:
        raise FlinkError("there is no javac, which compiles the program that asks Flink's planner")
    jars = (program, *warm_classes.class_path(distribution.jars, root))
    archive = warm_classes.archive(runtime, root, jars)
    shared = [f"-XX:SharedArchiveFile={archive}"] if archive.is_file() else []
    how = [str(runtime), *java.FLAGS, *shared, warm_classes.QUIET, _HEAP]
    return [*how, "-cp", os.pathsep.join(map(str, jars)), _MAIN], archive


_TRAINED_WITH: Final = (("parallelism.default", "1"),)
_TABLES: Final = """
CREATE TABLE a (id BIGINT, name STRING, price INT, seen AS PROCTIME(), ts TIMESTAMP(3), WATERMARK FOR ts AS ts -
  INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:1',
  'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json');
CREATE TABLE b (id BIGINT, label STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert-kafka',
  'topic' = 't', 'properties.bootstrap.servers' = 'h:1', 'key.format' = 'json', 'value.format' = 'json');
CREATE TABLE d (id BIGINT, label STRING) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://h/d', 'table-name' = 'd');
CREATE TABLE s (id BIGINT, x STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'jdbc',
  'url' = 'jdbc:mysql://h/d', 'table-name' = 's');
CREATE TABLE k (id BIGINT, x STRING) WITH ('connector' = 'kafka', 'topic' = 'o',
  'properties.bootstrap.servers' = 'h:1', 'format' = 'json');
CREATE VIEW v AS SELECT id, UPPER(name) AS name, price FROM a WHERE price > 5;
"""
_TYPICAL: Final = (
    "INSERT INTO k SELECT id, CASE WHEN price > 3 THEN name ELSE 'x' END FROM v WHERE name LIKE 'n%'",
    "INSERT INTO s SELECT id, CAST(COUNT(DISTINCT name) + SUM(price) AS STRING) FROM a GROUP BY id HAVING COUNT(*) > 1",
    "INSERT INTO k SELECT MAX(id), MIN(name) FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
    " GROUP BY window_start, window_end, name",
    "INSERT INTO k SELECT id, MAX(name) FROM a GROUP BY id, TUMBLE(ts, INTERVAL '1' MINUTE)",
    "INSERT INTO s SELECT id, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY price DESC) AS rn"
    " FROM a) WHERE rn <= 3",
    "INSERT INTO s SELECT id, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seen) AS rn FROM a)"
    " WHERE rn = 1",
    "INSERT INTO k SELECT SUM(price) OVER (PARTITION BY name ORDER BY ts ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),"
    " name FROM a",
    "INSERT INTO s SELECT a.id, b.label FROM a LEFT JOIN b ON a.id = b.id",
    "INSERT INTO k SELECT l.id, r.name FROM a AS l JOIN a AS r ON l.id = r.id AND l.ts BETWEEN r.ts - INTERVAL '1' HOUR"
    " AND r.ts",
    "INSERT INTO k SELECT a.id, d.label FROM a JOIN d FOR SYSTEM_TIME AS OF a.seen AS d ON a.id = d.id",
    "INSERT INTO s SELECT id, name FROM a WHERE id IN (SELECT id FROM b) UNION ALL SELECT id, label FROM b",
    "INSERT INTO k SELECT x, name FROM a MATCH_RECOGNIZE (PARTITION BY name ORDER BY ts MEASURES LAST(B.id) AS x ONE"
    " ROW PER MATCH PATTERN (A B+) DEFINE B AS B.price > A.price)",
)
"""Scripts whose planning loads what most jobs need."""
