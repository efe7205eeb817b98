"""Flink SQL as tokens: white space and comments are gone, everything else is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dli_provider.sql.split import COMMENT, cut
from dli_provider.sql.words import (
    FRAME_WORDS,
    FUNCTIONS,
    KEY_WORD_AFTER,
    ORDER_WORDS,
    PLURAL_UNITS,
    RESERVED,
    STATEMENT_WORDS,
    TYPE_WORDS,
)

if TYPE_CHECKING:
    from dli_provider.sql.lexer import Lexeme


class Kind(Enum):
    """What a token is. Names are compared with regard to case, words without."""

    WORD = "word"
    """A key word or built-in function, in upper case."""
    NAME = "name"
    """An unquoted identifier, as written."""
    QUOTED = "quoted"
    """An identifier in back-ticks, without them."""
    STRING = "string"
    """A string or binary literal, as written, with its quotes."""
    NUMBER = "number"
    HINT = "hint"
    """A hint, `/*+ ... */`, as written."""
    SIGN = "sign"
    """An operator or punctuation mark."""


class Tok(NamedTuple):
    """One token and its place in the text.

    `glued` says that it touches its neighbour where that changes how it is read.
    """

    kind: Kind
    text: str
    glued: bool
    start: int
    end: int


_NOTHING = Tok(Kind.SIGN, ";", False, 0, 0)
_CLAUSES = frozenset(
    ["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "PARTITION", "ROWS", "RANGE", "INTERVAL"]
)
_AFTER_ORDER = frozenset([",", ")", ";", "", "NULLS", "LIMIT", "FETCH", "ROWS", "RANGE", "MEASURES"])
_STATEMENT_HEADS = frozenset(["CREATE", "DROP", "EXECUTE", "BEGIN", "USE"])
_BEFORE_KIND = frozenset(["CREATE", "OR", "REPLACE", "TEMPORARY", "TEMP", "DROP", "EXECUTE", "BEGIN", "USE"])
_DEFINES = frozenset(["TABLE", "INTO", "EXISTS", "AS", "VIEW", "STREAM", "OVERWRITE", "WITH"])
_ODD_SPACE = re.compile(r"[^\S \t\n\r\f]")


@lru_cache(maxsize=1024)
def tokens(sql: str) -> tuple[Tok, ...]:
    """The tokens of a text, without comments. Raises `Unreadable` for an open quote or comment."""
    # Most jobs are created, and most are read and left alone, without a token: they need not wait for sqlglot.
    from dli_provider.sql.lexer import lexemes

    cut(sql)
    return tuple(_read(sql, lexemes(sql)))


def _read(sql: str, raw: Sequence[Lexeme]) -> Iterator[Tok]:
    last = _NOTHING
    statement: list[Tok] = []
    for index, (kind, text, start, end) in enumerate(raw):
        after = raw[index + 1].text if index + 1 < len(raw) else ""
        if kind is Kind.NAME and _is_key_word(text.upper(), statement, after):
            kind, text = Kind.WORD, text.upper()
        last = Tok(kind, text, _glued(sql, last, kind, text, start), start, end)
        yield last
        statement.append(last)
        if kind is Kind.SIGN and text == ";":
            statement = []


def _is_key_word(word: str, before: Sequence[Tok], after: str) -> bool:
    last = before[-1] if before else _NOTHING
    if "." in (last.text, after):
        return False
    return (
        word in RESERVED
        or (KEY_WORD_AFTER.get(word) == last.text and _is_no_name(word, before, after))
        or (after == "(" and word in FUNCTIONS and not _names_something(last))
        or (word in STATEMENT_WORDS and _heads_statement(word, before, after))
        or (word in TYPE_WORDS and _follows_type(word, before, last, after))
        or (word in ORDER_WORDS and _ends_order(last, after) and _in_clause("ORDER", before))
        or (word in FRAME_WORDS and _in_clause("ROWS", before[-8:]) | _in_clause("RANGE", before[-8:]))
        or (last.kind is Kind.STRING and word in PLURAL_UNITS and _in_clause("INTERVAL", before[-2:]))
    )


def _is_no_name(word: str, before: Sequence[Tok], after: str) -> bool:
    # WITH may begin a query called ordinality, and NOT stand before a column called enforced.
    if word == "ORDINALITY":
        return after.upper() != "AS" and after != "("
    return word != "ENFORCED" or before[-2:-1] == [] or before[-2].text in (")", "KEY")


def _ends_order(last: Tok, after: str) -> bool:
    return after.upper() in _AFTER_ORDER and last.text not in ("BY", ",")


def _heads_statement(word: str, before: Sequence[Tok], after: str) -> bool:
    if not before or before[0].text not in _STATEMENT_HEADS or after in ("", "(", ";"):
        return False
    if any(tok.kind is not Kind.WORD for tok in before[-6:]) or len(before) > 6:
        return False
    if word == "IF":
        return after.upper() in ("NOT", "EXISTS")
    return before[-1].text in _BEFORE_KIND


def _follows_type(word: str, before: Sequence[Tok], last: Tok, after: str) -> bool:
    if not before or before[0].text != "CREATE" or any(tok.text == "SELECT" for tok in before):
        return False
    if word == "MAP":
        return after == "<" and last.kind in (Kind.NAME, Kind.QUOTED)
    if word == "PARTITIONED":
        return after.upper() == "BY"
    if word == "VIRTUAL":
        return last.text == "METADATA" or last.kind is Kind.STRING
    return last.kind is Kind.WORD or last.text in (")", ">")


def _in_clause(word: str, before: Sequence[Tok]) -> bool:
    """Whether the nearest clause opened at this depth is the one that begins with `word`."""
    depth = 0
    for tok in reversed(before[-256:]):
        depth += (tok.text == ")") - (tok.text == "(")
        if depth < 0:
            return False
        if depth == 0 and tok.kind is Kind.WORD and tok.text in _CLAUSES:
            return tok.text == word
    return False


def _names_something(last: Tok) -> bool:
    return last.text in _DEFINES or last.text == ")" or last.kind in (Kind.NAME, Kind.QUOTED)


def _glued(sql: str, last: Tok, kind: Kind, text: str, start: int) -> bool:
    # `U&'x'`, `${x}` and `1e` are read differently with a space inside; so is a space Flink does not know.
    if last is _NOTHING:
        return False
    if last.end < start:
        between = sql[last.end : start]
        return bool(_ODD_SPACE.search(between) and _ODD_SPACE.search(COMMENT.sub("", between)))
    touchy = text in "{}&" or last.text in "{}&"
    return touchy or (kind is not Kind.SIGN and last.kind is not Kind.SIGN)
