"""Queries in one form, so that those which Flink plans alike are equal.

Measured to make no difference to Flink, and therefore gone here: table aliases; whether a query stands in WITH, in a
view or in FROM; the names of what is written to a sink; queries inside queries, where Flink's planner puts them into
one too. Order is kept wherever it decides the order of state.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from dli_provider.sql.ast import (
    Combined,
    Expr,
    FunctionCall,
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
from dli_provider.sql.cursor import Unparsable, conjuncts
from dli_provider.sql.equivalents import asked_for, calls, conditions, joined, ranks, without_named_windows
from dli_provider.sql.state import WINDOW_KEYS, aggregates, builtin_only, column_names, is_cut
from dli_provider.sql.tracing import nested, substituted

Views = Mapping[str, Nested]
"""Views and WITH queries by name."""

Columns = Mapping[str, tuple[str, ...]]
"""The columns of tables, by table name."""

_DEEPEST = 32


def canonical(query: Query, views: Views, columns: Columns, *, as_written: bool = False) -> Query:
    """The query of an INSERT in its canonical form; `as_written`: with conditions and calls as they stand."""
    return _nameless(_Scope(columns, as_written=as_written).query(_inlined(query, views, 0)))


def _inlined(query: Query, views: Views, depth: int) -> Query:
    """The query without WITH, each view and WITH query put where it is named."""
    # A view that names itself would go on for ever.
    if depth > _DEEPEST:
        raise Unparsable
    # A chain and not a copy: views are parsed only when they are looked up. Nothing is written to the outer ones.
    known = ChainMap[str, Nested]({}, cast("dict[str, Nested]", views))
    for name, held in query.ctes:
        known[name] = replace(held, query=_inlined(held.query, known, depth + 1))
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
    if isinstance(rows, FunctionCall) and rows.rows is not None:
        return replace(rows, rows=_inlined_rows(rows.rows, known, depth))
    return rows


class _Scope:
    """Which alias stands for which entry of which FROM, from the inside outwards."""

    def __init__(
        self,
        columns: Columns,
        outer: Mapping[str, str] | None = None,
        depth: int = 0,
        around: Mapping[str, str] | None = None,
        *,
        as_written: bool = False,
    ) -> None:
        self._columns = columns
        self._outer = dict(outer or {})
        self._depth = depth
        # Of a query in a condition: whose the columns are of the rows that it is asked about.
        self._around = around
        self._as_written = as_written

    def query(self, query: Query) -> Query:
        if isinstance(query.body, Select):
            select, tail = self._select(query.body, query.tail)
            return merged(Query(select, (), tail))
        if isinstance(query.body, Combined):
            first, *others = (self.query(part) for part in query.body.parts)
            # The columns are named by the first query; what the others call theirs, nobody reads.
            return Query(replace(query.body, parts=(first, *map(_nameless, others))), (), query.tail)
        return query

    def _select(self, select: Select, tail: Expr) -> tuple[Select, Expr]:
        select = without_named_windows(select)
        marks = {one.alias: f"#{self._depth}.{index}" for index, one in enumerate(select.froms) if one.alias}
        alone = len(select.froms) == 1
        # With one entry there is no doubt whose a column is, but in a query that is asked about other rows.
        owners = self._others(select) if alone else self._owners(select.froms)
        visible = {**self._outer, **marks}
        inner = _Scope(self._columns, visible, self._depth + 1, as_written=self._as_written)
        around = {**(self._around or {}), **self._owners(select.froms)}
        asked = _Scope(self._columns, visible, self._depth + 1, around, as_written=self._as_written)
        mine = {**self._outer, **(dict.fromkeys(marks, "") if alone else marks)}

        def qualified(expr: Expr) -> Expr:
            return _qualified(expr, mine, owners)

        results = [qualified(expr) for expr in (*(item.expr for item in select.items), *select.having)]
        form = tuple if self._as_written else _form(results)

        def read(expr: Expr) -> Expr:
            return form(qualified(expr))

        items = tuple(Item(read(item.expr), item.name) for item in select.items)
        done = replace(
            select,
            items=items,
            froms=tuple(
                replace(
                    one,
                    rows=inner.rows(one.rows, read),
                    how="CROSS JOIN" if one.how == "," and _unnests(one.rows) else one.how,
                    alias=one.alias if select.hints else "",
                    on=read(one.on) if self._as_written else joined(read(one.on)),
                    as_of=read(one.as_of),
                )
                for one in select.froms
            ),
            where=self._conditions(tuple(map(read, select.where))),
            group=_bounds_last(tuple(map(read, select.group)), select.froms),
            having=self._having(items, tuple(map(read, select.having))),
            windows=read(select.windows),
            subqueries=tuple(map(asked.query, select.subqueries)),
        )
        if not self._as_written:
            done = _ranked(asked_for(done, f"#{self._depth}.0" if alone else ""))
        return _grouped(_listed(done)), read(tail)

    def _conditions(self, parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
        return parts if self._as_written else conditions(parts)

    def _having(self, items: tuple[Item, ...], having: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """HAVING in one form, unless that asks for results in another order, which is that of state."""
        found, selected = self._conditions(having), [item.expr for item in items]
        # HAVING makes an aggregation of a SELECT, even where it is always true.
        same = bool(found) and aggregates([*selected, *found]) == aggregates([*selected, *having])
        return found if same else having

    def rows(self, rows: Rows, read: Callable[[Expr], Expr]) -> Rows:
        if isinstance(rows, Nested):
            return replace(rows, query=self.query(rows.query))
        if isinstance(rows, FunctionCall):
            return replace(rows, args=read(rows.args), rows=rows.rows and self.rows(rows.rows, read))
        return rows

    def _others(self, select: Select) -> dict[str, str]:
        """In a query of a condition: the columns that its one entry is not known to have, and whose they are.

        A comparison with the rows around is a key of the join that Flink makes of the query, with alias or without.
        """
        if self._around is None:
            return {}
        own = select.froms[0].columns or self._names(select.froms[0].rows)
        names = {name[1:] for expr in _exprs(select) for name in column_names(expr)}
        return {name: self._around.get(name, "#") for name in names.difference(own)}

    def _owners(self, froms: tuple[Joined, ...]) -> dict[str, str]:
        """For each column that exactly one entry has: that entry. Empty where some entry's columns are unknown."""
        owners: dict[str, str] = {}
        for index, one in enumerate(froms):
            names = one.columns or self._names(one.rows)
            # One unknown entry may have any column, so no column surely has a single owner.
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


def _form(exprs: Sequence[Expr]) -> Callable[[Expr], Expr]:
    """The form in which to read the calls of a SELECT: one form, unless two calls would become one by it.

    Of two that are written in different ways Flink may keep both.
    """
    return calls if len(aggregates(map(calls, exprs))) == len(aggregates(exprs)) else tuple


def _bounds_last(group: tuple[Expr, ...], froms: tuple[Joined, ...]) -> tuple[Expr, ...]:
    """The keys of a grouping, begin and end of the window behind all others: they are no part of the state's key."""
    if len(froms) != 1 or not is_cut(froms[0].rows) or not {*WINDOW_KEYS} <= {*group}:
        return group
    return tuple(sorted(group, key=lambda key: key in WINDOW_KEYS))


def _unnests(rows: Rows) -> bool:
    return isinstance(rows, FunctionCall) and rows.name == "UNNEST"


def _ranked(select: Select) -> Select:
    rows = nested(select)
    body = rows.query.body if rows is not None and not rows.columns else None
    return replace(select, where=ranks(select.where, body.items)) if isinstance(body, Select) else select


def _listed(select: Select) -> Select:
    """Inner joins as tables with conditions: `FROM a JOIN b ON x` is `FROM a, b WHERE x`."""
    plain = all(
        one.how in ("", ",", "JOIN", "CROSS JOIN")
        and not (one.as_of or one.pattern)
        and one.on[:1] in ((), ("ON",))
        for one in select.froms
    )
    # Functions are joined row by row, and a query in a condition is a join of its own: their order matters.
    apart = select.subqueries or any(
        isinstance(one.rows, FunctionCall) and one.rows.rows is None for one in select.froms
    )
    if len(select.froms) < 2 or not plain or apart:
        return select
    ons = tuple(part for one in select.froms if one.on for part in conjuncts(one.on[1:]))
    froms = tuple(replace(one, how="," if index else "", on=()) for index, one in enumerate(select.froms))
    return replace(select, froms=froms, where=ons + select.where)


def _grouped(select: Select) -> Select:
    """DISTINCT as the grouping by all columns that it is."""
    exprs = [item.expr for item in select.items]
    columns = all(
        all(is_name(text) or text in (".",) or text.startswith("#") for text in expr) for expr in exprs
    )
    if not select.distinct or select.group or select.having or not columns or len(set(exprs)) < len(exprs):
        return select
    return replace(select, distinct=False, group=tuple(exprs))


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


STAR = (Item(("*",)),)
_VOLATILE = frozenset(["RAND", "RAND_INTEGER", "UUID", "NOW", "PROCTIME", "?"])


def merged(query: Query) -> Query:
    """The query with what it selects from, where that only filters and calculates, or is all that it selects."""
    body = query.body
    if not isinstance(body, Select):
        return query
    inner = _only_rows(body)
    if inner is not None and body == Select(STAR, body.froms) and not (query.tail and inner.tail):
        return replace(inner, tail=query.tail or inner.tail)
    if inner is None or inner.tail or not isinstance(inner.body, Select):
        return replace(query, body=_sorted_where(body))
    return _into_one(query, body, inner.body)


def _only_rows(select: Select) -> Query | None:
    if len(select.froms) != 1:
        return None
    one = select.froms[0]
    plain = not (one.how or one.columns or one.on or one.as_of or one.pattern)
    return one.rows.query if plain and isinstance(one.rows, Nested) and not one.rows.columns else None


def _into_one(query: Query, outer: Select, inner: Select) -> Query:
    adds = inner.group or inner.having or inner.distinct or inner.hints or inner.windows or inner.subqueries
    simple = len(inner.froms) == 1 and _is_table(inner.froms[0].rows)
    exprs = {item.name: item.expr for item in inner.items if item.expr != ("*",)}
    starred = any(item.expr[-1] == "*" for item in inner.items)
    # An expression that is not the same each time, such as RAND(), may not be computed twice.
    if adds or not simple or outer.subqueries or not all(map(_calculated, exprs.values())):
        return _without_names(query)
    read = {name.split(".")[0] for expr in _exprs(outer) for name in column_names(expr)}
    if not starred and not read <= exprs.keys():
        return _without_names(query)
    if (
        query.tail
        or not all(exprs)
        or (inner.items != STAR and any(item.expr[-1] == "*" for item in outer.items))
    ):
        return _without_names(query)

    def put(expr: Expr) -> Expr:
        return substituted(expr, exprs)

    results = [*(item.expr for item in outer.items), *outer.having]
    # Of what an OVER is computed of, Flink keeps all columns, those too that nobody reads.
    if inner.items != STAR and any("OVER" in expr for expr in results):
        return _without_names(query)
    # Of one column by two names Flink may keep two sums.
    if len(aggregates(map(put, results))) < len(aggregates(results)):
        return _without_names(query)
    body = replace(
        outer,
        items=tuple(Item(put(item.expr), item.name) for item in outer.items),
        froms=inner.froms,
        where=inner.where + tuple(map(put, outer.where)),
        group=tuple(map(put, outer.group)),
        having=tuple(map(put, outer.having)),
        windows=put(outer.windows),
    )
    return replace(query, body=_sorted_where(body))


def _is_table(rows: Rows) -> bool:
    """Whether the rows are those of a table, perhaps cut into windows."""
    return isinstance(rows, Named) or (is_cut(rows) and isinstance(rows.rows, Named))


def _exprs(select: Select) -> tuple[Expr, ...]:
    return (*(item.expr for item in select.items), *select.where, *select.group, *select.having)


def _calculated(expr: Expr) -> bool:
    """Whether the expression is computed from its row alone, each time to the same result."""
    return builtin_only(expr) and not aggregates([expr]) and _VOLATILE.isdisjoint(expr)


def _without_names(query: Query) -> Query:
    """The query with the names that the one inside gives to its columns replaced by their numbers.

    Only where all who could use such a name are here: nothing else is joined, and no star hands names on.
    """
    outer = query.body
    inner = _only_rows(outer) if isinstance(outer, Select) else None
    if not isinstance(outer, Select) or inner is None or not isinstance(inner.body, Select):
        return query
    given = [item.name for item in inner.body.items if item.name and item.expr != (item.name,)]
    stars = any(item.expr[-1] == "*" for item in outer.items)
    if query.tail or outer.subqueries or stars or inner.tail or len(set(given)) < len(given):
        return query
    numbers = {name: f"`\0{index}" for index, name in enumerate(given)}
    columns = {name: (number,) for name, number in numbers.items()}

    def put(expr: Expr) -> Expr:
        return substituted(expr, columns)

    items = tuple(Item(item.expr, numbers.get(item.name, item.name)) for item in inner.body.items)
    renamed = Nested(replace(inner, body=replace(inner.body, items=items)))
    body = replace(
        outer,
        items=tuple(Item(put(item.expr), item.name) for item in outer.items),
        froms=(Joined("", renamed, outer.froms[0].alias),),
        where=tuple(map(put, outer.where)),
        group=tuple(map(put, outer.group)),
        having=tuple(map(put, outer.having)),
        windows=put(outer.windows),
    )
    return replace(query, body=body)


def _sorted_where(select: Select) -> Select:
    # The order of conditions over one table decides nothing; over a join it can decide the order of the key. A query in
    # a condition is joined to the rows around it by what it compares with them.
    keys = sum(any(text.startswith("#") for text in one) for one in select.where)
    if keys > 1:
        return select
    if len(select.froms) == 1 and isinstance(select.froms[0].rows, Named) and not select.subqueries:
        return replace(select, where=tuple(sorted(select.where)))
    return select
