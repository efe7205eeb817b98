"""What a change of the SET statements of a script does to its state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dli_provider.job.impact import StateFate
from dli_provider.sql.reasons import Finding, Rule
from dli_provider.sql.state import Keeps

_TTL = "table.exec.state.ttl"
_ZERO = re.compile(r"\s*0*\s*[a-z]*\s*", re.IGNORECASE)
_UNCLAIMED = re.compile(r"execution\.(savepoint|state-recovery)\.ignore-unclaimed-state")
_ZONE = "table.local-time-zone"
_PARALLELISM = re.compile(r"parallelism\.default|table\.exec\.resource\.default-parallelism")
_RUNTIME = re.compile(
    r"pipeline\.name|restart-strategy(\..*)?"
    r"|execution\.checkpointing\.(interval|timeout|min-pause|max-concurrent-checkpoints|tolerable-failed-checkpoints)"
    r"|execution\.checkpointing\.(externalized-checkpoint-retention|num-retained)|state\.checkpoints\.num-retained"
)
_PLAN = re.compile(
    r"table\.exec\.mini-batch\.enabled|table\.optimizer\.(agg-phase-strategy|distinct-agg\.split\..*|join-reorder-enabled"
    r"|incremental-agg-enabled|reuse-.*|multiple-input-enabled)|pipeline\.(operator-chaining(\..*)?|max-parallelism)"
    r"|table\.exec\.(sink\.upsert-materialize|sink\.keyed-shuffle|source\.cdc-events-duplicate|uid\..*|legacy-.*)"
)


def setting_findings(old: Mapping[str, str], new: Mapping[str, str], state: Keeps) -> Iterator[Finding]:
    """The differences between two sets of settings; `state` is what the queries of the script keep."""
    for key in sorted({*old, *new}):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            yield from _finding(key, before, after, state)


def _finding(key: str, before: str, after: str, state: Keeps) -> Iterator[Finding]:
    if key == _TTL and state is Keeps.NO:
        yield Rule.RUNTIME_SETTING.finding(key=key)
    elif key == _TTL:
        switched = bool(_ZERO.fullmatch(before)) != bool(_ZERO.fullmatch(after))
        yield (Rule.TTL_SWITCHED if switched else Rule.TTL_LENGTH).finding()
    elif key == _ZONE:
        # Without state, the zone shapes only what is written from now on.
        yield Rule.SETTING.finding(key=key) if state is Keeps.NO else Rule.TIME_ZONE.finding()
    elif _PARALLELISM.fullmatch(key):
        yield Rule.PARALLELISM.finding()
    elif _RUNTIME.fullmatch(key):
        yield Rule.RUNTIME_SETTING.finding(key=key)
    elif _PLAN.fullmatch(key):
        yield Rule.PLAN_SETTING.finding(key=key)
    elif not _UNCLAIMED.fullmatch(key):
        yield Rule.SETTING.finding(key=key)


def unclaimed(settings: Mapping[str, str], found: list[Finding]) -> Iterator[Finding]:
    """With state that finds no operator ignored, what Flink would have refused is silently dropped."""
    for key, value in settings.items():
        ignored = _UNCLAIMED.fullmatch(key) and value.lower() == "true"
        if ignored and any(finding.rule.fate is StateFate.AT_RISK for finding in found):
            yield Rule.UNCLAIMED_STATE.finding(key=key)
