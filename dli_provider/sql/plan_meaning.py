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

from dli_provider.sql.plan_facts import PlanFacts, PlanStep, schema_of, table_of

# What a plan says besides what state holds: names, the form of output, and what follows from the rest.
_BESIDE: Final = frozenset(
    [
        "id",
        "description",
        "inputProperties",
        "outputType",
        "state",
        "configuration",
        "name",
        "upsertKeys",
        "inputUpsertKey",
        "inputUpsertKeys",
        "aliases",
        "fieldNames",
        "dynamicTableSink",
        "scanTableSource",
        "generateUpdateBefore",
        "needRetraction",
        "inputChangelogMode",
        "dynamicTableSource",
        "outputRankNumber",
        "outputRowNumber",
        "measures",
        "options",
    ]
)
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
_COMMUTES: Final = frozenset(["$=$1", "$<>$1", "$+$1", "$*$1", "$AND$1", "$OR$1"])
_TURNED: Final = {"$>$1": "$<$1", "$>=$1": "$<=$1"}
_FIELD: Final = re.compile(r"`((?:[^`]|``)*)` ")
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


class Meaning:
    """The meaning of every step of a plan.

    `tags` names tables by what both plans call them; `ttl` is the job's setting, for plans that do not tell how long
    state lives.
    """

    def __init__(self, facts: PlanFacts, tags: Mapping[str, str], ttl: str) -> None:
        self._facts, self._tags, self._ttl = facts, tags, ttl
        self._rows: dict[int, Rows] = {}

    def kept(self, step: PlanStep) -> Kept:
        """What the state of the step holds."""
        inputs = self._inputs(step)
        raw = step.raw
        deciding = _DECIDING - {_MINI_BATCH} if step.kind in _NEVER_GATHERING else _DECIDING
        ways = {key: value for key, value in (raw.get("configuration") or {}).items() if key in deciding}
        form = _text([step.kind, ways, self._lives(step)])
        first = inputs[0] if inputs else Rows(())
        columns, filters, relation = first.columns, first.filters, first.relation
        if step.kind == "table-source-scan":
            return Kept(step.kind, form, relation=self.rows(step).relation)
        if step.kind == "group-aggregate":
            key = _text([columns[at] for at in raw["grouping"]])
            content = _text([_aggregates(step, first), raw.get("needRetraction")])
            return Kept(step.kind, form, key, content, (), filters, relation)
        if step.kind == "sink":
            declared = [column["name"] for column in schema_of(step).get("columns", ())]
            table = table_of(step)
            names = table.primary_key if table else ()
            key = _text([columns[declared.index(name)] for name in names if name in declared])
            return Kept(
                step.kind, form, key, _text(raw.get("requireUpsertMaterialize")), columns, filters, relation
            )
        if step.kind == "deduplicate" and raw.get("keepLastRow") is False and raw.get("isRowtime") is False:
            # Of the first row in arrival nothing but the key is kept.
            return Kept(
                step.kind,
                form,
                _text([columns[at] for at in raw["uniqueKeys"]]),
                "first",
                (),
                filters,
                relation,
            )
        whole = _ordered(_bare(_stored(step, columns)))
        others = [[rows.columns, rows.relation, sorted(rows.filters)] for rows in inputs[1:]]
        return Kept(
            step.kind,
            form,
            "",
            _text([whole, raw.get("needRetraction"), others]),
            columns,
            filters,
            relation,
        )

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
            return _calculated(step, inputs[0])
        if step.kind == "watermark-assigner":
            return _timed(step, inputs[0])
        if step.kind == "union":
            branches = sorted(_hash([rows.columns, sorted(rows.filters), rows.relation]) for rows in inputs)
            return _numbered(_hash(["union", branches]), _width(step))
        if step.kind == "group-aggregate":
            return _aggregated(step, inputs[0])
        # What a join lets out is more than what it keeps.
        relation = _hash([_all(self.kept(step)), _ordered(_joined(step.raw))])
        if step.kind == "join" and len(inputs) == 2:
            columns = tuple(f"{relation}.{column}" for rows in inputs for column in rows.columns)
            more = tuple(f"{relation}#{at}" for at in range(len(columns), _width(step)))
            return Rows((*columns, *more)[: _width(step)], relation=relation)
        return _numbered(relation, _width(step))

    def _scanned(self, step: PlanStep) -> Rows:
        table = table_of(step)
        name = table.name if table else "?"
        tag = self._tags.get(name, name)
        metadata = {
            column["name"]: column.get("metadataKey") or column["name"]
            for column in schema_of(step).get("columns", ())
            if "metadata" in str(column.get("kind", "")).lower()
        }
        names, types = _fields(step)
        columns = tuple(
            f"{tag}.{name}{'@' + metadata[name] if name in metadata else ''}:{kind}"
            for name, kind in zip(names, types, strict=True)
        )
        filters = frozenset(_abilities(step, columns))
        key = list(table.primary_key) if table else []
        return Rows(columns, filters, f"scan {tag} {_text(key)}")


def delays(facts: PlanFacts) -> dict[str, str]:
    """By table, how its watermark is computed: the whole expression, literals included."""
    found = {}
    for step in facts.steps.values():
        table = table_of(step) if step.kind == "table-source-scan" else None
        if table is not None:
            schema = schema_of(step)
            names = [column["name"] for column in schema.get("columns", ())]
            specs = [spec["expression"]["rexNode"] for spec in schema.get("watermarkSpecs", ())]
            found[table.name] = _text(_put(specs, names))
    return found


def tells_time(step: PlanStep) -> bool:
    """Whether the state of the step depends on the time of rows."""
    return step.kind not in _TIMELESS


def _abilities(step: PlanStep, columns: Sequence[str]) -> Iterator[str]:
    """What the source does itself: filters it took over, watermarks. Which columns it reads, `columns` say."""
    named = dict(enumerate(columns)) | {at: f"?{at}" for at in range(len(columns), 256)}
    for each in step.raw["scanTableSource"].get("abilities") or ():
        if each.get("type") in ("ProjectPushDown", "ReadingMetadata"):
            continue
        if each.get("type") == "WatermarkPushDown":
            yield _TIME + _text(_without_literals(_put(each["watermarkExpr"], named)))
        else:
            yield _text(
                _bare(_put({key: value for key, value in each.items() if key != "producedType"}, named))
            )


def _calculated(step: PlanStep, rows: Rows) -> Rows:
    columns = tuple(
        each if isinstance(each, str) else _text(_ordered(each))
        for each in _put(step.raw["projection"], rows.columns)
    )
    condition = step.raw.get("condition")
    passed = _conjuncts(_ordered(_put(condition, rows.columns))) if condition else ()
    return Rows(columns, rows.filters | set(passed), rows.relation)


def _timed(step: PlanStep, rows: Rows) -> Rows:
    expression = _text(_without_literals(_put(step.raw["watermarkExpr"], rows.columns)))
    return replace(rows, filters=rows.filters | {_TIME + expression})


def _aggregated(step: PlanStep, rows: Rows) -> Rows:
    """Keys and results by what they are of, in whatever order they are computed."""
    keys = [rows.columns[at] for at in step.raw["grouping"]]
    base = _hash([rows.relation, sorted(rows.filters), sorted(keys)])
    results = [f"{base}.result {_text(call)}" for call in _aggregates(step, rows)]
    return Rows((*(f"{base}.key {key}" for key in keys), *results), relation=base)


def _aggregates(step: PlanStep, rows: Rows) -> list[dict[str, Any]]:
    found = []
    retracts = step.raw.get("aggCallNeedRetractions") or []
    for at, call in enumerate(step.raw["aggCalls"]):
        told = {key: value for key, value in call.items() if key != "name"}
        told["argList"] = [rows.columns[arg].replace(" NOT NULL", "") for arg in call["argList"]]
        told["filterArg"] = rows.columns[call["filterArg"]] if call["filterArg"] >= 0 else None
        told["retracts"] = retracts[at] if at < len(retracts) else None
        found.append(told)
    return found


def _numbered(relation: str, width: int) -> Rows:
    return Rows(tuple(f"{relation}#{at}" for at in range(width)), relation=relation)


def _timeless(filters: frozenset[str]) -> Iterator[str]:
    return (each for each in filters if not each.startswith(_TIME))


def _fields(step: PlanStep) -> tuple[list[str], list[str]]:
    """The names and types of the columns that a step gives out."""
    return _named_types(step.raw["outputType"])


def _named_types(told: Any) -> tuple[list[str], list[str]]:
    if isinstance(told, dict):
        types = [each["fieldType"] for each in told["fields"]]
        return [each["name"] for each in told["fields"]], [
            kind if isinstance(kind, str) else _text(kind) for kind in types
        ]
    parts = list(_outermost_parts(told[told.index("<") + 1 : told.rindex(">")]))
    heads = [_FIELD.match(part) for part in parts]
    return (
        [head[1] if head else "" for head in heads],
        [part[head.end() :] if head else part for head, part in zip(heads, parts, strict=True)],
    )


def _width(step: PlanStep) -> int:
    told = step.raw.get("outputType") or ""
    return len(_fields(step)[0]) if isinstance(told, dict) or told.startswith("ROW<") else 0


def _outermost_parts(text: str) -> Iterator[str]:
    depth, begun, quoted = 0, 0, False
    for at, char in enumerate(text):
        quoted ^= char == "`"
        if quoted:
            continue
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            yield text[begun:at].strip()
            begun = at + 1
    yield text[begun:].strip()


# -- expressions of a plan -----------------------------------------------------------------------------------------


def _put(told: Any, columns: Mapping[int, str] | Sequence[str]) -> Any:
    """The expression with each reference to an input replaced by what stands there."""
    if isinstance(told, dict):
        if told.get("kind") == "INPUT_REF" and "inputIndex" in told:
            return columns[told["inputIndex"]]
        outside = told.get("expr") or {}
        if told.get("kind") == "FIELD_ACCESS" and outside.get("kind") == "CORREL_VARIABLE":
            # A column of the rows around, by its name there.
            names = _named_types(outside["type"])[0]
            at = names.index(told["name"]) if told["name"] in names else len(columns)
            return columns[at] if at < len(columns) else told
        return {key: _put(value, columns) for key, value in told.items()}
    return [_put(each, columns) for each in told] if isinstance(told, list) else told


def _bare(told: Any) -> Any:
    if isinstance(told, dict):
        names_field = told.get("kind") == "FIELD_ACCESS"
        return {
            key: _bare(value)
            for key, value in told.items()
            if key not in _BESIDE or (key == "name" and names_field)
        }
    return [_bare(each) for each in told] if isinstance(told, list) else told


def _ordered(told: Any) -> Any:
    """The condition with comparisons one way round."""
    if isinstance(told, list):
        return [_ordered(each) for each in told]
    if not isinstance(told, dict):
        return told
    told = {key: _ordered(value) for key, value in told.items()}
    name, operands = told.get("internalName"), told.get("operands", [])
    if name in _TURNED and len(operands) == 2:
        return {**told, "internalName": _TURNED[name], "operands": operands[::-1]}
    if name in _COMMUTES:
        return {**told, "operands": sorted(operands, key=_text)}
    # A set of ranges: how long its texts may be depends on how it was written.
    if "sarg" in told and "CHAR" in str(told.get("type")):
        return {**told, "type": "VARCHAR"}
    return told


def _stored(step: PlanStep, columns: Sequence[str]) -> Mapping[str, Any]:
    """What the plan says of a step over `columns`, without that by which it only chooses what it lets out."""
    raw = step.raw
    if step.kind == "over-aggregate":
        return _plain_windows(raw)
    if step.kind == "correlate":
        return {**raw, "functionCall": _put(raw["functionCall"], columns)}
    spec = _joined(raw)
    # Rows wait for their moment, and versions for theirs, whatever comes of them then.
    if step.kind in ("temporal-join", "window-join"):
        return {**raw, "joinSpec": {**spec, "joinType": None, "nonEquiCondition": None}}
    # An inner join keeps the rows of both sides, whether or not they have met; an outer one counts whom they have met.
    if step.kind == "join" and spec.get("joinType") == "INNER":
        return {**raw, "joinSpec": {**spec, "nonEquiCondition": None}}
    if step.kind == "interval-join" and spec.get("joinType") == "INNER":
        within = {**raw["intervalJoinSpec"], "joinSpec": {**spec, "nonEquiCondition": None}}
        return {**raw, "intervalJoinSpec": within}
    return raw


def _joined(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """How a join joins; nothing where the step is none."""
    found: Mapping[str, Any] = (
        raw.get("joinSpec") or (raw.get("intervalJoinSpec") or {}).get("joinSpec") or {}
    )
    return found


def _without_literals(told: Any) -> Any:
    if isinstance(told, dict):
        literal = told.get("kind") == "LITERAL"
        return {
            key: _without_literals(value) for key, value in told.items() if not (literal and key == "value")
        }
    return [_without_literals(each) for each in told] if isinstance(told, list) else told


def _plain_windows(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """An OVER aggregation with its constants where they are used, and not in a list.

    `COUNT(1)` counts as `COUNT(*)` does, and an hour is sixty minutes: milliseconds, both of them.
    """
    spec = raw["overSpec"]
    width, constants = spec["originalInputFields"], spec["constants"]

    def calls(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for call in group["aggCalls"]:
            used = [at if at < width else _constant(constants[at - width]) for at in call["argList"]]
            # NULL is a constant that COUNT leaves out.
            of_rows = call["internalName"] == "$COUNT$1" and not call["distinct"] and len(used) == 1
            everything = of_rows and isinstance(used[0], dict) and used[0].get("value") is not None
            yield {**call, "argList": [] if everything else used}

    def bound(told: Mapping[str, Any]) -> dict[str, Any]:
        at = (told.get("offset") or {}).get("inputIndex", 0)
        return {**told, "offset": _constant(constants[at - width])} if at >= width else dict(told)

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


def _constant(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A literal. Flink holds intervals of days and less in milliseconds, in whatever unit they were written."""
    of_time = re.match(r"INTERVAL (DAY|HOUR|MINUTE|SECOND)\b", str(told.get("type")))
    return {**told, "type": "INTERVAL"} if of_time else told


def _conjuncts(told: Any) -> list[str]:
    if isinstance(told, dict) and told.get("internalName") == "$AND$1":
        return [part for each in told["operands"] for part in _conjuncts(each)]
    return [_text(told)]


def _text(told: Any) -> str:
    return json.dumps(told, sort_keys=True)


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=sorted).encode()).hexdigest()[:16]


def _all(kept: Kept) -> list[Any]:
    return [kept.kind, kept.form, kept.key, kept.content, kept.columns, sorted(kept.filters), kept.relation]


def in_words(told: str) -> str:
    """An expression or column of a plan as one would write it, as far as that is short; else empty."""
    try:
        return _said(json.loads(told)) if told[:1] in '{["' else _column(told)
    except (ValueError, KeyError, TypeError):
        return ""


def _column(text: str) -> str:
    inner = text.rpartition(".result ")[2].rpartition(".key ")[2]
    if inner.startswith("{"):
        return in_words(inner)
    return inner.split(":")[0].rpartition(".")[2].split("@")[0] if "#" not in inner else ""


def _said(told: Any) -> str:
    if isinstance(told, str):
        return _column(told)
    if told.get("kind") == "LITERAL":
        value = told.get("value")
        if value is None:
            return ""  # a set of ranges, or NULL
        return f"'{value}'" if "CHAR" in str(told.get("type")) else str(value)
    name = str(told.get("internalName", "")).strip("$").partition("$")[0]
    if "argList" in told:
        return f"{name}({', '.join(map(_column, told['argList'])) or '*'})"
    parts = list(told.get("operands", ()))
    if name in _BACK and isinstance(parts[0], dict) and parts[0].get("kind") == "LITERAL":
        # As people write it: the column first.
        name, parts = _BACK[name], parts[::-1]
    operands = [_said(each) for each in parts]
    if not name or not all(operands):
        return ""
    infix = told.get("syntax") == "BINARY" and len(operands) == 2
    return f"{operands[0]} {name} {operands[1]}" if infix else f"{name}({', '.join(operands)})"


_BACK: Final = {"<": ">", "<=": ">=", "=": "=", "<>": "<>"}
