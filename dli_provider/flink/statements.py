"""A script of Flink SQL, cut into statements that know where they stand.

A semicolon ends a statement unless it lies in a literal, a quoted name or a comment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from dli_provider.flink.failures import StatementError
from dli_provider.sql import Lines, Piece, TokenKind, Unreadable, filling
from dli_provider.sql import pieces as cut

Place: TypeAlias = Callable[[int, int], tuple[int, int]]
"""Finds the place in a script of a line and column in what Flink was given."""

_WORDS: Final = 4  # of a statement, that tell what it is


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


def pieces(sql: str) -> list[Piece]:
    """What a text is made of, without white space and comments. Raises `StatementError` for what is never closed."""
    try:
        return list(cut(sql))
    except Unreadable as error:
        # In the SQL that Flink reads, double quotes delimit names; in DLI's older SQL they delimit strings.
        what = "quoted name" if error.mark == '"' else error.what
        raise StatementError(f"the {what} is never closed", error.line, error.column) from error


def split(sql: str) -> list[Statement]:
    """The statements of a script, without what is between them. Of a statement set, its INSERTs remain."""
    lines, found, words = Lines(sql), list[Statement](), list[Piece]()
    begun = end = -1

    def close() -> None:
        first = _inside_set(words)
        if begun >= 0 and first is not None:
            start = words[first].start if first else begun
            named = tuple(word.text.upper() for word in words[first : first + _WORDS])
            found.append(Statement(sql[start:end], *lines.at(start), named))

    for piece in pieces(sql):
        if piece.text == ";" and piece.kind is TokenKind.SIGN:
            close()
            begun, words = -1, []
            continue
        begun = piece.start if begun < 0 else begun
        end = piece.end
        if piece.kind is TokenKind.NAME and len(words) < _WORDS * 2:
            words.append(piece)
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


def _inside_set(words: Sequence[Piece]) -> int | None:
    """Where a statement really begins, as an index of `words`: after the opening of a set. `None`: only its frame."""
    spoken = [word.text.upper() for word in words]
    if spoken in (["END"], ["BEGIN", "STATEMENT", "SET"]):
        return None
    if spoken[:2] == ["EXECUTE", "INSERT"]:
        return 1
    return 4 if spoken[:4] == ["EXECUTE", "STATEMENT", "SET", "BEGIN"] else 0


@dataclass(frozen=True)
class Filled:
    """A CREATE TABLE that is filled by a query: the table's name, what describes it, and the query with its place."""

    name: str
    description: str
    query: str
    line: int
    column: int
    columns: bool
    """Whether it also lists columns, which the query's are then fitted into."""
    replaces: bool

    def led_by(self, head: str) -> Statement:
        """The query behind another head, so that its places stay those of the script."""
        words = tuple(word.upper() for word in head.split()[:_WORDS])
        return Statement(f"{head}\n{' ' * (self.column - 1)}{self.query}", self.line - 1, 1, words)


def filled(statement: Statement) -> Filled | None:
    """What a CREATE TABLE ... AS or its like consists of; None for any other statement."""
    text, parts = statement.text, filling(statement.text)
    if parts is None:
        return None
    place = statement.place(*Lines(text).at(parts.query))
    return Filled(
        text[slice(*parts.name)],
        text[slice(*parts.description)].strip(),
        text[parts.query :],
        *place,
        parts.columns,
        parts.replaces,
    )
