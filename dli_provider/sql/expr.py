"""Whether a SELECT surely has an operator of its own for filtering and calculating, whatever Flink's planner does.

Operators find their state by their number in the plan. An expression may change freely where no state depends on it,
as long as the operator that computes it is there before and after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from dli_provider.sql.ast import Expr, Select, is_literal
from dli_provider.sql.state import builtin_only, column_names, without_aggregates

_COMPARISONS = frozenset(["=", "<>", "<", ">", "<=", ">=", "LIKE", "IN"])
_OPERATIONS = frozenset(["+", "-", "*", "/", "||"])
_REMOVABLE = frozenset(["CAST", "TRY_CAST", "COALESCE", "IFNULL", "NULLIF", "IF", "CASE", "(", "-", "+"])
_NEUTRAL = frozenset(["0", "1", "0.0", "1.0", "''"])
_SIMPLIFIED = frozenset(["IS", "NOT", "OR", "BETWEEN", "NULL", "TRUE", "FALSE", "CASE", "?"])


def calculates(select: Select) -> bool:
    """Whether an operator of its own filters or calculates in this SELECT, for sure."""
    if not all(builtin_only(item.expr) for item in select.items) or not planned_as_written(select.where):
        return False
    return bool(select.where) or any(_calculated(item.expr, select.group) for item in select.items)


def calculates_on_results(select: Select) -> bool:
    """Whether an operator of its own filters or calculates on the results of this aggregation, for sure."""
    results = [without_aggregates(item.expr) for item in select.items]
    keys = {name for key in select.group for name in column_names(key)}
    if not all(builtin_only(item.expr) for item in select.items) or not planned_as_written(select.having):
        return False
    if any(name not in keys and not name.startswith("#") for expr in results for name in column_names(expr)):
        return False
    return bool(select.having) or any(_calculated(expr, select.group) for expr in results)


def _calculated(expr: Expr, group: Sequence[Expr]) -> bool:
    # What a planner may simplify to the column itself does not count: CAST to its own type, times one, plus nothing.
    if expr in group or expr[0] in _REMOVABLE or not _NEUTRAL.isdisjoint(expr):
        return False
    return bool(column_names(expr)) and any(
        text in _OPERATIONS or after == "(" for text, after in pairwise(expr)
    )


def planned_as_written(conditions: Sequence[Expr]) -> bool:
    """Whether no condition can be simplified to true or false, alone or together with the others.

    So it is for comparisons of columns that occur once; `x > 5 AND x < 3` is false before any row is read.
    """
    columns = Counter(name for one in conditions for name in column_names(without_aggregates(one)))
    return (
        all(_plain_comparison(without_aggregates(one)) for one in conditions)
        and max(columns.values(), default=1) == 1
    )


def _plain_comparison(expr: Expr) -> bool:
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
