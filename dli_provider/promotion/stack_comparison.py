"""Two stacks side by side: what is the same, what differs as it should, what differs though nobody said so. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dli_provider.job.declarations import FIELDS, effective
from dli_provider.job.fields import JobSpec
from dli_provider.promotion.artefact import Artefacts
from dli_provider.promotion.environment import PLACEMENT
from dli_provider.promotion.release import Definition
from dli_provider.promotion.versions import Lag, Versions, lag
from dli_provider.sql import same_meaning
from dli_provider.times import lasting

_OURS = frozenset(["owner", "name", "restart_nonce", "from_savepoint", "allow_state_loss", "keep_state"])
"""What tells one live job from another, and means nothing about how the stacks are meant to differ."""
_LONG = 48


class DifferenceKind(Enum):
    """How a field of a job compares between two stacks."""

    SAME = "same"
    ENVIRONMENT = "environment"
    RELEASE = "release"
    OTHERWISE = "otherwise"


@dataclass(frozen=True)
class Side:
    """One stack: its jobs as they are resolved, the release they come from, and the versions that it has had."""

    stack: str
    specs: Mapping[str, JobSpec] = field(repr=False)
    definitions: Mapping[str, Definition] = field(repr=False)
    artefacts: Artefacts = field(repr=False)
    versions: Mapping[str, Versions]


@dataclass(frozen=True)
class Difference:
    """A field of a job in two stacks. The texts are None where a value is long or may be secret."""

    job: str
    field: str
    kind: DifferenceKind
    because: str
    left: str | None = None
    right: str | None = None


@dataclass(frozen=True)
class Compared:
    """One job in two stacks. `lag` says who is behind; None where they have one version, or unrelated ones."""

    job: str
    left: str | None
    right: str | None
    lag: Lag | None
    same: int
    differences: tuple[Difference, ...]

    def of(self, kind: DifferenceKind) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(one for one in self.differences if one.kind is kind)


def compare(left: Side, right: Side) -> tuple[Compared, ...]:
    """Every job of either stack."""
    return tuple(_job(job, left, right) for job in sorted({*left.specs, *right.specs}))


def said(behind: Lag, now: float) -> str:
    """`prod is 2 changes behind dev, since 3 days`."""
    since = "" if behind.since is None else f", since {lasting(max(0.0, now - behind.since))}"
    plural = "change" if behind.changes == 1 else "changes"
    return f"{behind.behind} is {behind.changes} {plural} behind {behind.ahead}{since}"


def _job(job: str, left: Side, right: Side) -> Compared:
    sides = (left, right)
    digests = [side.artefacts[job].digest if job in side.artefacts else None for side in sides]
    behind = None
    if digests[0] != digests[1]:
        behind = lag(left.stack, left.versions.get(job, ()), right.stack, right.versions.get(job, ()))
    absent = [side.stack for side in sides if job not in side.specs]
    if absent:
        kind, because = (
            (DifferenceKind.RELEASE, f"not promoted to {absent[0]}")
            if behind and behind.behind == absent[0]
            else (DifferenceKind.OTHERWISE, f"{absent[0]} does not have it")
        )
        found = [Difference(job, "", kind, because)]
        return Compared(job, digests[0], digests[1], behind, 0, tuple(found))
    found = list(_fields(job, left, right, behind))
    total = len(FIELDS) - len(_OURS)
    return Compared(job, digests[0], digests[1], behind, total - len(found), tuple(found))


def _fields(job: str, left: Side, right: Side, behind: Lag | None) -> Iterator[Difference]:
    specs = left.specs[job], right.specs[job]
    made = left.definitions.get(job), right.definitions.get(job)
    for name in FIELDS:
        values = [effective(spec, name) for spec in specs]
        # Values in effect, so that a default which one stack writes out is no difference.
        if name in _OURS or FIELDS[name].same(*values):
            continue
        kind, because = _kind(name, made, behind)
        yield Difference(job, name, kind, because, *(_text(name, value) for value in values))


def _kind(
    name: str, made: tuple[Definition | None, Definition | None], behind: Lag | None
) -> tuple[DifferenceKind, str]:
    one, other = made
    # What the environment decides is meant to differ.
    if name in PLACEMENT:
        return DifferenceKind.ENVIRONMENT, ""
    if one is None or other is None:
        return DifferenceKind.OTHERWISE, "one of the stacks does not make this job of a release"
    if name == "sql_body":
        alike = same_meaning(one.sql, other.sql)
        names = sorted({place.name for place in (*one.placeholders, *other.placeholders)})
        intended = f"only what {', '.join(f'@{{{name}}}' for name in names)} stand for" if names else ""
    else:
        alike = one.settings.get(name) == other.settings.get(name)
        intended = "each environment has its scale" if name == "parallel_number" else ""
    if alike and intended:
        return DifferenceKind.ENVIRONMENT, intended
    # The worst kind: no file says so, so no review of files would find it.
    if alike:
        return (
            DifferenceKind.OTHERWISE,
            "the releases agree, so the program itself treats the stacks differently",
        )
    if behind is not None:
        return DifferenceKind.RELEASE, f"{behind.behind} does not have it yet"
    return (
        DifferenceKind.OTHERWISE,
        "neither stack has ever had the other's version: somebody edited a release by hand",
    )


def _text(name: str, value: object) -> str | None:
    if value is None:
        return "unset"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return None if FIELDS[name].hidden or len(text) > _LONG or "\n" in text else text
