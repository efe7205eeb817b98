"""The INSERTs of two scripts, put side by side and compared: queries, then what they read and where they write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from dli_provider.sql.ast import Expr, Query, Table, tables_in, word
from dli_provider.sql.canonical import canonical
from dli_provider.sql.connectors import takes_changes, written_without_state
from dli_provider.sql.cursor import Cursor, Unparsable
from dli_provider.sql.lexer import tokens
from dli_provider.sql.parser import option
from dli_provider.sql.query_comparison import Comparison, Read
from dli_provider.sql.reasons import ChangeRule, Reason
from dli_provider.sql.script import Outline
from dli_provider.sql.state import Keeps, keeps, may_expire, sink_keeps
from dli_provider.sql.tables import lookup_findings, sink_findings, source_findings

_ALONE = frozenset(
    [
        ChangeRule.STATELESS_FILTER,
        ChangeRule.STATELESS_EXPRESSION,
        ChangeRule.RESULT_FILTER,
        ChangeRule.RESULT_EXPRESSION,
        ChangeRule.SOURCE_UNUSED,
    ]
)
"""Rules that hold where the operators of the query belong to it alone."""


def insert_findings(old: Outline, new: Outline, changed: Set[str]) -> Iterator[Reason]:
    """All differences of the queries, those included that come from the definitions in `changed`."""
    olds, news = _sinks(old), _sinks(new)
    if sorted(olds) == sorted(news) and (olds != news or _same_in_another_order(old, new)):
        # Flink numbers operators in the order of the INSERTs, so each would find the state of another.
        yield ChangeRule.INSERT_ORDER.reason()
    elif olds[: len(news)] != news[: len(olds)] and len(olds) != len(news):
        # One is added or removed in between: all behind it get other numbers, so pairs of them tell nothing.
        yield from _added_or_removed(olds, news)
    else:
        for index, texts in enumerate(zip(old.inserts, new.inserts, strict=False)):
            # The same text may read a table or view that has changed.
            if texts[0] != texts[1] or mentions(texts[0], changed):
                yield from _pair(old, new, index, changed)
        # From here on all pairs are compared; one script may go on behind them.
        yield from _added_or_removed(olds[len(news) :], [])
        yield from _appended(old, new, news)


def mentions(text: str, names: Set[str]) -> bool:
    """Whether one of the names may stand in the text. Rather once too often: this only says what to look at."""
    return any(name.rsplit(".", 1)[-1] in text for name in names)


def state_of(script: Outline) -> Keeps:
    """What the queries of the script keep, taken together; the first that surely keeps something decides."""
    state = Keeps.NO
    for index in range(len(script.inserts)):
        try:
            state = max(state, keeps(_query(script, index), script.tables))
        except Unparsable:
            return Keeps.YES  # the careful answer: with state, more changes are dangerous
        # Nothing keeps more than YES.
        if state is Keeps.YES:
            break
    return state


def state_may_expire(script: Outline) -> bool:
    """Whether a time to live may apply to anything that the script keeps."""
    for index in range(len(script.inserts)):
        try:
            insert, query = script.insert(index), _query(script, index)
        except Unparsable:
            return True
        sink = script.tables.get(".".join(insert.sink))
        # A sink is written as it was, whatever expires, unless changes of one key have to be put in order there.
        if sink_keeps(sink, insert.between, query) is not Keeps.NO or may_expire(query, script.tables):
            return True
    return False


def _sinks(script: Outline) -> list[str]:
    return [script.sink(index) for index in range(len(script.inserts))]


def _query(script: Outline, index: int) -> Query:
    return canonical(script.insert(index).query, script.views, script.columns)


def _same_in_another_order(old: Outline, new: Outline) -> bool:
    return old.inserts != new.inserts and sorted(old.inserts) == sorted(new.inserts)


def _added_or_removed(olds: list[str], news: list[str]) -> Iterator[Reason]:
    removed, added = Counter(olds) - Counter(news), Counter(news) - Counter(olds)
    yield from (ChangeRule.INSERT_REMOVED.reason(sink=sink) for sink in removed)
    yield from (ChangeRule.INSERT_ADDED.reason(sink=sink) for sink in added)


def _appended(old: Outline, new: Outline, news: list[str]) -> Iterator[Reason]:
    """INSERTs behind all that were there: how they fare depends on what they read."""
    for index in range(len(old.inserts), len(new.inserts)):
        rule = ChangeRule.INSERT_ADDED
        try:
            known = [_query(new, earlier) for earlier in range(len(old.inserts))]
            query = _query(new, index)
            read = {named.path for one in known for named in tables_in(one)}
            if query in known:  # Flink runs it once, and gives its last operator one more output
                rule = ChangeRule.SECOND_SINK
            elif read.issuperset(named.path for named in tables_in(query)):
                rule = ChangeRule.INSERT_APPENDED
        except Unparsable:
            pass  # then it is taken to have operators of its own, which the old state does not know
        yield rule.reason(sink=news[index])


def _pair(old: Outline, new: Outline, index: int, changed: Set[str]) -> Iterator[Reason]:
    try:
        before, after = old.insert(index), new.insert(index)
        queries = _query(old, index), _query(new, index)
    except Unparsable:
        yield ChangeRule.NOT_UNDERSTOOD.reason(name=f"the INSERT into {new.sink(index)}")
        return
    sinks = old.tables.get(".".join(before.sink)), new.tables.get(".".join(after.sink))
    inserts = (before, after)
    keyed = max(
        sink_keeps(*one) for one in zip(sinks, (one.between for one in inserts), queries, strict=True)
    )
    single = len(old.inserts) == len(new.inserts) == 1
    alone = single and all(sink is not None and written_without_state(sink) for sink in sinks)
    comparison = Comparison(".".join(after.sink), old.tables, new.tables, keyed, alone)
    comparison.query(*queries)
    yield from comparison.findings
    sources = [
        finding for read in dict.fromkeys(comparison.reads) for finding in _read(read, old, new, changed)
    ]
    yield from sources
    moved = any(
        (read.old.path, read.old.hints) != (read.new.path, read.new.hints) for read in comparison.reads
    )
    # These changes are harmless only where no operator is shared: Flink reads a table once for all queries that read
    # it in the same way, and splits the operators once they differ, or merges them once they agree.
    needs_own = moved or any(finding.rule in _ALONE for finding in (*comparison.findings, *sources))
    shared = _shares(old, index, queries[0]) or _shares(new, index, queries[1])
    # It takes `a > 1` for the same as `a > 1` elsewhere, but not for `1 < a`, which lets the same rows in.
    if shared and (needs_own or _written(old, index) != _written(new, index)):
        yield ChangeRule.SHARED_OPERATORS.reason(sink=comparison.sink)
    if before.between != after.between:
        yield ChangeRule.INSERT_TARGET.reason(sink=comparison.sink)
    # A sink that the script does not define may have changed outside of it; only its name can be compared.
    if sinks[0] is None or sinks[1] is None:
        if before.sink != after.sink or sinks != (None, None) or mentions(after.sink[-1], changed):
            yield ChangeRule.SINK_CHANGED.reason(name=comparison.sink, key="table")
    elif sinks[0] != sinks[1]:
        # Whichever side keeps state: the old one leaves it behind, the new one looks for it.
        state = max(keeps(queries[0], old.tables), keeps(queries[1], new.tables))
        yield from sink_findings(sinks[0], sinks[1], state, keyed)
        # A changing result is told in one form where a sink wants the old row too, and in another where it does not:
        # two queries of one form share operators, those of two forms do not.
        if shared and state is Keeps.YES and takes_changes(sinks[0]) != takes_changes(sinks[1]):
            yield ChangeRule.SHARED_OPERATORS.reason(sink=comparison.sink)
        types = [[column.expr for column in sink.columns] for sink in sinks if sink is not None]
        if types[0] != types[1] and not alone:
            # An operator that casts may appear or vanish, and renumber those of other INSERTs.
            yield ChangeRule.RESULT_SHAPE.reason(sink=comparison.sink)


def _written(script: Outline, index: int) -> Query:
    """The query of an INSERT with its conditions and calls as they were written."""
    return canonical(script.insert(index).query, script.views, script.columns, as_written=True)


def _shares(script: Outline, index: int, query: Query) -> bool:
    """Whether a table that the query reads may be read a second time, here or by another INSERT."""
    names = [named.name for named in tables_in(query)]
    others = [text for other, text in enumerate(script.inserts) if other != index]
    views = [script.definitions[view] for view in script.view_names] if others else []
    return len(set(names)) < len(names) or any(mentions(text, set(names)) for text in (*others, *views))


def _read(read: Read, old: Outline, new: Outline, changed: Set[str]) -> Iterator[Reason]:
    before, after = old.tables.get(read.old.name), new.tables.get(read.new.name)
    name = read.new.name
    if before is None or after is None:
        # A table that the script does not define is one of a catalog. What it is now cannot be known.
        if before is not after or mentions(read.new.path[-1], changed):
            yield ChangeRule.NOT_UNDERSTOOD.reason(name=name)
        if read.old.path != read.new.path:
            yield ChangeRule.SOURCE_IDENTITY.reason(name=name, key="table")
        if read.old.hints != read.new.hints:
            yield ChangeRule.HINT.reason(sink=name)
        return
    before, old_hints = _with_hints(before, read.old.hints)
    after, new_hints = _with_hints(after, read.new.hints)
    if old_hints != new_hints:
        yield ChangeRule.HINT.reason(sink=name)
    if before != after:
        if read.looked_up:
            yield from lookup_findings(before, after)
        else:
            yield from source_findings(
                before,
                after,
                read.above,
                lambda column: read.whole or _uses(old, before, column) or _uses(new, after, column),
                read.filtered,
            )


_READS_ALL = frozenset(["SELECT", "DISTINCT", "ALL", ",", "."])
_BEFORE_TABLE = frozenset(["(", "CREATE", "TEMPORARY", "INTO", "OVERWRITE", "FROM", ",", "JOIN", "LATERAL"])


def _uses(script: Outline, table: Table, column: str) -> bool:
    """Whether anything but the column's own definition may read it. Rather once too often."""
    own = [
        expr
        for each in table.columns
        if each.name != column and each.expr[:1] == ("AS",)
        for expr in [each.expr]
    ]
    if any("`" + column in words for words in (*own, table.rest)):
        return True
    # The columns of other tables are their own, unless they are made like this one.
    likes = [
        text for name, text in script.definitions.items() if name != table.name and "LIKE" in text.upper()
    ]
    texts = [*script.inserts, *(script.definitions[name] for name in script.view_names), *likes]
    return any(_names_column(text, column) for text in texts)


@lru_cache(4096)
def _names_column(text: str, column: str) -> bool:
    words = [word(tok) for tok in tokens(text)]
    # A star, a hint before one, NATURAL and TABLE t read what they do not name. COUNT(*) and a product do not.
    stars = any(
        at and (words[at - 1] in _READS_ALL or words[at - 1].startswith("/*+"))
        for at, each in enumerate(words)
        if each == "*"
    )
    whole = any(after == "TABLE" and before not in _BEFORE_TABLE for before, after in pairwise(words))
    like = words[:1] == ["CREATE"] and "TABLE" in words[:4] and "LIKE" in words
    return "`" + column in words or stars or "NATURAL" in words or whole or like


def _with_hints(table: Table, hints: Expr) -> tuple[Table, tuple[Expr, ...]]:
    """The table with the options that its hints override, and the other hints."""
    options, others = dict(table.options), []
    for hint in hints:
        cursor = Cursor(tuple(word(tok) for tok in tokens(hint[3:-2])))
        while cursor.now:
            name = cursor.take()
            args = cursor.inside() if cursor.sees("(") else Cursor(())
            if name == "`OPTIONS":
                options.update(option(part) for part in args.list_of() if part)
            else:
                others.append((name, *args.words))
    return replace(table, options=tuple(sorted(options.items()))), tuple(others)
