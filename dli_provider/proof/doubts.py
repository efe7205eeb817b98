"""What of a change of SQL a rehearsal cannot see, as far as texts tell: other places, odd types, values far away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from dli_provider.proof.aims import interval, queries
from dli_provider.proof.generator import RowSource
from dli_provider.proof.rehearsal import Doubts
from dli_provider.sql import (
    STATE_TTL,
    TokenKind,
    identity,
    keeping_sinks,
    outline,
    readings,
    stateful_sinks,
    tokens,
)

_NAMED: Final = (TokenKind.WORD, TokenKind.NAME, TokenKind.QUOTED)
_LITERAL: Final = (TokenKind.STRING, TokenKind.NUMBER)
_SYNTAX: Final = frozenset(
    [
        "FROM",
        "JOIN",
        "ON",
        "AS",
        "WHERE",
        "AND",
        "SELECT",
        "INTO",
        "OVER",
        "TABLE",
        "BY",
        "USING",
        "WITH",
        "HAVING",
    ]
)
"""Words before a parenthesis that call nothing."""
_DECIDES: Final = frozenset(
    [
        "=",
        "<",
        ">",
        "<=",
        ">=",
        "<>",
        "!=",
        "NOT",
        "OR",
        "LIKE",
        "DESC",
        "NULL",
        "TRUE",
        "FALSE",
    ]
)


def doubts(old: str, new: str, sources: Sequence[RowSource]) -> Doubts:
    """What the two texts leave open. Raises `Unreadable` and `Unparsable` where they are not understood."""
    blind = [*_moved(old, new), *_unmade(sources)]
    notes = []
    if _ttl(old) or _ttl(new):
        notes.append("state that is dropped when it is old was not waited for")
    # Rows are written into memory here; a real sink may have transactions or a buffer in its state.
    if sinks := keeping_sinks(old) | keeping_sinks(new):
        notes.append(
            f"what {' and '.join(sorted(sinks))} itself keeps of what it has to write was not rehearsed"
        )
    return Doubts(stateful_sinks(new), tuple(dict.fromkeys(blind)), tuple(_untried(old, new)), tuple(notes))


def _moved(old: str, new: str) -> Iterator[str]:
    """Sources of one name that read from elsewhere than before: what a position is worth there, nobody knows."""
    olds, news = readings(old), readings(new)
    for name in olds.keys() & news.keys():
        if identity(olds[name].table) != identity(news[name].table):
            yield f"{name} reads from another place than before, where the old position means nothing"


def _unmade(sources: Sequence[RowSource]) -> Iterator[str]:
    for source in sources:
        for name, kinds in source.columns.items():
            for kind in kinds:
                if not kind.known:
                    yield f"no values can be made for column {name} of {min(source.names)}: its type is not known here"


def _ttl(sql: str) -> bool:
    value = outline(sql).settings.get(STATE_TTL, "0")
    hinted = "STATE_TTL" in sql.upper().replace(STATE_TTL.upper(), "")
    return bool(re.search(r"[1-9]", value)) or hinted


def _untried(old: str, new: str) -> Iterator[str]:
    """What decides something and stands in one of the texts only: where both bring the same, no row reached it.

    Rows aim at such words, but not at each combination of them: who knows which `price * amount` is beyond a bound?
    """
    olds, news = Counter(_telling(old)), Counter(_telling(new))
    yield from sorted({*(olds - news), *(news - olds)})


def _telling(sql: str) -> Iterator[str]:
    """The literals, functions and comparisons of a script's queries; lengths of time in milliseconds."""
    for text in queries(sql):
        toks = [each for each in tokens(text) if each.kind is not TokenKind.HINT]
        # One more sign on each side, so that every word has neighbours.
        words = ["", "", *(each.text for each in toks), "", "", ""]
        kinds = [None, None, *(each.kind for each in toks), None, None, None]
        for at in range(2, len(words) - 3):
            word, behind = words[at], words[at + 1]
            called = kinds[at] in _NAMED and behind == "(" and word.upper() not in _SYNTAX
            # COUNT(1) counts as COUNT(*) does.
            literal = kinds[at] in _LITERAL and words[at - 2] != "COUNT"
            if words[at - 1] == "INTERVAL" and kinds[at] is TokenKind.STRING:
                unit = behind.rstrip("S")
                smallest = words[at + 3] if words[at + 2] == "TO" else unit
                length = interval(word.strip("'"), unit, smallest)
                yield f"INTERVAL of {length} ms" if length else f"INTERVAL {word}"
            elif word == "BETWEEN" and words[at - 1] not in ("ROWS", "RANGE"):
                yield from (">=", "<=")
            elif literal or called or (word in _DECIDES and kinds[at] is not TokenKind.QUOTED):
                yield word
