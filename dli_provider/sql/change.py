"""What a change of a job's SQL does to the job and to its state, by the rules in docs/sql-changes.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from dli_provider.sql.ast import Other
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.headline import headline
from dli_provider.sql.inserts import insert_findings, mentions, state_may_expire, state_of
from dli_provider.sql.lexer import Unreadable, same_meaning, split, tokens
from dli_provider.sql.parser import opening_words, statement
from dli_provider.sql.reasons import ChangeRule, Reason, StateFate
from dli_provider.sql.script import STATE_TTL, Outline, outline
from dli_provider.sql.state import Keeps
from dli_provider.sql.verdicts import SAME_JOB, SAME_TEXT, TEXT, Settings, SqlVerdict, asked, shortened

_KEPT = 1024
"""Verdicts that are kept: a plan, a review and a preview ask for the same one several times."""


_SAME_TEXT = SqlVerdict(SAME_TEXT)
_COSMETIC = SqlVerdict("only comments, white space or the case of key words differ in the SQL")
_SAME_SETTINGS = SqlVerdict("the settings in effect are the same ones, only set in another place")


def classify(
    old_sql: str,
    new_sql: str,
    old_settings: Settings = (),
    new_settings: Settings = (),
    flink_version: str = "",
) -> SqlVerdict:
    """The verdict for a change from one SQL text to another: by whoever is consulted, else by the text.

    Cosmetic where only the looks differ; else the state is carried only where it provably means the same,
    incompatible where Flink would refuse, drop or misread it, and at risk wherever that is not known. Settings count as
    they are in effect: it is no change to move one from `runtime_config` into the script.
    """
    found = from_text(old_sql, new_sql, old_settings, new_settings)
    # Of what changes only the looks, nobody knows more than the text.
    if found.cosmetic:
        return found
    return asked(old_sql, new_sql, (old_settings, new_settings), flink_version) or found


@lru_cache(_KEPT)
def from_text(
    old_sql: str, new_sql: str, old_settings: Settings = (), new_settings: Settings = ()
) -> SqlVerdict:
    """The verdict by the rules of the text alone."""
    if same_meaning(old_sql, new_sql) and old_settings == new_settings:
        return _SAME_TEXT if old_sql == new_sql else _COSMETIC
    if _in_effect(old_sql, old_settings) == _in_effect(new_sql, new_settings):
        return _SAME_SETTINGS
    return told(findings(old_sql, new_sql, old_settings, new_settings))


def effective(sql: str, given: Settings) -> dict[str, str]:
    """The settings in effect: those of the script go over those that were given."""
    try:
        return _over(given, outline(sql).settings)
    except (Unparsable, Unreadable, RecursionError):
        return _over(given, {})


def _over(given: Settings, own: Mapping[str, str]) -> dict[str, str]:
    found = {**dict(given), **own}
    if STATE_TTL in found:
        # An hour is 60 minutes, and to Flink a number without a unit is of milliseconds.
        found[STATE_TTL] = _lifetime(found[STATE_TTL])
    return found


_DURATION = re.compile(r"\s*(\d+)\s*([a-z]*)\s*", re.IGNORECASE)
_MILLISECONDS = {
    1: ("", "ms", "milli", "millis", "millisecond", "milliseconds"),
    1_000: ("s", "sec", "secs", "second", "seconds"),
    60_000: ("m", "min", "mins", "minute", "minutes"),
    3_600_000: ("h", "hour", "hours"),
    86_400_000: ("d", "day", "days"),
}


def _lifetime(text: str) -> str:
    """A duration as Flink reads it, in milliseconds; another text as it stands."""
    found = _DURATION.fullmatch(text)
    unit = [each for each, names in _MILLISECONDS.items() if found and found[2].lower() in names]
    return f"{int(found[1]) * unit[0]} ms" if found and unit else text


def _in_effect(sql: str, given: Settings) -> tuple[object, ...]:
    """A script and the settings in effect, wherever they are set."""
    try:
        rest = [[token[:3] for token in tokens(text)] for text in split(sql) if headline(text).kind != "set"]
    except Unreadable:
        return (sql, given)
    return (rest, effective(sql, given))


def told(found: Sequence[Reason], computed_by: str = TEXT) -> SqlVerdict:
    """All reasons as one verdict; none is only a change of looks."""
    if not found:
        return replace(_COSMETIC, computed_by=computed_by)
    if all(finding.rule is ChangeRule.SAME_JOB for finding in found):
        return SqlVerdict(SAME_JOB, computed_by=computed_by)
    # One job has one state: the worst that happens to a part of it happens to all. Only those reasons are reported.
    fate = max(finding.rule.fate for finding in found)
    worst = [finding.because for finding in found if finding.rule.fate is fate]
    return SqlVerdict(shortened(worst), fate, computed_by, reasons=tuple(found))


@lru_cache(_KEPT)
def findings(
    old_sql: str, new_sql: str, old_settings: Settings = (), new_settings: Settings = ()
) -> tuple[Reason, ...]:
    """Every difference between two texts that do not mean the same, judged; never empty."""
    try:
        old, new = (
            replace(each, settings=_over(given, each.settings))
            for each, given in ((outline(old_sql), old_settings), (outline(new_sql), new_settings))
        )
        found = list(dict.fromkeys(_findings(old, new)))
    except Exception:
        # What is not understood may lose state, so it is never called safe; nor does it stop a deployment by itself.
        # A fault of these rules is no different: it would come up in the middle of somebody's deployment.
        found = [ChangeRule.NOT_UNDERSTOOD.reason(name="the script")]
    return tuple(found or [ChangeRule.SAME_PLAN.reason()])


def _findings(old: Outline, new: Outline) -> Iterator[Reason]:
    changed = _changed_definitions(old, new)
    reached = _reaching(changed, old) | _reaching(changed, new)
    found = [*insert_findings(old, new, reached), *_definition_findings(old, new, changed, reached)]
    # Statements like USE or CREATE FUNCTION act on what follows: they are compared with their place in the script,
    # as the number of INSERTs and the definitions before them.
    common = old.definitions.keys() & new.definitions.keys()
    others = [Counter((text, names & common, at) for text, names, at in side.others) for side in (old, new)]
    for text, _, _ in (others[0] - others[1]) + (others[1] - others[0]):
        # USE makes the same table name mean another table, and so the same state belong to another one.
        rule = ChangeRule.NAMESPACE if text.startswith("USE ") else ChangeRule.ENVIRONMENT
        found.append(rule.reason(name=opening_words(text.split(" "))))
    if old.late != new.late:
        # Which of two definitions an INSERT sees depends on their order, which is not followed here.
        found.append(ChangeRule.NOT_UNDERSTOOD.reason(name="definitions behind an INSERT"))
    # In a set, Flink plans all INSERTs as one job and may share operators between them; a single one it plans alike.
    if old.in_set != new.in_set and max(len(old.inserts), len(new.inserts)) > 1:
        found.append(ChangeRule.STATEMENT_SET.reason())
    if old.settings != new.settings:
        expires = state_may_expire(old) or state_may_expire(new)
        found += setting_findings(old.settings, new.settings, max(state_of(old), state_of(new)), expires)
        found += _chained_otherwise(old, new)
    if old.older or new.older:
        found.append(ChangeRule.OLDER_SQL.reason())
    yield from found
    yield from unclaimed(new.settings, found)


def _definition_findings(
    old: Outline, new: Outline, changed: set[str], reached: set[str]
) -> Iterator[Reason]:
    """The definitions that no query reaches, and those that are not understood."""
    users = [text for side in (old, new) for text in (*side.inserts, *(other[0] for other in side.others))]
    unused = not any(mentions(text, reached) for text in users)
    for name in sorted(changed):
        texts = [side.definitions[name] for side in (old, new) if name in side.definitions]
        # A definition that is not understood may matter even to queries that do not name it.
        if any(isinstance(statement(text), Other) for text in texts):
            yield ChangeRule.NOT_UNDERSTOOD.reason(name=name)
        elif unused:
            yield ChangeRule.UNUSED.reason(name=name)


def _changed_definitions(old: Outline, new: Outline) -> set[str]:
    """The tables and views that one script defines otherwise than the other, or not at all."""
    names = {*old.definitions, *new.definitions}
    differ = {name for name in names if old.definitions.get(name) != new.definitions.get(name)}
    return {
        name for name in differ if not _same_definition(old.definitions.get(name), new.definitions.get(name))
    }


def _same_definition(old: str | None, new: str | None) -> bool:
    return old is not None and new is not None and statement(old) == statement(new)


def _reaching(changed: set[str], script: Outline) -> set[str]:
    """The changed definitions, and all those that name them: views over them, and tables made LIKE them."""
    reached = set(changed)
    while True:
        more = {
            name
            for name, text in script.definitions.items()
            if name not in reached and mentions(text, reached)
        }
        if not more:
            return reached
        reached |= more


_ZERO = re.compile(r"\s*0*\s*[a-z]*\s*", re.IGNORECASE)
_UNCLAIMED = re.compile(r"execution\.(savepoint|state-recovery)\.ignore-unclaimed-state")
_ZONE = "table.local-time-zone"
_PARALLELISM = re.compile(r"parallelism\.default|table\.exec\.resource\.default-parallelism")
_FIXED = re.compile(r"(?i)'[\w.-]*parallelism'\s*=\s*'(\d+)'")
_RUNTIME = re.compile(
    r"pipeline\.name|restart-strategy(\..*)?"
    r"|execution\.checkpointing\.(interval|timeout|min-pause|max-concurrent-checkpoints|tolerable-failed-checkpoints)"
    r"|pipeline\.object-reuse|state\.backend\.incremental|table\.exec\.mini-batch\.(size|allow-latency)"
    r"|execution\.checkpointing\.(externalized-checkpoint-retention|num-retained)|state\.checkpoints\.num-retained"
)
_PLAN = re.compile(
    r"table\.exec\.mini-batch\.enabled|table\.optimizer\.(agg-phase-strategy|distinct-agg\.split\..*|join-reorder-enabled"
    r"|incremental-agg-enabled|reuse-.*|multiple-input-enabled)|pipeline\.(operator-chaining(\..*)?|max-parallelism)"
    r"|table\.exec\.(sink\.upsert-materialize|sink\.keyed-shuffle|source\.cdc-events-duplicate|uid\..*|legacy-.*)"
)


def setting_findings(
    old: Mapping[str, str], new: Mapping[str, str], state: Keeps, expires: bool = True
) -> Iterator[Reason]:
    """The differences between two sets of settings; `state` is what the queries of the script keep.

    `expires`: whether a time to live may apply to some of it.
    """
    for key in sorted({*old, *new}):
        before, after = old.get(key, ""), new.get(key, "")
        if before != after:
            yield from _finding(key, before, after, state, expires)


def _chained_otherwise(old: Outline, new: Outline) -> Iterator[Reason]:
    """Operators are chained to a table of as many tasks, and have another id then."""
    fixed = {number for text in (*new.definitions.values(), *new.inserts) for number in _FIXED.findall(text)}
    for key in sorted({*old.settings, *new.settings}):
        before, after = old.settings.get(key, "1"), new.settings.get(key, "1")
        if _PARALLELISM.fullmatch(key) and before != after and not fixed.isdisjoint((before, after)):
            yield ChangeRule.TABLE_PARALLELISM.reason()


def _finding(key: str, before: str, after: str, state: Keeps, expires: bool) -> Iterator[Reason]:
    if key == STATE_TTL and (state is Keeps.NO or not expires):
        # Without state that expires there is nothing whose form the time to live could change.
        yield ChangeRule.RUNTIME_SETTING.reason(key=key)
    elif key == STATE_TTL:
        # With a time to live, Flink stores a time beside each value: switching it is another form of state,
        # another length is not.
        switched = bool(_ZERO.fullmatch(before)) != bool(_ZERO.fullmatch(after))
        yield (ChangeRule.TTL_SWITCHED if switched else ChangeRule.TTL_LENGTH).reason()
    # The zone decides in which hour or day a row is counted.
    elif key == _ZONE:
        # Without state, the zone shapes only what is written from now on.
        yield ChangeRule.SETTING.reason(key=key) if state is Keeps.NO else ChangeRule.TIME_ZONE.reason()
    elif _PARALLELISM.fullmatch(key):
        yield ChangeRule.PARALLELISM.reason()
    elif _RUNTIME.fullmatch(key):
        yield ChangeRule.RUNTIME_SETTING.reason(key=key)
    elif _PLAN.fullmatch(key):
        yield ChangeRule.PLAN_SETTING.reason(key=key)
    elif not _UNCLAIMED.fullmatch(key):  # that one is judged by what else changes, see `unclaimed`
        yield ChangeRule.SETTING.reason(key=key)


def unclaimed(settings: Mapping[str, str], found: list[Reason]) -> Iterator[Reason]:
    """With state that finds no operator ignored, what Flink would have refused is silently dropped."""
    for key, value in settings.items():
        # Only AT_RISK is made worse: what is incompatible already is refused as it is.
        ignored = _UNCLAIMED.fullmatch(key) and value.lower() == "true"
        if ignored and any(finding.rule.fate is StateFate.AT_RISK for finding in found):
            yield ChangeRule.UNCLAIMED_STATE.reason(key=key)
