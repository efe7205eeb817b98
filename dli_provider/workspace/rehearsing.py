"""Rehearsals of changes of SQL on a warm Flink: generated rows, a savepoint of the old SQL, the new SQL from it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from dli_provider.flink import pins
from dli_provider.flink.row_runner import (
    END_OF_TIME,
    RowRunner,
    RunRefused,
    RunStep,
    ScriptResult,
    ScriptRun,
    StateBackend,
)
from dli_provider.proof.continuation import Outputs, RowChange, SinkOutput
from dli_provider.proof.doubts import doubts
from dli_provider.proof.generator import Batch, MadeRows, generate, sources
from dli_provider.proof.rehearsal import (
    CANNOT_TELL,
    REFUSED,
    Doubts,
    RehearsalRuns,
    RehearsalVerdict,
    disagrees,
    judged,
)
from dli_provider.sql import Settings, Unparsable, Unreadable, is_computed, readings

SEED: Final = 1
_KINDLY: Final = {"table.exec.sink.not-null-enforcer": "DROP"}
"""A generated row that the sink cannot have is no reason for the job to fail, unless the job itself says so."""


@dataclass(frozen=True)
class RehearsedChange:
    """A change of SQL, with the settings of Flink that hold for each side."""

    old: str = field(repr=False)
    new: str = field(repr=False)
    settings: tuple[Settings, Settings] = ((), ())
    jars: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Files with functions of the job's own, for each side."""
    lacking: str = ""
    """What is said where Flink refuses the SQL, and a file with its functions is not there."""


@dataclass(frozen=True)
class Conditions:
    """What a rehearsal runs with; the rows follow from the seed."""

    seed: int = SEED
    parallelism: int = 1
    backend: StateBackend = "hashmap"


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that was held: its verdict, with what, and how many seconds it took."""

    verdict: RehearsalVerdict
    conditions: Conditions
    seconds: float
    flink_version: str = pins.VERSION

    def noted(self, note: str) -> Rehearsal:
        """The same with one more thing said of it."""
        return replace(self, verdict=replace(self.verdict, notes=(*self.verdict.notes, note)))


def rehearse(flink: RowRunner, change: RehearsedChange, conditions: Conditions = Conditions()) -> Rehearsal:
    """The rehearsal of one change. Raises `FlinkError` where Flink itself cannot be run."""
    began = time.monotonic()
    verdict = _rehearsed(flink, change, conditions)
    return Rehearsal(verdict, conditions, time.monotonic() - began)


def _rehearsed(flink: RowRunner, change: RehearsedChange, conditions: Conditions) -> RehearsalVerdict:
    scripts = (change.old, change.new)
    try:
        made = generate(scripts, conditions.seed)
        open_questions = doubts(*scripts, sources(scripts))
        stage = _Stage(flink, change, conditions, made)
    except (Unreadable, Unparsable, RecursionError):
        return RehearsalVerdict(CANNOT_TELL, "the SQL is not understood well enough to make rows for it")
    try:
        return _verdict(stage, open_questions)
    except _Failed as failed:
        if not failed.on_rows:
            return failed.verdict
    # Null values may be what the job cannot bear, and then its real rows have none.
    stage = replace(stage, made=generate(scripts, conditions.seed, nulls=False))
    try:
        found = _verdict(stage, open_questions)
    except _Failed as failed:
        return failed.verdict
    return replace(found, notes=(*found.notes, "no generated row has null values: with them the job fails"))


class _Failed(Exception):
    """A run that did not come to its end, and the verdict that follows."""

    def __init__(self, verdict: RehearsalVerdict, *, on_rows: bool = False) -> None:
        super().__init__(verdict.because)
        self.verdict, self.on_rows = verdict, on_rows


@dataclass(frozen=True)
class _Stage:
    """Where both scripts run on the same rows."""

    flink: RowRunner
    change: RehearsedChange
    conditions: Conditions
    made: MadeRows

    def run(
        self, *, new: bool, halves: Sequence[Sequence[Batch]], restore: str = "", save: bool = False
    ) -> ScriptResult:
        """Runs the old or the new script over the last of the halves; the ones before are what was read already."""
        sql = self.change.new if new else self.change.old
        columns = {
            name: {column.name for column in reading.table.columns if not is_computed(column)}
            for name, reading in readings(sql).items()
        }
        standing = [batch for half in (self.made.standing, *halves[:-1]) for batch in half]
        before: dict[str, list[tuple[str, Mapping[str, object]]]] = {}
        for step in (_rows(batch, columns) for batch in standing):
            for table, rows in step.items():
                before.setdefault(table, []).extend(rows)
        steps = [RunStep(_rows(batch, columns)) for batch in halves[-1]]
        return self.flink.run(
            ScriptRun(
                sql,
                steps=(*steps, *(() if save else (RunStep(time=END_OF_TIME),))),
                settings={**_KINDLY, **dict(self.change.settings[new])},
                restore=restore,
                before=before,
                save=save,
                parallelism=self.conditions.parallelism,
                backend=self.conditions.backend,
                jars=self.change.jars[new],
            )
        )


def _rows(batch: Batch, columns: Mapping[str, set[str]]) -> dict[str, list[tuple[str, Mapping[str, object]]]]:
    """A batch for each table of the script that reads its source, with the columns that the table has."""
    return {
        name: [
            (row.kind, {key: value for key, value in row.values.items() if key in columns[name]})
            for row in batch.rows
        ]
        for name in sorted(batch.source.names & columns.keys())
    }


def _verdict(stage: _Stage, open_questions: Doubts) -> RehearsalVerdict:
    before, after = stage.made.before, stage.made.after
    old = _begun(stage, new=False)
    control = _begun(stage, new=True)
    try:
        upgraded = stage.run(new=True, halves=[before, after], restore=old.savepoint)
    except RunRefused as refused:
        if refused.phase == "rows":
            raise _Failed(_cannot("the generated rows do not fit", refused)) from refused
        return RehearsalVerdict(REFUSED, refused.message, None, stage.made.count)
    runs = RehearsalRuns(
        _outputs(old),
        _outputs(control),
        _outputs(stage.run(new=True, halves=[before, after], restore=control.savepoint)),
        _outputs(upgraded),
        _outputs(stage.run(new=True, halves=[after])),
        stayed=_outputs(stage.run(new=False, halves=[before, after], restore=old.savepoint)),
        back=_back(stage, control.savepoint),
    )
    if disagrees(runs):
        again = stage.run(new=True, halves=[before, after], restore=control.savepoint)
        runs = replace(runs, again=_outputs(again))
    clocks = tuple(f"the result depends on {clock}" for clock in (*old.clocks, *control.clocks))
    known = replace(open_questions, blind=tuple(dict.fromkeys((*open_questions.blind, *clocks))))
    return judged(runs, known, stage.made.count)


def _back(stage: _Stage, savepoint: str) -> Outputs | str:
    """The old SQL from the new one's savepoint; or why Flink refuses that."""
    try:
        return _outputs(stage.run(new=False, halves=[stage.made.before, stage.made.after], restore=savepoint))
    except RunRefused as refused:
        return refused.message


def _begun(stage: _Stage, *, new: bool) -> ScriptResult:
    """One of the two scripts before the switch. Raises `_Failed`."""
    which = "new" if new else "old"
    try:
        return stage.run(new=new, halves=[stage.made.before], save=True)
    except RunRefused as refused:
        if refused.phase == "plan" and stage.change.lacking:
            because = f"the {which} SQL cannot be run here: {refused.message}{stage.change.lacking}"
            verdict = RehearsalVerdict(CANNOT_TELL, because)
        elif refused.phase == "savepoint":
            verdict = RehearsalVerdict(CANNOT_TELL, f"the {which} SQL: {refused.message}")
        elif refused.phase == "plan" and new:
            verdict = RehearsalVerdict(REFUSED, f"the new SQL as such: {refused.message}")
        else:
            verdict = _cannot(f"the {which} SQL does not run on the generated rows", refused)
        raise _Failed(verdict, on_rows=refused.phase == "run") from refused


def _cannot(what: str, refused: RunRefused) -> RehearsalVerdict:
    return RehearsalVerdict(CANNOT_TELL, f"{what}: {refused.message}")


def _outputs(result: ScriptResult) -> Outputs:
    found = {}
    for sink, columns in result.columns.items():
        changes = [
            RowChange(kind, tuple(values.get(name) for name in columns))
            for part in (result.at_start, *result.steps)
            for kind, values in part.get(sink, ())
        ]
        key = tuple(list(columns).index(name) for name in result.keys.get(sink, ()))
        found[sink] = SinkOutput(sink, tuple(columns), key, tuple(changes))
    return found
