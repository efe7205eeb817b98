"""What the state of each step of a compiled plan means: its input traced to the columns and filters of its sources.

Flink itself finds state by the id of an operator and the types in it. Two operators of one id and one type may still
keep different things: sums of another column, rows that another filter let in. What is kept is written down here so
that equal texts mean equal state.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dli_provider.sql.connectors import reads_by_place
from dli_provider.sql.plan_expressions import (
    as_text,
    bare,
    conjuncts,
    constant,
    exact,
    filtered,
    named_types,
    ordered,
    put,
    without_literals,
)
from dli_provider.sql.plan_facts import PlanFacts, PlanStep, schema_of, table_of

_MINI_BATCH: Final = "table.exec.mini-batch.enabled"
_DECIDING: Final = frozenset(
    [
        _MINI_BATCH,
        "table.local-time-zone",
        "table.exec.deduplicate.insert-update-after-sensitive-enabled",
        "table.exec.source.cdc-events-duplicate",
    ]
)
# These keep rows by key and value alone: at what time a row came is nothing to them.
_TIMELESS: Final = frozenset(
    [
        "group-aggregate",
        "join",
        "rank",
        "deduplicate",
        "sink",
        "global-group-aggregate",
        "local-group-aggregate",
        "incremental-group-aggregate",
        "changelog-normalize",
        "limit",
        "sort-limit",
        "lookup-join",
        "union",
    ]
)
# Whose state has a time to live, by StateConfigUtil in Flink's table runtime. Windows clear up by themselves; OVER and
# temporal joins set timers, and their state has one form either way.
_AGING: Final = frozenset(
    [
        "group-aggregate",
        "global-group-aggregate",
        "incremental-group-aggregate",
        "join",
        "rank",
        "deduplicate",
        "changelog-normalize",
        "limit",
        "sort-limit",
        "group-table-aggregate",
        "python-group-aggregate",
        "python-group-table-aggregate",
    ]
)
_PASSING: Final = frozenset(["exchange", "drop-update-before"])
# These work row by row, or by windows: whether others gather rows is nothing to what they keep.
_NEVER_GATHERING: Final = frozenset(
    ["group-window-aggregate", "over-aggregate", "interval-join", "temporal-join"]
)
_WINDOWED: Final = frozenset(
    ["group-window-aggregate", "window-aggregate", "local-window-aggregate", "global-window-aggregate"]
)
_TIME: Final = "watermark "


@dataclass(frozen=True)
class Rows:
    """What comes out of a step: each column by its origin, the filters passed since `relation`, and what that is."""

    columns: tuple[str, ...]
    filters: frozenset[str] = frozenset()
    relation: str = ""


@dataclass(frozen=True)
class Kept:
    """What the state of a step is made of. Two that are equal hold the same; else the first part that differs tells."""

    kind: str
    form: str
    key: str = ""
    content: str = ""
    columns: tuple[str, ...] = ()
    filters: frozenset[str] = frozenset()
    relation: str = ""
    span: tuple[int, int] | None = None
    """How far apart in time rows meet, in milliseconds, where more than that may as well be kept."""

    def serves(self, heir: Kept) -> bool:
        """Whether an operator that means its state so finds in this one all that it needs, and nothing misleading."""
        if self.span is None or heir.span is None:
            return self == heir
        narrower = self.span[0] <= heir.span[0] and heir.span[1] <= self.span[1]
        return narrower and replace(self, span=heir.span) == heir


class Meaning:
    """The meaning of every step of a plan.

    `tags` names tables by what both plans call them; `ttl` is the job's setting, for plans that do not tell how long
    state lives.
    """

    def __init__(self, facts: PlanFacts, tags: Mapping[str, str], ttl: str) -> None:
        self._facts, self._tags, self._ttl = facts, tags, ttl
        self._rows: dict[int, Rows] = {}
        self.written: dict[str, str] = {}
        """Filters as they were written, by the one form of them."""

    def kept(self, step: PlanStep) -> Kept:
        """What the state of the step holds."""
        inputs = self._inputs(step)
        raw = step.raw
        deciding = _DECIDING - {_MINI_BATCH} if step.kind in _NEVER_GATHERING else _DECIDING
        ways = {key: value for key, value in (raw.get("configuration") or {}).items() if key in deciding}
        form = as_text([step.kind, ways, self._lives(step)])
        first = inputs[0] if inputs else Rows(())
        columns, filters, relation = first.columns, first.filters, first.relation
        if step.kind == "table-source-scan":
            return Kept(step.kind, form, relation=self.rows(step).relation)
        if step.kind == "group-aggregate":
            key = as_text([columns[at] for at in raw["grouping"]])
            content = as_text([_aggregates(step, first), raw.get("needRetraction")])
            return Kept(step.kind, form, key, content, (), filters, relation)
        if step.kind in _WINDOWED:
            return self._gathered(step, form)
        if step.kind == "sink":
            declared = [column["name"] for column in schema_of(step).get("columns", ())]
            table = table_of(step)
            names = table.primary_key if table else ()
            key = as_text([columns[declared.index(name)] for name in names if name in declared])
            return Kept(
                step.kind, form, key, as_text(raw.get("requireUpsertMaterialize")), columns, filters, relation
            )
        if step.kind == "deduplicate" and raw.get("keepLastRow") is False and raw.get("isRowtime") is False:
            # Of the first row in arrival nothing but the key is kept.
            return Kept(
                step.kind,
                form,
                as_text([columns[at] for at in raw["uniqueKeys"]]),
                "first",
                (),
                filters,
                relation,
            )
        whole = ordered(exact(bare(_stored(step, columns))))
        others = [[rows.columns, rows.relation, sorted(rows.filters)] for rows in inputs[1:]]
        return Kept(
            step.kind,
            form,
            "",
            as_text([whole, raw.get("needRetraction"), others]),
            columns,
            filters,
            relation,
            _span(step),
        )

    def _gathered(self, step: PlanStep, form: str) -> Kept:
        """What an aggregate of windows keeps: results, of values that are traced as those of groups are; no rows."""
        begun = step
        if step.kind == "global-window-aggregate":
            # It goes on from what the local one, below an exchange, has gathered, whose columns its calls name.
            found = self._facts.steps[step.inputs[0]]
            begun = (
                found if found.inputs and found.kind not in _PASSING else self._facts.steps[found.inputs[0]]
            )
        first, raw = self._inputs(begun)[0], begun.raw
        beside = {"aggCalls", "grouping", "localAggInputRowType"}
        told = bare({key: value for key, value in step.raw.items() if key not in beside})
        whole = [_placed(told, first.columns if begun is step else ()), raw.get("needRetraction")]
        if begun is not step:
            whole.append(_placed(bare(raw["windowing"]), first.columns))
        key = as_text([first.columns[at] for at in raw["grouping"]])
        content = as_text([_aggregates(begun, first), whole])
        return Kept(step.kind, form, key, content, (), first.filters, first.relation)

    def rows(self, step: PlanStep) -> Rows:
        """What comes out of the step."""
        if step.id not in self._rows:
            self._rows[step.id] = self._made(step)
        return self._rows[step.id]

    def _lives(self, step: PlanStep) -> list[tuple[str, bool]]:
        """Which parts of the state have a time to live: with one, state has another form."""
        told = [(each["name"], each["ttl"]) for each in step.raw.get("state") or ()]
        if not self._facts.tells_ttl and (step.kind in _AGING or step.raw.get("requireUpsertMaterialize")):
            told = [("", self._ttl)]
        return [(name, not re.fullmatch(r"0+ ?\w*", ttl)) for name, ttl in told]

    def _inputs(self, step: PlanStep) -> list[Rows]:
        found = [self.rows(self._facts.steps[at]) for at in step.inputs]
        if step.kind in _TIMELESS:
            return [replace(rows, filters=frozenset(_timeless(rows.filters))) for rows in found]
        return found

    def _made(self, step: PlanStep) -> Rows:
        inputs = self._inputs(step)
        if step.kind == "table-source-scan":
            return self._scanned(step)
        if step.kind in _PASSING:
            return inputs[0]
        if step.kind == "mini-batch-assigner":
            return replace(inputs[0], relation=_hash(["mini-batch", inputs[0].relation]))
        if step.kind == "calc":
            self.written |= (passed := _passed(step, inputs[0]))
            columns = tuple(
                each if isinstance(each, str) else as_text(ordered(each))
                for each in put(exact(step.raw["projection"]), inputs[0].columns)
            )
            return replace(inputs[0], columns=columns, filters=inputs[0].filters | passed.keys())
        if step.kind == "watermark-assigner":
            return _timed(step, inputs[0])
        if step.kind == "union":
            branches = sorted(_hash([rows.columns, sorted(rows.filters), rows.relation]) for rows in inputs)
            return _numbered(_hash(["union", branches]), _width(step))
        if step.kind == "group-aggregate":
            return _aggregated(step, inputs[0])
        # What a join lets out is more than what it keeps.
        relation = _hash([_all(self.kept(step)), ordered(exact(_joined(step.raw)))])
        if step.kind == "lookup-join" and not step.raw.get("upsertMaterialize"):
            looked_up = tuple(f"{relation}.{each}" for each in (*inputs[0].columns, *_looked_up(step.raw)))
            return Rows(looked_up, relation=relation)
        if step.kind == "join" and len(inputs) == 2:
            columns = tuple(f"{relation}.{column}" for rows in inputs for column in rows.columns)
            more = tuple(f"{relation}#{at}" for at in range(len(columns), _width(step)))
            return Rows((*columns, *more)[: _width(step)], relation=relation)
        return _numbered(relation, _width(step))

    def _scanned(self, step: PlanStep) -> Rows:
        table = table_of(step)
        name = table.name if table else "?"
        tag = self._tags.get(name, name)
        names, types = _fields(step)
        marks = _marks(step)
        columns = tuple(
            f"{tag}.{name}{marks.get(name, '')}:{kind}" for name, kind in zip(names, types, strict=True)
        )
        filters = frozenset(_abilities(step.raw["scanTableSource"], dict(zip(names, columns, strict=True))))
        key = list(table.primary_key) if table else []
        return Rows(columns, filters, f"scan {tag} {as_text(key)}")


def _marks(step: PlanStep) -> dict[str, str]:
    """What decides beside its name what a column of a source reads: metadata's key, or the types of those before it."""
    table = table_of(step)
    by_place = table is not None and reads_by_place(table)
    found: dict[str, str] = {}
    before: list[Any] = []
    for column in schema_of(step).get("columns", ()):
        kind = str(column.get("kind", "")).lower()
        if "metadata" in kind:
            found[column["name"]] = f"@{column.get('metadataKey') or column['name']}"
        elif by_place and kind != "computed":
            found[column["name"]] = f"@{_hash(before)}"
            before.append(column.get("dataType"))
    return found


def delays(facts: PlanFacts) -> dict[str, str]:
    """By table, how its watermark is computed: the whole expression, literals included."""
    found = {}
    for step in facts.steps.values():
        table = table_of(step) if step.kind == "table-source-scan" else None
        if table is not None:
            schema = schema_of(step)
            names = [column["name"] for column in schema.get("columns", ())]
            specs = [spec["expression"]["rexNode"] for spec in schema.get("watermarkSpecs", ())]
            found[table.name] = as_text(put(specs, names))
    return found


def tells_time(step: PlanStep) -> bool:
    """Whether the state of the step depends on the time of rows."""
    return step.kind not in _TIMELESS


def _abilities(source: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[str]:
    """What a source does itself: filters it took over, watermarks. Which columns it reads, `columns` say, by name.

    Each ability speaks of columns by their places in the row that the one before it has left.
    """
    schema = (source["table"].get("resolvedTable") or {}).get("schema") or {}
    read = [each for each in schema.get("columns", ()) if each.get("kind") != "COMPUTED"]
    names, types = [each["name"] for each in read], [each.get("dataType") for each in read]
    for each in source.get("abilities") or ():
        places = {at: f"?{at}" for at in range(len(names), 256)}
        # What only a filter reads comes out as no column; its type decides what the filter lets in all the same.
        told_by = {name: f"{name}:{kind}" for name, kind in zip(names, types, strict=True)}
        named = places | {at: columns.get(name, told_by[name]) for at, name in enumerate(names)}
        if each.get("type") == "WatermarkPushDown":
            yield _TIME + as_text(without_literals(put(each["watermarkExpr"], named)))
        elif each.get("type") not in ("ProjectPushDown", "ReadingMetadata"):
            told = {key: value for key, value in each.items() if key != "producedType"}
            yield as_text(bare(ordered(put(exact(told), named))))
        if each.get("producedType"):
            names, types = named_types(each["producedType"])


def _passed(step: PlanStep, rows: Rows) -> dict[str, str]:
    """The conditions that rows pass, each with how it was written."""
    return {
        as_text(ordered(put(exact(each), rows.columns))): as_text(ordered(put(each, rows.columns)))
        for each in conjuncts(step.raw.get("condition"))
        if each is not None
    }


def _timed(step: PlanStep, rows: Rows) -> Rows:
    expression = as_text(without_literals(put(step.raw["watermarkExpr"], rows.columns)))
    return replace(rows, filters=rows.filters | {_TIME + expression})


def _aggregated(step: PlanStep, rows: Rows) -> Rows:
    """Keys and results by what they are of, in whatever order they are computed."""
    keys = [rows.columns[at] for at in step.raw["grouping"]]
    base = _hash([rows.relation, sorted(rows.filters), sorted(keys)])
    results = [f"{base}.result {as_text(call)}" for call in _aggregates(step, rows)]
    return Rows((*(f"{base}.key {key}" for key in keys), *results), relation=base)


def _aggregates(step: PlanStep, rows: Rows) -> list[dict[str, Any]]:
    found = []
    retracts = step.raw.get("aggCallNeedRetractions") or []
    for at, call in enumerate(step.raw["aggCalls"]):
        told = {key: value for key, value in call.items() if key != "name"}
        told["argList"] = [rows.columns[arg] for arg in call["argList"]]
        told["filterArg"] = rows.columns[call["filterArg"]] if call["filterArg"] >= 0 else None
        told["retracts"] = retracts[at] if at < len(retracts) else None
        found.append(filtered(told))
    return found


def _numbered(relation: str, width: int) -> Rows:
    return Rows(tuple(f"{relation}#{at}" for at in range(width)), relation=relation)


def _timeless(filters: frozenset[str]) -> Iterator[str]:
    return (each for each in filters if not each.startswith(_TIME))


def _fields(step: PlanStep) -> tuple[list[str], list[str]]:
    """The names and types of the columns that a step gives out."""
    return named_types(step.raw["outputType"])


def _width(step: PlanStep) -> int:
    told = step.raw.get("outputType") or ""
    return len(_fields(step)[0]) if isinstance(told, dict) or told.startswith("ROW<") else 0


# -- what of a step is stored ------------------------------------------------------------------------------------------


def _stored(step: PlanStep, columns: Sequence[str]) -> Mapping[str, Any]:
    """What the plan says of a step over `columns`, without that by which it only chooses what it lets out."""
    raw = step.raw
    if step.kind == "over-aggregate":
        return _plain_windows(raw)
    if step.kind == "lookup-join" and not raw.get("upsertMaterialize"):
        return _asked(raw, columns)
    if step.kind == "correlate":
        return {**raw, "functionCall": put(raw["functionCall"], columns)}
    spec = _joined(raw)
    # Rows wait for their moment, and versions for theirs, whatever comes of them then.
    if step.kind in ("temporal-join", "window-join"):
        return {**raw, "joinSpec": {**spec, "joinType": None, "nonEquiCondition": None}}
    # An inner join keeps the rows of both sides, whether or not they have met; an outer one counts whom they have met.
    if step.kind == "join" and spec.get("joinType") == "INNER":
        return {**raw, "joinSpec": {**spec, "nonEquiCondition": None}}
    if step.kind == "interval-join" and spec.get("joinType") == "INNER":
        bounds = raw["intervalJoinSpec"]["windowBounds"]
        if _span(step):
            bounds = {**bounds, "leftLowerBound": None, "leftUpperBound": None}
        within = {"windowBounds": bounds, "joinSpec": {**spec, "nonEquiCondition": None}}
        return {**raw, "intervalJoinSpec": within}
    return raw


def _span(step: PlanStep) -> tuple[int, int] | None:
    """How far apart rows meet in an inner interval join of event time.

    Each row that comes is held against those that are kept, by the new bounds; what is kept for longer than they ask
    for meets nobody. An outer join tells of rows that have met nobody when it forgets them, so there it counts.
    """
    if step.kind != "interval-join" or _joined(step.raw).get("joinType") != "INNER":
        return None
    bounds = step.raw["intervalJoinSpec"]["windowBounds"]
    return (bounds["leftLowerBound"], bounds["leftUpperBound"]) if bounds["isEventTime"] else None


def _looked_up(raw: Mapping[str, Any]) -> list[str]:
    """The columns of a looked-up table that are read, by their names there."""
    names, types = named_types(raw["temporalTable"]["outputType"])
    told = [f"{name}:{kind}" for name, kind in zip(names, types, strict=True)]
    chosen = raw.get("projectionOnTemporalTable")
    return told if chosen is None else [_looked_up_text(each) for each in put(chosen, told)]


def _looked_up_text(told: Any) -> str:
    return told if isinstance(told, str) else as_text(told)


def _asked(raw: Mapping[str, Any], columns: Sequence[str]) -> Mapping[str, Any]:
    """What a look-up asks, by names: which other columns the table has is nothing to it."""
    whole = _looked_up({**raw, "projectionOnTemporalTable": None})
    table = raw["temporalTable"]["lookupTableSource"]["table"]
    key = (((table.get("resolvedTable") or {}).get("schema") or {}).get("primaryKey") or {}).get("columns")
    keys = {whole[int(at)]: _placed(each, columns) for at, each in raw["lookupKeys"].items()}
    beside = ("temporalTable", "projectionOnTemporalTable")
    met = (*columns, *_looked_up(raw))
    filtering = put(exact(raw.get("filterOnTemporalTable")), whole)
    named = {each.partition(":")[0]: each for each in whole}
    return {
        **put(exact({name: value for name, value in raw.items() if name not in beside}), met),
        "filterOnTemporalTable": filtering,
        "lookupKeys": keys,
        "table": [
            table["identifier"],
            key,
            sorted(_abilities(raw["temporalTable"]["lookupTableSource"], named)),
        ],
    }


def _placed(told: Any, columns: Sequence[str]) -> Any:
    """The same with the columns that it names by their place."""
    if not isinstance(told, dict) or not columns:
        return told
    found: dict[str, Any] = {}
    for key, value in told.items():
        if key in _PLACES and isinstance(value, int) and 0 <= value < len(columns):
            found[key] = columns[value]
        elif key == "partitionKeyIndices":
            found[key] = [columns[at] for at in value]
        else:
            found[key] = _placed(value, columns)
    return found


_PLACES: Final = frozenset(["timeAttributeIndex", "fieldIndex", "windowStart", "windowEnd", "index"])


def _joined(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a join joins; nothing where the step is none."""
    found: Mapping[str, Any] = (
        raw.get("joinSpec") or (raw.get("intervalJoinSpec") or {}).get("joinSpec") or {}
    )
    return found


def _plain_windows(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """An OVER aggregation with its constants where they are used, and not in a list.

    `COUNT(1)` counts as `COUNT(*)` does, and an hour is sixty minutes: milliseconds, both of them.
    """
    spec = raw["overSpec"]
    width, constants = spec["originalInputFields"], spec["constants"]

    def calls(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for call in group["aggCalls"]:
            used = [at if at < width else constant(constants[at - width]) for at in call["argList"]]
            # NULL is a constant that COUNT leaves out.
            of_rows = call["internalName"] == "$COUNT$1" and not call["distinct"] and len(used) == 1
            everything = of_rows and isinstance(used[0], dict) and used[0].get("value") is not None
            yield {**call, "argList": [] if everything else used}

    def bound(told: Mapping[str, Any]) -> dict[str, Any]:
        at = (told.get("offset") or {}).get("inputIndex", 0)
        return {**told, "offset": constant(constants[at - width])} if at >= width else dict(told)

    groups = [
        {
            **each,
            "aggCalls": list(calls(each)),
            "lowerBound": bound(each["lowerBound"]),
            "upperBound": bound(each["upperBound"]),
        }
        for each in spec["groups"]
    ]
    return {**raw, "overSpec": {**spec, "constants": [], "groups": groups}}


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=sorted).encode()).hexdigest()[:16]


def _all(kept: Kept) -> list[Any]:
    return [
        *(kept.kind, kept.form, kept.key, kept.content, kept.columns),
        *(sorted(kept.filters), kept.relation, kept.span),
    ]
