"""Expressions in a compiled plan: in one form, so that equal texts mean equal values; and as people write them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

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
_COMMUTES: Final = frozenset(["$=$1", "$<>$1", "$+$1", "$*$1", "$AND$1", "$OR$1"])
_TURNED: Final = {"$>$1": "$<$1", "$>=$1": "$<=$1"}
_MIRRORED: Final = {"$<$1": "$>$1", "$>$1": "$<$1", "$<=$1": "$>=$1", "$>=$1": "$<=$1"}
_Range: TypeAlias = tuple[int | None, int | None]
_LETS_IN: Final[Mapping[str, Callable[[int], list[_Range]]]] = {
    "$=$1": lambda at: [(at, at)],
    "$<>$1": lambda at: [(None, at - 1), (at + 1, None)],
    "$<$1": lambda at: [(None, at - 1)],
    "$<=$1": lambda at: [(None, at)],
    "$>$1": lambda at: [(at + 1, None)],
    "$>=$1": lambda at: [(at, None)],
}
_WITHIN: Final = "$WITHIN$1"
_WHOLE: Final = re.compile(r"(TINYINT|SMALLINT|INT|INTEGER|BIGINT)( NOT NULL)?")
_NULLS_LEFT_OUT: Final = frozenset(["$COUNT$1", "$SUM$1", "$MIN$1", "$MAX$1", "$AVG$1"])
_CHOOSES: Final = frozenset(["$CASE$1", "$IF$1"])
_FIELD: Final = re.compile(r"`((?:[^`]|``)*)` ")


def put(told: Any, columns: Mapping[int, str] | Sequence[str]) -> Any:
    """The expression with each reference to an input replaced by what stands there."""
    if isinstance(told, dict):
        if told.get("kind") == "INPUT_REF" and "inputIndex" in told:
            return columns[told["inputIndex"]]
        outside = told.get("expr") or {}
        if told.get("kind") == "FIELD_ACCESS" and outside.get("kind") == "CORREL_VARIABLE":
            # A column of the rows around, by its name there.
            names = named_types(outside["type"])[0]
            at = names.index(told["name"]) if told["name"] in names else len(columns)
            return columns[at] if at < len(columns) else told
        return {key: put(value, columns) for key, value in told.items()}
    return [put(each, columns) for each in told] if isinstance(told, list) else told


def bare(told: Any) -> Any:
    """Without names, and what else is nothing to state."""
    if isinstance(told, dict):
        names_field = told.get("kind") == "FIELD_ACCESS"
        return {
            key: bare(value)
            for key, value in told.items()
            if key not in _BESIDE or (key == "name" and names_field)
        }
    return [bare(each) for each in told] if isinstance(told, list) else told


def exact(told: Any) -> Any:
    """Comparisons with numbers by what they let in; before `put`, as it asks for the types of operands.

    Of whole numbers `n > 1` is `n >= 2`, `n IN (1, 2)` is `n BETWEEN 1 AND 2`; of all, `0.5` is `0.50`.
    """
    if isinstance(told, list):
        return [exact(each) for each in told]
    if not isinstance(told, dict):
        return told
    told = {key: exact(value) for key, value in told.items()}
    name, operands = told.get("internalName"), told.get("operands") or []
    if len(operands) != 2 or not all(isinstance(each, dict) for each in operands):
        return told
    if name == "$SEARCH$1":
        return _searched(told, *operands)
    if name in _LETS_IN:
        for compared, literal, turned in ((*operands, False), (*operands[::-1], True)):
            if (number := _number(literal)) is not None:
                return _compared(told, _MIRRORED.get(name, name) if turned else name, compared, number)
    return told


def _compared(
    told: Mapping[str, Any], name: str, compared: Mapping[str, Any], number: Decimal
) -> Mapping[str, Any]:
    if _is_whole(compared) and number == number.to_integral_value():
        return _within(compared, _LETS_IN[name](int(number)), "UNKNOWN")
    literal = {"kind": "LITERAL", "value": f"{number.normalize():f}", "type": "EXACT"}
    return {**told, "internalName": name, "operands": [compared, literal]}


def _searched(
    told: Mapping[str, Any], compared: Mapping[str, Any], searched: Mapping[str, Any]
) -> Mapping[str, Any]:
    found = searched.get("sarg")
    if found is None or not _is_whole(compared):
        return told
    ranges = []
    for each in found["ranges"]:
        ends = []
        for bound, inwards in ((each.get("lower"), 1), (each.get("upper"), -1)):
            if bound is not None and not isinstance(bound["value"], int):
                return told
            ends.append(
                None if bound is None else bound["value"] + (inwards if bound["boundType"] == "OPEN" else 0)
            )
        ranges.append((ends[0], ends[1]))
    return _within(compared, ranges, str(found.get("nullAs")))


def _within(compared: Any, ranges: Sequence[_Range], null_as: str) -> dict[str, Any]:
    """A comparison of whole numbers as the ranges that it lets in, none of which touches another."""
    low, high = -math.inf, math.inf
    merged: list[list[float]] = []
    for begin, end in sorted(
        (low if begin is None else begin, high if end is None else end) for begin, end in ranges
    ):
        if begin > end:
            continue
        if merged and begin <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    shown = [[None if math.isinf(at) else at for at in each] for each in merged]
    return {"internalName": _WITHIN, "operands": [compared], "ranges": shown, "nullAs": null_as}


def _is_whole(operand: Mapping[str, Any]) -> bool:
    return _WHOLE.fullmatch(str(operand.get("type"))) is not None


def _number(operand: Mapping[str, Any]) -> Decimal | None:
    """The value of a literal that is an exact number."""
    kind, value = str(operand.get("type")), operand.get("value")
    is_exact = operand.get("kind") == "LITERAL" and (_WHOLE.fullmatch(kind) or kind.startswith("DECIMAL"))
    return Decimal(str(value)) if is_exact and value is not None else None


def ordered(told: Any) -> Any:
    """The condition with comparisons one way round."""
    if isinstance(told, list):
        return [ordered(each) for each in told]
    if not isinstance(told, dict):
        return told
    told = {key: ordered(value) for key, value in told.items()}
    name, operands = told.get("internalName"), told.get("operands", [])
    if name in _TURNED and len(operands) == 2:
        return {**told, "internalName": _TURNED[name], "operands": operands[::-1]}
    if name in _COMMUTES:
        return {**told, "operands": sorted(operands, key=as_text)}
    # A set of ranges: how long its texts may be depends on how it was written.
    if "sarg" in told and "CHAR" in str(told.get("type")):
        return {**told, "type": "VARCHAR"}
    return told


def without_literals(told: Any) -> Any:
    """The same for all values of its literals."""
    if isinstance(told, dict):
        literal = told.get("kind") == "LITERAL"
        return {
            key: without_literals(value) for key, value in told.items() if not (literal and key == "value")
        }
    return [without_literals(each) for each in told] if isinstance(told, list) else told


def constant(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A literal. Flink holds intervals of days and less in milliseconds, in whatever unit they were written."""
    of_time = re.match(r"INTERVAL (DAY|HOUR|MINUTE|SECOND)\b", str(told.get("type")))
    return {**told, "type": "INTERVAL"} if of_time else told


def conjuncts(told: Any) -> list[Any]:
    """The parts of a condition that all have to hold."""
    if isinstance(told, dict) and told.get("internalName") == "$AND$1":
        return [part for each in told["operands"] for part in conjuncts(each)]
    return [told]


def filtered(call: Mapping[str, Any]) -> dict[str, Any]:
    """An aggregate with the condition under which it takes a value, be it a FILTER, a CASE without ELSE, or an IF.

    Only for those that leave NULL out, and of all values: distinct ones are kept under the form that they have.
    """
    arguments, passed = [_loose(_read(each)) for each in call["argList"]], _conditions(call["filterArg"])
    if call["internalName"] in _NULLS_LEFT_OUT and not call["distinct"] and len(arguments) == 1:
        value = _read(arguments[0])
        if isinstance(value, dict) and value.get("internalName") in _CHOOSES and len(value["operands"]) == 3:
            condition, chosen, otherwise = value["operands"]
            if _is_literal(otherwise) and otherwise["value"] is None:
                passed += _conditions(condition)
                value = chosen
        if call["internalName"] == "$COUNT$1" and _is_literal(value) and value["value"] is not None:
            arguments = []  # every row that gets here
        else:
            arguments = [_loose(value)]
    return {**call, "argList": arguments, "filterArg": sorted(set(passed))}


def _conditions(told: Any) -> list[str]:
    """The conjuncts of what a FILTER or a CASE asks for; both take unknown for no."""
    told = _read(told)
    if isinstance(told, dict) and told.get("internalName") == "$IS TRUE$1":
        return _conditions(told["operands"][0])
    return [] if told is None else [_loose(each) for each in conjuncts(told)]


def _read(told: Any) -> Any:
    """An expression from its text; a column of a source is a text."""
    return json.loads(told) if isinstance(told, str) and told.startswith("{") else told


def _is_literal(told: Any) -> bool:
    return isinstance(told, dict) and told.get("kind") == "LITERAL" and "value" in told


def _loose(told: Any) -> str:
    """The text of a value, which may be NULL or not: aggregates that leave it out do not care."""
    return told.removesuffix(" NOT NULL") if isinstance(told, str) else as_text(_nullable(told))


def _nullable(told: Any) -> Any:
    if isinstance(told, dict):
        return {
            key: value.removesuffix(" NOT NULL")
            if key == "type" and isinstance(value, str)
            else _nullable(value)
            for key, value in told.items()
        }
    return [_nullable(each) for each in told] if isinstance(told, list) else told


def as_text(told: Any) -> str:
    """Equal for equal values."""
    return json.dumps(told, sort_keys=True)


def named_types(told: Any) -> tuple[list[str], list[str]]:
    """The names and types of a row's fields."""
    if isinstance(told, dict):
        types = [each["fieldType"] for each in told["fields"]]
        return [each["name"] for each in told["fields"]], [
            kind if isinstance(kind, str) else as_text(kind) for kind in types
        ]
    parts = list(_outermost_parts(told[told.index("<") + 1 : told.rindex(">")]))
    heads = [_FIELD.match(part) for part in parts]
    return (
        [head[1] if head else "" for head in heads],
        [part[head.end() :] if head else part for head, part in zip(heads, parts, strict=True)],
    )


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
    if name == "WITHIN":
        return _range_said(_said(told["operands"][0]), told["ranges"])
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


def _range_said(compared: str, ranges: Sequence[_Range]) -> str:
    if not compared or len(ranges) != 1:
        return ""
    ((low, high),) = ranges
    if low is None or high is None:
        return f"{compared} <= {high}" if low is None else f"{compared} >= {low}"
    return f"{compared} = {low}" if low == high else f"{compared} BETWEEN {low} AND {high}"


_BACK: Final = {"<": ">", "<=": ">=", "=": "=", "<>": "<>"}
