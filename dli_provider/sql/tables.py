"""What a change of a table's definition does to the state of the queries that read or write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dli_provider.sql.ast import Column, Table, is_literal, is_name
from dli_provider.sql.connectors import (
    TOPIC_OPTIONS,
    adds_topics,
    commits,
    connector,
    is_client,
    is_consumer_group,
    is_identity,
    is_login,
    is_servers,
    is_start,
    only_grows,
    reads_by_place,
    switches_changelog,
    tunes_lookup,
    tunes_sink,
    tunes_source,
    written_without_state,
)
from dli_provider.sql.reasons import ChangeRule, Reason
from dli_provider.sql.state import Keeps, table_keeps


def source_findings(
    old: Table, new: Table, above: Keeps, used: Callable[[str], bool], filtered: bool = False
) -> Iterator[Reason]:
    """The differences between two definitions of a table that is read.

    `above` is what state is built on it, `used` whether a column may be read, in the old script or in the new one,
    `filtered` whether an operator behind it surely filters its rows.
    """
    if old.name != new.name and _alike(old, new):
        yield ChangeRule.TABLE_RENAMED.reason(name=new.name)
    yield from source_options(old, new)
    # Options of two connectors have nothing to do with each other, nor have their columns.
    if connector(old) != connector(new):
        return
    if _shape(old) != _shape(new) and _reads_alike(old, new, used, filtered):
        yield ChangeRule.SOURCE_UNUSED.reason(name=new.name)
    else:
        yield from _schema(old, new, max(above, table_keeps(old), table_keeps(new)))


def source_options(old: Table, new: Table) -> Iterator[Reason]:
    """The differences between the options of a table that is read."""
    if connector(old) != connector(new):
        yield ChangeRule.SOURCE_CONNECTOR.reason(name=new.name)
        return
    for key in _changed_options(old, new):
        yield _source_option(old, new, key)


def lookup_findings(old: Table, new: Table) -> Iterator[Reason]:
    """The differences between two definitions of a table that a join asks row by row."""
    yield from lookup_options(old, new)
    if _shape(old) != _shape(new):
        yield ChangeRule.LOOKUP_COLUMNS.reason(name=new.name)
    elif old.name != new.name and _alike(old, new):
        yield ChangeRule.TABLE_RENAMED.reason(name=new.name)


def lookup_options(old: Table, new: Table) -> Iterator[Reason]:
    """The differences between the options of a table that a join asks row by row."""
    for key in _changed_options(old, new):
        tuning = tunes_lookup(key) or is_login(key)
        yield (ChangeRule.LOOKUP_TUNING if tuning else ChangeRule.LOOKUP_TABLE).reason(name=new.name, key=key)


def sink_findings(old: Table, new: Table, query: Keeps, keyed: Keeps) -> Iterator[Reason]:
    """The differences between two definitions of a table that is written.

    `query` is what the query keeps, `keyed` whether Flink keeps what it wrote by the sink's key.
    """
    yield from sink_options(old, new)
    if old.primary_key != new.primary_key:
        # Only a query whose results are updated is written by key; one that only appends has no such state.
        if query is Keeps.NO:
            yield ChangeRule.SINK_CHANGED.reason(name=new.name, key="primary key")
        else:
            yield ChangeRule.SINK_KEY.reason(name=new.name)
    elif Keeps.NO not in (query, keyed) and _types(old) != _types(new):
        # Whatever the sink itself keeps: the operator before it has whole rows, in these types.
        yield ChangeRule.SINK_ROWS.reason(name=new.name)
    elif _shape(old) != _shape(new):
        free = written_without_state(old) and written_without_state(new)
        rule = ChangeRule.SINK_FREE if free else ChangeRule.SINK_CHANGED
        yield rule.reason(name=new.name, key="columns")
    elif old.name != new.name and _alike(old, new):
        yield ChangeRule.TABLE_RENAMED.reason(name=new.name)


def sink_options(old: Table, new: Table) -> Iterator[Reason]:
    """The differences between the options of a table that is written."""
    free = written_without_state(old) and written_without_state(new)
    # What is written at once leaves nothing that would still have to be committed to where it was going.
    moved = connector(old) == connector(new) and not commits(old) and not commits(new)
    for key in _changed_options(old, new):
        if tunes_sink(new, key) or is_login(key):
            yield ChangeRule.SINK_TUNING.reason(name=new.name, key=key)
        elif free or (moved and key in TOPIC_OPTIONS):
            yield ChangeRule.SINK_FREE.reason(name=new.name, key=f"option {key}")
        else:
            yield ChangeRule.SINK_CHANGED.reason(name=new.name, key=f"option {key}")


def _changed_options(old: Table, new: Table) -> list[str]:
    olds, news = dict(old.options), dict(new.options)
    return [key for key in sorted({*olds, *news}) if olds.get(key) != news.get(key)]


def _shape(table: Table) -> tuple[object, ...]:
    return (table.columns, table.watermark, table.primary_key, table.like, table.rest, table.older)


def _types(table: Table) -> list[tuple[str, ...]]:
    return [column.expr for column in table.columns]


def _alike(old: Table, new: Table) -> bool:
    return _shape(old) == _shape(new) and old.options == new.options


def _source_option(old: Table, new: Table, key: str) -> Reason:
    before, after = dict(old.options).get(key, ""), dict(new.options).get(key, "")
    name = new.name
    if is_start(key):
        # Read only by a job without state: the place in the source is part of the state.
        return ChangeRule.SOURCE_START.reason(name=name, key=key)
    if is_consumer_group(key):
        return ChangeRule.SOURCE_GROUP.reason(name=name)
    # Neither decides which rows are read.
    if is_login(key) or tunes_source(key):
        return ChangeRule.SOURCE_TUNING.reason(name=name, key=key)
    if is_client(key):
        return ChangeRule.SOURCE_CLIENT.reason(name=name, key=key)
    if adds_topics(new, key, before, after):
        return ChangeRule.SOURCE_TOPIC_ADDED.reason(name=name, key=key)
    if is_servers(key):
        # Lists that share a broker name one cluster; others are taken for two clusters.
        same_cluster = not {*_brokers(before)}.isdisjoint(_brokers(after))
        return (ChangeRule.SOURCE_SERVERS if same_cluster else ChangeRule.SOURCE_IDENTITY).reason(
            name=name, key=key
        )
    if is_identity(key):
        return ChangeRule.SOURCE_IDENTITY.reason(name=name, key=key)
    if switches_changelog(key, before, after):
        return ChangeRule.SOURCE_CHANGELOG.reason(name=name)
    return ChangeRule.SOURCE_OPTION.reason(name=name, key=key)


def _brokers(servers: str) -> list[str]:
    return [server.strip() for server in servers.split(",") if server.strip()]


def _schema(old: Table, new: Table, above: Keeps) -> Iterator[Reason]:
    name = new.name
    if old.columns != new.columns:
        # The columns that state is built on are still there; only an operator may appear before it.
        if _only_added(old, new):
            yield ChangeRule.SOURCE_COLUMN_ADDED.reason(name=name)
        elif above is Keeps.YES:
            yield ChangeRule.SOURCE_COLUMNS.reason(name=name)
        else:
            yield ChangeRule.SOURCE_SCHEMA.reason(name=name)
    if old.watermark != new.watermark:
        # Only the delay differs: the operator stays the same.
        if _without_literals(old.watermark) == _without_literals(new.watermark):
            yield ChangeRule.WATERMARK_DELAY.reason(name=name)
        elif above is Keeps.YES:
            yield ChangeRule.SOURCE_WATERMARK.reason(name=name)
        else:
            yield ChangeRule.SOURCE_SCHEMA.reason(name=name)
    if old.primary_key != new.primary_key:
        yield (ChangeRule.SOURCE_SCHEMA if above is Keeps.NO else ChangeRule.SOURCE_KEY).reason(name=name)
    if (old.like, old.rest, old.older) != (new.like, new.rest, new.older):
        yield ChangeRule.SOURCE_SCHEMA.reason(name=name)


def _reads_alike(old: Table, new: Table, used: Callable[[str], bool], filtered: bool) -> bool:
    """Whether the columns that are read are the same in both, and an operator surely drops some that are not.

    Only of tables that just grow: of all others Flink may keep whole rows.
    """
    if not (only_grows(old) and only_grows(new)) or _beside(old) != _beside(new):
        return False
    timed = [text[1:] for table in (old, new) for text in table.watermark if is_name(text)]
    moved = old.watermark != new.watermark

    def kept(table: Table) -> list[Column]:
        also = () if moved else timed
        return [column for column in table.columns if used(column.name) or column.name in also]

    dropped = filtered or all(
        any(_is_dropped(column, kept(table)) for column in table.columns) for table in (old, new)
    )
    if kept(old) != kept(new) or not dropped:
        return False
    if (reads_by_place(old) or reads_by_place(new)) and _up_to(old, kept(old)) != _up_to(new, kept(new)):
        return False
    if not moved and _computed(old) == _computed(new):
        return True
    # Kafka's source makes watermarks itself; another one is followed by an operator that does, and may be renumbered.
    return connector(old) == "kafka" and not (moved and any(map(used, timed)))


def _is_dropped(column: Column, kept: list[Column]) -> bool:
    """Whether the column comes out of the source, and an operator behind it leaves it out."""
    return column.expr[:1] not in (("AS",), ("METADATA",)) and column not in kept


def _up_to(table: Table, kept: list[Column]) -> tuple[Column, ...]:
    """The columns up to the last one that is kept."""
    return table.columns[: max((table.columns.index(each) + 1 for each in kept), default=0)]


def _beside(table: Table) -> tuple[object, ...]:
    return (table.primary_key, table.like, table.rest, table.older)


def _computed(table: Table) -> list[Column]:
    return [column for column in table.columns if column.expr[:1] == ("AS",)]


def _only_added(old: Table, new: Table) -> bool:
    """Whether the old columns are all there, as they were and in their order; at their places, where those count."""
    if len(new.columns) <= len(old.columns):
        return False
    if reads_by_place(old) or reads_by_place(new):
        return new.columns[: len(old.columns)] == old.columns
    remaining = iter(new.columns)
    return all(column in remaining for column in old.columns)


def _without_literals(expr: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("'" if is_literal(text) else text for text in expr)
