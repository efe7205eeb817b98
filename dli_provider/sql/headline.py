"""What a statement is, told from its first words: enough to leave most statements of a script unread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dli_provider.sql.ast import is_name, word
from dli_provider.sql.cursor import Cursor
from dli_provider.sql.split import GAP, Unreadable
from dli_provider.sql.tokens import tokens

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
    usual = _USUAL.match(text)
    if usual:
        name = usual["name"].replace("`", "")
        return Headline(usual["kind"].lower() if usual["kind"] else "insert", name, bool(usual["set"]))
    return _read(text)


def _read(text: str) -> Headline:
    """The headline of any statement, from its tokens."""
    try:
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
