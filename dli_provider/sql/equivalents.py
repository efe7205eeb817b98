"""Ways of writing that Flink's planner reads as one: of conditions, of aggregates, of types, of named windows.

Each of these was restored on a real Flink with the state meaning the same. Everything here keeps the order of parts
that stay apart: of conditions joined by AND, for it can be the order of a join's key.
"""

from __future__ import annotations

from dataclasses import replace

from dli_provider.sql.ast import Expr, Item, Select, is_name
from dli_provider.sql.cursor import Cursor, Unparsable, conjuncts

_TURNED = {">": "<", ">=": "<="}
_EITHER_WAY = frozenset(["=", "<>"])
_COMPARES = frozenset(["=", "<>", "<", ">", "<=", ">="])
# In a condition with one of these at its outermost level, a comparison is not all there is to it.
_MORE = frozenset(["AND", "OR", "NOT", "CASE", "IS", "LIKE", "IN", "BETWEEN", "SIMILAR", "ESCAPE", "EXISTS"])
_RANKS = frozenset(["ROW_NUMBER", "RANK", "DENSE_RANK"])


def conditions(parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Conditions that AND joins, each in one form: BETWEEN as two comparisons, the smaller side on the left."""
    return tuple(found for part in parts for found in _condition(part))


def joined(on: Expr) -> Expr:
    """The condition of a join, ON included, in one form."""
    if on[:1] != ("ON",):
        return on
    found = conditions(conjuncts(on[1:]))
    return ("ON", *(text for index, part in enumerate(found) for text in (*_and(index), *_safe(part))))


def _and(index: int) -> Expr:
    return ("AND",) if index else ()


def _safe(part: Expr) -> Expr:
    return ("(", *part, ")") if "OR" in part and part[0] != "(" else part


def _condition(expr: Expr) -> tuple[Expr, ...]:
    at = _outermost(expr)
    words = [expr[index] for index in at]
    if words == ["BETWEEN", "AND"]:
        tested, low, high = expr[: at[0]], expr[at[0] + 1 : at[1]], expr[at[1] + 1 :]
        # SYMMETRIC and ASYMMETRIC choose the bounds by their values.
        if tested and high and low[:1] not in (("SYMMETRIC",), ("ASYMMETRIC",)):
            return (_comparison(low, "<=", tested), _comparison(tested, "<=", high))
    if len(words) == 1 and words[0] in _COMPARES and 0 < at[0] < len(expr) - 1:
        return (_comparison(expr[: at[0]], words[0], expr[at[0] + 1 :]),)
    return (expr,)


def _outermost(expr: Expr) -> list[int]:
    """Where, outside of parentheses and CASE, comparisons and logical words stand."""
    found, cases = [], 0
    cursor = Cursor(expr)
    while cursor.at < len(expr):
        cursor.until(lambda here: here.now in _COMPARES or here.now in _MORE or here.now == "END")
        if cursor.now == "CASE":
            cases += 1
        elif cursor.now == "END":
            cases -= 1
        elif cursor.now and not cases:
            found.append(cursor.at)
        cursor.at += 1
    return found


def _comparison(left: Expr, sign: str, right: Expr) -> Expr:
    if sign in _TURNED:
        left, sign, right = right, _TURNED[sign], left
    if sign in _EITHER_WAY and right < left:
        left, right = right, left
    return (*left, sign, *right)


def calls(expr: Expr) -> Expr:
    """The expression with COUNT of a literal as COUNT(*), and with what FILTER demands in one form and order."""
    found: list[str] = []
    cursor = Cursor(expr)
    while cursor.now:
        found.append(cursor.take())
        if found[-1] == "COUNT" and cursor.sees("("):
            args = Cursor(expr, cursor.at).inside().words
            if len(args) == 1 and args[0].isdecimal():
                cursor.inside()
                found += ["(", "*", ")"]
        elif found[-1] == "FILTER" and cursor.sees("(", "WHERE"):
            # The rows that pass are the same ones in whatever order they are tested.
            wanted = sorted(conditions(conjuncts(cursor.inside().words[1:])))
            flat = (text for index, part in enumerate(wanted) for text in (*_and(index), *_safe(part)))
            found += ["(", "WHERE", *flat, ")"]
    return tuple(found)


def ranks(where: tuple[Expr, ...], items: tuple[Item, ...]) -> tuple[Expr, ...]:
    """Conditions over a query that numbers its rows: `n < 6` of a number is `n <= 5`."""
    numbers = {item.name for item in items if item.name and item.expr[0] in _RANKS and "OVER" in item.expr}

    def at_most(expr: Expr) -> Expr:
        below = len(expr) == 3 and expr[0] in numbers and expr[1] == "<" and expr[2].isdecimal()
        return (expr[0], "<=", str(int(expr[2]) - 1)) if below else expr

    return tuple(map(at_most, where)) if numbers else where


def without_named_windows(select: Select) -> Select:
    """The SELECT with each window of its WINDOW clause put where it is named."""
    if not select.windows:
        return select
    try:
        named = _windows(Cursor(select.windows))
    except Unparsable:
        return select  # then it is compared as it stands
    items = []
    for item in select.items:
        expr: list[str] = []
        for text in item.expr:
            expr += named[text] if expr[-1:] == ["OVER"] and text in named else [text]
        items.append(replace(item, expr=tuple(expr)))
    return replace(select, items=tuple(items), windows=())


def _windows(cursor: Cursor) -> dict[str, Expr]:
    found: dict[str, Expr] = {}
    while True:
        name = "`" + cursor.name()
        cursor.expects("AS")
        inside = cursor.inside().words
        # A window that is built on another one is left to be compared as it stands.
        if is_name("".join(inside[:1])):
            raise Unparsable
        found[name] = ("(", *inside, ")")
        if not cursor.accepts(","):
            cursor.done()
            return found


def type_of_column(expr: Expr) -> Expr:
    """The type of a column with one name for what is one type to Flink, and without NULL, which is the default."""
    if expr[:1] in (("AS",), ("METADATA",)):
        return expr
    found = list(expr)
    if found[-1:] == ["NULL"] and found[-2:-1] != ["NOT"]:
        del found[-1]
    for other, usual in _TYPES:
        # DECIMAL(5, 2) is no DECIMAL of the default precision.
        if tuple(found[: len(other)]) == other and found[len(other) : len(other) + 1] != ["("]:
            found[: len(other)] = usual
    if found[:1] in (["DEC"], ["NUMERIC"]):
        found[0] = "DECIMAL"
    return tuple(found)


_TYPES: tuple[tuple[Expr, Expr], ...] = (
    (("INTEGER",), ("INT",)),
    (("DOUBLE", "PRECISION"), ("DOUBLE",)),
    (("DEC",), ("DECIMAL", "(", "10", ",", "0", ")")),
    (("NUMERIC",), ("DECIMAL", "(", "10", ",", "0", ")")),
    (("DECIMAL",), ("DECIMAL", "(", "10", ",", "0", ")")),
    (("VARCHAR", "(", "2147483647", ")"), ("STRING",)),
    (("VARBINARY", "(", "2147483647", ")"), ("BYTES",)),
)
