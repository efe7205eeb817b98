"""Ways of writing that Flink's planner reads as one: of conditions, of aggregates, of types, of named windows.

Each of these was restored on a real Flink with the state meaning the same. Everything here keeps the order of parts
that stay apart: of conditions joined by AND, for it can be the order of a join's key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dli_provider.sql.ast import SUBQUERY, Expr, Item, Query, Select, is_literal, is_name
from dli_provider.sql.cursor import Cursor, Unparsable, conjuncts
from dli_provider.sql.state import aggregates

_TURNED = {">": "<", ">=": "<="}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_EITHER_WAY = frozenset(["=", "<>"])
_COMPARES = frozenset(["=", "<>", "<", ">", "<=", ">="])
# In a condition with one of these at its outermost level, a comparison is not all there is to it.
_MORE = frozenset(["AND", "OR", "NOT", "CASE", "IS", "LIKE", "IN", "BETWEEN", "SIMILAR", "ESCAPE", "EXISTS"])
_ANYTHING = (Item(("1",)),)
_RANKS = frozenset(["ROW_NUMBER", "RANK", "DENSE_RANK"])


def conditions(parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Conditions that AND joins, each in one form: BETWEEN as two comparisons, the smaller side on the left."""
    return tuple(found for part in parts for found in _condition(part) if not _always(found))


def _always(expr: Expr) -> bool:
    """Whether a condition is always true: TRUE, or `1 = 1`, which generated SQL begins with."""
    return expr == ("TRUE",) or (
        len(expr) == 3 and expr[1] == "=" and is_literal(expr[0]) and expr[0] == expr[2]
    )


def joined(on: Expr) -> Expr:
    """The condition of a join, ON included, in one form."""
    if on[:1] != ("ON",):
        return on
    found = conditions(conjuncts(on[1:])) or (("TRUE",),)
    return ("ON", *(text for index, part in enumerate(found) for text in (*_and(index), *_safe(part))))


def _and(index: int) -> Expr:
    return ("AND",) if index else ()


def _safe(part: Expr) -> Expr:
    return ("(", *part, ")") if "OR" in part and part[0] != "(" else part


def _condition(expr: Expr) -> tuple[Expr, ...]:
    expr = _listed(_plainly(expr))
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


def _plainly(expr: Expr) -> Expr:
    """NOT over one comparison as the opposite one, and a comparison with TRUE or FALSE as what is compared."""
    if expr[:2] == ("NOT", "(") and expr[-1] == ")" and len(Cursor(expr, 1).inside().words) == len(expr) - 3:
        inner = expr[2:-1]
        at = _outermost(inner)
        if len(at) == 1 and inner[at[0]] in _OPPOSITE:
            return (*inner[: at[0]], _OPPOSITE[inner[at[0]]], *inner[at[0] + 1 :])
    # Of a condition, unknown is as good as false.
    if expr[-2:] == ("IS", "TRUE") and _is_column(expr[:-2]):
        return expr[:-2]
    for truth, said in (("TRUE", ()), ("FALSE", ("NOT",))):
        if expr[-2:] == ("=", truth) and _is_column(expr[:-2]):
            return (*said, *expr[:-2])
        if expr[:2] == (truth, "=") and _is_column(expr[2:]):
            return (*said, *expr[2:])
    return expr


def _listed(expr: Expr) -> Expr:
    """`a = 1 OR a = 2` as a list, and each list of literals in one order."""
    parts: list[Expr] = []
    cursor = Cursor(expr)
    while cursor.now:
        parts.append(cursor.until(lambda here: here.now in ("OR", "BETWEEN", "CASE")))
        if not cursor.accepts("OR"):
            break
    if cursor.now:
        return expr
    compared = [(part[:-2], part[-1]) for part in parts if part[-2:-1] == ("=",) and _is_column(part[:-2])]
    column = compared[0][0] if compared else ()
    if 1 < len(parts) == len(compared) and all(
        each == column and is_literal(text) for each, text in compared
    ):
        return (*column, "IN", "(", *_commas(text for _, text in compared), ")")
    head = expr[: expr.index("(")] if "(" in expr else ()
    texts = expr[len(head) + 1 : -1 : 2]
    if head[-1:] == ("IN",) and expr[-1] == ")" and texts and all(map(is_literal, texts)):
        return (*head, "(", *_commas(texts), ")") if set(expr[len(head) + 2 : -1 : 2]) <= {","} else expr
    return expr


def _commas(texts: Iterable[str]) -> Expr:
    return tuple(text for each in sorted(set(texts)) for text in (",", each))[1:]


def _is_column(expr: Expr) -> bool:
    """Whether the expression is a column: a name, with what is before it."""
    return is_name(expr[-1] if expr else "") and all(
        is_name(text) or text == "." or text[:1] == "#" for text in expr
    )


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
            behind = Cursor(expr, cursor.at)
            args = behind.inside().words
            # Over windows Flink keeps another column for it: measured, the state was refused.
            if len(args) == 1 and args[0].isdecimal() and behind.now != "OVER":
                cursor.inside()
                found += ["(", "*", ")"]
        elif found[-1] == "FILTER" and cursor.sees("(", "WHERE"):
            # The rows that pass are the same ones in whatever order they are tested.
            words = cursor.inside().words[1:]
            wanted = sorted(conditions(conjuncts(words))) or [words]
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


def asked_for(select: Select, mark: str) -> Select:
    """The SELECT with what its conditions ask of other queries in one form: `a IN (SELECT b ...)` as EXISTS.

    What EXISTS selects nobody reads. `mark` is how the queries inside call the only table of this one; empty: there
    are several. NOT IN stays: where b is NULL it says something else.
    """
    at = [index for index, one in enumerate(select.where) if SUBQUERY in one]
    # Each condition asks one query, and nothing else does: then it is clear which one.
    texts = [text for item in select.items for text in item.expr] + [
        text for one in select.having for text in one
    ]
    if SUBQUERY in texts or [select.where[index].count(SUBQUERY) for index in at] != [1] * len(
        select.subqueries
    ):
        return select
    where, queries = list(select.where), list(select.subqueries)
    for nth, index in enumerate(at):
        where[index], queries[nth] = _exists(where[index], queries[nth], mark)
    return replace(select, where=tuple(where), subqueries=tuple(queries))


def _exists(condition: Expr, query: Query, mark: str) -> tuple[Expr, Query]:
    body = query.body
    if not isinstance(body, Select) or query.tail or len(body.froms) != 1 or not _only_filters(body):
        return condition, query
    tested = condition[:-2]
    if condition[-2:] == ("IN", SUBQUERY) and mark and len(tested) == 1 and is_name(tested[0]):
        wanted = body.items[0].expr if len(body.items) == 1 else ("*",)
        if "*" in wanted:
            return condition, query
        where = (_comparison((mark, ".", *tested), "=", wanted), *body.where)
        # With a key beside the one that IN compares, which comes first, their order is that of the join's key.
        if not any(text.startswith("#") for one in body.where for text in one):
            where = tuple(sorted(where))
        return ("EXISTS", SUBQUERY), replace(query, body=replace(body, items=_ANYTHING, where=where))
    if condition in (("EXISTS", SUBQUERY), ("NOT", "EXISTS", SUBQUERY)):
        return condition, replace(query, body=replace(body, items=_ANYTHING))
    return condition, query


def _only_filters(select: Select) -> bool:
    more = (
        select.group
        or select.having
        or select.distinct
        or select.hints
        or select.windows
        or select.subqueries
    )
    return not more and not aggregates([item.expr for item in select.items])


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
