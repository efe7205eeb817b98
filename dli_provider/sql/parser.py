"""From the tokens of a statement to its shape. What is not understood raises `Unparsable`; nothing is guessed.

A statement of which that is so is kept as it is, as `Other`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from dli_provider.sql.ast import (
    SUBQUERY,
    Column,
    Combined,
    Expr,
    FunctionCall,
    Insert,
    Item,
    Joined,
    Named,
    Nested,
    Other,
    Query,
    Rows,
    Rowset,
    Select,
    Setting,
    Statement,
    Table,
    View,
    is_literal,
    is_name,
    plain,
    word,
)
from dli_provider.sql.cursor import Cursor, Unparsable, conjuncts, never
from dli_provider.sql.equivalents import type_of_column
from dli_provider.sql.lexer import tokens
from dli_provider.sql.words import GROUP_WINDOWS

_MILLISECONDS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000, "WEEK": 604_800_000}
_IS_KEY = (("PRIMARY", "KEY"), ("PRIMARY", "KEY", "NOT", "ENFORCED"))
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
        # Kept as words, so that it is at least known whether it changes.
        return Other(opening_words(words), words)
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


def opening_words(words: Sequence[str]) -> str:
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
    return Setting(*option(cursor.until(never)))


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


def _table(cursor: Cursor, name: str, older: bool) -> Table:
    table = _with_columns(
        Table(name, (), (), older=older), cursor.inside() if cursor.sees("(") else Cursor(())
    )
    rest = table.rest
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
            # CREATE TABLE ... AS SELECT runs a query, which nothing here compares: better not understood.
            raise Unparsable
        else:
            rest += (cursor.take(),)
    return replace(table, options=tuple(sorted(options.items())), like=like, rest=rest)


def _with_columns(table: Table, cursor: Cursor) -> Table:
    """The table with what stands between the parentheses behind its name."""
    columns: list[Column] = []
    for part in _definitions(cursor):
        if part[:2] == ("WATERMARK", "FOR"):
            table = replace(table, watermark=part[2:])
        elif part[:1] in (("PRIMARY",), ("CONSTRAINT",)) and "PRIMARY" in part[:3] and "(" in part:
            key = tuple(text[1:] for text in part[part.index("(") :] if is_name(text))
            table = replace(table, primary_key=key)
        elif part and is_name(part[0]):
            # A comment on a column changes nothing.
            column = Column(part[0][1:], type_of_column(_without_comment(part[1:])))
            # PRIMARY KEY behind a column means the same as behind all columns.
            if any(column.expr[-len(words) :] == words for words in _IS_KEY):
                table = replace(table, primary_key=(column.name,))
                column = Column(column.name, type_of_column(column.expr[: column.expr.index("PRIMARY")]))
            columns.append(column)
        else:
            table = replace(table, rest=table.rest + part)
    return replace(table, columns=tuple(columns))


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
    """One `key = value` of a SET, a WITH clause or an OPTIONS hint, without quotes."""
    cursor = Cursor(part)
    key = "".join(plain(text) for text in cursor.until(lambda here: here.now == "="))
    cursor.expects("=")
    # Only a quoted key keeps its case.
    return key.lower() if part[0][:1] != "'" else key, "".join(plain(text) for text in cursor.until(never))


_SET_OPS = frozenset(["UNION", "INTERSECT", "EXCEPT"])
_TAIL = frozenset(["ORDER", "LIMIT", "OFFSET", "FETCH"])
_CLAUSES = frozenset(["FROM", "WHERE", "GROUP", "HAVING", "WINDOW"]) | _SET_OPS | _TAIL
_JOINS = frozenset(["NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "JOIN"])
_LAST_WORDS = frozenset(
    [
        ")",
        "]",
        "END",
        "NULL",
        "TRUE",
        "FALSE",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "LOCALTIMESTAMP",
        "YEAR",
        "MONTH",
        "DAY",
        "HOUR",
        "MINUTE",
        "SECOND",
        "DAYS",
        "HOURS",
        "MINUTES",
        "SECONDS",
    ]
)
_WINDOW_ARGS = {
    "TUMBLE": ("DATA", "TIMECOL", "SIZE", "OFFSET"),
    "HOP": ("DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"),
    "CUMULATE": ("DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"),
    "SESSION": ("DATA", "TIMECOL", "GAP"),
}
_SIMPLE_JOIN = {"INNER JOIN": "JOIN"}


def parse_query(cursor: Cursor) -> Query:
    """A query from the cursor to the end of what encloses it."""
    ctes = _with_queries(cursor) if cursor.accepts("WITH") else ()
    parts, ops = [_term(cursor)], []
    while cursor.now in _SET_OPS:
        ops.append(cursor.take() + (" ALL" if cursor.accepts("ALL") else ""))
        # UNION DISTINCT is UNION.
        cursor.accepts("DISTINCT")
        parts.append(_term(cursor))
    tail = cursor.until(never) if cursor.now in _TAIL else ()
    body = Combined(tuple(ops), tuple(parts)) if ops else parts[0].body
    if not ops and (parts[0].tail or parts[0].ctes):
        # ORDER BY inside and outside of parentheses: it counts as not understood.
        if tail or ctes:
            raise Unparsable
        return parts[0]
    return Query(body, ctes, tail)


def _with_queries(cursor: Cursor) -> tuple[tuple[str, Nested], ...]:
    found = []
    while True:
        name = cursor.name()
        columns = _column_names(cursor) if cursor.sees("(") else ()
        cursor.expects("AS")
        found.append((name, Nested(_whole(cursor.inside()), columns)))
        if not cursor.accepts(","):
            return tuple(found)


def _whole(cursor: Cursor) -> Query:
    query = parse_query(cursor)
    cursor.done()
    return query


def _column_names(cursor: Cursor) -> tuple[str, ...]:
    inner = cursor.inside()
    names = [inner.name()]
    while inner.accepts(","):
        names.append(inner.name())
    inner.done()
    return tuple(names)


def _term(cursor: Cursor) -> Query:
    if cursor.sees("("):
        return _whole(cursor.inside())
    if cursor.accepts("SELECT"):
        return Query(_select(cursor))
    if cursor.accepts("TABLE"):
        return Query(Select((Item(("*",)),), (Joined("", Named(cursor.path()), ""),)))
    if cursor.sees("VALUES"):
        return Query(Rowset(cursor.until(lambda here: here.now in _SET_OPS or here.now in _TAIL)))
    raise Unparsable


def _select(cursor: Cursor) -> Select:
    lifted: list[Query] = []
    select = _select_clauses(cursor)
    return replace(
        select,
        items=tuple(replace(item, expr=_lift(item.expr, lifted)) for item in select.items),
        froms=tuple(replace(joined, on=_lift(joined.on, lifted)) for joined in select.froms),
        where=tuple(_lift(expr, lifted) for expr in select.where),
        group=tuple(_lift(expr, lifted) for expr in select.group),
        having=tuple(_lift(expr, lifted) for expr in select.having),
        subqueries=tuple(lifted),
    )


def _lift(expr: Expr, lifted: list[Query]) -> Expr:
    """The expression with its queries taken out, which are appended to `lifted`."""
    if "SELECT" not in expr:
        return expr
    cursor, found = Cursor(expr), []
    while cursor.now:
        if cursor.sees("(", "SELECT") or cursor.sees("(", "WITH"):
            lifted.append(_whole(cursor.inside()))
            found.append(SUBQUERY)
        else:
            found.append(cursor.take())
    return tuple(found)


def _select_clauses(cursor: Cursor) -> Select:
    hints = (cursor.take(),) if cursor.now.startswith("/*+") else ()
    distinct = cursor.accepts("DISTINCT")
    cursor.accepts("ALL")
    items = tuple(_item(expr) for expr in _list(cursor))
    froms = _from(cursor) if cursor.accepts("FROM") else ()
    where = conjuncts(_clause(cursor)) if cursor.accepts("WHERE") else ()
    group = _list(cursor) if cursor.accepts("GROUP", "BY") else ()
    having = conjuncts(_clause(cursor)) if cursor.accepts("HAVING") else ()
    windows = _clause(cursor) if cursor.accepts("WINDOW") else ()
    return Select(items, froms, where, group, having, distinct, hints, windows)


def _clause(cursor: Cursor) -> Expr:
    expr = cursor.until(_ends_clause)
    if not expr:
        raise Unparsable
    return expr


def _list(cursor: Cursor) -> tuple[Expr, ...]:
    found = []
    while True:
        found.append(cursor.until(lambda here: here.now == "," or _ends_clause(here)))
        if not found[-1]:
            raise Unparsable
        if not cursor.accepts(","):
            return tuple(found)


def _ends_clause(cursor: Cursor) -> bool:
    # IS [NOT] DISTINCT FROM is the one place where a clause's key word stands inside an expression.
    return cursor.now in _CLAUSES and not (cursor.now == "FROM" and cursor.words[cursor.at - 1] == "DISTINCT")


def _item(expr: Expr) -> Item:
    if len(expr) > 2 and expr[-2] == "AS":
        return Item(expr[:-2], expr[-1])
    if len(expr) > 1 and is_name(expr[-1]) and _ends_expression(expr[-2]):
        return Item(expr[:-1], expr[-1])
    return Item(expr, expr[-1] if all(is_name(text) or text == "." for text in expr) else "")


def _ends_expression(text: str) -> bool:
    return is_name(text) or is_literal(text) or text in _LAST_WORDS


def _from(cursor: Cursor) -> tuple[Joined, ...]:
    found = [_joined(cursor, "")]
    while True:
        if cursor.accepts(","):
            found.append(_joined(cursor, ","))
        elif how := _join_words(cursor):
            found.append(_joined(cursor, how))
        else:
            return tuple(found)


def _join_words(cursor: Cursor) -> str:
    if cursor.now not in _JOINS:
        return ""
    how = []
    while cursor.now in _JOINS or cursor.now == "OUTER":
        how.append(cursor.take())
        if how[-1] == "JOIN":
            # LEFT OUTER JOIN is LEFT JOIN.
            text = " ".join(word for word in how if word != "OUTER")
            return _SIMPLE_JOIN.get(text, text)
    raise Unparsable


def _joined(cursor: Cursor, how: str) -> Joined:
    lateral = cursor.accepts("LATERAL")
    rows = _rows(cursor)
    as_of: Expr = ()
    if cursor.accepts("FOR", "SYSTEM_TIME", "AS", "OF"):
        as_of = cursor.until(lambda here: _ends_from(here) or _follows_expression(here))
    pattern = cursor.inside().words if cursor.accepts("MATCH_RECOGNIZE") else ()
    cursor.accepts("AS")
    alias = cursor.name() if is_name(cursor.now) else ""
    columns = _column_names(cursor) if alias and cursor.sees("(") else ()
    on: Expr = ()
    if cursor.sees("ON") or cursor.sees("USING"):
        on = cursor.until(lambda here: here.now == "," or _ends_clause(here) or _begins_join(here))
    # Without an alias the last part of its name is one.
    if isinstance(rows, Named) and not alias:
        alias = rows.path[-1]
    return Joined(f"{how} LATERAL" if lateral else how, rows, alias, columns, on, as_of, pattern)


def _follows_expression(cursor: Cursor) -> bool:
    return is_name(cursor.now) and cursor.words[cursor.at - 1] not in ("OF", ".")


def _begins_join(cursor: Cursor) -> bool:
    return cursor.now in _JOINS and cursor.words[cursor.at + 1 : cursor.at + 2] != ("(",)


def _rows(cursor: Cursor) -> Rows:
    if cursor.sees("("):
        return Nested(_whole(cursor.inside()))
    if cursor.sees("UNNEST", "("):
        cursor.at += 1
        args = cursor.inside().words
        return FunctionCall(
            "UNNEST", args + (("WITH", "ORDINALITY") if cursor.accepts("WITH", "ORDINALITY") else ())
        )
    if cursor.accepts("TABLE"):
        inner = cursor.inside()
        rows = _call(inner)
        inner.done()
        return rows
    if cursor.words[cursor.at + 1 : cursor.at + 2] == ("(",):
        return _call(cursor)
    return _named(cursor)


def _call(cursor: Cursor) -> FunctionCall:
    name = cursor.take() if cursor.now in GROUP_WINDOWS else ".".join(cursor.path())
    inner = cursor.inside()
    if name not in GROUP_WINDOWS:
        return FunctionCall(name, inner.words)
    if inner.words[1:2] == ("=>",):
        inner = _positional(name, inner)
    rows: Rows
    if inner.accepts("TABLE"):
        rows = _named(inner)
    elif inner.sees("("):
        rows = Nested(_whole(inner.inside()))
    else:
        raise Unparsable
    return FunctionCall(name, inner.until(never), rows)


def _positional(name: str, cursor: Cursor) -> Cursor:
    """The arguments of a window given by name, in the order in which they are given without."""
    given = {part[0].upper().lstrip("`"): part[2:] for part in cursor.list_of() if part[1:2] == ("=>",)}
    ordered = [given.pop(key) for key in _WINDOW_ARGS[name] if key in given]
    # An argument of a name that is not known here: not understood, rather than ignored.
    if given:
        raise Unparsable
    return Cursor(tuple(text for arg in ordered for text in (",", *arg))[1:])


def _named(cursor: Cursor) -> Named:
    path = cursor.path()
    return Named(path, (cursor.take(),) if cursor.now.startswith("/*+") else ())


def _ends_from(cursor: Cursor) -> bool:
    return cursor.now in (",", "AS", "ON", "USING") or _ends_clause(cursor) or _begins_join(cursor)
