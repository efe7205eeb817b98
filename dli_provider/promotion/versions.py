"""Which versions of a job a stack has had, and how far one stack is behind another. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dli_provider.promotion.candidate import moment
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
    """Who is behind whom; None where neither has ever had the other's version."""
    for (behind, olds), (ahead, news) in (((one, ones), (other, others)), ((other, others), (one, ones))):
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
    at = next((at for at, one in enumerate(distinct) if one.digest == digest), 0)
    return distinct[:at]
