"""From the text of a script to its statements. A statement that is not understood is kept as it is, as `Other`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dli_provider.sql.ast import (
    Column,
    Expr,
    Insert,
    Nested,
    Other,
    Setting,
    Statement,
    Table,
    View,
    is_name,
    plain,
    word,
)
from dli_provider.sql.cursor import Cursor, Unparsable, never
from dli_provider.sql.parser import parse_query
from dli_provider.sql.tokens import tokens

_MILLISECONDS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000, "WEEK": 604_800_000}
_BRACKETS = (("EXECUTE", "STATEMENT", "SET", "BEGIN"), ("BEGIN", "STATEMENT", "SET"), ("EXECUTE",))


@lru_cache(maxsize=2048)
def statement(text: str) -> Statement:
    """One statement. Raises `Unreadable` where it cannot even be cut into tokens."""
    words = _plain_intervals([word(tok) for tok in tokens(text)])
    cursor = Cursor(words)
    try:
        parsed = _parse(cursor)
        cursor.done()
    except Unparsable:
        return Other(_kind(words), words)
    return parsed


def _plain_intervals(words: list[str]) -> Expr:
    """The words with each interval of a fixed length in milliseconds: an hour is sixty minutes."""
    found: list[str] = []
    for text in words:
        amount = found[-1].strip("'") if found[-2:-1] == ["INTERVAL"] else ""
        if amount.isdecimal() and text.rstrip("S") in _MILLISECONDS:
            found[-1], text = str(int(amount) * _MILLISECONDS[text.rstrip("S")]), "MILLISECOND"
        # INTERVAL '1' DAY TO HOUR and INTERVAL '1' SECOND(3) are left as they stand.
        elif found[-1:] == ["MILLISECOND"] and text in ("TO", "("):
            return tuple(words)
        found.append(text)
    return tuple(found)


def _kind(words: Expr) -> str:
    """The key words a statement begins with: enough to say what it is, too little to give anything away."""
    kind = [text for text in words[:4] if text.isalpha() and text.isupper()]
    return " ".join(kind) or "a statement"


def _parse(cursor: Cursor) -> Statement:
    for bracket in _BRACKETS:
        if cursor.words != bracket and cursor.accepts(*bracket):
            break
    if cursor.accepts("INSERT", "INTO") or cursor.accepts("INSERT", "OVERWRITE"):
        return _insert(cursor)
    if cursor.accepts("SET"):
        return _setting(cursor)
    if cursor.accepts("CREATE"):
        return _create(cursor)
    raise Unparsable


def _insert(cursor: Cursor) -> Insert:
    how = (cursor.words[cursor.at - 1],) if cursor.words[cursor.at - 1] == "OVERWRITE" else ()
    cursor.accepts("TABLE")
    sink = cursor.path()
    between = cursor.until(
        lambda here: here.now in ("SELECT", "WITH", "VALUES", "TABLE") or _opens_query(here)
    )
    return Insert(sink, how + between, parse_query(cursor))


def _opens_query(cursor: Cursor) -> bool:
    return cursor.now == "(" and cursor.words[cursor.at + 1 : cursor.at + 2] in (
        ("SELECT",),
        ("WITH",),
        ("(",),
    )


def _setting(cursor: Cursor) -> Setting:
    key = "".join(plain(text) for text in cursor.until(lambda here: here.now == "="))
    cursor.expects("=")
    return Setting(key.lower(), "".join(plain(text) for text in cursor.until(never)))


def _create(cursor: Cursor) -> Statement:
    cursor.accepts("OR", "REPLACE")
    temporary = cursor.accepts("TEMPORARY") or cursor.accepts("TEMP")
    if cursor.accepts("VIEW"):
        cursor.accepts("IF", "NOT", "EXISTS")
        name = cursor.path()
        columns = tuple(part[0][1:] for part in cursor.inside().list_of()) if cursor.sees("(") else ()
        cursor.until(lambda here: here.now == "AS")
        cursor.expects("AS")
        return View(name[-1], Nested(parse_query(cursor), columns))
    older = any(cursor.accepts(*words) for words in (("SOURCE", "STREAM"), ("SINK", "STREAM"), ("STREAM",)))
    if not older or temporary:
        cursor.expects("TABLE")
    cursor.accepts("IF", "NOT", "EXISTS")
    return _table(cursor, cursor.path()[-1], older)


def _table(cursor: Cursor, name: str, older: bool) -> Table:  # noqa: C901
    columns: list[Column] = []
    watermark: Expr = ()
    primary_key: tuple[str, ...] = ()
    rest: Expr = ()
    for part in _definitions(cursor.inside()) if cursor.sees("(") else ():
        if part[:2] == ("WATERMARK", "FOR"):
            watermark = part[2:]
        elif part[:1] in (("PRIMARY",), ("CONSTRAINT",)) and "PRIMARY" in part[:3] and "(" in part:
            primary_key = tuple(text[1:] for text in part[part.index("(") :] if is_name(text))
        elif part and is_name(part[0]):
            column = Column(part[0][1:], _without_comment(part[1:]))
            if column.expr[-2:] == ("PRIMARY", "KEY") or column.expr[-4:] == (
                "PRIMARY",
                "KEY",
                "NOT",
                "ENFORCED",
            ):
                primary_key = (column.name,)
                column = Column(column.name, column.expr[: column.expr.index("PRIMARY")])
            columns.append(column)
        else:
            rest += part
    options: dict[str, str] = {}
    like = ""
    while cursor.now:
        if cursor.accepts("WITH"):
            options = dict(option(part) for part in cursor.inside().list_of() if part)
        elif cursor.accepts("COMMENT"):
            cursor.take()
        elif cursor.accepts("LIKE"):
            like = cursor.path()[-1]
            rest += ("LIKE", *(cursor.inside().words if cursor.sees("(") else ()))
        elif cursor.sees("AS"):
            raise Unparsable
        else:
            rest += (cursor.take(),)
    return Table(
        name, tuple(columns), tuple(sorted(options.items())), watermark, primary_key, like, rest, older
    )


def _definitions(cursor: Cursor) -> Iterator[Expr]:
    """The parts of a column list. The comma in MAP<STRING, INT> separates none."""
    whole: Expr = ()
    for part in cursor.list_of():
        whole += (",", *part) if whole else part
        computed = whole[1:2] == ("AS",)
        if computed or whole.count("<") <= whole.count(">"):
            yield whole
            whole = ()
    yield from (whole,) if whole else ()


def _without_comment(expr: Expr) -> Expr:
    return expr[:-2] if expr[-2:-1] == ("COMMENT",) else expr


def option(part: Expr) -> tuple[str, str]:
    """One `key = value` of a WITH clause or an OPTIONS hint, without quotes."""
    cursor = Cursor(part)
    key = "".join(plain(text) for text in cursor.until(lambda here: here.now == "="))
    cursor.expects("=")
    return key.lower() if part[0][:1] != "'" else key, "".join(plain(text) for text in cursor.until(never))
