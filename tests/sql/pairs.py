"""The labelled corpus of SQL changes: one file a topic in `corpus`, each case a comment header and two texts.

A file is a sequence of sections, each begun by a line comment: `given` (what precedes both texts of all cases that
follow), `case` (a name), `truth` (what the change does, see `TRUTHS`), `why` (one line), `before`, `after`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dli_provider.sql import TokenKind, Unreadable, pieces

TRUTHS = {
    "cosmetic": "nothing that Flink would notice",
    "carried": "Flink restores the state, and it means the same",
    "loses": "Flink refuses the state",
    "wrong": "Flink restores without an error, and the state means something else or is silently dropped",
    "unknown": "nobody can tell from the text",
}

_FOLDER = Path(__file__).parent / "corpus"
_SECTION = re.compile(r"^-- (given|case|truth|why|before|after)\b:?[ ]*(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Pair:
    """One change of SQL whose effect is known."""

    name: str
    truth: str
    why: str
    before: str
    after: str


def pairs() -> Iterator[Pair]:
    """Every pair of the corpus."""
    for file in sorted(_FOLDER.glob("*.sql")):
        yield from _pairs(file.stem, file.read_text(encoding="utf-8"))


def _pairs(topic: str, text: str) -> Iterator[Pair]:
    marks = list(_SECTION.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    given, case = "", {}
    for mark, end in zip(marks, ends, strict=True):
        section, inline, body = mark[1], mark[2].strip(), text[mark.end() : end]
        if section == "given":
            given = body
        elif section == "case":
            case = {"case": inline}
        else:
            case[section] = inline or given + body
        if section == "after":
            yield Pair(f"{topic}/{case['case']}", case["truth"], case["why"], case["before"], case["after"])


def quoted(sql: str) -> str:
    """The corpus has tables named `running`, `views` and `returns`: key words to this Flink unless they are quoted."""
    reserved = ("running", "views", "returns")
    parts, done = [], 0
    try:
        found = list(pieces(sql))
    except Unreadable:
        return sql
    for piece in found:
        if piece.kind is TokenKind.NAME and piece.text in reserved:
            parts += [sql[done : piece.start], f"`{piece.text}`"]
            done = piece.end
    return "".join([*parts, sql[done:]])
