"""Queries inside queries, put into one where Flink's planner does so too, and without names that only they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dli_provider.sql.ast import Expr, Item, Joined, Named, Nested, Query, Select, is_name
from dli_provider.sql.state import aggregates, builtin_only, column_names

STAR = (Item(("*",)),)
_VOLATILE = frozenset(["RAND", "RAND_INTEGER", "UUID", "NOW", "PROCTIME", "?"])
_BEFORE, _AFTER = frozenset(["(", ",", ""]), frozenset([")", ",", ""])


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
    simple = len(inner.froms) == 1 and isinstance(inner.froms[0].rows, Named)
    exprs = {item.name: item.expr for item in inner.items if item.expr != ("*",)}
    starred = any(item.expr[-1] == "*" for item in inner.items)
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
        return _substituted(expr, exprs)

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
        return _substituted(expr, columns)

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


def _substituted(expr: Expr, exprs: Mapping[str, Expr]) -> Expr:
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
    return tuple(found)


def _sorted_where(select: Select) -> Select:
    # The order of conditions over one table decides nothing; over a join it can decide the order of the key.
    if len(select.froms) == 1 and isinstance(select.froms[0].rows, Named) and not select.subqueries:
        return replace(select, where=tuple(sorted(select.where)))
    return select
