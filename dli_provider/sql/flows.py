"""Where a script's rows come from and where they go, outside of itself; and how to send them elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dli_provider.sql.ast import Column, Expr, Table, tables_in
from dli_provider.sql.canonical import canonical
from dli_provider.sql.connectors import identity, is_store, leads_outside, written_without_state
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.lexer import Token, TokenKind, Unreadable, tokens
from dli_provider.sql.script import outline
from dli_provider.sql.state import Keeps, keeps

Where = tuple[str, ...]
"""What tells one outside table from all others: the system, and a topic, a path, or the like."""

Columns = Mapping[str, Expr]
"""The columns that are really there, by name, with their types; computed ones are not."""


@dataclass(frozen=True)
class Flow:
    """What a script reads and writes. `understood` is false where some of it could not be read."""

    reads: Mapping[Where, Columns]
    writes: Mapping[Where, Columns]
    understood: bool = True


def flow(sql: str) -> Flow:
    """The flow of a script. Placeholders and global variables stand for themselves."""
    reads: dict[Where, Columns] = {}
    writes: dict[Where, Columns] = {}
    try:
        script = outline(sql)
        for index in range(len(script.inserts)):
            insert = script.insert(index)
            query = canonical(insert.query, script.views, script.columns)
            writes.update(_outside(script.tables.get(".".join(insert.sink))))
            for named in tables_in(query):
                reads.update(_outside(script.tables.get(named.name)))
    except (Unparsable, Unreadable, RecursionError):
        # What was found so far is kept: it is true, only not all.
        return Flow(reads, writes, understood=False)
    return Flow(reads, writes)


@dataclass(frozen=True)
class Reading:
    """A table that a script reads. `standing`: its rows are there at once, and are looked up or read one time."""

    table: Table
    standing: bool


def readings(sql: str) -> Mapping[str, Reading]:
    """The tables that a script reads, by name. Raises `Unparsable` or `Unreadable` where that cannot be told."""
    script = outline(sql)
    names = {
        named.name
        for index in range(len(script.inserts))
        for named in tables_in(canonical(script.insert(index).query, script.views, script.columns))
    }
    tables = ((script.tables.get(name), name) for name in sorted(names))
    return {name: Reading(table, is_store(table)) for table, name in tables if table is not None}


def keeping_sinks(sql: str) -> frozenset[str]:
    """The sinks whose connector itself may keep something of what it has to write."""
    script = outline(sql)
    written = {script.sink(index) for index in range(len(script.inserts))}
    tables = {name: script.tables.get(name) for name in written}
    return frozenset(
        name for name, table in tables.items() if table is None or not written_without_state(table)
    )


def stateful_sinks(sql: str) -> frozenset[str]:
    """The sinks of whose query Flink surely keeps state. Raises `Unparsable` or `Unreadable` as `readings` does."""
    script = outline(sql)
    found = set()
    for index in range(len(script.inserts)):
        query = canonical(script.insert(index).query, script.views, script.columns)
        if keeps(query, script.tables) is Keeps.YES:
            found.add(script.sink(index))
    return frozenset(found)


def describe(where: Where) -> str:
    """`kafka dev.orders`."""
    return " ".join(where)


def _outside(table: Table | None) -> Iterator[tuple[Where, Columns]]:
    if table is None or not leads_outside(table):
        return
    # A computed or virtual column is not in the outside table, so no other job can read it there.
    schema = {column.name: column.expr for column in table.columns if _is_physical(column)}
    for where in identity(table):
        yield where, schema


def _is_physical(column: Column) -> bool:
    return column.expr[:1] != ("AS",) and "VIRTUAL" not in column.expr


NewValue = Callable[[str, str, str], str]
"""From a table's name, an option's key and its value to the value it gets."""


def with_options(sql: str, change: NewValue) -> str:
    """The script with the options in the WITH clauses of its CREATE TABLE as `change` wants them.

    Raises `Unreadable` where it cannot be cut into tokens.
    """
    parts, done = [], 0
    for table, key, value in _options(tokens(sql)):
        quote, present = value.text[0], _plain(value.text)
        wanted = change(table, _plain(key.text), present)
        # What stays is not written again, so the text remains as its author wrote it.
        if wanted != present:
            parts += [sql[done : value.start], quote + wanted.replace(quote, quote * 2) + quote]
            done = value.end
    return "".join([*parts, sql[done:]])


def hints(sql: str) -> tuple[str, ...]:
    """The hints of a script, as written."""
    return tuple(tok.text for tok in tokens(sql) if tok.kind is TokenKind.HINT)


def _options(toks: Sequence[Token]) -> Iterator[tuple[str, Token, Token]]:
    """Table, key and value of each option of a table."""
    table, defining = "", False
    for at, tok in enumerate(toks):
        if _is(tok, "CREATE"):
            defining = False
        elif _is(tok, "TABLE") and any(_is(before, "CREATE") for before in toks[max(0, at - 4) : at]):
            table, defining = _name(toks[at + 1 :]), True
        elif tok.text == ";" and tok.kind is TokenKind.SIGN:
            defining = False
        elif defining and tok.kind is TokenKind.SIGN and tok.text in ("=",):
            key, value = toks[at - 1], toks[at + 1] if at + 1 < len(toks) else tok
            if key.kind is TokenKind.STRING and value.kind is TokenKind.STRING:
                yield table, key, value


def _name(toks: Sequence[Token]) -> str:
    """The dotted name that a definition begins with."""
    parts: list[str] = []
    for tok in toks:
        if tok.kind in (TokenKind.NAME, TokenKind.QUOTED):
            parts.append(tok.text)
        elif tok.text != "." and (parts or tok.kind is not TokenKind.WORD):
            break
    return ".".join(parts)


def _is(tok: Token, word: str) -> bool:
    return tok.kind is TokenKind.WORD and tok.text == word


def _plain(literal: str) -> str:
    return literal[1:-1].replace(literal[0] * 2, literal[0])
