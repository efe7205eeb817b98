"""The verdict on a change of SQL, from what Flink's planner made of both scripts.

Flink finds state by the id of an operator, and refuses it where the types of key or value do not fit. So: an old
operator with state whose id is gone, or whose key, parallelism or state differs, makes the change incompatible; a new
one begins empty; whatever stands above all state is free. What the planner cannot see is left to the rules of the text:
where a source's place belongs, what users' functions do, what a setting does at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from dli_provider.sql.ast import Table
from dli_provider.sql.change import (
    effective,
    findings,
    from_text,
    setting_findings,
    told,
    unclaimed,
)
from dli_provider.sql.connectors import always_keeps, commits, connector, written_without_state
from dli_provider.sql.flows import hints
from dli_provider.sql.plan_expressions import in_words
from dli_provider.sql.plan_facts import Operator, PlanFacts, PlanStep, schema_of, table_of
from dli_provider.sql.plan_meaning import Kept, Meaning, delays, tells_time
from dli_provider.sql.reasons import ChangeRule, Reason, StateFate
from dli_provider.sql.script import STATE_TTL
from dli_provider.sql.state import Keeps
from dli_provider.sql.tables import lookup_options, sink_options, source_options
from dli_provider.sql.verdicts import Settings, SqlVerdict

# What only the text shows: the planner resolves names and functions, and knows neither what they were nor what they do.
_OF_THE_TEXT: Final = frozenset(
    [
        ChangeRule.ENVIRONMENT,
        ChangeRule.NAMESPACE,
        ChangeRule.OLDER_SQL,
        # A compiled plan has no options that stand in hints.
        ChangeRule.SOURCE_CONNECTOR,
        ChangeRule.SOURCE_IDENTITY,
        ChangeRule.SOURCE_SERVERS,
        ChangeRule.SOURCE_CHANGELOG,
        ChangeRule.SOURCE_OPTION,
        ChangeRule.LOOKUP_TABLE,
    ]
)
# Settings whose effect on the plan has been looked at already, or that have none.
_SEEN: Final = frozenset(
    [
        ChangeRule.PARALLELISM,
        ChangeRule.RUNTIME_SETTING,
        ChangeRule.TTL_LENGTH,
        ChangeRule.TTL_SWITCHED,
        ChangeRule.PLAN_SETTING,
    ]
)


def verdict_of_plans(
    old_sql: str, new_sql: str, given: tuple[Settings, Settings], old: PlanFacts, new: PlanFacts, planner: str
) -> SqlVerdict:
    """The verdict by `planner`, from what it made of both scripts.

    `given` are the settings of both sides that hold before those of the scripts.
    """
    by_text = from_text(old_sql, new_sql, *given)
    if by_text.cosmetic:
        return by_text  # nothing that a planner could see is changed
    settings = effective(old_sql, given[0]), effective(new_sql, given[1])
    comparison = _Plans(old, new, settings)
    found = list(dict.fromkeys((*comparison.reasons(), *_of_settings(comparison, settings))))
    of_text = _OF_THE_TEXT if old.tells_ttl else _OF_THE_TEXT | {ChangeRule.TTL_HINT}
    by_rules = [each for each in findings(old_sql, new_sql, *given) if each.rule in of_text]
    found += [each for each in by_rules if each not in found]
    found += unclaimed(settings[1], found)
    if not found:
        # A compiled plan does not hold the options of hints.
        same = comparison.same and settings[0] == settings[1] and hints(old_sql) == hints(new_sql)
        found = [(ChangeRule.SAME_JOB if same else ChangeRule.SAME_STATE).reason()]
    return replace(told(tuple(found), planner), operators=tuple(comparison.fates()))


def _of_settings(
    comparison: _Plans, settings: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[Reason]:
    state = Keeps.YES if comparison.keyed else Keeps.NO
    return (each for each in setting_findings(*settings, state) if each.rule not in _SEEN)


class _Plans:
    """Two plans side by side."""

    def __init__(
        self, old: PlanFacts, new: PlanFacts, settings: tuple[Mapping[str, str], Mapping[str, str]]
    ) -> None:
        self._old, self._new = old, new
        tags = _tags(old, new)
        lives = [each.get(STATE_TTL, "0") for each in settings]
        self._meant = Meaning(old, tags[0], lives[0]), Meaning(new, tags[1], lives[1])
        self._tags = tags
        self.keyed = any(each.key for each in (*old.operators, *new.operators))

    @property
    def same(self) -> bool:
        """Whether Flink would run the very same job."""
        return self._old.job == self._new.job

    def reasons(self) -> Iterator[Reason]:
        """All that is to be said of the change, but for settings and what only the text shows."""
        claimed = set()
        for operator, what, heir in self._pairs():
            if heir is None:
                sure = what in ("key", "source", "log")
                rule = ChangeRule.OPERATOR_GONE if sure else ChangeRule.OPERATOR_MAY_BE_GONE
                yield rule.reason(operator=operator.shown)
                continue
            claimed.add(heir.node)
            yield from self._inherited(operator, heir)
        for operator in self._new.operators:
            if operator.key and operator.node not in claimed:
                yield ChangeRule.OPERATOR_NEW.reason(operator=operator.shown)
        yield from self._tables()

    def fates(self) -> Iterator[tuple[str, str]]:
        """Each old operator with state: `kept`, `gone`, or `other` where its state would mean something else."""
        for operator, _, heir in self._pairs():
            found = () if heir is None else tuple(self._inherited(operator, heir))
            other = any(each.rule.fate is StateFate.INCOMPATIBLE for each in found)
            yield operator.shown, "gone" if heir is None else "other" if other else "kept"

    def _pairs(self) -> Iterator[tuple[Operator, str, Operator | None]]:
        """Each old operator that keeps something, what it keeps, and who has its id now."""
        by_id = {each.id: each for each in self._new.operators}
        for operator in self._old.operators:
            if what := _keeps(self._old, operator):
                yield operator, what, by_id.get(operator.id)

    def _inherited(self, operator: Operator, heir: Operator) -> Iterator[Reason]:
        """What becomes of the state of an operator whose id is still there."""
        if operator.key != heir.key:
            yield ChangeRule.OPERATOR_KEY.reason(operator=operator.shown)
            return
        if operator.max_parallelism != heir.max_parallelism:
            yield ChangeRule.OPERATOR_PARALLELISM.reason(operator=operator.shown)
            return
        if not operator.key and operator.inputs:
            return  # what a sink or a lookup keeps for a moment is of rows that have passed already
        before, after = self._old.step_of(operator), self._new.step_of(heir)
        if before is None or after is None:
            if operator.shown != heir.shown:
                yield ChangeRule.OPERATOR_UNKNOWN.reason(operator=operator.shown)
            return
        kept = self._meant[0].kept(before), self._meant[1].kept(after)
        if not kept[0].serves(kept[1]):
            written = self._meant[0].written | self._meant[1].written
            difference = _difference(*kept, written) or f"it becomes {heir.shown}"
            yield ChangeRule.OPERATOR_MEANING.reason(operator=operator.shown, difference=difference)
        elif operator.key and tells_time(before) and delays(self._old) != delays(self._new):
            for name in sorted(set(delays(self._old)) & set(delays(self._new))):
                if delays(self._old)[name] != delays(self._new)[name]:
                    yield ChangeRule.WATERMARK_DELAY.reason(name=name)

    def _tables(self) -> Iterator[Reason]:
        """Options of sources, lookup tables and sinks: what they do to a place or a commit, no plan says."""
        for kind, rules in (
            ("table-source-scan", source_options),
            ("lookup-join", lookup_options),
            ("sink", sink_options),
        ):
            olds, news = self._named(self._old, 0, kind), self._named(self._new, 1, kind)
            for name in sorted(olds.keys() & news.keys()):
                before, after = olds[name], news[name]
                if before.options != after.options:
                    yield from (
                        each for each in rules(before, after) if each.rule not in (ChangeRule.TABLE_RENAMED,)
                    )
            if kind == "sink" and olds.keys() != news.keys():
                yield from self._sinks_moved(olds, news)

    def _sinks_moved(self, olds: Mapping[str, Table], news: Mapping[str, Table]) -> Iterator[Reason]:
        for name in sorted(olds.keys() - news.keys()):
            if not written_without_state(olds[name]) and commits(olds[name]):
                yield ChangeRule.SINK_CHANGED.reason(name=name, key="table")

    def _named(self, facts: PlanFacts, side: int, kind: str) -> dict[str, Table]:
        found = {}
        for step in facts.steps.values():
            table = table_of(step) if step.kind == kind else None
            if table is not None:
                found[self._tags[side].get(table.name, table.name)] = table
        return found


def _tags(old: PlanFacts, new: PlanFacts) -> tuple[dict[str, str], dict[str, str]]:
    """What to call the sources of both sides: a table is the same by name, else by an equal definition."""
    olds, news = _sources(old), _sources(new)
    tags = {name: name for name in news if name in olds}
    for name, definition in news.items():
        if name not in tags:
            same = [
                each
                for each in olds
                if each not in news and each not in tags.values() and olds[each] == definition
            ]
            tags[name] = same[0] if same else name
    return {name: name for name in olds}, tags


def _sources(facts: PlanFacts) -> dict[str, object]:
    found: dict[str, object] = {}
    for step in facts.steps.values():
        table = table_of(step) if step.kind == "table-source-scan" else None
        if table is not None:
            found[table.name] = (schema_of(step), table.options)
    return found


_ASYNC: Final = re.compile("Async")
_SEQUENCE: Final = re.compile(r"fields\..*\.kind")


def _keeps(facts: PlanFacts, operator: Operator) -> str:
    """What an operator keeps: by `key`, a `source`'s place, what a writer of a `log` (Kafka) is about, perhaps what
    another `sink` or a `lookup` is about; or nothing."""
    if operator.key:
        return "key"
    step = facts.step_of(operator)
    if not operator.inputs:
        return "" if step is not None and _makes_up_rows(step) else "source"
    if step is not None and step.kind == "sink":
        if operator.name.startswith("ConstraintEnforcer"):
            return ""  # it only looks at the rows that pass
        table = table_of(step)
        if table is None or written_without_state(table):
            return ""
        return "log" if always_keeps(table) else "sink"
    return "lookup" if _ASYNC.search(operator.runs) else ""


def _makes_up_rows(step: PlanStep) -> bool:
    """Whether a source has no place: datagen, unless it counts; VALUES, which ends."""
    table = table_of(step)
    if table is None:
        return step.kind == "values"
    counts = any(_SEQUENCE.fullmatch(key) and value == "sequence" for key, value in table.options)
    return connector(table) == "datagen" and not counts


def _difference(old: Kept, new: Kept, written: Mapping[str, str]) -> str:
    """The first part in which two states differ, in the user's terms: filters as they are `written`."""
    if old.kind != new.kind:
        return f"it becomes {new.kind.replace('-', ' ')}"
    if old.form != new.form:
        return "its time to live or its form is another one"
    if old.filters != new.filters:
        gone, come = (
            sorted(filter(None, (in_words(written.get(one, one)) for one in each)))
            for each in (old.filters - new.filters, new.filters - old.filters)
        )
        said = [
            *(f"the filter {each} is gone" for each in gone),
            *(f"the filter {each} is new" for each in come),
        ]
        return "below it " + ", ".join(said[:3]) if said else "other rows reach it"
    if old.key != new.key:
        return "it is keyed by something else"
    if old.content != new.content:
        return "what it computes, or in which order, is something else"
    if old.span != new.span:
        return "rows meet that lie further apart in time"
    if old.columns != new.columns:
        pairs = [(in_words(a), in_words(b)) for a, b in zip(old.columns, new.columns, strict=False) if a != b]
        shown = [f"{a} becomes {b}" for a, b in pairs if a and b and a != b]
        return "of the columns that it keeps, " + ", ".join(shown[:3]) if shown else "it keeps other columns"
    return "it is built on other rows"
