"""The shape of a Flink SQL script as far as state depends on it: statements, queries, and where their rows come from.

Expressions stay flat tuples of words: `words` gives each token one text, in which a name begins with a back-tick,
so that a name is never mistaken for a key word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dli_provider.sql.lexer import Token, TokenKind

Expr = tuple[str, ...]
"""An expression, one text a token; names begin with a back-tick."""

SUBQUERY = "?"
"""What stands in an expression for a query in parentheses."""


@dataclass(frozen=True)
class Named:
    """A table or view by name, with its hints."""

    path: tuple[str, ...]
    hints: Expr = ()

    @property
    def name(self) -> str:
        """The dotted name, by which definitions are looked up."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Nested:
    """A query in parentheses, or a view or WITH query put in its place; `columns` rename its output."""

    query: Query
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FunctionCall:
    """A table function: a window (`rows` is what it cuts), UNNEST, or a user's own."""

    name: str
    args: Expr
    rows: Rows | None = None


Rows: TypeAlias = "Named | Nested | FunctionCall"
"""Where rows come from."""


@dataclass(frozen=True)
class Joined:
    """One entry of FROM: how it is joined to those before it (empty for the first), under which alias, on what.

    `as_of` is the time of FOR SYSTEM_TIME AS OF, `pattern` what MATCH_RECOGNIZE encloses.
    """

    how: str
    rows: Rows
    alias: str
    columns: tuple[str, ...] = ()
    on: Expr = ()
    as_of: Expr = ()
    pattern: Expr = ()


@dataclass(frozen=True)
class Item:
    """One output column of a SELECT, `name` empty where it has none."""

    expr: Expr
    name: str = ""


@dataclass(frozen=True)
class Select:
    """One SELECT. `where` and `having` hold the conditions that AND joins.

    Queries inside expressions are in `subqueries`; `SUBQUERY` stands in their place.
    """

    items: tuple[Item, ...]
    froms: tuple[Joined, ...] = ()
    where: tuple[Expr, ...] = ()
    group: tuple[Expr, ...] = ()
    having: tuple[Expr, ...] = ()
    distinct: bool = False
    hints: Expr = ()
    windows: Expr = ()
    subqueries: tuple[Query, ...] = ()


@dataclass(frozen=True)
class Combined:
    """Queries put together by UNION ALL and the like; `ops` has one less than `parts`."""

    ops: tuple[str, ...]
    parts: tuple[Query, ...]


@dataclass(frozen=True)
class Rowset:
    """VALUES, or anything else that names no table."""

    expr: Expr


@dataclass(frozen=True)
class Query:
    """A query with its WITH queries and its ORDER BY, LIMIT, OFFSET and FETCH."""

    body: Select | Combined | Rowset
    ctes: tuple[tuple[str, Nested], ...] = ()
    tail: Expr = ()


@dataclass(frozen=True)
class Column:
    """A column of a table; `expr` is its type, or all after AS or METADATA, without comments."""

    name: str
    expr: Expr


@dataclass(frozen=True)
class Table:
    """CREATE TABLE, or CREATE SOURCE/SINK STREAM of DLI's older SQL (`older`). `rest` is what has no field here."""

    name: str
    columns: tuple[Column, ...]
    options: tuple[tuple[str, str], ...]
    watermark: Expr = ()
    primary_key: tuple[str, ...] = ()
    like: str = ""
    rest: Expr = ()
    older: bool = False


@dataclass(frozen=True)
class View:
    """CREATE VIEW."""

    name: str
    rows: Nested


@dataclass(frozen=True)
class Insert:
    """INSERT INTO: the sink's path, all between it and the query (columns, partition, hints), and the query."""

    sink: tuple[str, ...]
    between: Expr
    query: Query


@dataclass(frozen=True)
class Setting:
    """SET 'key' = 'value', both without quotes."""

    key: str
    value: str


@dataclass(frozen=True)
class Other:
    """Any other statement: CREATE FUNCTION, CREATE CATALOG, USE, ADD JAR, and what cannot be parsed."""

    what: str
    expr: Expr


Statement: TypeAlias = "Table | View | Insert | Setting | Other"


def tables_in(query: Query) -> Iterator[Named]:
    """Every table that the query names, as often as it does."""
    body = query.body
    if isinstance(body, Combined):
        for part in body.parts:
            yield from tables_in(part)
    elif isinstance(body, Select):
        for joined in body.froms:
            yield from _tables_in_rows(joined.rows)
        for subquery in body.subqueries:
            yield from tables_in(subquery)


def _tables_in_rows(rows: Rows) -> Iterator[Named]:
    if isinstance(rows, Named):
        yield rows
    elif isinstance(rows, Nested):
        yield from tables_in(rows.query)
    elif rows.rows is not None:
        yield from _tables_in_rows(rows.rows)


def word(tok: Token) -> str:
    """The token as one text. A glued token never equals one that stands alone."""
    text = "`" + tok.text if tok.kind in (TokenKind.NAME, TokenKind.QUOTED) else tok.text
    return "\N{WORD JOINER}" + text if tok.glued else text


def is_name(text: str) -> bool:
    """Whether the word of an expression is an identifier."""
    return text.startswith("`")


def is_literal(text: str) -> bool:
    """Whether the word of an expression is a string, binary or number literal."""
    return text[:1] in ("'", '"') or text[:2] in ("X'", "x'") or text[:1].isdigit()


def plain(text: str) -> str:
    """An identifier or a quoted literal without its quotes."""
    if is_name(text):
        return text[1:]
    if text and text[0] in "'\"":
        return text[1:-1].replace(text[0] * 2, text[0])
    return text
