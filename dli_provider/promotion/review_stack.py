"""A stack's jobs once more, under names of their own, so that they can be looked at beside the real ones.

Every copy reads with a consumer group of its own and writes to topics of its own; what one copy writes, another
one reads from there. What cannot be kept apart in this way is refused: a review must never write where the real jobs
write. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dli_provider.promotion.problems import collecting
from dli_provider.promotion.release_jobs import StackJob
from dli_provider.sql import (
    EXCLUSIVE_OPTIONS,
    TOPIC_CONNECTORS,
    TOPIC_OPTIONS,
    Flow,
    Where,
    connector,
    flow,
    hints,
    identity,
    is_consumer_group,
    outline,
    with_options,
)


def for_review(jobs: Sequence[StackJob], suffix: str) -> tuple[StackJob, ...]:
    """The copies of the jobs; `suffix` is the name of the stack that they are for. Raises Problems."""
    flows = {job.name: flow(job.sql_body) for job in jobs}
    written = frozenset(where for one in flows.values() for where in one.writes)
    with collecting() as problems:
        problems += [f"{job.name}: {why}" for job in jobs for why in _refusals(job.sql_body, flows[job.name])]
    return tuple(_copy(job, suffix, written) for job in jobs)


def copy_of(name: str, suffix: str) -> str:
    """The name of a copy."""
    return f"{name}-{suffix}"


def _copy(job: StackJob, suffix: str, written: frozenset[Where]) -> StackJob:
    name = copy_of(job.name, suffix)
    arguments = {**job.arguments, "name": name}
    return replace(job, name=name, arguments=arguments, sql_body=_apart(job.sql_body, suffix, written))


def _apart(sql: str, suffix: str, written: frozenset[Where]) -> str:
    """The query on tables and consumer groups of its own."""
    tables = outline(sql).tables

    def change(table: str, key: str, value: str) -> str:
        if is_consumer_group(key):
            return f"{value}.{suffix}"
        # Only topics that some copied job writes get a name of their own; all others are read as they are.
        own = table in tables and any(where in written for where in identity(tables[table]))
        if own and key in TOPIC_OPTIONS:
            topics = [topic.strip() for topic in value.split(";")]
            return ";".join(f"{suffix}.{one}" if ("kafka", one) in written else one for one in topics)
        return value

    return with_options(sql, change)


def _refusals(sql: str, seen: Flow) -> Iterator[str]:
    """Why a copy of this query could not be kept apart from the real one."""
    if not seen.understood:
        yield "its SQL is not understood, so it is not known what it writes. Leave it out with --without"
        return
    for where in sorted(seen.writes):
        if where[0] not in TOPIC_CONNECTORS:
            yield (
                f"it writes to {where[0]}, and a review stack can only be given topics of its own. "
                "Leave the job out with --without"
            )
    for name, table in outline(sql).tables.items():
        keys = dict(table.options)
        yield from (
            f"table {name}, option {key} ({connector(table)}): {why}. Leave the job out with --without"
            for key, why in EXCLUSIVE_OPTIONS.items()
            if key in keys
        )
    # A hint overrides the options of the table, and so the group and topic that were just set.
    if any("group.id" in hint or "topic" in hint for hint in hints(sql)):
        yield "a hint sets a topic or a consumer group. Put that into the table's options"
