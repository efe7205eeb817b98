"""What stands over an OVER: what Flink calculates below it and keeps with it, and which results it leaves out."""

from __future__ import annotations

from dli_provider.sql.ast import Expr, Nested, Query, Select
from dli_provider.sql.state import column_names, without_aggregates

RANKS = frozenset(["ROW_NUMBER", "RANK", "DENSE_RANK"])


def over_read(select: Select) -> list[str]:
    """The columns that are read of a query with OVER, in order: it is the order in which that computes its results."""
    rows = select.froms[0].rows if len(select.froms) == 1 else None
    if not isinstance(rows, Nested) or not _computes_over(rows.query):
        return []
    return list(dict.fromkeys(name for item in select.items for name in column_names(item.expr)))


def calculated_below(select: Select) -> list[Expr]:
    """What is calculated beside the results of an OVER, in order: Flink calculates it before, and keeps it."""
    own = {item.name for item in select.items if "OVER" in item.expr}
    rows = select.froms[0].rows if len(select.froms) == 1 else None
    below = rows.query if isinstance(rows, Nested) and _computes_over(rows.query) else None
    if not own and below is None:
        return []
    body = below.body if below is not None else None
    results = {item.name for item in body.items if "OVER" in item.expr} if isinstance(body, Select) else set()
    read = [(item.expr, column_names(without_aggregates(item.expr))) for item in select.items]
    return [expr for expr, names in read if len(expr) > 1 and _passed(names, results)]


def leaves_out_results(select: Select) -> bool:
    """Whether the results of an OVER below are not all read, or it cannot be told: one that is not may be left out."""
    rows = select.froms[0].rows if len(select.froms) == 1 else None
    body = rows.query.body if isinstance(rows, Nested) and _computes_over(rows.query) else None
    if not isinstance(body, Select):
        return False
    results = {item.name for item in body.items if "OVER" in item.expr}
    return not results or not results <= written_columns(select)


def reads_all_results(select: Select, inner: Select) -> bool:
    """Whether a query over one with OVER reads all its results, and calculates nothing beside them."""
    results = {item.name for item in inner.items if "OVER" in item.expr}
    return results <= written_columns(select) and not calculated_below(select)


def written_columns(select: Select) -> set[str]:
    """The columns of which something is written."""
    return {name for item in select.items for name in column_names(item.expr)}


def _passed(names: list[str], results: set[str]) -> bool:
    """Whether one of the columns is of the rows themselves, and no result of an OVER."""
    return any(name not in results and "(" not in name for name in names)


def _computes_over(query: Query) -> bool:
    """Whether an OVER, of which several may stand in one operator, is in the query or in the only one it is from."""
    body = query.body
    if not isinstance(body, Select):
        return False
    over = [item.expr for item in body.items if "OVER" in item.expr]
    inner = body.froms[0].rows if len(body.froms) == 1 else None
    deeper = isinstance(inner, Nested) and _computes_over(inner.query)
    return deeper or any(expr[0] not in RANKS for expr in over)
