"""What of a change of SQL a rehearsal cannot see, as far as texts tell: other places, odd types, values far away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dli_provider.proof.aims import Threshold, aims
from dli_provider.proof.generator import MOST_COUNTED, RowSource
from dli_provider.proof.rehearsal import Doubts
from dli_provider.sql import (
    STATE_TTL,
    identity,
    keeping_sinks,
    outline,
    readings,
    stateful_sinks,
)


def doubts(old: str, new: str, sources: Sequence[RowSource]) -> Doubts:
    """What the two texts leave open. Raises `Unreadable` and `Unparsable` where they are not understood."""
    blind = [*_moved(old, new), *_unmade(sources)]
    notes = []
    if _ttl(old) or _ttl(new):
        notes.append("state that is dropped when it is old was not waited for")
    # Rows are written into memory here; a real sink may have transactions or a buffer in its state.
    if sinks := keeping_sinks(old) | keeping_sinks(new):
        notes.append(
            f"what {' and '.join(sorted(sinks))} itself keeps of what it has to write was not rehearsed"
        )
    return Doubts(stateful_sinks(new), tuple(dict.fromkeys(blind)), tuple(_untried(old, new)), tuple(notes))


def _moved(old: str, new: str) -> Iterator[str]:
    """Sources of one name that read from elsewhere than before: what a position is worth there, nobody knows."""
    olds, news = readings(old), readings(new)
    for name in olds.keys() & news.keys():
        if identity(olds[name].table) != identity(news[name].table):
            yield f"{name} reads from another place than before, where the old position means nothing"


def _unmade(sources: Sequence[RowSource]) -> Iterator[str]:
    for source in sources:
        for name, kinds in source.columns.items():
            for kind in kinds:
                if not kind.known:
                    yield f"no values can be made for column {name} of {min(source.names)}: its type is not known here"


def _ttl(sql: str) -> bool:
    value = outline(sql).settings.get(STATE_TTL, "0")
    hinted = "STATE_TTL" in sql.upper().replace(STATE_TTL.upper(), "")
    return bool(re.search(r"[1-9]", value)) or hinted


def _untried(old: str, new: str) -> Iterator[str]:
    """Literals of conditions that only one of the texts has, where the rows are not sure to show what they decide."""
    olds, news = aims([old]).thresholds, aims([new]).thresholds
    words = {each.text for each in olds} ^ {each.text for each in news}
    changed = [each for each in (*olds, *news) if each.text in words and not _sure(each)]
    yield from sorted({each.text for each in changed})


def _sure(threshold: Threshold) -> bool:
    """Whether values on both sides are made by construction: near columns, and up to some count of rows."""
    if threshold.summed or (not threshold.columns and not threshold.counted):
        return False
    if threshold.counted:
        return threshold.text.isdecimal() and int(threshold.text) <= MOST_COUNTED
    return True
