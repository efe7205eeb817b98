"""Which rules speak of a stack, and how loudly: what `dli:rules` in its config says. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from dli_provider.errors import Invalid
from dli_provider.review.mask import Mask
from dli_provider.review.report import Finding, Severity
from dli_provider.review.rules import JOB_RULES, RULES, STACK_RULES, JobCase, Rule, StackCase

KEY = "dli:rules"
_PRODUCTION = "production"
_PRODUCTION_NAME = re.compile(r"(^|[-_.])(prod|production|live)($|[-_.\d])", re.IGNORECASE)
_OFF = "off"
_LEVELS = {severity.name.lower(): severity for severity in Severity}


@dataclass(frozen=True)
class RuleSet:
    """`production`: whether the stack is for production. `levels`: what differs from the rules' own severity, None
    for a rule that is off."""

    production: bool
    levels: Mapping[str, Severity | None] = field(default_factory=dict)

    @classmethod
    def of(cls, stack: str, config: str | None) -> RuleSet:
        """The rules of a stack. `config` is the text of `dli:rules`, an object in JSON:

        `{"production": true, "protect": "off", "slots": "error"}`. Without `production`, a stack is for production
        if its name says so: prod, production or live. Raises Invalid with every mistake.
        """
        given = _parsed(config)
        mistakes = list(_mistakes(given))
        if mistakes:
            known = ", ".join([_PRODUCTION, *(rule.id for rule in RULES)])
            raise Invalid(
                KEY, mistakes, remedy=f"known are {known}; levels are {', '.join([_OFF, *_LEVELS])}"
            )
        # The name of a stack may come with its organisation before it.
        production = given.pop(_PRODUCTION, bool(_PRODUCTION_NAME.search(stack.rpartition("/")[2])))
        levels = {
            rule: None if level in (_OFF, False) else _LEVELS[str(level)] for rule, level in given.items()
        }
        return cls(bool(production), levels)

    def severity(self, rule: Rule[JobCase] | Rule[StackCase]) -> Severity | None:
        """How loudly a rule speaks of this stack; None where it does not. One that is given a level always speaks."""
        # Whoever names a rule wants to hear it, also in a stack that is not for production.
        if rule.id in self.levels:
            return self.levels[rule.id]
        return rule.severity if self.production or not rule.production else None

    def findings(self, whole: StackCase, mask: Mask) -> tuple[Finding, ...]:
        """Everything that the rules say of a stack, worst first."""
        found = [*self._of_jobs(whole, mask), *self._of_stack(whole, mask)]
        return tuple(sorted(found, key=lambda each: (-each.severity, each.subject, each.rule)))

    def _of_jobs(self, whole: StackCase, mask: Mask) -> Iterator[Finding]:
        for rule in JOB_RULES:
            if (severity := self.severity(rule)) is not None:
                for case in whole.cases:
                    yield from _found(rule, severity, case, mask)

    def _of_stack(self, whole: StackCase, mask: Mask) -> Iterator[Finding]:
        for rule in STACK_RULES:
            if (severity := self.severity(rule)) is not None:
                yield from _found(rule, severity, whole, mask)


def _found(
    rule: Rule[JobCase] | Rule[StackCase], severity: Severity, on: JobCase | StackCase, mask: Mask
) -> Iterator[Finding]:
    for subject, reason in rule.breaches(on):  # type: ignore[arg-type]  # each kind of rule is given its own subject
        yield Finding(rule.id, severity, mask.text(subject), mask.text(reason), rule.remedy)


def _parsed(config: str | None) -> dict[str, object]:
    if not config:
        return {}
    try:
        given = json.loads(config)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Invalid(
            KEY, "it is not an object", remedy='write it as in {"protect": "off", "slots": "error"}'
        )
    return dict(given)


def _mistakes(given: Mapping[str, object]) -> Iterator[str]:
    known = [rule.id for rule in RULES]
    for name, level in given.items():
        if name == _PRODUCTION:
            if not isinstance(level, bool):
                yield "production must be true or false"
        elif name not in known:
            close = get_close_matches(name, known, 1)
            yield f"there is no rule {name!r}" + (f", did you mean {close[0]}?" if close else "")
        # A bare `off` is false in YAML 1.1.
        elif level is not False and level not in (_OFF, *_LEVELS):
            yield f"{name} has an unknown level"


def listed(rules: RuleSet) -> tuple[tuple[Rule[JobCase] | Rule[StackCase], Severity | None], ...]:
    """Every rule, with how loudly it speaks here."""
    return tuple((rule, rules.severity(rule)) for rule in RULES)
