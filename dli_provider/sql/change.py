"""What a change of a job's SQL does to the job and to its state, by the rules in docs/sql-changes.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from dli_provider.job.impact import Impact, Verdict
from dli_provider.sql.ast import Other
from dli_provider.sql.cursor import Unparsable
from dli_provider.sql.inserts import insert_findings, mentions, state_of
from dli_provider.sql.outline import Outline, outline
from dli_provider.sql.reasons import Finding, Rule
from dli_provider.sql.script import statement
from dli_provider.sql.settings import setting_findings, unclaimed
from dli_provider.sql.split import Unreadable
from dli_provider.sql.text import same_meaning

_COSMETIC = Verdict(Impact.NONE, "only comments, white space or the case of key words differ in the SQL")
_SHOWN = 3
_KEPT = 1024
"""Verdicts that are kept: a plan, a review and a preview ask for the same one several times."""


@lru_cache(_KEPT)
def classify(old_sql: str, new_sql: str) -> Verdict:
    """The verdict for a change from one SQL text to another.

    NONE where only the looks differ; else RESTART, with the state carried only where it provably means the same,
    incompatible where Flink would refuse, drop or misread it, and at risk wherever that is not known.
    """
    if same_meaning(old_sql, new_sql):
        return _COSMETIC
    found = findings(old_sql, new_sql)
    fate = max(finding.rule.fate for finding in found)
    worst = [finding.because for finding in found if finding.rule.fate is fate]
    more = [f"and {len(worst) - _SHOWN} more"] if len(worst) > _SHOWN else []
    return Verdict(Impact.RESTART, "; ".join([*worst[:_SHOWN], *more]), fate)


@lru_cache(_KEPT)
def findings(old_sql: str, new_sql: str) -> tuple[Finding, ...]:
    """Every difference between two texts that do not mean the same, judged; never empty."""
    try:
        old, new = outline(old_sql), outline(new_sql)
        found = list(dict.fromkeys(_findings(old, new)))
    except (Unparsable, Unreadable, RecursionError):
        found = [Rule.NOT_UNDERSTOOD.finding(name="the script")]
    return tuple(found or [Rule.SAME_PLAN.finding()])


def _findings(old: Outline, new: Outline) -> Iterator[Finding]:
    changed = _changed_definitions(old, new)
    reached = _reaching(changed, old) | _reaching(changed, new)
    found = [*insert_findings(old, new, reached), *_definition_findings(old, new, changed, reached)]
    common = old.definitions.keys() & new.definitions.keys()
    others = [Counter((text, names & common, at) for text, names, at in side.others) for side in (old, new)]
    for text, _, _ in (others[0] - others[1]) + (others[1] - others[0]):
        rule = Rule.NAMESPACE if text.startswith("USE ") else Rule.ENVIRONMENT
        found.append(rule.finding(name=_kind(text)))
    if old.late != new.late:
        found.append(Rule.NOT_UNDERSTOOD.finding(name="definitions behind an INSERT"))
    if old.in_set != new.in_set and max(len(old.inserts), len(new.inserts)) > 1:
        found.append(Rule.STATEMENT_SET.finding())
    if old.settings != new.settings:
        found += setting_findings(old.settings, new.settings, max(state_of(old), state_of(new)))
    if old.older or new.older:
        found.append(Rule.OLDER_SQL.finding())
    yield from found
    yield from unclaimed(new.settings, found)


def _definition_findings(
    old: Outline, new: Outline, changed: set[str], reached: set[str]
) -> Iterator[Finding]:
    """The definitions that no query reaches, and those that are not understood."""
    users = [text for side in (old, new) for text in (*side.inserts, *(other[0] for other in side.others))]
    unused = not any(mentions(text, reached) for text in users)
    for name in sorted(changed):
        texts = [side.definitions[name] for side in (old, new) if name in side.definitions]
        if any(isinstance(statement(text), Other) for text in texts):
            yield Rule.NOT_UNDERSTOOD.finding(name=name)
        elif unused:
            yield Rule.UNUSED.finding(name=name)


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


def _kind(text: str) -> str:
    """The key words a statement begins with: enough to say what it is, too little to give anything away."""
    words = text.split(" ")[:4]
    return " ".join(word for word in words if word.isalpha() and word.isupper()) or "a statement"
