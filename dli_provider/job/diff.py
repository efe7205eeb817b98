"""What differs between two specs of a job, what that costs, and why. Pure; knows no live job."""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass, replace
from dataclasses import field as kept

from dli_provider.job.declarations import FIELDS, FieldDeclaration, effective
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact, Verdict
from dli_provider.sql import StateFate

_NO_EFFECT = Verdict(Impact.NONE, "it means the same to DLI")
_SHORT = 40


@dataclass(frozen=True)
class Change:
    """One field's change: the values in effect before and after (None: unset), its cost and the reason."""

    field: str
    impact: Impact
    because: str
    state_fate: StateFate
    old: object = kept(repr=False)
    new: object = kept(repr=False)
    computed_by: str = ""
    mistake: bool = False
    mixed: str = ""

    def hiding(self, secret: Set[str]) -> Change:
        """The same without its values, if the user keeps this field secret."""
        return replace(self, old="[secret]", new="[secret]") if self.field in secret else self

    def describe(self) -> str:
        """`parallel_number 4 -> 8`; the reason instead of values that are long or may be secret."""
        shown = [_text(self.field, value) for value in (self.old, self.new)]
        # Without an impact the values look different and mean the same, so the reason says more.
        if self.impact is Impact.NONE or any(text is None for text in shown):
            return f"{self.field}: {self.because}"
        return f"{self.field} {shown[0]} -> {shown[1]}"


@dataclass(frozen=True)
class Diff:
    """All changes between two specs, in the order of the fields."""

    changes: tuple[Change, ...]

    @property
    def impact(self) -> Impact:
        """The cost of making all the changes."""
        return max((change.impact for change in self.changes), default=Impact.NONE)

    @property
    def state_fate(self) -> StateFate:
        """What making all the changes does to Flink's state."""
        return max((change.state_fate for change in self.changes), default=StateFate.NONE)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the changed fields."""
        return tuple(change.field for change in self.changes)


def diff(old: JobSpec, new: JobSpec) -> Diff:
    """Every field whose declaration or value in effect differs. A difference that DLI does not see, such as a
    declared default taken away, has no impact."""
    return Diff(tuple(change for name in FIELDS if (change := changed(old, new, name))))


def changed(old: JobSpec, new: JobSpec, name: str) -> Change | None:
    """The change of one field; None where neither its declaration nor its value in effect differs."""
    wire = FIELDS[name].wire
    alike = getattr(old, name) == getattr(new, name)
    # A field that is not declared may still be derived from one that changes.
    if alike and not (wire and wire.derived):
        return None
    before, after = effective(old, name), effective(new, name)
    if alike and before == after:
        return None
    verdict = _verdict(FIELDS[name], old, new)
    return Change(
        name,
        verdict.impact,
        verdict.because,
        verdict.state_fate,
        before,
        after,
        verdict.computed_by,
        verdict.mistake,
        verdict.mixed,
    )


def _verdict(declaration: FieldDeclaration, old: JobSpec, new: JobSpec) -> Verdict:
    # Two ways to write one thing (a default, another order of keys) must not restart a job.
    if declaration.same(effective(old, declaration.name), effective(new, declaration.name)):
        return _NO_EFFECT
    return declaration.on_change.verdict(old, new)


def _text(name: str, value: object) -> str | None:
    if value is None:
        return "unset"
    if FIELDS[name].hidden:
        return None
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHORT and "\n" not in text else None
