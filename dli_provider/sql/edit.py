"""Other values for options of tables, put into a script without touching anything else of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dli_provider.sql.tokens import Kind, Tok, tokens

Change = Callable[[str, str, str], str]
"""From a table's name, an option's key and its value to the value it gets."""


def with_options(sql: str, change: Change) -> str:
    """The script with the options in the WITH clauses of its CREATE TABLE as `change` wants them.

    Raises `Unreadable` where it cannot be cut into tokens.
    """
    parts, done = [], 0
    for table, key, value in _options(tokens(sql)):
        quote, present = value.text[0], _plain(value.text)
        wanted = change(table, _plain(key.text), present)
        if wanted != present:
            parts += [sql[done : value.start], quote + wanted.replace(quote, quote * 2) + quote]
            done = value.end
    return "".join([*parts, sql[done:]])


def hints(sql: str) -> tuple[str, ...]:
    """The hints of a script, as written."""
    return tuple(tok.text for tok in tokens(sql) if tok.kind is Kind.HINT)


def _options(toks: Sequence[Tok]) -> Iterator[tuple[str, Tok, Tok]]:
    """Table, key and value of each option of a table."""
    table, defining = "", False
    for at, tok in enumerate(toks):
        if _is(tok, "CREATE"):
            defining = False
        elif _is(tok, "TABLE") and any(_is(before, "CREATE") for before in toks[max(0, at - 4) : at]):
            table, defining = _name(toks[at + 1 :]), True
        elif tok.text == ";" and tok.kind is Kind.SIGN:
            defining = False
        elif defining and tok.kind is Kind.SIGN and tok.text in ("=",):
            key, value = toks[at - 1], toks[at + 1] if at + 1 < len(toks) else tok
            if key.kind is Kind.STRING and value.kind is Kind.STRING:
                yield table, key, value


def _name(toks: Sequence[Tok]) -> str:
    """The dotted name that a definition begins with."""
    parts: list[str] = []
    for tok in toks:
        if tok.kind in (Kind.NAME, Kind.QUOTED):
            parts.append(tok.text)
        elif tok.text != "." and (parts or tok.kind is not Kind.WORD):
            break
    return ".".join(parts)


def _is(tok: Tok, word: str) -> bool:
    return tok.kind is Kind.WORD and tok.text == word


def _plain(literal: str) -> str:
    return literal[1:-1].replace(literal[0] * 2, literal[0])
