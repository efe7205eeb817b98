"""Which conditions are surely tested as they are written: simplified by no planner, and moved below no join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dli_provider.sql.ast import Expr, Named, Select, is_literal
from dli_provider.sql.state import Tables, aggregates, builtin_only, column_names, without_aggregates

_COMPARISONS = frozenset(["=", "<>", "<", ">", "<=", ">=", "LIKE", "IN"])
_EQUALITIES = frozenset(["=", "IN"])
"""What may become a part of a join's key: `a.n IN (b.n)` is `a.n = b.n`."""
_SIMPLIFIED = frozenset(["IS", "NOT", "OR", "BETWEEN", "NULL", "TRUE", "FALSE", "CASE", "?"])
_TIMELESS = frozenset(
    ["TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "STRING", "VARCHAR", "CHAR"]
)


def planned_as_written(conditions: Sequence[Expr]) -> bool:
    """Whether no condition can be simplified to true or false, alone or together with the others.

    So it is for comparisons of columns that occur once; `x > 5 AND x < 3` is false before any row is read.
    """
    return (
        all(plain_comparison(without_aggregates(one)) for one in conditions)
        and max(Counter(tested(conditions)).values(), default=1) == 1
    )


def tested(conditions: Sequence[Expr]) -> list[str]:
    """The columns and results that conditions test, by one name where a planner may take two for the same.

    Of two that are the same, conditions can be false together: `COUNT(*) > 2 AND COUNT(id) < 1`, id never being NULL.
    """
    return [_planned(name) for one in conditions for name in column_names(without_aggregates(one))]


def _planned(name: str) -> str:
    words = name.split(" ")
    if words[0] in ("#MIN", "#MAX"):
        return name.replace("( DISTINCT ", "( ")  # the least of different values is the least of all
    return "#COUNT" if words[0] == "#COUNT" and {"DISTINCT", "FILTER"}.isdisjoint(words) else name


def plain_comparison(expr: Expr) -> bool:
    comparisons = [text for text in expr if text in _COMPARISONS]
    literals = [text for text in expr if is_literal(text)]
    return (
        len(comparisons) == 1
        and comparisons[0] not in (expr[0], expr[-1])
        and _SIMPLIFIED.isdisjoint(expr)
        and builtin_only(expr)
        and bool(column_names(expr))
        and (comparisons[0] != "LIKE" or any(char.isalnum() for text in literals for char in text))
    )


def of_both_sides(select: Select, changed: set[Expr], tables: Tables) -> bool:
    """Whether the changed conditions of an inner join of two tables are about both of them, and surely no key of it.

    Then the join keeps the same rows of both, whatever pairs of them it lets through. What compares times may be the
    bounds of the join, and what compares a column of its key may be tested of one table alone.
    """
    adds = select.group or select.having or select.distinct or select.windows or select.subqueries
    plain = [one.how in ("", ",") and not (one.as_of or one.pattern) for one in select.froms]
    if adds or len(plain) != 2 or not all(plain) or aggregates([item.expr for item in select.items]):
        return False
    others = [one for one in select.where if one not in changed]
    elsewhere = {name for one in others for name in column_names(one)}
    mine = [one for one in select.where if one in changed]
    names = [name for one in mine for name in column_names(one)]
    return (
        planned_as_written(mine)
        and all(_EQUALITIES.isdisjoint(one) and _sides(one) == {"0", "1"} for one in mine)
        and elsewhere.isdisjoint(names)
        and all(_timeless(name, select, tables) for name in names)
    )


def _sides(condition: Expr) -> set[str]:
    """Of which entries of FROM the columns are: `#0.1` is the second one."""
    return {name.split(".")[1] if name.startswith("#") else "" for name in column_names(condition)}


def _timeless(name: str, select: Select, tables: Tables) -> bool:
    _, index, column = name.split(".", 2)
    rows = select.froms[int(index)].rows
    table = tables.get(rows.name) if isinstance(rows, Named) else None
    types = [each.expr[0] for each in (table.columns if table else ()) if "`" + each.name == column]
    return bool(types) and types[0] in _TIMELESS
