"""What can be said of SQL unrun: what it lacks, whether two texts mean the same, how to show one."""

from __future__ import annotations

import re

from dli_provider.sql.headline import headline
from dli_provider.sql.secrets import mask_secrets
from dli_provider.sql.split import Unreadable, cut
from dli_provider.sql.tokens import Kind, tokens

__all__ = ["mask_secrets", "problems", "same_meaning"]

_DEFINING = frozenset(["table", "view", "source"])
_FILLED = re.compile(r"CREATE\b.*?\bTABLE\b.*\bAS\s+(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)
_QUERY = re.compile(r"\b(?:SELECT|VALUES|TABLE)\b", re.IGNORECASE)
_NAMES_SOURCE = re.compile(r"\bVALUES\b|\.", re.IGNORECASE)


def problems(sql: str) -> tuple[str, ...]:
    """What keeps this text from being a Flink job: sentences that end in the remedy; empty if nothing.

    A job needs a source, a query and a sink (DLI API reference, 'Creating a SQL Job'). Only what is surely
    missing is named: Flink's own validator knows more, and runs when the job is started.
    """
    try:
        statements = cut(sql)
        kinds = [headline(statement).kind for statement in statements]
    except Unreadable as error:
        return (f"{error}. Close it.",)
    if not statements:
        return (
            "it is empty. Write a source, a sink and a query: CREATE TABLE ..., INSERT INTO ... SELECT ...",
        )
    inserts = [text for text, kind in zip(statements, kinds, strict=True) if kind == "insert"]
    writing = inserts or [text for text in statements if _FILLED.match(text)]
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


def same_meaning(old: str, new: str) -> bool:
    """Whether only comments, white space, the case of key words and superfluous semicolons differ.

    The case of names, literals, hints and the quoting of names count as differences. A text that cannot
    be cut into tokens means the same as itself only.
    """
    if old == new:
        return True
    try:
        olds, news = cut(old), cut(new)
        return len(olds) == len(news) and all(
            a == b or _meaning(a) == _meaning(b) for a, b in zip(olds, news, strict=True)
        )
    except Unreadable:
        return False


def _meaning(statement: str) -> list[tuple[Kind, str, bool]]:
    return [tok[:3] for tok in tokens(statement)]
