"""Where a script's rows come from and where they go: the tables that it reads and writes, outside of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dli_provider.sql.ast import Column, Expr, Table, tables_in
from dli_provider.sql.canonical import canonical
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.outline import outline
from dli_provider.sql.split import Unreadable
from dli_provider.sql.state import connector
from dli_provider.sql.tables import identity

Where = tuple[str, ...]
"""What tells one outside table from all others: the system, and a topic, a path, or the like."""

Schema = Mapping[str, Expr]
"""The columns that are really there, by name, with their types; computed ones are not."""

_INSIDE = frozenset(["datagen", "print", "blackhole", "values", ""])
"""Connectors that lead nowhere outside."""


@dataclass(frozen=True)
class Flow:
    """What a script reads and writes. `understood` is false where some of it could not be read."""

    reads: Mapping[Where, Schema]
    writes: Mapping[Where, Schema]
    understood: bool = True


def flow(sql: str) -> Flow:
    """The flow of a script. Placeholders and global variables stand for themselves."""
    reads: dict[Where, Schema] = {}
    writes: dict[Where, Schema] = {}
    try:
        script = outline(sql)
        for index in range(len(script.inserts)):
            insert = script.insert(index)
            query = canonical(insert.query, script.views, script.columns)
            writes.update(_outside(script.tables.get(".".join(insert.sink))))
            for named in tables_in(query):
                reads.update(_outside(script.tables.get(named.name)))
    except (Unparsable, Unreadable, RecursionError):
        return Flow(reads, writes, understood=False)
    return Flow(reads, writes)


def describe(where: Where) -> str:
    """`kafka dev.orders`."""
    return " ".join(where)


def _outside(table: Table | None) -> Iterator[tuple[Where, Schema]]:
    if table is None or connector(table) in _INSIDE:
        return
    schema = {column.name: column.expr for column in table.columns if _is_physical(column)}
    for where in identity(table):
        yield where, schema


def _is_physical(column: Column) -> bool:
    return column.expr[:1] != ("AS",) and "VIRTUAL" not in column.expr
