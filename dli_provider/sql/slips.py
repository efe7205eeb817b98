"""Slips of the pen that no Flink would take, with their place: a name that nothing defines, a misspelt key word, a
quote or a bracket that is never closed.

Only what the text proves is said. What may lie in a catalog, what a function or a view may have, what belongs to a
table that is not defined here, is nobody's mistake; and a name counts as a slip only where another one is close to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from dli_provider.sql.ast import Expr, Insert, Named, Query, Select, View, is_name, tables_in
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.headline import filling, headline
from dli_provider.sql.lexer import Lines, Token, TokenKind, Unreadable, split, tokens
from dli_provider.sql.parser import statement
from dli_provider.sql.script import Outline, outline
from dli_provider.sql.state import column_names

_CLOSE = 0.75
_BEGINS_QUERY = ("SELECT", "VALUES", "WITH")
_HEADS = ("INSERT", "CREATE")
_ESCAPED = re.compile(r"\\['\"`]")
_CLOSES = {")": "(", "]": "["}
# Of other statements Flink, or DLI's older SQL, may take more than is known here.
_BALANCED = frozenset(["table", "view", "insert"])


@dataclass(frozen=True)
class Mistake:
    """One slip: its place, and a sentence that says what was meant, most likely."""

    line: int
    column: int
    said: str


def mistakes(sql: str) -> tuple[Mistake, ...]:
    """All slips of a script, in order."""
    try:
        script = outline(sql)
        found = [*_odd_marks(sql, script), *_slips(sql, script)]
    except Unreadable as error:
        # Hive's dialect of Flink knows a quote behind a backslash: then it is not known where a text ends.
        if _ESCAPED.search(sql):
            return ()
        return (Mistake(error.line, error.column, f"this {error.what} {error.why}"),)
    except (Unparsable, RecursionError):
        return ()  # what is not understood is not called wrong
    lines = Lines(sql)
    return tuple(Mistake(*lines.at(at), said) for at, said in sorted(set(found)))


def _odd_marks(sql: str, script: Outline) -> Iterator[tuple[int, str]]:
    """What looks like an operator or a space, and is neither to Flink's parser. DLI's older SQL has another one."""
    if script.older:
        return
    if sql.startswith("\ufeff"):
        yield (
            0,
            "the text begins with a byte order mark, which Flink cannot read; save it as UTF-8 without one",
        )
    toks = tokens(sql)
    for before, tok in pairwise(toks):
        if "\u00a0" in sql[before.end : tok.start]:
            at = sql.index("\u00a0", before.end)
            yield at, "there is a no-break space, which Flink cannot read; put a plain one"
    yield from ((tok.start, "Flink does not know !=; write <>") for tok in toks if tok.text == "!=")


def _slips(sql: str, script: Outline) -> Iterator[tuple[int, str]]:
    # With a catalog, another database or an unknown statement, names may come from anywhere.
    closed = not script.others
    at = 0
    for text in split(sql):
        at = sql.index(text, at)
        toks = tokens(text)
        found = [*_brackets(text, toks)] or [*_key_words(toks)]
        if not found and closed:
            found = [*_names(toks, script, text)]
        yield from ((at + place, said) for place, said in found)
        at += len(text)


def _brackets(text: str, toks: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """The first bracket that closes nothing, else the last one that is left open."""
    if headline(text).kind not in _BALANCED:
        return
    open_ones: list[Token] = []
    for tok in toks:
        if tok.kind is not TokenKind.SIGN:
            continue
        if tok.text in _CLOSES.values():
            open_ones.append(tok)
        elif tok.text in _CLOSES and not (open_ones and open_ones.pop().text == _CLOSES[tok.text]):
            yield tok.start, f"this {tok.text} closes nothing"
            return
    if open_ones:
        yield open_ones[-1].start, f"this {open_ones[-1].text} is never closed"


def _key_words(toks: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Names in places where only a key word can stand."""
    texts = [tok.text if tok.kind is TokenKind.WORD else "" for tok in toks]
    names = [tok.kind is TokenKind.NAME for tok in toks]
    if names[:1] == [True] and (meant := _close(toks[0].text.upper(), _HEADS)):
        yield toks[0].start, f"{toks[0].text} begins no statement; did you mean {meant}?"
    after = _behind_sink(toks)
    if after and names[after] and (meant := _close(toks[after].text.upper(), _BEGINS_QUERY)):
        yield toks[after].start, f"{toks[after].text} begins no query; did you mean {meant}?"
    for index in range(1, len(toks) - 1):
        text = toks[index].text.upper()
        # BY follows few words, and none of them is a name.
        if (
            names[index]
            and texts[index + 1] == "BY"
            and (meant := _close(text, ("GROUP", "ORDER", "PARTITION")))
        ):
            yield toks[index].start, f"{toks[index].text} BY is nothing; did you mean {meant} BY?"
        # A table may have one name behind it, its alias, and no second one.
        follows = (
            index > 1 and texts[index - 2] in ("FROM", "JOIN") and toks[index - 1].kind is not TokenKind.WORD
        )
        named = toks[index + 1].kind in (TokenKind.NAME, TokenKind.QUOTED)
        if names[index] and follows and named and _close(text, ("WHERE",)):
            yield toks[index].start, f"{toks[index].text} follows a table; did you mean WHERE?"


def _behind_sink(toks: Sequence[Token]) -> int:
    """Where, behind INSERT INTO and the sink's name, the query begins; 0 where something else stands there."""
    words = [tok.text for tok in toks[:2]]
    if words != ["INSERT", "INTO"]:
        return 0
    at = 3
    while at + 1 < len(toks) and toks[at].text == ".":
        at += 2
    return at if at < len(toks) else 0


def _query(text: str) -> tuple[Query | None, tuple[Named, ...]]:
    """The query of a statement, and the sink that it names: of an INSERT, a view, a table that is filled by a query."""
    filled = filling(text)
    parsed = statement(
        text if filled is None else f"INSERT INTO {text[slice(*filled.name)]} {text[filled.query :]}"
    )
    if isinstance(parsed, Insert):
        return parsed.query, () if filled else (Named(parsed.sink),)
    return (parsed.rows.query if isinstance(parsed, View) else None), ()


def _names(toks: Sequence[Token], script: Outline, text: str) -> Iterator[tuple[int, str]]:
    """Tables and columns that nothing defines, and that are close to what is defined."""
    query, sinks = _query(text)
    if query is None:
        return
    known = [*script.tables, *script.views]
    named = [*sinks, *tables_in(query)]
    inner = {name for name, _ in query.ctes} | _all_ctes(query)
    for each in named:
        undefined = len(each.path) == 1 and each.name not in script.definitions and each.name not in inner
        if undefined and (meant := _close(each.name, (*known, *inner))):
            yield _place(toks, each.name), f"{each.name} is not defined; did you mean {meant}?"
    body = query.body
    if isinstance(body, Select):
        yield from _columns(toks, script, body)


def _all_ctes(query: Query) -> set[str]:
    found = {name for name, _ in query.ctes}
    for _, nested in query.ctes:
        found |= _all_ctes(nested.query)
    return found


def _columns(toks: Sequence[Token], script: Outline, select: Select) -> Iterator[tuple[int, str]]:
    """Columns of a query over one table of which all are known."""
    only = select.froms[0] if len(select.froms) == 1 else None
    if only is None or not isinstance(only.rows, Named) or only.columns or only.pattern or select.subqueries:
        return
    table = script.tables.get(only.rows.name)
    if table is None or table.like or table.older:
        return
    there = [column.name for column in table.columns]
    exprs: tuple[Expr, ...] = (
        *(item.expr for item in select.items),
        *select.where,
        *select.group,
        *select.having,
    )
    # A bare column is called by its name, which defines nothing.
    aliases = {item.name[1:] for item in select.items if item.name and item.expr != (item.name,)}
    for expr in exprs:
        windows = {after for before, after in pairwise(expr) if before == "OVER" and is_name(after)}
        for name in column_names(tuple(text for text in expr if text not in windows)):
            parts = [part.removeprefix("`") for part in name.split(".")]
            column = parts[1] if len(parts) > 1 and parts[0] == only.alias else parts[0]
            if column in there or column in aliases or column == only.alias:
                continue
            if meant := _close(column, there):
                yield _place(toks, column), f"{column} is no column of {table.name}; did you mean {meant}?"


def _place(toks: Sequence[Token], name: str) -> int:
    return next(
        (tok.start for tok in toks if tok.text == name and tok.kind is not TokenKind.STRING), toks[0].start
    )


def _close(text: str, known: Sequence[str]) -> str:
    found = get_close_matches(text, [each for each in known if each != text], 1, _CLOSE)
    return found[0] if found and text not in known else ""
