"""What stands over an OVER: what Flink calculates below it and keeps with it, and which results it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from dli_provider.sql.ast import Expr, Query, Select, Table, is_name, tables_in
from dli_provider.sql.state import Keeps, Tables, aggregates, builtin_only, column_names, without_aggregates
from dli_provider.sql.tracing import nested

RANKS = frozenset(["ROW_NUMBER", "RANK", "DENSE_RANK"])


def over_read(select: Select) -> list[str]:
    """The columns that are read of a query with OVER, in order: it is the order in which that computes its results."""
    if _below(select) is None:
        return []
    return list(dict.fromkeys(name for item in select.items for name in column_names(item.expr)))


def calculated_below(select: Select) -> list[Expr]:
    """What is calculated beside the results of an OVER, in order: Flink calculates it before, and keeps it."""
    own = {item.name for item in select.items if "OVER" in item.expr}
    below = _below(select)
    if not own and below is None:
        return []
    body = below.body if below is not None else None
    results = {item.name for item in body.items if "OVER" in item.expr} if isinstance(body, Select) else set()
    read = [(item.expr, column_names(without_aggregates(item.expr))) for item in select.items]
    return [expr for expr, names in read if len(expr) > 1 and _passed(names, results)]


def leaves_out_results(select: Select) -> bool:
    """Whether the results of an OVER below are not all read, or it cannot be told: one that is not may be left out."""
    below = _below(select)
    body = below.body if below is not None else None
    if not isinstance(body, Select):
        return False
    results = {item.name for item in body.items if "OVER" in item.expr}
    return not results or not results <= written_columns(select)


def reads_all_results(select: Select, inner: Select) -> bool:
    """Whether a query over one with OVER reads all its results, as they come, and calculates nothing beside them."""
    results = [item.name for item in inner.items if "OVER" in item.expr]
    read = [name for item in select.items for name in column_names(item.expr) if name in results]
    return list(dict.fromkeys(read)) == results and not calculated_below(select)


def rows_kept(select: Select) -> set[str]:
    """The columns that an OVER keeps as they are: what is written beside it, and what it plainly asks for.

    Of `COUNT(CASE WHEN channel = 'a' THEN 1 END) OVER w` it keeps what is calculated, and no channel.
    """
    kept: set[str] = set()
    for item in select.items:
        kept.update(name for name in column_names(without_aggregates(item.expr)) if "(" not in name)
        for call in aggregates([item.expr]):
            at = call.index("OVER") if "OVER" in call else len(call)
            kept.update(name for name in column_names(call[:at]) if name == "".join(call[2 : at - 1]))
            kept.update(column_names(call[at:]))
    return kept if any("OVER" in item.expr for item in select.items) else set()


def written_columns(select: Select) -> set[str]:
    """The columns of which something is written."""
    return {name for item in select.items for name in column_names(item.expr)}


def _passed(names: list[str], results: set[str]) -> bool:
    """Whether one of the columns is of the rows themselves, and no result of an OVER."""
    return any(name not in results and "(" not in name for name in names)


def trims(select: Select, tables: Tables) -> Keeps:
    """Whether Flink surely leaves out, below an OVER here or one level down, the columns that nobody reads.

    It does so only where something is calculated of the rows or of the results. What is written as it comes out of an
    OVER is computed of whole rows, and those are kept.
    """
    below = _below(select)
    body = below.body if below is not None else None
    items = (*select.items, *(body.items if isinstance(body, Select) else ()))
    read = [table for named in tables_in(Query(select)) if (table := tables.get(named.name)) is not None]
    return max((_calculation(item.expr, read) for item in items), default=Keeps.NO)


def _numbers(select: Select) -> set[str]:
    """The columns of a SELECT that number its rows."""
    return {item.name for item in select.items if "OVER" in item.expr and item.expr[0] in RANKS}


def has_over(select: Select, outermost: bool) -> bool:
    """Whether the SELECT computes an OVER, or writes the numbers of another one without keeping just the first rows."""
    asked = {name for one in select.where for name in column_names(one)}
    rows = nested(select)
    below = rows.query.body if rows is not None else None
    numbered = isinstance(below, Select) and bool(_numbers(below)) and _numbers(below).isdisjoint(asked)
    own = ["OVER" in item.expr and (outermost or item.expr[0] not in RANKS) for item in select.items]
    return numbered or any(own)


def _calculation(expr: Expr, tables: Sequence[Table]) -> Keeps:
    """Whether an expression with or without OVER is calculated. Of a CAST, or a sum, it is not always sure."""
    if "AVG" in expr:
        return Keeps.YES  # a sum by a count
    if expr[0] == "SUM" and "OVER" in expr:
        # A sum that may be of nothing is a calculation: NULL in place of it.
        args = expr[2 : expr.index(")")]
        known = [column for table in tables for column in table.columns if args == ("`" + column.name,)]
        keys = {key for table in tables for key in table.primary_key}
        empty = known and not any("NOT" in column.expr or column.name in keys for column in known)
        return Keeps.YES if empty else Keeps.PERHAPS
    plain = without_aggregates(expr)
    if len(plain) == 1 or all(is_name(text) or text == "." for text in plain):
        return Keeps.NO
    sure = builtin_only(expr) and plain[0] not in (
        "CAST",
        "TRY_CAST",
        "COALESCE",
        "IFNULL",
        "CASE",
        "IF",
        "(",
        "+",
    )
    return Keeps.YES if sure and {"0", "1", "''"}.isdisjoint(plain) else Keeps.PERHAPS


def _below(select: Select) -> Query | None:
    """The only query that a SELECT reads, if an OVER is computed there."""
    rows = nested(select)
    return rows.query if rows is not None and computes_over(rows.query) else None


def computes_over(query: Query) -> bool:
    """Whether an OVER, of which several may stand in one operator, is in the query or in the only one it is from."""
    body = query.body
    if not isinstance(body, Select):
        return False
    over = [item.expr for item in body.items if "OVER" in item.expr]
    return _below(body) is not None or any(expr[0] not in RANKS for expr in over)
