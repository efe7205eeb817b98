"""From the words of a query to its shape. What is not understood raises `Unparsable`; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

from dli_provider.sql.ast import (
    SUBQUERY,
    Call,
    Combined,
    Expr,
    Item,
    Joined,
    Named,
    Nested,
    Query,
    Rows,
    Rowset,
    Select,
    is_literal,
    is_name,
)
from dli_provider.sql.cursor import Cursor, Unparsable, conjuncts, never
from dli_provider.sql.words import GROUP_WINDOWS

_SET_OPS = frozenset(["UNION", "INTERSECT", "EXCEPT"])
_TAIL = frozenset(["ORDER", "LIMIT", "OFFSET", "FETCH"])
_CLAUSES = frozenset(["FROM", "WHERE", "GROUP", "HAVING", "WINDOW"]) | _SET_OPS | _TAIL
_JOINS = frozenset(["NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "JOIN"])
_LAST_WORDS = frozenset(
    [
        ")",
        "]",
        "END",
        "NULL",
        "TRUE",
        "FALSE",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "LOCALTIMESTAMP",
        "YEAR",
        "MONTH",
        "DAY",
        "HOUR",
        "MINUTE",
        "SECOND",
        "DAYS",
        "HOURS",
        "MINUTES",
        "SECONDS",
    ]
)
_WINDOW_ARGS = {
    "TUMBLE": ("DATA", "TIMECOL", "SIZE", "OFFSET"),
    "HOP": ("DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"),
    "SESSION": ("DATA", "TIMECOL", "GAP"),
}
_SIMPLE_JOIN = {"INNER JOIN": "JOIN"}


def parse_query(cursor: Cursor) -> Query:
    """A query from the cursor to the end of what encloses it."""
    ctes = _with_queries(cursor) if cursor.accepts("WITH") else ()
    parts, ops = [_term(cursor)], []
    while cursor.now in _SET_OPS:
        ops.append(cursor.take() + (" ALL" if cursor.accepts("ALL") else ""))
        cursor.accepts("DISTINCT")
        parts.append(_term(cursor))
    tail = cursor.until(never) if cursor.now in _TAIL else ()
    body = Combined(tuple(ops), tuple(parts)) if ops else parts[0].body
    if not ops and (parts[0].tail or parts[0].ctes):
        if tail or ctes:
            raise Unparsable
        return parts[0]
    return Query(body, ctes, tail)


def _with_queries(cursor: Cursor) -> tuple[tuple[str, Nested], ...]:
    found = []
    while True:
        name = cursor.name()
        columns = _column_names(cursor) if cursor.sees("(") else ()
        cursor.expects("AS")
        found.append((name, Nested(_whole(cursor.inside()), columns)))
        if not cursor.accepts(","):
            return tuple(found)


def _whole(cursor: Cursor) -> Query:
    query = parse_query(cursor)
    cursor.done()
    return query


def _column_names(cursor: Cursor) -> tuple[str, ...]:
    inner = cursor.inside()
    names = [inner.name()]
    while inner.accepts(","):
        names.append(inner.name())
    inner.done()
    return tuple(names)


def _term(cursor: Cursor) -> Query:
    if cursor.sees("("):
        return _whole(cursor.inside())
    if cursor.accepts("SELECT"):
        return Query(_select(cursor))
    if cursor.accepts("TABLE"):
        return Query(Select((Item(("*",)),), (Joined("", Named(cursor.path()), ""),)))
    if cursor.sees("VALUES"):
        return Query(Rowset(cursor.until(lambda here: here.now in _SET_OPS or here.now in _TAIL)))
    raise Unparsable


def _select(cursor: Cursor) -> Select:
    lifted: list[Query] = []
    select = _select_clauses(cursor)
    return replace(
        select,
        items=tuple(replace(item, expr=_lift(item.expr, lifted)) for item in select.items),
        froms=tuple(replace(joined, on=_lift(joined.on, lifted)) for joined in select.froms),
        where=tuple(_lift(expr, lifted) for expr in select.where),
        group=tuple(_lift(expr, lifted) for expr in select.group),
        having=tuple(_lift(expr, lifted) for expr in select.having),
        subqueries=tuple(lifted),
    )


def _lift(expr: Expr, lifted: list[Query]) -> Expr:
    """The expression with its queries taken out, which are appended to `lifted`."""
    if "SELECT" not in expr:
        return expr
    cursor, found = Cursor(expr), []
    while cursor.now:
        if cursor.sees("(", "SELECT") or cursor.sees("(", "WITH"):
            lifted.append(_whole(cursor.inside()))
            found.append(SUBQUERY)
        else:
            found.append(cursor.take())
    return tuple(found)


def _select_clauses(cursor: Cursor) -> Select:
    hints = (cursor.take(),) if cursor.now.startswith("/*+") else ()
    distinct = cursor.accepts("DISTINCT")
    cursor.accepts("ALL")
    items = tuple(_item(expr) for expr in _list(cursor))
    froms = _from(cursor) if cursor.accepts("FROM") else ()
    where = conjuncts(_clause(cursor)) if cursor.accepts("WHERE") else ()
    group = _list(cursor) if cursor.accepts("GROUP", "BY") else ()
    having = conjuncts(_clause(cursor)) if cursor.accepts("HAVING") else ()
    windows = _clause(cursor) if cursor.accepts("WINDOW") else ()
    return Select(items, froms, where, group, having, distinct, hints, windows)


def _clause(cursor: Cursor) -> Expr:
    expr = cursor.until(_ends_clause)
    if not expr:
        raise Unparsable
    return expr


def _list(cursor: Cursor) -> tuple[Expr, ...]:
    found = []
    while True:
        found.append(cursor.until(lambda here: here.now == "," or _ends_clause(here)))
        if not found[-1]:
            raise Unparsable
        if not cursor.accepts(","):
            return tuple(found)


def _ends_clause(cursor: Cursor) -> bool:
    # IS [NOT] DISTINCT FROM is the one place where a clause's key word stands inside an expression.
    return cursor.now in _CLAUSES and not (cursor.now == "FROM" and cursor.words[cursor.at - 1] == "DISTINCT")


def _item(expr: Expr) -> Item:
    if len(expr) > 2 and expr[-2] == "AS":
        return Item(expr[:-2], expr[-1])
    if len(expr) > 1 and is_name(expr[-1]) and _ends_expression(expr[-2]):
        return Item(expr[:-1], expr[-1])
    return Item(expr, expr[-1] if all(is_name(text) or text == "." for text in expr) else "")


def _ends_expression(text: str) -> bool:
    return is_name(text) or is_literal(text) or text in _LAST_WORDS


def _from(cursor: Cursor) -> tuple[Joined, ...]:
    found = [_joined(cursor, "")]
    while True:
        if cursor.accepts(","):
            found.append(_joined(cursor, ","))
        elif how := _join_words(cursor):
            found.append(_joined(cursor, how))
        else:
            return tuple(found)


def _join_words(cursor: Cursor) -> str:
    if cursor.now not in _JOINS:
        return ""
    how = []
    while cursor.now in _JOINS or cursor.now == "OUTER":
        how.append(cursor.take())
        if how[-1] == "JOIN":
            text = " ".join(word for word in how if word != "OUTER")
            return _SIMPLE_JOIN.get(text, text)
    raise Unparsable


def _joined(cursor: Cursor, how: str) -> Joined:
    lateral = cursor.accepts("LATERAL")
    rows = _rows(cursor)
    as_of: Expr = ()
    if cursor.accepts("FOR", "SYSTEM_TIME", "AS", "OF"):
        as_of = cursor.until(lambda here: _ends_from(here) or _follows_expression(here))
    pattern = cursor.inside().words if cursor.accepts("MATCH_RECOGNIZE") else ()
    cursor.accepts("AS")
    alias = cursor.name() if is_name(cursor.now) else ""
    columns = _column_names(cursor) if alias and cursor.sees("(") else ()
    on: Expr = ()
    if cursor.sees("ON") or cursor.sees("USING"):
        on = cursor.until(lambda here: here.now == "," or _ends_clause(here) or _begins_join(here))
    if isinstance(rows, Named) and not alias:
        alias = rows.path[-1]
    return Joined(f"{how} LATERAL" if lateral else how, rows, alias, columns, on, as_of, pattern)


def _follows_expression(cursor: Cursor) -> bool:
    return is_name(cursor.now) and cursor.words[cursor.at - 1] not in ("OF", ".")


def _begins_join(cursor: Cursor) -> bool:
    return cursor.now in _JOINS and cursor.words[cursor.at + 1 : cursor.at + 2] != ("(",)


def _rows(cursor: Cursor) -> Rows:
    if cursor.sees("("):
        return Nested(_whole(cursor.inside()))
    if cursor.sees("UNNEST", "("):
        cursor.at += 1
        args = cursor.inside().words
        return Call("UNNEST", args + (("WITH", "ORDINALITY") if cursor.accepts("WITH", "ORDINALITY") else ()))
    if cursor.accepts("TABLE"):
        inner = cursor.inside()
        rows = _call(inner)
        inner.done()
        return rows
    if cursor.words[cursor.at + 1 : cursor.at + 2] == ("(",):
        return _call(cursor)
    return _named(cursor)


def _call(cursor: Cursor) -> Call:
    name = cursor.take() if cursor.now in GROUP_WINDOWS else ".".join(cursor.path())
    inner = cursor.inside()
    if name not in GROUP_WINDOWS:
        return Call(name, inner.words)
    if inner.words[1:2] == ("=>",):
        inner = _positional(name, inner)
    rows: Rows
    if inner.accepts("TABLE"):
        rows = _named(inner)
    elif inner.sees("("):
        rows = Nested(_whole(inner.inside()))
    else:
        raise Unparsable
    return Call(name, inner.until(never), rows)


def _positional(name: str, cursor: Cursor) -> Cursor:
    """The arguments of a window given by name, in the order in which they are given without."""
    given = {part[0].upper().lstrip("`"): part[2:] for part in cursor.list_of() if part[1:2] == ("=>",)}
    ordered = [given.pop(key) for key in _WINDOW_ARGS[name] if key in given]
    if given:
        raise Unparsable
    return Cursor(tuple(text for arg in ordered for text in (",", *arg))[1:])


def _named(cursor: Cursor) -> Named:
    path = cursor.path()
    return Named(path, (cursor.take(),) if cursor.now.startswith("/*+") else ())


def _ends_from(cursor: Cursor) -> bool:
    return cursor.now in (",", "AS", "ON", "USING") or _ends_clause(cursor) or _begins_join(cursor)
