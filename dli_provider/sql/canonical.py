"""Queries in one form, so that those which Flink plans alike are equal.

Measured to make no difference to Flink, and therefore gone here: table aliases; whether a query stands in WITH, in a
view or in FROM; the names of what is written to a sink. Order is kept wherever it decides the order of state.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from dli_provider.sql.ast import (
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
    is_name,
)
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.merge import merged

Views = Mapping[str, Nested]
"""Views and WITH queries by name."""

Columns = Mapping[str, tuple[str, ...]]
"""The columns of tables, by table name."""

_DEEPEST = 32


def canonical(query: Query, views: Views, columns: Columns) -> Query:
    """The query of an INSERT in its canonical form."""
    return _nameless(_Scope(columns).query(_inlined(query, views, 0)))


def _inlined(query: Query, views: Views, depth: int) -> Query:
    """The query without WITH, each view and WITH query put where it is named."""
    if depth > _DEEPEST:
        raise Unparsable
    # A chain and not a copy: views are parsed only when they are looked up. Nothing is written to the outer ones.
    known = ChainMap[str, Nested]({}, cast("dict[str, Nested]", views))
    for name, nested in query.ctes:
        known[name] = replace(nested, query=_inlined(nested.query, known, depth + 1))
    body = query.body
    if isinstance(body, Combined):
        body = replace(body, parts=tuple(_inlined(part, known, depth + 1) for part in body.parts))
    elif isinstance(body, Select):
        body = replace(
            body,
            froms=tuple(replace(one, rows=_inlined_rows(one.rows, known, depth + 1)) for one in body.froms),
            subqueries=tuple(_inlined(one, known, depth + 1) for one in body.subqueries),
        )
    return Query(body, (), query.tail)


def _inlined_rows(rows: Rows, known: Views, depth: int) -> Rows:
    if isinstance(rows, Named) and len(rows.path) == 1 and rows.path[0] in known and not rows.hints:
        nested = known[rows.path[0]]
        return replace(nested, query=_inlined(nested.query, known, depth))
    if isinstance(rows, Nested):
        return replace(rows, query=_inlined(rows.query, known, depth))
    if isinstance(rows, Call) and rows.rows is not None:
        return replace(rows, rows=_inlined_rows(rows.rows, known, depth))
    return rows


class _Scope:
    """Which alias stands for which entry of which FROM, from the inside outwards."""

    def __init__(self, columns: Columns, outer: Mapping[str, str] | None = None, depth: int = 0) -> None:
        self._columns = columns
        self._outer = dict(outer or {})
        self._depth = depth

    def query(self, query: Query) -> Query:
        if isinstance(query.body, Select):
            select, tail = self._select(query.body, query.tail)
            return merged(Query(select, (), tail))
        if isinstance(query.body, Combined):
            parts = tuple(self.query(part) for part in query.body.parts)
            return Query(replace(query.body, parts=parts), (), query.tail)
        return query

    def _select(self, select: Select, tail: Expr) -> tuple[Select, Expr]:
        marks = {one.alias: f"#{self._depth}.{index}" for index, one in enumerate(select.froms) if one.alias}
        alone = len(select.froms) == 1
        owners = {} if alone else self._owners(select.froms)
        inner = _Scope(self._columns, {**self._outer, **marks}, self._depth + 1)
        mine = {**self._outer, **(dict.fromkeys(marks, "") if alone else marks)}

        def read(expr: Expr) -> Expr:
            return _qualified(expr, mine, owners)

        done = replace(
            select,
            items=tuple(Item(read(item.expr), item.name) for item in select.items),
            froms=tuple(
                replace(
                    one,
                    rows=inner.rows(one.rows, read),
                    alias=one.alias if select.hints else "",
                    on=read(one.on),
                    as_of=read(one.as_of),
                )
                for one in select.froms
            ),
            where=tuple(map(read, select.where)),
            group=tuple(map(read, select.group)),
            having=tuple(map(read, select.having)),
            windows=read(select.windows),
            subqueries=tuple(map(inner.query, select.subqueries)),
        )
        return done, read(tail)

    def rows(self, rows: Rows, read: Callable[[Expr], Expr]) -> Rows:
        if isinstance(rows, Nested):
            return replace(rows, query=self.query(rows.query))
        if isinstance(rows, Call):
            return replace(rows, args=read(rows.args), rows=rows.rows and self.rows(rows.rows, read))
        return rows

    def _owners(self, froms: tuple[Joined, ...]) -> dict[str, str]:
        """For each column that exactly one entry has: that entry. Empty where some entry's columns are unknown."""
        owners: dict[str, str] = {}
        for index, one in enumerate(froms):
            names = one.columns or self._names(one.rows)
            if not names:
                return {}
            for name in names:
                owners[name] = "" if name in owners else f"#{self._depth}.{index}"
        return {name: owner for name, owner in owners.items() if owner}

    def _names(self, rows: Rows) -> tuple[str, ...]:
        if isinstance(rows, Named):
            return self._columns.get(rows.name, ())
        if isinstance(rows, Nested) and isinstance(rows.query.body, Select):
            names = rows.columns or tuple(item.name[1:] for item in rows.query.body.items)
            return names if all(names) else ()
        return ()


def _qualified(expr: Expr, marks: Mapping[str, str], owners: Mapping[str, str]) -> Expr:
    """The expression with each alias replaced by its mark, and a mark before each column that has one owner."""
    found: list[str] = []
    at = 0
    while at < len(expr):
        text, after = expr[at], expr[at + 1 : at + 2]
        if is_name(text) and not (found and found[-1] == "."):
            if after == (".",) and text[1:] in marks and at + 2 < len(expr):
                mark = marks[text[1:]]
                found += [mark, "."] if mark else []
                at += 2
                # What follows belongs to the alias and is not looked up once more.
                found += expr[at : at + 1]
                at += 1
                continue
            if after not in ((".",), ("(",)) and text[1:] in owners:
                found += [owners[text[1:]], "."]
        found.append(text)
        at += 1
    return tuple(found)


def _nameless(query: Query) -> Query:
    """The query without the names of its output: a sink takes columns by position."""
    body = query.body
    if isinstance(body, Combined):
        return replace(query, body=replace(body, parts=tuple(map(_nameless, body.parts))))
    if isinstance(body, Rowset) or query.tail:
        return query
    return replace(query, body=replace(body, items=tuple(Item(item.expr) for item in body.items)))
