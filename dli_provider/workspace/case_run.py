"""One case, run on a warm Flink, and what came held against what was expected."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from dli_provider.flink.failures import FlinkError
from dli_provider.flink.row_runner import Change, RowRunner, RunRefused, RunStep, ScriptResult, ScriptRun
from dli_provider.proof.cases import CaseFault, CaseStep, CaseTable, ProofCase
from dli_provider.proof.row_comparison import Mark, RowsDiff, SinkChange, SinkView, Untold
from dli_provider.proof.row_tables import as_csv, draw

CaseVerdict: TypeAlias = Literal["passed", "failed", "broken"]
"""`broken`: it could not be told; something is wrong with the case, the SQL, or the state that it was to go on from."""

_PINNED: Final = "processing time cannot be held still"


@dataclass(frozen=True)
class RunnableSql:
    """A script as it runs: its text, the job's own settings, and the file that messages name."""

    sql: str = field(repr=False)
    settings: Mapping[str, str]
    shown: str
    jars: tuple[str, ...] = ()
    """Files with the job's own functions."""
    lacking: str = ""
    """What is said where Flink refuses the SQL, and the file with its functions is not there."""


@dataclass(frozen=True)
class ComparedTable:
    """An expected table, the difference to what came, what came as text, and what may explain the difference."""

    table: CaseTable
    diff: RowsDiff
    text: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseOutcome:
    """How a case went, and the seconds that it took. `faults` say why it is broken."""

    case: ProofCase
    verdict: CaseVerdict
    seconds: float
    steps: tuple[ComparedTable, ...] = ()
    faults: tuple[CaseFault, ...] = ()


def outcome(
    flink: RowRunner, sql: RunnableSql, case: ProofCase, old: RunnableSql | str | None = None
) -> CaseOutcome:
    """Run a case. `old` is the version that an upgrade begins with; a text says why it is not to be had.

    Raises FlinkError where nothing can be run.
    """
    begun = time.monotonic()
    if isinstance(old, str):
        return CaseOutcome(case, "broken", 0.0, faults=(CaseFault(case.file, case.line, 1, old),))
    running = _Running(flink, sql, case)
    try:
        compared = running.upgraded(old) if old else running.straight()
    except _Broken as broken:
        return CaseOutcome(case, "broken", time.monotonic() - begun, faults=(broken.fault,))
    verdict: CaseVerdict = "passed" if all(each.diff.same for each in compared) else "failed"
    return CaseOutcome(case, verdict, time.monotonic() - begun, tuple(compared))


class _Broken(Exception):
    def __init__(self, file: str, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.fault = CaseFault(file, line, column, message)


class _Running:
    def __init__(self, flink: RowRunner, sql: RunnableSql, case: ProofCase) -> None:
        self._flink, self._sql, self._case = flink, sql, case

    def straight(self) -> list[ComparedTable]:
        steps = self._case.steps
        ran = self._run(self._sql, ScriptRun(self._sql.sql, _steps(steps), read=_expected(steps)), steps)
        return self._compared(ran, steps, {})

    def upgraded(self, old: RunnableSql) -> list[ComparedTable]:
        first, then = self._case.steps[:1], self._case.steps[1:]
        before = self._run(old, ScriptRun(old.sql, _steps(first), save=True), first)
        asked = ScriptRun(
            self._sql.sql, _steps(then), restore=before.savepoint, before=before.fed, read=_expected(then)
        )
        try:
            ran = self._run(self._sql, asked, then)
        except _Broken as broken:
            raise _Broken(
                *self._at, f"after the upgrade from {old.shown}: {broken.fault.message}"
            ) from broken
        written = {sink: [*before.at_start[sink], *(row for step in before.steps for row in step[sink])]
                   for sink in before.columns}  # fmt: skip
        return self._compared(ran, then, written)

    @property
    def _at(self) -> tuple[str, int, int]:
        return self._case.file, self._case.line, 1

    def _run(self, sql: RunnableSql, asked: ScriptRun, steps: Sequence[CaseStep]) -> ScriptResult:
        try:
            return self._flink.run(replace(asked, settings=sql.settings, jars=sql.jars))
        except RunRefused as refused:
            raise self._broken(sql, refused, steps) from refused
        except FlinkError as error:
            raise _Broken(*self._at, str(error)) from error

    def _broken(self, sql: RunnableSql, refused: RunRefused, steps: Sequence[CaseStep]) -> _Broken:
        if refused.phase == "plan":
            return _Broken(
                sql.shown, *refused.place, f"Flink refuses the SQL: {refused.message}{sql.lacking}"
            )
        if refused.phase != "rows":
            what = "Flink refuses to start from the state" if refused.phase == "start" else "the job failed"
            return _Broken(*self._at, f"{what}: {refused.message}")
        place = _place(refused, steps) or self._at
        named = ".".join(filter(None, (refused.table, refused.column)))
        return _Broken(*place, f"{named}: {refused.message}")

    def _compared(
        self, ran: ScriptResult, steps: Sequence[CaseStep], written: Mapping[str, Sequence[SinkChange]]
    ) -> list[ComparedTable]:
        self._held_still(ran, steps)
        before = {sink: list(written.get(sink, ())) for sink in ran.columns}
        expected = {sink: list(rows) for sink, rows in ran.read.items()}
        found = []
        for number, step in enumerate(steps):
            # What a script writes before it is given anything belongs to the first step.
            came = {
                sink: [*(ran.at_start[sink] if number == 0 else ()), *ran.steps[number][sink]]
                for sink in ran.columns
            }
            for table in step.expect:
                wanted = [(row.op, expected[table.name].pop(0)) for row in table.rows.rows]
                compared = self._table(ran, table, wanted, before[table.name], came[table.name])
                hints = self._hints(compared.diff, sum(ran.late[: number + 1]), step)
                found.append(replace(compared, hints=tuple(hints)))
            for sink, rows in came.items():
                before[sink] += rows
        return found

    def _hints(self, diff: RowsDiff, late: int, step: CaseStep) -> Iterator[str]:
        """What event time may have to do with a difference: most of what is missing was late, or is still to come."""
        if diff.same:
            return
        if late:
            rows = "1 row was" if late == 1 else f"{late} rows were"
            yield f"{rows} late, behind the watermark, and left out"
        missing = any(line.mark is Mark.MISSING and not line.changed for line in diff.lines)
        if missing and not step.time and "WATERMARK" in self._sql.sql.upper():
            yield "event time goes on with later rows, or where the case says so: a window closes with `time: end`"

    def _table(
        self,
        ran: ScriptResult,
        table: CaseTable,
        wanted: Sequence[SinkChange],
        before: Sequence[SinkChange],
        step: Sequence[SinkChange],
    ) -> ComparedTable:
        unknown = [name for name in table.rows.columns if name not in ran.columns[table.name]]
        if unknown:
            known = ", ".join(ran.columns[table.name])
            raise _Broken(*table.place(None), f"{table.name} has no column {unknown[0]}; it has {known}")
        columns = table.rows.columns or tuple(ran.columns[table.name])
        view = SinkView(table.name, tuple(ran.keys[table.name]), columns, table.rows.has_op)
        try:
            diff = view.diff(wanted, view.came(before, step))
        except Untold as untold:
            raise _Broken(*table.place(None), str(untold)) from untold
        return ComparedTable(table, diff, _text(table, columns, diff))

    def _held_still(self, ran: ScriptResult, steps: Sequence[CaseStep]) -> None:
        """What depends on when it runs is no test. A value that does may be left out of what is expected."""
        if not ran.clocks:
            return
        whole = [
            table
            for step in steps
            for table in step.expect
            if not set(ran.columns[table.name]) - set(table.rows.columns)
        ]
        acts = [each for each in ran.clocks if each.startswith("a ")]
        if acts:
            raise _Broken(*self._at, f"cannot tell: {', '.join(acts)}; {_PINNED}. Use event time to test it")
        if whole:
            raise _Broken(
                *whole[0].place(None),
                f"cannot tell: what comes out depends on when it runs, or on chance ({', '.join(ran.clocks)})."
                f" Leave the column that has it out of the table of {whole[0].name}",
            )


def _steps(steps: Sequence[CaseStep]) -> tuple[RunStep, ...]:
    return tuple(
        RunStep(
            {table.name: [_change(row.op, row.values) for row in table.rows.rows] for table in step.given},
            step.time,
        )
        for step in steps
    )


def _change(op: str, values: Mapping[str, str | None]) -> Change:
    return op or "+I", values


def _expected(steps: Sequence[CaseStep]) -> dict[str, list[Mapping[str, str | None]]]:
    found: dict[str, list[Mapping[str, str | None]]] = {}
    for step in steps:
        for table in step.expect:
            found.setdefault(table.name, []).extend(row.values for row in table.rows.rows)
    return found


def _place(refused: RunRefused, steps: Sequence[CaseStep]) -> tuple[str, int, int] | None:
    """Where the row stands that does not fit."""
    if refused.about == "given" and 0 <= refused.step < len(steps):
        tables: list[CaseTable] = [each for each in steps[refused.step].given if each.name == refused.table]
    else:
        tables = [each for step in steps for each in step.expect if each.name == refused.table]
    row = refused.row - 1
    for table in tables:
        if row < len(table.rows.rows):
            return table.place(table.rows.rows[row] if row >= 0 else None, refused.column)
        row -= len(table.rows.rows)
    return None


def _text(table: CaseTable, columns: Sequence[str], diff: RowsDiff) -> str:
    ops = table.rows.has_op
    rows = [
        (line.cells[0] or "" if ops else "", dict(zip(columns, line.cells[int(ops) :], strict=True)))
        for line in diff.lines
        if line.mark is not Mark.MISSING
    ]
    return (draw if table.span else as_csv)(columns, rows, ops=ops)
