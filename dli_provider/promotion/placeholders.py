"""`@{name}` in SQL: a value that belongs to the environment, such as a broker's address or a password.

A placeholder stands inside a literal, alone or with other text (`'@{prefix}.orders'`), so that the file remains SQL
for every tool, and a value cannot end the literal it stands in. The syntax is neither Flink's, nor that of DLI's
global variables (`{{name}}`), nor of a regular expression's groups (`${name}`). In comments it means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dli_provider.promotion.problems import Problems, collecting
from dli_provider.sql import TokenKind, Unreadable, mask_secrets, tokens

_PLACEHOLDER = re.compile(r"@\{(?P<name>[^{}\n']*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Placeholder:
    """One place in a SQL text, the end excluded, and the quote of the literal around it."""

    name: str
    start: int
    end: int
    line: int
    quote: str


def placeholders(sql: str, file: str) -> tuple[Placeholder, ...]:
    """The placeholders of a SQL text, in order. Raises Problems, naming `file`, for what only looks like one."""
    try:
        toks = tokens(sql)
    except Unreadable as error:
        raise Problems([f"{file}: {error}. Close it."]) from None
    found = []
    with collecting() as problems:
        for match in _PLACEHOLDER.finditer(sql):
            start, end = match.span()
            tok = next((tok for tok in toks if tok.start <= start < tok.end), None)
            if tok is None:  # what is in no token is in a comment
                continue
            line = sql.count("\n", 0, start) + 1
            where, written = f"{file}, line {line}", match.group()
            if not written.endswith("}") or not _NAME.fullmatch(match["name"]):
                problems.append(
                    f"{where}: {written} is no placeholder. Write @{{name}}, of letters, digits and '_'."
                )
            # Outside a literal, a value could become SQL itself.
            elif tok.kind is not TokenKind.STRING:
                problems.append(
                    f"{where}: {written} stands outside a literal. "
                    f"Put it in single quotes, as in 'topic' = '{written}'."
                )
            else:
                found.append(Placeholder(match["name"], start, end, line, tok.text[-1]))
    return tuple(found)


def fill(sql: str, places: tuple[Placeholder, ...], values: Mapping[str, str]) -> str:
    """The SQL text with each placeholder's value in its place; quotes in a value are doubled, as SQL has them."""
    parts, done = [], 0
    for place in places:
        parts += [sql[done : place.start], values[place.name].replace(place.quote, place.quote * 2)]
        done = place.end
    return "".join([*parts, sql[done:]])


def in_secret_places(sql: str, places: tuple[Placeholder, ...]) -> frozenset[str]:
    """The names that stand where a secret belongs, such as in the value of a `password` option."""
    shown = mask_secrets(sql)
    return frozenset(place.name for place in places if f"@{{{place.name}}}" not in shown)
