"""What the rules ask of an SQL text. A text that is not understood answers nothing: no rule speaks of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dli_provider.sql.ast import (
    Call,
    Combined,
    Insert,
    Named,
    Nested,
    Query,
    Rows,
    Select,
    Setting,
    Table,
    View,
)
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.script import statement
from dli_provider.sql.split import Unreadable, cut
from dli_provider.sql.state import connector
from dli_provider.sql.words import GROUP_WINDOWS

_TTL = "table.exec.state.ttl"
_WINDOW_COLUMNS = ("`window_start", "`window_end")


def connectors(sql: str) -> set[tuple[str, str]]:
    """The connectors of a script, each with the table that uses it."""
    return {(connector(each), each.name) for each in _statements(sql) if isinstance(each, Table)}


def own_ttl(sql: str) -> bool:
    """Whether the script itself says how long idle state is kept."""
    return any(isinstance(each, Setting) and each.key == _TTL for each in _statements(sql))


def groups_without_window(sql: str) -> list[str]:
    """The sinks whose query groups rows, somewhere, by something that is no window."""
    statements = _statements(sql)
    views = {each.name: each.rows for each in statements if isinstance(each, View)}
    inserts = [each for each in statements if isinstance(each, Insert)]
    return [".".join(each.sink) for each in inserts if any(map(_endless, _selects(each.query, views, ())))]


def _statements(sql: str) -> list[object]:
    try:
        return [statement(text) for text in cut(sql)]
    except (Unparsable, Unreadable, RecursionError):
        return []


def _endless(select: Select) -> bool:
    """Whether the SELECT groups by keys alone: by no window function, and by no bounds of a window table function."""
    words = {word for key in select.group for word in key}
    windowed = words & {*GROUP_WINDOWS, *_WINDOW_COLUMNS}
    return bool(select.group) and not windowed


def _selects(query: Query, views: dict[str, Nested], within: tuple[str, ...]) -> Iterator[Select]:
    """Every SELECT that a query is made of, in views and WITH queries too."""
    body = query.body
    known = {**views, **dict(query.ctes)}
    if isinstance(body, Combined):
        for part in body.parts:
            yield from _selects(part, known, within)
    elif isinstance(body, Select):
        yield body
        for joined in body.froms:
            yield from _below(joined.rows, known, within)
        for subquery in body.subqueries:
            yield from _selects(subquery, known, within)


def _below(rows: Rows, views: dict[str, Nested], within: tuple[str, ...]) -> Iterator[Select]:
    if isinstance(rows, Named):
        if rows.name in views and rows.name not in within:
            yield from _selects(views[rows.name].query, views, (*within, rows.name))
    elif isinstance(rows, Nested):
        yield from _selects(rows.query, views, within)
    elif isinstance(rows, Call) and rows.rows is not None:
        yield from _below(rows.rows, views, within)
