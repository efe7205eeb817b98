"""A script in outline: its statements told apart by their first words, and parsed only when something asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from dli_provider.sql.ast import Insert, Nested, Setting, Statement, Table, View, word
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.headline import headline
from dli_provider.sql.script import statement
from dli_provider.sql.split import cut
from dli_provider.sql.tokens import tokens


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


def outline(sql: str) -> Outline:
    """The outline of a script. Raises `Unreadable` where it cannot be cut, `Unparsable` for a name defined twice."""
    definitions: dict[str, str] = {}
    inserts: list[str] = []
    settings: dict[str, str] = {}
    others: list[tuple[str, frozenset[str], int]] = []
    late: set[tuple[str, int]] = set()
    views: set[str] = set()
    in_set = older = False
    for text in cut(sql):
        head = headline(text)
        if head.kind in ("table", "view"):
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
            settings[f"{parsed.key} after INSERT {len(inserts)}" if inserts else parsed.key] = parsed.value
        elif head.kind in ("other", "source"):
            words = " ".join(word(tok) for tok in tokens(text))
            others.append((words, frozenset(definitions), len(inserts)))
        in_set, older = in_set or head.in_set, older or head.older
    return Outline(
        definitions, tuple(inserts), settings, tuple(others), frozenset(late), frozenset(views), in_set, older
    )


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
