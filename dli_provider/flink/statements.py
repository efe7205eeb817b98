"""A script of Flink SQL, cut into statements that know where they stand.

A semicolon ends a statement unless it lies in a literal, a quoted name or a comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from dli_provider.flink.failures import StatementError

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n\r]*|//[^\n\r]*|/\*(?!\+).*?\*/)
    | (?P<hint>/\*\+.*?\*/)
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>`(?:[^`]|``)*`|"(?:[^"]|"")*")
    | (?P<word>[^\W\d]\w*)
    | (?P<end>;)
    | (?P<open>'|`|"|/\*)
    | (?P<sign>[\d.]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
Place: TypeAlias = Callable[[int, int], tuple[int, int]]
"""Finds the place in a script of a line and column in what Flink was given."""

_WORDS: Final = 4  # of a statement, that tell what it is
_OPEN: Final = {"'": "string literal", "`": "quoted name", '"': "quoted name", "/*": "comment"}


@dataclass(frozen=True)
class Statement:
    """One statement: its text, and where it begins. `words` are its first words in upper case."""

    text: str
    line: int
    column: int
    words: tuple[str, ...]

    @property
    def is_insert(self) -> bool:
        """Whether it makes data flow."""
        return self.words[:1] == ("INSERT",)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """A place in the statement as a place in the script."""
        return self.line + line - 1, column + (self.column - 1 if line == 1 else 0)


@dataclass(frozen=True)
class Token:
    """`kind` is the name of a group above."""

    kind: str
    text: str
    start: int


def tokens(sql: str) -> Iterator[Token]:
    """Everything in a script, white space and comments too. Raises `StatementError` for what is never closed."""
    for found in _TOKEN.finditer(sql):
        kind = str(found.lastgroup)
        if kind == "open":
            line, column = _Lines(sql).at(found.start())
            raise StatementError(f"the {_OPEN[found[0]]} is never closed", line, column)
        yield Token(kind, found[0], found.start())


def split(sql: str) -> list[Statement]:
    """The statements of a script, without what is between them. Of a statement set, its INSERTs remain."""
    lines, found, words = _Lines(sql), list[Statement](), list[Token]()
    begun = end = -1

    def close() -> None:
        first = _inside_set(words)
        if begun >= 0 and first is not None:
            start = words[first].start if first else begun
            named = tuple(word.text.upper() for word in words[first : first + _WORDS])
            found.append(Statement(sql[start:end], *lines.at(start), named))

    for token in tokens(sql):
        if token.kind in ("space", "comment"):
            continue
        if token.kind == "end":
            close()
            begun, words = -1, []
            continue
        begun = token.start if begun < 0 else begun
        end = token.start + len(token.text)
        if token.kind == "word" and len(words) < _WORDS * 2:
            words.append(token)
    close()
    return found


def combined(inserts: Sequence[Statement]) -> tuple[Statement, Place]:
    """Several INSERTs as the one statement set that DLI makes of them, and where a place in it is in the script."""
    text, begins = "EXECUTE STATEMENT SET\nBEGIN\n", list[int]()
    for insert in inserts:
        begins.append(text.count("\n") + 1)
        text += insert.text + "\n;\n"

    def place(line: int, column: int) -> tuple[int, int]:
        which = max(0, bisect_right(begins, line) - 1)
        return inserts[which].place(max(1, line - begins[which] + 1), column)

    return Statement(text + "END", 1, 1, ("EXECUTE", "STATEMENT", "SET")), place


def _inside_set(words: Sequence[Token]) -> int | None:
    """Where a statement really begins, as an index of `words`: after the opening of a set. `None`: only its frame."""
    spoken = [word.text.upper() for word in words]
    if spoken in (["END"], ["BEGIN", "STATEMENT", "SET"]):
        return None
    return 4 if spoken[:4] == ["EXECUTE", "STATEMENT", "SET", "BEGIN"] else 0


class _Lines:
    """Offsets as lines and columns, both from 1. A line ends with LF, CR or both, as Flink counts them."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
