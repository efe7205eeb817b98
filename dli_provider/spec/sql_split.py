"""Where one statement of a script ends: at a semicolon outside quotes and comments.

A tokenizer needs about a second for the largest script DLI takes. Most changes touch one statement of many,
so the script is cut first, and only the statements that differ (and what they refer to) are tokenized.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

COMMENT = re.compile(r"--[^\n\r]*|//[^\n\r]*|/\*(?!\+).*?\*/", re.DOTALL)
"""A comment of Flink SQL. A hint looks like one and is none."""

_MARK = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*"|`[^`]*`)"""
    r"""|(?P<comment>--[^\n\r]*|//[^\n\r]*|/\*.*?\*/)"""
    r"""|(?P<end>;)|(?P<open>['"`]|/\*)""",
    re.DOTALL,
)
_OPEN = {"'": "string literal", '"': "string literal", "`": "quoted name", "/*": "comment"}


class Unreadable(Exception):
    """The text cannot be cut into tokens: `what` is left open at `line` and `column`, which count from 1."""

    def __init__(self, what: str, line: int, column: int) -> None:
        self.what, self.line, self.column = what, line, column
        super().__init__(f"the {what} that begins at line {line}, column {column} is never closed")


class Span(NamedTuple):
    """A comment's place in the text, the end excluded."""

    start: int
    end: int


class Cut(NamedTuple):
    """A script, cut. Statements are stripped of outer white space; empty ones are left out."""

    statements: tuple[str, ...]
    comments: tuple[Span, ...]


def position(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a place in the text."""
    before = sql[:offset].replace("\r\n", " \n").replace("\r", "\n")
    return before.count("\n") + 1, offset - before.rfind("\n")


@lru_cache(maxsize=64)
def cut(sql: str) -> Cut:
    """The statements and comments of a script. Raises `Unreadable` for an open quote or comment."""
    comments: list[Span] = []
    ends: list[int] = []
    for mark in _MARK.finditer(sql):
        if mark.lastgroup == "end":
            ends.append(mark.start())
        elif mark.lastgroup == "open":
            raise Unreadable(_OPEN[mark.group()], *position(sql, mark.start()))
        elif mark.lastgroup == "comment" and not mark.group().startswith("/*+"):
            comments.append(Span(*mark.span()))
    return Cut(tuple(_between(sql, ends, comments)), tuple(comments))


def _between(sql: str, ends: list[int], comments: list[Span]) -> Iterator[str]:
    # A piece of nothing but comments is no statement; without leading comments equal ones look equal.
    starts = [0, *(end + 1 for end in ends)]
    remaining = iter([*comments, Span(len(sql) + 1, len(sql) + 1)])
    comment = next(remaining)
    for start, end in zip(starts, [*ends, len(sql)], strict=True):
        while comment.end <= end:
            if not sql[start : comment.start].strip():
                start = comment.end
            comment = next(remaining)
        statement = sql[start:end].strip()
        if statement:
            yield statement
