"""A script as a whole: its statements by kind, parsed only when something asks for them, and facts about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from dli_provider.sql.ast import (
    Column,
    Combined,
    Expr,
    FunctionCall,
    Insert,
    Named,
    Nested,
    Query,
    Rows,
    Select,
    Setting,
    Statement,
    Table,
    View,
    is_name,
    plain,
    word,
)
from dli_provider.sql.connectors import connector
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.headline import filling, headline
from dli_provider.sql.lexer import Unreadable, split, tokens
from dli_provider.sql.parser import statement
from dli_provider.sql.words import GROUP_WINDOWS, WINDOW_COLUMNS


@dataclass(frozen=True)
class Outline:
    """A script, cut into what defines, what writes, what sets, and the rest.

    What stands behind an INSERT does not act on it: `late` are the definitions that do, with the number of INSERTs
    before them, and a late setting has that number in its key. `others` come with the definitions and the number of
    INSERTs before them.
    """

    definitions: Mapping[str, str]
    inserts: tuple[str, ...]
    settings: Mapping[str, str]
    others: tuple[tuple[str, frozenset[str], int], ...]
    late: frozenset[tuple[str, int]]
    view_names: frozenset[str]
    in_set: bool
    older: bool

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables, by name, with what they take over by LIKE."""
        return _Parsed(self.definitions, lambda parsed: _table(parsed, self.tables))

    @property
    def views(self) -> Mapping[str, Nested]:
        """What the views stand for, by name."""
        return _Parsed(self.definitions, _view)

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the columns of each table."""
        return _Parsed(self.definitions, lambda parsed: _columns(_table(parsed, self.tables)))

    def sink(self, index: int) -> str:
        """The name of the sink of one INSERT."""
        return headline(self.inserts[index]).name or f"number {index + 1}"

    def insert(self, index: int) -> Insert:
        """One INSERT, parsed. Raises `Unparsable` where it is not understood."""
        parsed = statement(self.inserts[index])
        if not isinstance(parsed, Insert):
            raise Unparsable
        return parsed


@lru_cache(maxsize=16)  # whoever judges a change asks for its two scripts, one rule after the other
def outline(sql: str) -> Outline:
    """The outline of a script. Raises `Unreadable` where it cannot be cut, `Unparsable` for a name defined twice."""
    definitions: dict[str, str] = {}
    inserts: list[str] = []
    settings: dict[str, str] = {}
    others: list[tuple[str, frozenset[str], int]] = []
    late: set[tuple[str, int]] = set()
    views: set[str] = set()
    in_set = older = False
    for text in (part for each in split(sql) for part in _apart(each)):
        head = headline(text)
        if head.kind in ("table", "view"):
            # Which of the two an INSERT sees depends on their order, which is not followed.
            if head.name in definitions:
                raise Unparsable
            definitions[head.name] = text
            views.update([head.name] if head.kind == "view" else [])
            late.update([(head.name, len(inserts))] if inserts else [])
        elif head.kind == "insert":
            inserts.append(text)
        elif head.kind == "set":
            parsed = statement(text)
            if not isinstance(parsed, Setting):
                raise Unparsable
            # A SET holds for what follows it, so behind an INSERT it is another setting.
            settings[f"{parsed.key} after INSERT {len(inserts)}" if inserts else parsed.key] = parsed.value
        elif head.kind in ("other", "source"):
            words = " ".join(word(tok) for tok in tokens(text))
            # With its place, since USE and the like act on what follows.
            others.append((words, frozenset(definitions), len(inserts)))
        in_set, older = in_set or head.in_set, older or head.older
    return Outline(
        definitions, tuple(inserts), settings, tuple(others), frozenset(late), frozenset(views), in_set, older
    )


def _apart(statement: str) -> tuple[str, ...]:
    """CREATE or REPLACE TABLE ... AS SELECT as the two statements that it is; any other one as it stands."""
    found = filling(statement)
    if found is None:
        return (statement,)
    name, (begin, end) = statement[slice(*found.name)], found.description
    # Whether a table of this name was there before is nothing to the state.
    made = f"CREATE TABLE {name}{statement[begin:end]}" if found.replaces else statement[:end]
    return (made.rstrip(), f"INSERT INTO {name} {statement[found.query :]}")


_Part = TypeVar("_Part")


class _Parsed(Mapping[str, _Part]):
    """Definitions of a script, each parsed when it is looked up."""

    def __init__(self, texts: Mapping[str, str], part: Callable[[Statement], _Part | None]) -> None:
        self._texts, self._part = texts, part

    def __getitem__(self, name: str) -> _Part:
        found = self._part(statement(self._texts[name]))
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _view(parsed: Statement) -> Nested | None:
    return parsed.rows if isinstance(parsed, View) else None


def _columns(table: Table | None) -> tuple[str, ...] | None:
    # A table that is filled by a query lists none: they are the query's.
    known = table is not None and table.columns and not table.like
    return tuple(column.name for column in table.columns) if table and known else None


def _table(parsed: Statement, tables: Mapping[str, Table]) -> Table | None:
    """The table, with what it takes over by LIKE where that is defined in the script too."""
    if not isinstance(parsed, Table):
        return None
    # A table LIKE itself would be looked up for ever.
    base = tables.get(parsed.like) if parsed.like and parsed.like != parsed.name else None
    if base is None:
        return parsed
    without = {what for how, what in pairwise(parsed.rest) if how == "`EXCLUDING"}
    options = {} if without & {"`OPTIONS", "`ALL", "ALL"} else dict(base.options)
    return replace(
        parsed,
        columns=base.columns + parsed.columns,
        options=tuple(sorted({**options, **dict(parsed.options)}.items())),
        watermark=parsed.watermark or base.watermark,
        primary_key=parsed.primary_key or base.primary_key,
        like=base.like,
    )


def is_computed(column: Column) -> bool:
    """Whether the column is calculated from others, and so in no row of the outside table."""
    return column.expr[:1] == ("AS",)


def computed(expr: Expr, name: str) -> str:
    """A query that calculates what a computed column holds, from its words."""
    words = (f"`{plain(text)}`" if is_name(text) else text.lstrip("\N{WORD JOINER}") for text in expr[1:])
    return f"SELECT {' '.join(words)} AS `{name}`"


STATE_TTL = "table.exec.state.ttl"
"""The setting for how long idle state is kept."""


def used_connectors(sql: str) -> set[tuple[str, str]]:
    """The connectors of a script, each with the table that uses it."""
    return {(connector(each), each.name) for each in _statements(sql) if isinstance(each, Table)}


def own_ttl(sql: str) -> bool:
    """Whether the script itself says how long idle state is kept."""
    return any(isinstance(each, Setting) and each.key == STATE_TTL for each in _statements(sql))


def groups_without_window(sql: str) -> list[str]:
    """The sinks whose query groups rows, somewhere, by something that is no window."""
    statements = _statements(sql)
    views = {each.name: each.rows for each in statements if isinstance(each, View)}
    inserts = [each for each in statements if isinstance(each, Insert)]
    return [".".join(each.sink) for each in inserts if any(map(_endless, _selects(each.query, views, ())))]


def _statements(sql: str) -> list[object]:
    try:
        return [statement(text) for text in split(sql)]
    except (Unparsable, Unreadable, RecursionError):
        # These facts are only for advice; what is wrong with the text is said elsewhere.
        return []


def _endless(select: Select) -> bool:
    """Whether the SELECT groups by keys alone: by no window function, and by no bounds of a window table function."""
    words = {word for key in select.group for word in key}
    windowed = words & {*GROUP_WINDOWS, *WINDOW_COLUMNS}
    return bool(select.group) and not windowed


def _selects(query: Query, views: dict[str, Nested], within: tuple[str, ...]) -> Iterator[Select]:
    """Every SELECT that a query is made of, in views and WITH queries too."""
    body = query.body
    known = {**views, **dict(query.ctes)}
    if isinstance(body, Combined):
        for part in body.parts:
            yield from _selects(part, known, within)
    elif isinstance(body, Select):
        yield body
        for joined in body.froms:
            yield from _below(joined.rows, known, within)
        for subquery in body.subqueries:
            yield from _selects(subquery, known, within)


def _below(rows: Rows, views: dict[str, Nested], within: tuple[str, ...]) -> Iterator[Select]:
    if isinstance(rows, Named):
        # A view that names itself is a mistake of the user's, and must not end in an endless search.
        if rows.name in views and rows.name not in within:
            yield from _selects(views[rows.name].query, views, (*within, rows.name))
    elif isinstance(rows, Nested):
        yield from _selects(rows.query, views, within)
    elif isinstance(rows, FunctionCall) and rows.rows is not None:
        yield from _below(rows.rows, views, within)
