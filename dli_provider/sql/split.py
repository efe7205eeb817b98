"""Where one statement of a script ends: at a semicolon outside quotes and comments.

A tokenizer needs about a second for the largest script DLI takes. Most changes touch one statement of many,
so the script is cut first, and only the statements that differ (and what they refer to) are tokenized.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COMMENT = r"--[^\n\r]*|//[^\n\r]*|/\*(?!\+).*?\*/"
_QUOTED = r"""'[^']*'|"[^"]*"|`[^`]*`"""

COMMENT = re.compile(_COMMENT, re.DOTALL)
"""A comment of Flink SQL. A hint looks like one and is none."""

GAP = rf"(?:\s+|{_COMMENT})"
"""White space or a comment, as part of an expression with `re.DOTALL`."""

_BEFORE = re.compile(f"{GAP}*", re.DOTALL)
_STATEMENT = re.compile(rf"""(?:[^;'"`/-]+|{_QUOTED}|{_COMMENT}|/\*\+.*?\*/|/(?![/*])|-(?!-))*""", re.DOTALL)
_QUOTED_OR_COMMENT = re.compile(rf"{_QUOTED}|/\*\+.*?\*/|(?P<comment>{_COMMENT})", re.DOTALL)
_OPEN = {"'": "string literal", '"': "string literal", "`": "quoted name", "/": "comment"}


class Unreadable(Exception):
    """The text cannot be cut into tokens: `what` is left open at `line` and `column`, which count from 1."""

    def __init__(self, what: str, line: int, column: int) -> None:
        self.what, self.line, self.column = what, line, column
        super().__init__(f"the {what} that begins at line {line}, column {column} is never closed")


@lru_cache(maxsize=64)
def cut(sql: str) -> tuple[str, ...]:
    """The statements of a script, without outer white space and leading comments; empty ones are left out.

    Raises `Unreadable` for an open quote or comment.
    """
    found: list[str] = []
    at = 0
    while at < len(sql):
        start = _end(_BEFORE, sql, at)
        end = _end(_STATEMENT, sql, start)
        if end < len(sql) and sql[end] != ";":
            raise Unreadable(_OPEN[sql[end]], *_position(sql, end))
        statement = sql[start:end].rstrip()
        if statement:
            found.append(statement)
        at = end + 1
    return tuple(found)


def comments(sql: str) -> list[tuple[int, int]]:
    """Where each comment begins and ends, the end excluded, in a text that can be cut."""
    return [mark.span() for mark in _QUOTED_OR_COMMENT.finditer(sql) if mark["comment"]]


def _end(pattern: re.Pattern[str], sql: str, at: int) -> int:
    match = pattern.match(sql, at)
    return match.end() if match else at


def _position(sql: str, offset: int) -> tuple[int, int]:
    before = sql[:offset].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, offset - before.rfind("\n")
