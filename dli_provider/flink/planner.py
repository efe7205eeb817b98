"""Flink's planner, asked about scripts in one process, two of them side by side. Nothing runs.

It is a program of ours (`planner/PlanFacts.java`) over the jars that `dli check` has; no cluster is started.
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
from dli_provider.flink import compiled, java, pins
from dli_provider.flink.asked_process import AskedProcess
from dli_provider.flink.failures import FlinkError, StatementError
from dli_provider.flink.provision import Distribution
from dli_provider.flink.stand_ins import stand_in
from dli_provider.flink.statements import Statement, split
from dli_provider.sql import BUILT_IN_CONNECTORS

NAME: Final = f"Flink {pins.VERSION}'s planner"
"""How a verdict of this planner is signed."""

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
        self._lock = Lock()
        self._process = AskedProcess("Flink's planner", _PATIENCE, self._command)
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
                there = BUILT_IN_CONNECTORS if script.stood_in else self._distribution.connectors
                try:
                    cut[script], _ = stand_in(split(script.sql), there)
                except StatementError as broken:
                    error = {"error": f"SqlParserException: {broken.message}"}
                    self._known[script] = PlannerAnswer(error, (broken.line, broken.column))
            questions = [
                json.dumps(
                    {"settings": dict(script.settings), "statements": [each.text for each in statements]}
                )
                for script, statements in cut.items()
            ]
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
        runtime = java.find(self._environ)
        classes = self._distribution.core
        program = compiled.jar(runtime, downloads.cache_folder(self._environ), _SOURCE, classes)
        if program is None:
            raise FlinkError("there is no javac, which compiles the program that asks Flink's planner")
        return [str(runtime), *java.FLAGS, _HEAP, "-cp", os.pathsep.join([str(program), classes]), _MAIN]
