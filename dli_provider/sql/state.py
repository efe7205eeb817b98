"""Which parts of a query keep state in Flink: surely, perhaps, or surely not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import pairwise
from typing import TypeGuard

from dli_provider.sql.ast import (
    SUBQUERY,
    Combined,
    Expr,
    FunctionCall,
    Joined,
    Named,
    Nested,
    Query,
    Rows,
    Rowset,
    Select,
    Table,
    is_name,
)
from dli_provider.sql.connectors import is_looked_up, only_grows, upserts
from dli_provider.sql.cursor import Cursor
from dli_provider.sql.words import AGGREGATES, GROUP_WINDOWS, WINDOW_COLUMNS

Tables = Mapping[str, Table]
"""The tables that a script defines, by name."""


class Keeps(IntEnum):
    """Whether something keeps state. Many parts fold with `max`."""

    NO = 0
    PERHAPS = 1
    YES = 2


def table_keeps(table: Table | None) -> Keeps:
    """Whether reading the table keeps state beyond the place it has read to."""
    # Of a table of a catalog, of older SQL or made LIKE one that is not here, the connector is not known.
    if table is None or table.older or table.like:
        return Keeps.PERHAPS
    # Flink keeps the last row of each key, to know what a change replaces.
    if upserts(table):
        return Keeps.YES
    return Keeps.NO if only_grows(table) else Keeps.PERHAPS


def keeps(query: Query, tables: Tables) -> Keeps:
    """Whether anything in the query keeps state, its sources' own state included."""
    body = query.body
    if isinstance(body, Rowset):
        return Keeps.PERHAPS  # VALUES reads nothing, but what stands here may also be something not known
    if isinstance(body, Combined):
        inside = max(keeps(part, tables) for part in body.parts)
        return max(inside, tail_keeps(query), Keeps.NO if set(body.ops) == {"UNION ALL"} else Keeps.YES)
    below = [rows_keep(one.rows, tables) for one in body.froms if not looks_up(one, tables)]
    return max(select_keeps(body, tables), tail_keeps(query), *below, Keeps.NO)


def tail_keeps(query: Query) -> Keeps:
    """ORDER BY and LIMIT keep the rows they have to sort."""
    return Keeps.YES if query.tail else Keeps.NO


def sink_keeps(sink: Table | None, between: Expr, query: Query) -> Keeps:
    """Whether Flink keeps what it wrote to a sink by the sink's primary key, above the query's own state.

    It does so for changing results, unless the sink's key is just the key by which the query groups.
    """
    if sink is None or sink.like:
        return Keeps.PERHAPS
    body = query.body
    if not sink.primary_key:
        return Keeps.NO
    # Without a GROUP BY, or with columns named in another order, the key of the rows cannot be told from the text:
    # then Flink may have to put changes of one key in order, for which it keeps them.
    if not isinstance(body, Select) or between or not body.group:
        return Keeps.YES
    if any(is_cut(one.rows) for one in body.froms):
        return Keeps.NO  # a window emits each result once, when it closes: there is nothing to put in order
    written = [
        column.name for column in sink.columns if column.expr[:1] != ("AS",) and "VIRTUAL" not in column.expr
    ]
    by_name = {name: item.expr for name, item in zip(written, body.items, strict=False)}
    return Keeps.NO if {by_name.get(name) for name in sink.primary_key} == {*body.group} else Keeps.YES


WINDOW_KEYS = tuple((name,) for name in WINDOW_COLUMNS)
"""Begin and end of a window, as keys of a grouping."""


def is_cut(rows: Rows) -> TypeGuard[FunctionCall]:
    """Whether the rows are those of a table function that cuts others into windows."""
    return isinstance(rows, FunctionCall) and rows.name in GROUP_WINDOWS


def may_expire(query: Query, tables: Tables) -> bool:
    """Whether the query may keep state that a time to live applies to. Windows keep none: they end by themselves."""
    body = query.body
    if isinstance(body, Combined):
        return set(body.ops) != {"UNION ALL"} or any(may_expire(part, tables) for part in body.parts)
    if isinstance(body, Rowset) or query.tail:
        return True
    exprs = [item.expr for item in body.items] + [*body.where]
    if (
        body.distinct
        or body.subqueries
        or body.windows
        or body.hints
        or any("OVER" in expr for expr in exprs)
    ):
        return True
    first, *others = body.froms or (None,)
    # What is looked up or unnested keeps nothing; every other join may.
    joins = any(_joins_with_state(one, tables) for one in others if one is not None)
    if (
        first is None
        or joins
        or any(one.pattern for one in body.froms)
        or _rows_may_expire(first.rows, tables)
    ):
        return True
    if not all(map(builtin_only, exprs)):
        return True
    counts = body.group or body.having or any(_over_many_rows(expr) for expr in exprs)
    return bool(counts) and not _in_windows(body)


def _rows_may_expire(rows: Rows, tables: Tables) -> bool:
    if isinstance(rows, Nested):
        return may_expire(rows.query, tables)
    if isinstance(rows, Named):
        return table_keeps(tables.get(rows.name)) is not Keeps.NO
    return rows.name not in GROUP_WINDOWS or rows.rows is None or _rows_may_expire(rows.rows, tables)


def _in_windows(select: Select) -> bool:
    """Whether the SELECT surely groups by a window: by the older function, or by begin and end of a table function."""
    if not all(
        expr[0] in GROUP_WINDOWS or all(is_name(text) or text == "." for text in expr)
        for expr in select.group
    ):
        return False
    by_bounds = is_cut(select.froms[0].rows) and {*WINDOW_KEYS} <= {*select.group}
    return by_bounds or any(expr[0] in GROUP_WINDOWS for expr in select.group)


def rows_keep(rows: Rows, tables: Tables) -> Keeps:
    """Whether the rows come out of something that keeps state."""
    if isinstance(rows, Nested):
        return keeps(rows.query, tables)
    if isinstance(rows, Named):
        return table_keeps(tables.get(rows.name))
    if rows.name == "SESSION":
        return (
            Keeps.YES
        )  # how long a row's session lasts is known when it is over: until then the row is kept
    if rows.rows is not None:
        return rows_keep(rows.rows, tables)
    return Keeps.NO if rows.name == "UNNEST" else Keeps.PERHAPS


def select_keeps(select: Select, tables: Tables) -> Keeps:
    """Whether the SELECT itself keeps state: by grouping, joining, counting, numbering or matching."""
    exprs = [item.expr for item in select.items] + [*select.where]
    if select.group or select.having or select.distinct or select.subqueries or select.windows:
        return Keeps.YES
    if any(one.pattern for one in select.froms) or any(_over_many_rows(expr) for expr in exprs):
        return Keeps.YES
    if any(_joins_with_state(one, tables) for one in select.froms[1:]):
        return Keeps.YES
    return Keeps.NO if all(builtin_only(expr) for expr in exprs) and not select.hints else Keeps.PERHAPS


def _over_many_rows(expr: Expr) -> bool:
    return "OVER" in expr or SUBQUERY in expr or any(text in AGGREGATES for text in expr)


def _joins_with_state(one: Joined, tables: Tables) -> bool:
    # A function is called for each row and keeps nothing of it.
    unnests = isinstance(one.rows, FunctionCall) and one.rows.rows is None
    return not unnests and not looks_up(one, tables)


def looks_up(one: Joined, tables: Tables) -> bool:
    """Whether the join asks an outside system row by row. A join with the past of a stream does keep state."""
    table = tables.get(one.rows.name) if isinstance(one.rows, Named) else None
    return bool(one.as_of) and table is not None and is_looked_up(table)


def builtin_only(expr: Expr) -> bool:
    """Whether every function that the expression calls is a built-in one of single rows, aggregates or windows."""
    calls = {text for text, after in pairwise(expr) if after == "("}
    return not any(is_name(text) for text in calls) and not any(text.startswith("/*+") for text in expr)


def aggregates(exprs: Iterable[Expr], group: tuple[Expr, ...] = ()) -> tuple[Expr, ...]:
    """The calls of aggregates in their order of appearance, each once: this is the order of their state.

    With `group`, the keys of the aggregation, a user's function of columns that are no key counts: it must be one.
    """
    found: dict[Expr, None] = {}
    for expr in exprs:
        cursor = Cursor(expr)
        while cursor.now:
            start, text = cursor.at, cursor.take()
            if not cursor.sees("("):
                continue
            args = cursor.inside().words
            behind = cursor.at
            windowed = _modifiers(cursor)
            if text in AGGREGATES or windowed or (is_name(text) and group and _beyond(args, group)):
                found[expr[start : cursor.at]] = None
            else:
                cursor.at = start + 1 if args else behind
    return tuple(found)


def _modifiers(cursor: Cursor) -> bool:
    """Steps over what may follow the call of an aggregate; whether there is any."""
    start = cursor.at
    while cursor.now in ("FILTER", "WITHIN", "GROUP", "OVER"):
        cursor.take()
        if cursor.sees("("):
            cursor.inside()
        elif is_name(cursor.now):
            cursor.take()
    return cursor.at > start


def _beyond(args: Expr, group: tuple[Expr, ...]) -> bool:
    keys = {name for key in group for name in column_names(key)}
    return not keys.issuperset(column_names(without_aggregates(args)))


def without_aggregates(expr: Expr) -> Expr:
    """The expression with each aggregate as one word, like a column: what is calculated from their results."""
    for call in aggregates([expr]):
        at = 0
        while at < len(expr):
            if expr[at : at + len(call)] == call:
                expr = (*expr[:at], "#" + " ".join(call), *expr[at + len(call) :])
            at += 1
    return expr


def column_names(expr: Expr) -> list[str]:
    """The columns that the expression reads, as often as it reads them; parts of a dotted name are one column."""
    cursor, found = Cursor(expr), []
    while cursor.now:
        start, text = cursor.at, cursor.take()
        if is_name(text) or text.startswith("#"):
            while cursor.sees("."):
                cursor.at += 2
            if not cursor.sees("("):
                found.append("".join(expr[start : cursor.at]))
    return found
