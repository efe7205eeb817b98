"""What is asked of a query in parentheses, told by what lies below: each column put back to what it is made of.

A planner tests a condition as early as it can. Which rows reach the state below then depends on the expressions that
stand between as much as on the condition itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from dli_provider.sql.ast import Combined, Expr, Nested, Query, Rowset, Select, is_name, tables_in
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.state import Tables

_TIMES = frozenset(["`window_time", "TUMBLE_ROWTIME", "HOP_ROWTIME", "SESSION_ROWTIME"])
_LONGEST = 20_000
"""Words: an expression that doubles from query to query would fill the memory."""


def nested(select: Select) -> Nested | None:
    """The only query in parentheses that a SELECT reads."""
    rows = select.froms[0].rows if len(select.froms) == 1 else None
    return rows if isinstance(rows, Nested) else None


def traced(expr: Expr, select: Select) -> Expr:
    """The expression with the columns of the only query that a SELECT reads put back, all the way down."""
    inner = nested(select)
    return substituted(expr, _columns(inner)) if inner is not None else expr


def asked(select: Select) -> tuple[Expr, ...]:
    """The conditions of a SELECT, traced."""
    return tuple(traced(one, select) for one in select.where)


def asked_below(select: Select) -> tuple[Expr, ...]:
    """All conditions of a SELECT and of the queries in parentheses below it, traced."""
    inner = nested(select)
    body = inner.query.body if inner is not None else None
    own = (*asked(select), *(traced(one, select) for one in select.having))
    return (*own, *asked_below(body)) if isinstance(body, Select) else own


def writes_time(select: Select, tables: Tables) -> bool:
    """Whether a SELECT may give out an event time: the column of a watermark as it is, or the time of a window."""
    read = [tables.get(named.name) for named in tables_in(Query(select))]
    times = {table.watermark[0] for table in read if table is not None and table.watermark} | _TIMES
    given = [traced(item.expr, select) for item in select.items]
    return any(expr[-1] in times or not _TIMES.isdisjoint(expr) or expr[-1] == "*" for expr in given)


def substituted(expr: Expr, exprs: Mapping[str, Expr]) -> Expr:
    """The expression with each column that has one replaced by its own expression, in parentheses where it must be."""
    found: list[str] = []
    for at, text in enumerate(expr):
        before, after = expr[at - 1] if at else "", expr[at + 1] if at + 1 < len(expr) else ""
        put = exprs.get(text) if is_name(text) and before != "." and after != "(" else None
        if put is None:
            found.append(text)
        elif all(is_name(part) or part == "." for part in put) or (before in _BEFORE and after in _AFTER):
            found += put
        else:
            found += ["(", *put, ")"]
        if len(found) > _LONGEST:
            raise Unparsable
    return tuple(found)


_BEFORE, _AFTER = frozenset(["(", ",", ""]), frozenset([")", ",", ""])


def _columns(rows: Nested) -> dict[str, Expr]:
    given = _outputs(rows.query)
    names = [f"`{name}" for name in rows.columns] or [name for name, _ in given]
    return {name: expr for name, (_, expr) in zip(names, given, strict=False) if name}


def _outputs(query: Query) -> list[tuple[str, Expr]]:
    """The columns of a query in order, each with what it is made of; of the star of a table nothing is known."""
    body = query.body
    if isinstance(body, Rowset):
        return []
    if isinstance(body, Combined):
        first, *others = map(_outputs, body.parts)
        # A column of several queries is made of what each of them puts there.
        return [
            (mine[0], tuple(text for column in (mine, *theirs) for text in (",", *column[1]))[1:])
            for mine, *theirs in zip_longest(first, *others, fillvalue=("", ()))
        ]
    found: list[tuple[str, Expr]] = []
    for item in body.items:
        inner = nested(body)
        if item.expr == ("*",) and inner is not None:
            found += _outputs(inner.query)
        elif item.expr[-1] != "*":
            found.append((item.name, traced(item.expr, body)))
    return found
