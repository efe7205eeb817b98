"""`@{name}` in SQL: a value that belongs to the environment, such as a broker's address or a password.

A placeholder stands inside a literal, alone or with other text (`'@{prefix}.orders'`), so that the file remains SQL
for every tool, and a value cannot end the literal it stands in. The syntax is neither Flink's, nor that of DLI's
global variables (`{{name}}`), nor of a regular expression's groups (`${name}`). In comments it means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dli_provider.spec.sql import mask_secrets
from dli_provider.spec.sql_split import Unreadable, cut, position
from dli_provider.spec.sql_tokens import Kind, tokens
from stacks.mistakes import Mistakes

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
    """The placeholders of a SQL text, in order. Raises Mistakes, naming `file`, for what only looks like one."""
    try:
        literals = {tok.start: tok for tok in tokens(sql) if tok.kind is Kind.STRING}
        comments = cut(sql).comments
    except Unreadable as error:
        raise Mistakes([f"{file}: {error}. Close it."]) from None
    found, wrong = [], []
    for match in _PLACEHOLDER.finditer(sql):
        start, end = match.span()
        if any(comment.start <= start < comment.end for comment in comments):
            continue
        line, _ = position(sql, start)
        around = next((tok for tok in literals.values() if tok.start < start and end < tok.end), None)
        if not match.group().endswith("}") or not _NAME.fullmatch(match["name"]):
            wrong.append(
                f"{file}, line {line}: {match.group()} is no placeholder. "
                "Write @{name}, of letters, digits and '_'."
            )
        elif around is None:
            wrong.append(
                f"{file}, line {line}: {match.group()} stands outside a literal. "
                f"Put it in single quotes, as in 'topic' = '{match.group()}'."
            )
        else:
            found.append(Placeholder(match["name"], start, end, line, around.text[-1]))
    if wrong:
        raise Mistakes(wrong)
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
