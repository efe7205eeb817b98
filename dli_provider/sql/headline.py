"""What a statement is, by its first words, and what a script lacks to be a job: nothing here needs a parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dli_provider.sql.ast import is_name, word
from dli_provider.sql.cursor import Cursor
from dli_provider.sql.lexer import GAP, TokenKind, Unreadable, pieces, split, tokens

_HEAD = 160
_NAME = r"(?:`[^`]+`|[A-Za-z_]\w*)"
_INSERT = rf"(?P<set>EXECUTE{GAP}+STATEMENT{GAP}+SET{GAP}+BEGIN{GAP}+)?INSERT{GAP}+INTO"
_CREATE = rf"CREATE{GAP}+(?:(?:OR{GAP}+REPLACE|TEMPORARY){GAP}+)?(?P<kind>TABLE|VIEW)(?:{GAP}+IF{GAP}+NOT{GAP}+EXISTS)?"
_USUAL = re.compile(
    rf"(?:{_INSERT}|{_CREATE}){GAP}+(?P<name>{_NAME}(?:\.{_NAME})*)(?=[\s(])(?!\s*\.)",
    re.IGNORECASE | re.DOTALL,
)
_SOURCES = frozenset(["TABLE", "STREAM", "VIEW", "CATALOG", "DATABASE"])


@dataclass(frozen=True)
class Headline:
    """What a statement is, and the name that it defines or writes to.

    `kind` is one of `table`, `view`, `insert`, `set`, `bracket` (of a statement set), `source` (a catalog, a
    database, or USE) and `other`; `in_set` says that a statement set begins here, `older` that it is DLI's older SQL.
    """

    kind: str
    name: str = ""
    in_set: bool = False
    older: bool = False


@lru_cache(maxsize=8192)
def headline(text: str) -> Headline:
    """The headline of a statement. Raises `Unreadable` where it cannot be cut into tokens."""
    # Nearly every statement begins so, and cutting it into tokens takes far longer.
    usual = _USUAL.match(text)
    if usual:
        name = usual["name"].replace("`", "")
        return Headline(usual["kind"].lower() if usual["kind"] else "insert", name, bool(usual["set"]))
    return _read(text)


def _read(text: str) -> Headline:
    """The headline of any statement, from its tokens."""
    try:
        # The beginning is enough; cut off within a literal, the whole text has to be read.
        toks = tokens(text[:_HEAD])
    except Unreadable:
        toks = tokens(text)
    cursor = Cursor(tuple(word(tok) for tok in toks))
    if cursor.words in (("BEGIN", "STATEMENT", "SET"), ("END",)):
        return Headline("bracket", in_set=True)
    in_set = cursor.accepts("EXECUTE", "STATEMENT", "SET", "BEGIN")
    cursor.accepts("EXECUTE")
    if cursor.accepts("INSERT", "INTO") or cursor.accepts("INSERT", "OVERWRITE"):
        cursor.accepts("TABLE")
        return Headline("insert", _name(cursor), in_set)
    if cursor.accepts("SET"):
        return Headline("set")
    if cursor.sees("USE"):
        return Headline("source")
    words = {text for text in cursor.words[:8] if not is_name(text)} if cursor.sees("CREATE") else set()
    if words.isdisjoint(_SOURCES):
        return Headline("other")
    while cursor.now and not is_name(cursor.now) and cursor.now != "(":
        cursor.take()
    name = _name(cursor)
    if not name or words.isdisjoint(["TABLE", "VIEW", "STREAM"]):
        return Headline("source")
    return Headline("view" if "VIEW" in words else "table", name, older="STREAM" in words)


def _name(cursor: Cursor) -> str:
    return ".".join(cursor.path()) if is_name(cursor.now) else ""


class Filling(NamedTuple):
    """A CREATE TABLE that is filled by a query, as offsets: the name, what describes the table, where the query begins.

    `columns`: it also lists columns or a key, into which the query is fitted; `replaces`: a table of that name goes.
    """

    name: tuple[int, int]
    description: tuple[int, int]
    query: int
    columns: bool
    replaces: bool


_CREATES_TABLE = (
    ("CREATE", "TABLE"),
    ("CREATE", "TEMPORARY", "TABLE"),
    ("CREATE", "OR", "REPLACE", "TABLE"),
    ("REPLACE", "TABLE"),
)
_MAY_FILL = re.compile(rf"(?:CREATE|REPLACE)\b.*\bAS(?:{GAP}|\()", re.IGNORECASE | re.DOTALL)


def filling(text: str) -> Filling | None:
    """The parts of a CREATE TABLE ... AS, or of one that replaces a table; None for any other statement. Raises
    `Unreadable` where it cannot be cut."""
    if not _MAY_FILL.search(text):  # nearly every statement, and cutting it takes far longer
        return None
    cut = list(pieces(text))
    words = [piece.text.upper() if piece.kind is TokenKind.NAME else piece.text for piece in cut]
    head = next((each for each in _CREATES_TABLE if tuple(words[: len(each)]) == each), None)
    query = _query_begins(words)
    if head is None or query is None:
        return None
    at = len(head)
    at += 3 if words[at : at + 3] == ["IF", "NOT", "EXISTS"] else 0
    end = at + 1
    while words[end : end + 1] == ["."]:
        end += 2
    if end > query - 1:
        return None  # a table that is called AS, or nothing that Flink would read
    return Filling(
        (cut[at].start, cut[end - 1].end),
        (cut[end - 1].end, cut[query - 1].start),
        cut[query].start,
        words[end] == "(",
        "REPLACE" in head,
    )


def _query_begins(words: Sequence[str]) -> int | None:
    """Where the query behind AS begins, outside of all parentheses."""
    depth = 0
    for at, text in enumerate(words):
        depth += (text == "(") - (text == ")")
        if depth == 0 and text == "AS" and at + 1 < len(words):
            return at + 1
    return None


_DEFINING = frozenset(["table", "view", "source"])
_QUERY = re.compile(r"\b(?:SELECT|VALUES|TABLE)\b", re.IGNORECASE)
_NAMES_SOURCE = re.compile(r"\bVALUES\b|\.", re.IGNORECASE)


def problems(sql: str) -> tuple[str, ...]:
    """What keeps this text from being a Flink job: sentences that end in the remedy; empty if nothing.

    A job needs a source, a query and a sink (DLI API reference, 'Creating a SQL Job'). Only what is surely
    missing is named: Flink's own validator knows more, and runs when the job is started.
    """
    try:
        statements = split(sql)
        kinds = [headline(statement).kind for statement in statements]
    except Unreadable:
        return ()  # that is a slip, which `mistakes` tells, and hides what else is there
    if not statements:
        return (
            "it is empty. Write a source, a sink and a query: CREATE TABLE ..., INSERT INTO ... SELECT ...",
        )
    inserts = [text for text, kind in zip(statements, kinds, strict=True) if kind == "insert"]
    # CREATE TABLE ... AS writes without an INSERT.
    writing = inserts or [text for text in statements if filling(text)]
    # Without a sink a query may still be there, in a statement that is none of the known kinds.
    asking = writing or [text for text, kind in zip(statements, kinds, strict=True) if kind == "other"]
    found = []
    if _DEFINING.isdisjoint(kinds) and not any(map(_NAMES_SOURCE.search, asking)):
        found.append(
            "it has no source: it defines no table, and names none of a catalog. Add CREATE TABLE ..."
        )
    if not any(map(_QUERY.search, asking)):
        found.append("it has no query: nothing is selected. Add SELECT ... FROM ... to the INSERT INTO.")
    if not writing:
        found.append("it has no sink: nothing is written. Add INSERT INTO <sink table> SELECT ...")
    return tuple(found)
