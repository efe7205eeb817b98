"""Where each release stands: jobs by stacks, each with its version, its age and its health. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dli_provider.job.status import run_state
from dli_provider.promotion.artefact import Artefacts, digests
from dli_provider.promotion.gate import Sighting, disagreements, healthy
from dli_provider.promotion.versions import Lag, Versions, lag


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
    since = versions[0].since if versions and versions[0].digest == digest else None
    return Cell(job, stack, digest, since, *health)


def health(seen: Sighting | None, now: float) -> tuple[str, bool]:
    """How a job is, in a few words, and whether that is as it should be."""
    if seen is None or seen.observed is None or seen.live is None:
        return "not deployed", False
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
