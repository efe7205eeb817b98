"""A script in outline: its statements told apart by their first words, and parsed only when something asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from dli_provider.spec.sql_ast import Insert, Nested, Setting, Statement, Table, View, is_name, word
from dli_provider.spec.sql_cursor import Cursor, Unparsable
from dli_provider.spec.sql_script import statement
from dli_provider.spec.sql_split import Unreadable, cut
from dli_provider.spec.sql_tokens import tokens

_HEAD = 160


@dataclass(frozen=True)
class Headline:
    """What a statement is, and the name that it defines or writes to."""

    kind: str
    name: str = ""
    in_set: bool = False
    older: bool = False


@dataclass(frozen=True)
class Outline:
    """A script, cut into what defines, what writes, what sets, and the rest."""

    definitions: Mapping[str, str]
    inserts: tuple[str, ...]
    settings: Mapping[str, str]
    others: Counter[str]
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

    def insert(self, index: int) -> Insert:
        """One INSERT, parsed. Raises `Unparsable` where it is not understood."""
        parsed = statement(self.inserts[index])
        if not isinstance(parsed, Insert):
            raise Unparsable
        return parsed


def outline(sql: str) -> Outline:
    """The outline of a script. Raises `Unreadable` where it cannot be cut, `Unparsable` for a name defined twice."""
    definitions: dict[str, str] = {}
    inserts: list[str] = []
    settings: dict[str, str] = {}
    others: Counter[str] = Counter()
    in_set = older = False
    for text in cut(sql).statements:
        head = headline(text)
        if head.kind == "definition":
            if head.name in definitions:
                raise Unparsable
            definitions[head.name] = text
        elif head.kind == "insert":
            inserts.append(text)
        elif head.kind == "set":
            parsed = statement(text)
            if not isinstance(parsed, Setting):
                raise Unparsable
            settings[parsed.key] = parsed.value
        elif head.kind == "other":
            others[" ".join(word(tok) for tok in tokens(text))] += 1
        in_set, older = in_set or head.in_set, older or head.older
    return Outline(definitions, tuple(inserts), settings, others, in_set, older)


@lru_cache(maxsize=8192)
def headline(text: str) -> Headline:
    """The headline of a statement."""
    try:
        toks = tokens(text[:_HEAD])
    except Unreadable:
        toks = tokens(text)
    cursor = Cursor(tuple(word(tok) for tok in toks))
    if cursor.words in (("BEGIN", "STATEMENT", "SET"), ("END",)):
        return Headline("bracket", in_set=True)
    in_set = cursor.accepts("EXECUTE", "STATEMENT", "SET", "BEGIN")
    if cursor.accepts("INSERT") or cursor.accepts("EXECUTE", "INSERT"):
        return Headline("insert", in_set=in_set)
    if cursor.accepts("SET"):
        return Headline("set")
    words = cursor.words[:8]
    if words[:1] == ("CREATE",) and not {"TABLE", "VIEW", "STREAM"}.isdisjoint(words):
        name = _defined(cursor)
        return Headline("definition", name, older="STREAM" in words) if name else Headline("other")
    return Headline("other")


def _defined(cursor: Cursor) -> str:
    while cursor.now and not is_name(cursor.now):
        if cursor.now == "(":
            return ""
        cursor.take()
    return ".".join(cursor.path()) if cursor.now else ""


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
    return tuple(column.name for column in table.columns) if table and not table.like else None


def _table(parsed: Statement, tables: Mapping[str, Table]) -> Table | None:
    """The table, with what it takes over by LIKE where that is defined in the script too."""
    if not isinstance(parsed, Table):
        return None
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
