"""Which versions of a job a stack has had, how far one stack is behind another, and how each job is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dli_provider.job.status import run_state
from dli_provider.promotion.artefact import Artefacts, digests
from dli_provider.promotion.candidate import moment
from dli_provider.promotion.gate import Sighting, disagreements, healthy
from dli_provider.promotion.manifest import Manifest


@dataclass(frozen=True)
class Version:
    """A version of a job, and when a stack got it, in epoch seconds; None where that is not known or not yet."""

    digest: str | None
    since: float | None


Versions = Sequence[Version]
"""The versions of one job in one stack, the newest first."""


@dataclass(frozen=True)
class Lag:
    """`behind` has an older version than `ahead`: so many changes ago, since the first of them."""

    behind: str
    ahead: str
    changes: int
    since: float | None


def from_manifest(manifest: Manifest, job: str) -> Iterator[Version]:
    """What promotions made of a job, the newest first."""
    for promotion in manifest.history:
        if job in promotion.jobs:
            yield Version(promotion.jobs[job], moment(promotion.time))


def lag(one: str, ones: Versions, other: str, others: Versions) -> Lag | None:
    """Who is behind whom; None where neither has ever had the other's version. Releases go from `one` to `other`."""
    # The target first: after a revert each has had the other's version, and what goes on from there is the source's.
    for (behind, olds), (ahead, news) in (((other, others), (one, ones)), ((one, ones), (other, others))):
        present = olds[0].digest if olds else None
        later = _later(present, news)
        if later:
            return Lag(behind, ahead, len(later), later[-1].since)
    return None


def present(versions: Mapping[str, Versions], job: str) -> str | None:
    """The digest of the version that a stack has now."""
    return versions[job][0].digest if versions.get(job) else None


def _later(digest: str | None, versions: Versions) -> Versions:
    """What came after a version; nothing where it is not among them. A job that is not there yet is behind them all."""
    distinct = [
        one
        for at, one in enumerate(versions)
        if at + 1 == len(versions) or one.digest != versions[at + 1].digest
    ]
    if digest is None:
        return distinct
    # Without a common version nothing came after: the two stacks have separate histories.
    at = next((at for at, one in enumerate(distinct) if one.digest == digest), 0)
    return distinct[:at]


@dataclass(frozen=True)
class Cell:
    """One job in one stack. `since` is when the stack got this version, in epoch seconds; None if not known.

    `behind` says how far this stack is behind the one that its releases come from. `well` is whether there is nothing
    to look after.
    """

    job: str
    stack: str
    digest: str | None
    since: float | None
    health: str
    well: bool
    behind: Lag | None = None


def cell(job: str, stack: str, artefacts: Artefacts, versions: Versions, health: tuple[str, bool]) -> Cell:
    """The cell of a job; `versions` are those of this stack."""
    digest = digests(artefacts).get(job)
    # Edited files have a digest that no promotion made, and so no date.
    since = versions[0].since if versions and versions[0].digest == digest else None
    return Cell(job, stack, digest, since, *health)


def health(seen: Sighting | None, now: float) -> tuple[str, bool]:
    """How a job is, in a few words, and whether that is as it should be."""
    if seen is None or seen.observed is None or seen.live is None:
        return ("another's" if seen and seen.drift and seen.drift.estranged else "not deployed"), False
    wanted = seen.declared.desired_state if seen.declared else "stopped"
    state = run_state(seen.live.status)
    pending = seen.declared is None or bool(disagreements(seen.declared, seen.observed.spec))
    also = ", another version" if pending else ""
    if (wanted == "stopped" and state.counts_as_stopped) or seen.live.status == "job_init":
        return f"stopped{also}", not pending and wanted == "stopped"
    check = healthy(seen, 0.0, now)
    words = check.reason.split(" without ")[0] if check.passed else check.reason.removeprefix("it is ")
    return f"{words}{also}", check.passed and not pending


def lags(stacks: Sequence[str], versions: Mapping[str, Versions]) -> dict[str, Lag | None]:
    """How far each stack is behind the one before it."""
    found = {
        then: lag(one, versions.get(one, ()), then, versions.get(then, ())) for one, then in pairwise(stacks)
    }
    return {stack: behind if behind and behind.behind == stack else None for stack, behind in found.items()}
