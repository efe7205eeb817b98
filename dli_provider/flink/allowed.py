"""What a session here may do with each statement of a script: an allow-list. What it does not know is not executed.

A check is asked for SQL that somebody else has written. So only what makes tables, views and functions of the session
itself is carried out; what makes data flow is explained; nothing leaves the session: no file, no job, no other system.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from dli_provider.flink.failures import StatementError
from dli_provider.flink.statements import Statement, filled, pieces
from dli_provider.sql import Piece, TokenKind


class Deed(Enum):
    """What is done with a statement."""

    EXECUTED = "executed"
    FLOWS = "flows"
    """An INSERT, or a CREATE TABLE that is filled by a query: explained, or run as the job."""
    EXPLAINED = "explained"
    """A query that goes nowhere."""
    NOT_HERE = "not here"


@dataclass(frozen=True)
class Judged:
    """A statement, what is done with it, and why it is not executed where it is not."""

    statement: Statement
    deed: Deed
    why: str = ""

    @property
    def refusal(self) -> StatementError:
        """The same as an error, with its place."""
        return StatementError(self.why, self.statement.line, self.statement.column)


_OBJECTS: Final = ("TABLE", "VIEW", "FUNCTION", "DATABASE", "CATALOG")
_EXECUTED: Final = frozenset(
    {("SET",), ("RESET",), ("USE",), ("ADD", "JAR")}
    | {(verb, thing) for verb in ("CREATE", "DROP") for thing in _OBJECTS}
)
_QUERIES: Final = frozenset({"SELECT", "WITH", "VALUES"})
_BETWEEN: Final = frozenset({"OR", "REPLACE", "TEMPORARY", "SYSTEM"})
_IN_MEMORY: Final = "generic_in_memory"
_FIRST_WORDS: Final = 6
_LEADS_OUT: Final = re.compile(
    r"jar|classpath|classloader|archive|\.files?\b|executable|^python\.|catalog-store|download|plugin"
    r"|^execution\.target|^(?:rest|jobmanager|security|env|fs|s3|high-availability|kubernetes|yarn|jdbc)\b",
    re.IGNORECASE,
)
"""Settings that name code to load, files, or a cluster to run on. None of them changes what the planner says of SQL."""


def harmless(properties: Mapping[str, str]) -> dict[str, str]:
    """A job's settings without those that lead out of a session: its plan does not depend on them."""
    return {key: value for key, value in properties.items() if not _LEADS_OUT.search(key)}


def judged(statements: Sequence[Statement], jars: Collection[str] = ()) -> Iterator[Judged]:
    """What may be done with each statement, in order. `jars` are those that may be loaded, as the script names them."""
    closed: set[str] = set()
    within = ""
    for statement in statements:
        words, cut = _words(statement), pieces(statement.text)
        if words[:1] in (("SET",), ("RESET",)):
            yield _setting(statement, cut)
            continue
        if words[:2] == ("CREATE", "CATALOG"):
            if _in_memory(cut):
                yield Judged(statement, Deed.EXECUTED)
                continue
            name = _name_after(cut, "CATALOG")
            closed.add(name)
            why = f"not executed here: CREATE CATALOG {name}. Only catalogs of type {_IN_MEMORY!r} are opened"
            yield Judged(statement, Deed.NOT_HERE, why)
            continue
        named = _paths(cut) & closed
        if words[:1] == ("USE",):
            # `USE CATALOG c` and `USE c.d` both lead there, and anything else leads back.
            named |= {_name_after(cut, "CATALOG" if words[1:2] == ("CATALOG",) else "USE")} & closed
            within = next(iter(named), "")
        if catalog := within or next(iter(sorted(named)), ""):
            why = f"cannot be checked: it needs catalog {catalog}, which is not opened here"
            yield Judged(statement, Deed.NOT_HERE, why)
        else:
            yield _alone(statement, words, cut, jars)


def _alone(
    statement: Statement, words: tuple[str, ...], cut: Sequence[Piece], jars: Collection[str]
) -> Judged:
    if statement.is_insert or filled(statement):
        return Judged(statement, Deed.FLOWS)
    if words[:1] and words[0] in _QUERIES:
        return Judged(statement, Deed.EXPLAINED)
    what = _what(words)
    if what not in _EXECUTED:
        said = " ".join(words[:2]) or "this statement"
        return Judged(statement, Deed.NOT_HERE, f"not executed here: {said}. {_INSTEAD}")
    if what in (("ADD", "JAR"), ("CREATE", "FUNCTION")) and (why := _code(cut, jars)):
        return Judged(statement, Deed.NOT_HERE, f"not executed here: {' '.join(what)}. {why}")
    return Judged(statement, Deed.EXECUTED)


_INSTEAD: Final = "Only what defines tables, views and functions is; what makes data flow is explained"


def _code(cut: Sequence[Piece], jars: Collection[str]) -> str:
    """Why a statement that names code must not have it loaded; empty where it may."""
    words = [piece.text.upper() if piece.kind is TokenKind.NAME else "" for piece in cut]
    if "LANGUAGE" in words and "PYTHON" in words:
        return "A function in Python is run to be looked at"
    if "USING" not in words and words[0] == "CREATE":
        return ""  # a class that Flink itself brings, or one of a declared jar
    after = words.index("JAR") + 1 if "JAR" in words else len(words)
    named = [piece.text[1:-1].replace("''", "'") for piece in cut[after:] if piece.kind is TokenKind.STRING]
    foreign = [name for name in named if name not in jars]
    if named and not foreign:
        return ""
    return f"Its jar is not declared: {', '.join(foreign) or 'none is named'}"


def _setting(statement: Statement, cut: Sequence[Piece]) -> Judged:
    equals = next((at for at, piece in enumerate(cut) if piece.text == "="), len(cut))
    key = "".join(piece.text.strip("'\"") for piece in cut[1:equals])
    if _LEADS_OUT.search(key):
        why = f"not executed here: SET {key}. It names code, files or a cluster, which no plan depends on"
        return Judged(statement, Deed.NOT_HERE, why)
    return Judged(statement, Deed.EXECUTED)


def _words(statement: Statement) -> tuple[str, ...]:
    """The words that a statement begins with, up to its first literal, quoted name or mark."""
    found: list[str] = []
    for piece in pieces(statement.text)[:_FIRST_WORDS]:
        if piece.kind is not TokenKind.NAME:
            break
        found.append(piece.text.upper())
    return tuple(found)


def _what(words: tuple[str, ...]) -> tuple[str, ...]:
    """The verb, and of CREATE and DROP the kind of thing."""
    if words[:1] in (("CREATE",), ("DROP",)):
        things = [word for word in words[1:] if word not in _BETWEEN]
        # What stands before the kind are only such words, so another kind's name is not taken for one.
        return (words[0], *things[:1])
    return words[:2] if words[:1] == ("ADD",) else words[:1]


def _in_memory(cut: Sequence[Piece]) -> bool:
    """Whether the options of a CREATE CATALOG say so, each of them that names a type."""
    types = [
        value.text[1:-1]
        for key, equals, value in zip(cut, cut[1:], cut[2:], strict=False)
        if key.text[1:-1].lower() == "type" and equals.text == "="
    ]
    return bool(types) and set(types) == {_IN_MEMORY}


def _name_after(cut: Sequence[Piece], word: str) -> str:
    """The first name behind a word, without IF NOT EXISTS."""
    at = next((at for at, piece in enumerate(cut) if piece.text.upper() == word), 0) + 1
    if [piece.text.upper() for piece in cut[at : at + 3]] == ["IF", "NOT", "EXISTS"]:
        at += 3
    return cut[at].text if at < len(cut) else ""


def _paths(cut: Sequence[Piece]) -> set[str]:
    """What stands before a dot: a catalog, if it is the name of one."""
    names = (TokenKind.NAME, TokenKind.QUOTED)
    return {one.text for one, dot in pairwise(cut) if dot.text == "." and one.kind in names}
