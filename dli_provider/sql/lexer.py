"""Flink SQL cut into pieces: where its statements end, where its comments stand, and which tokens it is made of.

One set of lexical rules serves them all. Most changes touch one statement of many, so a script is first cut into
statements, which needs no tokens; only the statements that differ (and what they refer to) are read token by token.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

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

_COMMENT = r"--[^\n\r]*|//[^\n\r]*|/\*(?!\+).*?\*/"
_HINT = r"/\*\+.*?\*/"
# Double quotes delimit strings: Flink itself has no use for them, and DLI's older SQL has, in its options.
_LITERAL = r"""'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*\""""
_QUOTED = r"`[^`]*(?:``[^`]*)*`"

GAP = rf"(?:\s+|{_COMMENT})"
"""White space or a comment, as part of an expression with `re.DOTALL`. A hint looks like a comment but is not one."""

_IS_COMMENT = re.compile(_COMMENT, re.DOTALL)
_BEFORE = re.compile(f"{GAP}*", re.DOTALL)
_STATEMENT = re.compile(
    rf"""(?:[^;'"`/-]+|{_LITERAL}|{_QUOTED}|{_COMMENT}|{_HINT}|/(?![/*])|-(?!-))*""", re.DOTALL
)
_QUOTED_OR_COMMENT = re.compile(rf"{_LITERAL}|{_QUOTED}|{_HINT}|(?P<comment>{_COMMENT})", re.DOTALL)
# A byte order mark, which editors on Windows put before a text, is no letter of the first word.
_PIECE = re.compile(
    rf"""
      (?P<gap>{GAP}+)
    | (?P<hint>{_HINT})
    | (?P<string>[nN]?(?:{_LITERAL})|[xX]'[^']*(?:''[^']*)*')
    | (?P<quoted>{_QUOTED})
    | (?P<open>'|"|`|/\*)
    | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE](?:[+-]?[0-9]+)?)?)
    | (?P<name>[^\s\ufeff(){{}}\[\]&^:,.\-+;/\\<>=?*%~!|'`"@\#]+)
    | (?P<sign>\|\||>=|<=|<>|!=|=>|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_OPEN = {"'": "string literal", '"': "string literal", "`": "quoted name", "/*": "comment"}


class Unreadable(Exception):
    """The text cannot be cut into tokens: `what` at `line` and `column`, which count from 1, is wrong as `why` says.

    `mark` is what opened it where it is left open: a quote, or the beginning of a comment.
    """

    def __init__(
        self, what: str, line: int, column: int, mark: str = "", why: str = "is never closed"
    ) -> None:
        self.what, self.line, self.column, self.mark, self.why = what, line, column, mark, why
        super().__init__(f"the {what} that begins at line {line}, column {column} {why}")


class TokenKind(Enum):
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


class Piece(NamedTuple):
    """A piece of a text from `start` up to `end`. A key word still counts as a name here."""

    kind: TokenKind
    text: str
    start: int
    end: int


class Token(NamedTuple):
    """One token and its place in the text.

    `glued` says that it touches its neighbour where that changes how it is read.
    """

    kind: TokenKind
    text: str
    glued: bool
    start: int
    end: int


_NOTHING = Token(TokenKind.SIGN, ";", False, 0, 0)
_KINDS = {
    "string": TokenKind.STRING,
    "quoted": TokenKind.QUOTED,
    "number": TokenKind.NUMBER,
    "name": TokenKind.NAME,
    "hint": TokenKind.HINT,
    "sign": TokenKind.SIGN,
}
_CLAUSES = frozenset(
    ["SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "PARTITION", "ROWS", "RANGE", "INTERVAL"]
)
_AFTER_ORDER = frozenset([",", ")", ";", "", "NULLS", "LIMIT", "FETCH", "ROWS", "RANGE", "MEASURES"])
_STATEMENT_HEADS = frozenset(["CREATE", "DROP", "EXECUTE", "BEGIN", "USE"])
_BEFORE_KIND = frozenset(["CREATE", "OR", "REPLACE", "TEMPORARY", "TEMP", "DROP", "EXECUTE", "BEGIN", "USE"])
_DEFINES = frozenset(["TABLE", "INTO", "EXISTS", "AS", "VIEW", "STREAM", "OVERWRITE", "WITH"])
_LINE_END = re.compile(r"\r\n|\n|\r")
_ODD_SPACE = re.compile(r"[^\S \t\n\r\f]")


@lru_cache(maxsize=64)
def split(sql: str) -> tuple[str, ...]:
    """The statements of a script, without outer white space and leading comments; empty ones are left out.

    Raises `Unreadable` for an open quote or comment.
    """
    found: list[str] = []
    at = 0
    while at < len(sql):
        start = _end(_BEFORE, sql, at)
        end = _end(_STATEMENT, sql, start)
        # The pattern of a statement stops only at a semicolon, or where a quote or comment stays open.
        if end < len(sql) and sql[end] != ";":
            raise _never_closed(sql, end, sql[end] if sql[end] != "/" else "/*")
        statement = sql[start:end].rstrip()
        if statement:
            found.append(statement)
        at = end + 1
    return tuple(found)


def comments(sql: str) -> list[tuple[int, int]]:
    """Where each comment begins and ends, the end excluded, in a text that can be cut."""
    return [mark.span() for mark in _QUOTED_OR_COMMENT.finditer(sql) if mark["comment"]]


class Lines:
    """Offsets in a text as lines and columns, both from 1. A line ends with LF, CR or both, as Flink counts them."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def at(self, offset: int) -> tuple[int, int]:
        """The line and column of a place."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def pieces(sql: str) -> Iterator[Piece]:
    """All that is neither white space nor a comment, in order. Raises `Unreadable` for an open quote or comment."""
    for found in _PIECE.finditer(sql):
        group = found.lastgroup
        if group == "gap":
            continue
        text, (start, end) = found[0], found.span()
        if group == "open":
            raise _never_closed(sql, start, text)
        if group == "quoted":
            text = text[1:-1].replace("``", "`")
        yield Piece(_KINDS[group or ""], text, start, end)


@lru_cache(maxsize=1024)
def tokens(sql: str) -> tuple[Token, ...]:
    """The tokens of a text, without white space and comments. Raises `Unreadable` for an open quote or comment."""
    found = list(pieces(sql))
    for piece in found:
        if not _is_sound(piece):
            place = Lines(sql).at(piece.start)
            raise Unreadable("binary literal", *place, why="holds other letters than 0 to 9 and A to F")
    # A hint at the very beginning applies to nothing, so it is dropped.
    while found and found[0].kind is TokenKind.HINT:
        del found[0]
    return tuple(_told(sql, found))


def same_meaning(old: str, new: str) -> bool:
    """Whether only comments, white space, the case of key words and superfluous semicolons differ.

    The case of names, literals, hints and the quoting of names count as differences. A text that cannot
    be cut into tokens means the same as itself only.
    """
    if old == new:
        return True
    try:
        olds, news = split(old), split(new)
        return len(olds) == len(news) and all(
            a == b or _meaning(a) == _meaning(b) for a, b in zip(olds, news, strict=True)
        )
    except Unreadable:
        return False


def _meaning(statement: str) -> list[tuple[TokenKind, str, bool]]:
    # A line may end in two ways, in a hint too.
    return [
        (kind, text.replace("\r\n", "\n") if kind is TokenKind.HINT else text, glued)
        for kind, text, glued, _, _ in tokens(statement)
    ]


def _end(pattern: re.Pattern[str], sql: str, at: int) -> int:
    match = pattern.match(sql, at)
    return match.end() if match else at


def _is_sound(piece: Piece) -> bool:
    """Whether a binary literal holds nothing but hexadecimal digits."""
    text = piece.text
    if piece.kind is not TokenKind.STRING or text[0] not in "xX" or text[2:] == "'":
        return True
    try:
        int(text[2:-1], 16)
    except ValueError:
        return False
    return True


def _never_closed(sql: str, offset: int, mark: str) -> Unreadable:
    return Unreadable(_OPEN[mark], *Lines(sql).at(offset), mark)


def _told(sql: str, raw: Sequence[Piece]) -> Iterator[Token]:
    last = _NOTHING
    statement: list[Token] = []
    for index, (kind, text, start, end) in enumerate(raw):
        after = raw[index + 1].text if index + 1 < len(raw) else ""
        if kind is TokenKind.NAME and _is_key_word(text.upper(), statement, after):
            kind, text = TokenKind.WORD, text.upper()
        last = Token(kind, text, _glued(sql, last, kind, text, start), start, end)
        yield last
        statement.append(last)
        if kind is TokenKind.SIGN and text == ";":
            statement = []


def _is_key_word(word: str, before: Sequence[Token], after: str) -> bool:
    last = before[-1] if before else _NOTHING
    # Parts of a dotted name are never key words.
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
        or (last.kind is TokenKind.STRING and word in PLURAL_UNITS and _in_clause("INTERVAL", before[-2:]))
    )


def _is_no_name(word: str, before: Sequence[Token], after: str) -> bool:
    # WITH may begin a query called ordinality, and NOT stand before a column called enforced.
    if word == "ORDINALITY":
        return after.upper() != "AS" and after != "("
    return word != "ENFORCED" or before[-2:-1] == [] or before[-2].text in (")", "KEY")


def _ends_order(last: Token, after: str) -> bool:
    return after.upper() in _AFTER_ORDER and last.text not in ("BY", ",")


def _heads_statement(word: str, before: Sequence[Token], after: str) -> bool:
    if not before or before[0].text not in _STATEMENT_HEADS or after in ("", "(", ";"):
        return False
    if any(tok.kind is not TokenKind.WORD for tok in before[-6:]) or len(before) > 6:
        return False
    if word == "IF":
        return after.upper() in ("NOT", "EXISTS")
    return before[-1].text in _BEFORE_KIND


def _follows_type(word: str, before: Sequence[Token], last: Token, after: str) -> bool:
    if not before or before[0].text != "CREATE" or any(tok.text == "SELECT" for tok in before):
        return False
    if word == "MAP":
        return after == "<" and last.kind in (TokenKind.NAME, TokenKind.QUOTED)
    if word == "PARTITIONED":
        return after.upper() == "BY"
    if word == "VIRTUAL":
        return last.text == "METADATA" or last.kind is TokenKind.STRING
    return last.kind is TokenKind.WORD or last.text in (")", ">")


def _in_clause(word: str, before: Sequence[Token]) -> bool:
    """Whether the nearest clause opened at this depth is the one that begins with `word`."""
    depth = 0
    # Bounded, or a script of one huge statement would take quadratic time.
    for tok in reversed(before[-256:]):
        depth += (tok.text == ")") - (tok.text == "(")
        if depth < 0:
            return False
        if depth == 0 and tok.kind is TokenKind.WORD and tok.text in _CLAUSES:
            return tok.text == word
    return False


def _names_something(last: Token) -> bool:
    return last.text in _DEFINES or last.text == ")" or last.kind in (TokenKind.NAME, TokenKind.QUOTED)


def _glued(sql: str, last: Token, kind: TokenKind, text: str, start: int) -> bool:
    # `U&'x'`, `${x}` and `1e` are read differently with a space inside; so is a space Flink does not know.
    if last is _NOTHING:
        return False
    if last.end < start:
        between = sql[last.end : start]
        return bool(_ODD_SPACE.search(between) and _ODD_SPACE.search(_IS_COMMENT.sub("", between)))
    touchy = text in "{}&" or last.text in "{}&"
    return touchy or (kind is not TokenKind.SIGN and last.kind is not TokenKind.SIGN)
