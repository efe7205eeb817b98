"""May this release move on? A list of named checks, each with its reason. Pure: what was found is handed in, and so is
the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dli_provider.job.declarations import WIRED, is_declared
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import run_state
from dli_provider.plan.drift import Drift
from dli_provider.plan.live_job import Observed
from dli_provider.promotion.manifest import RecordedRehearsal
from dli_provider.promotion.route import PromotionRoute
from dli_provider.times import lasting

_AGAIN = "deploy it first (pulumi up), then let it soak"


@dataclass(frozen=True)
class Check:
    """One question to the gate: about whom, whether it is passed, and why. `wait` is the number of seconds after which
    a check that failed may pass by itself; 0 where waiting does not help."""

    name: str
    subject: str
    passed: bool
    reason: str
    wait: float = 0.0


@dataclass(frozen=True)
class PromotionGate:
    """All checks of one promotion."""

    checks: tuple[Check, ...]

    @property
    def open(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)


class PresentRun(Protocol):
    """How a job's present run goes, as DLI reports it; times in epoch milliseconds."""

    @property
    def status(self) -> str: ...
    @property
    def status_desc(self) -> str: ...
    @property
    def restart_times(self) -> int: ...
    @property
    def start_time(self) -> int | None: ...
    @property
    def update_time(self) -> int | None:
        """When the definition was last changed."""


@dataclass(frozen=True)
class Sighting:
    """One job of a stack: as the files declare it, as it was deployed, and as DLI has it. None: it is not there."""

    job: str
    declared: JobSpec | None = field(repr=False)
    deployed: JobSpec | None = field(repr=False, default=None)
    observed: Observed | None = field(repr=False, default=None)
    live: PresentRun | None = None
    drift: Drift | None = field(repr=False, default=None)

    @property
    def missing(self) -> str:
        """Why there is no live job of this stack: it is another's by now, or gone."""
        if self.drift and self.drift.estranged:
            return f"job {self.drift.job_id} {self.drift.estranged}"
        return f"DLI has no such job; {_AGAIN}"


def on_the_way(route: PromotionRoute, origin: str, target: str) -> Check:
    """Whether releases go from one stack to the other at all."""
    before = route.before(target)
    said = " -> ".join(route.stacks)
    reason = f"the path is {said}"
    if before != origin:
        # The first stack of the path has none before it: its release is edited, never promoted.
        reason += (
            f"; {target} takes its releases from {before}" if before else f"; nothing is promoted to {target}"
        )
    return Check("path", f"{origin} -> {target}", before == origin, reason)


def committed(stack: str, uncommitted: Iterable[str], *, under_git: bool) -> Check:
    """Whether what is promoted, or overwritten, can be found again in git."""
    files = list(uncommitted)
    # Without git there is no earlier release to go back to, and no pull request to approve this one.
    if not under_git:
        return Check(
            "committed",
            stack,
            False,
            "the project is not in a git repository: nobody could look up or undo this",
        )
    reason = f"not committed: {', '.join(files)}" if files else "every file of its release is committed"
    return Check("committed", stack, not files, reason)


def unedited(stack: str, edits: Iterable[str]) -> Check:
    """Whether a promoted release is as it was promoted."""
    found = list(edits)
    return Check("as promoted", stack, not found, " ".join(found) or "its files are those that were promoted")


def runs_this(seen: Sighting) -> Check:
    """Whether the live job has just the definition that the files and the environment make."""
    # Each missing part has an answer of its own, since each has another remedy.
    if seen.declared is None:
        return Check("deployed", seen.job, False, "the program does not declare it")
    if seen.observed is None:
        return Check("deployed", seen.job, False, seen.missing)
    # Compared with the live job and not with the stack's state: what is promoted must be what really ran.
    others = disagreements(seen.declared, seen.observed.spec)
    if others:
        reason = f"the live job has another {', '.join(others)} than the release; {_AGAIN}"
    else:
        reason = "the live job is this release"
    return Check("deployed", seen.job, not others, reason)


def no_drift(seen: Sighting) -> Check:
    """Whether the live job is as it was last deployed."""
    # Without a deployment there is nothing to have drifted from, and nothing that has proved itself.
    if seen.deployed is None or seen.observed is None:
        another = seen.drift is not None and seen.drift.estranged
        reason = seen.missing if another else f"it was never deployed; {_AGAIN}"
        return Check("no drift", seen.job, False, reason)
    # Its status is a matter of health, which has a check of its own.
    others = [change.field for change in seen.drift.changes] if seen.drift else []
    reason = "it is as it was deployed"
    if others:
        reason = f"somebody changed {', '.join(others)} behind Pulumi's back; pulumi up puts it right"
    return Check("no drift", seen.job, not others, reason)


def healthy(seen: Sighting, soak: float, now: float) -> Check:
    """Whether the job has run, unchanged and without an exception, for `soak` seconds; `now` is epoch seconds.

    By DLI's own times: `start_time` of this run, `update_time` of its definition, `restart_times` for failures that
    DLI mended itself. DLI counts those and does not date them, so any in this run speaks against it.
    """
    reason = _unwell(seen.live) if seen.live else seen.missing
    # No `wait` here: time alone does not mend a job that is down or was restarted.
    if reason or seen.live is None:
        return Check("healthy", seen.job, False, reason)
    ran = _ran(seen.live, now)
    # The only check that passes by itself after a while, so it says for how long to wait.
    if ran < soak:
        left = soak - ran
        reason = f"this version runs for {lasting(ran)} of {lasting(soak)}; wait {lasting(left)} more"
        return Check("healthy", seen.job, False, reason, left)
    return Check("healthy", seen.job, True, f"running for {lasting(ran)} without an exception or a restart")


def rehearsed(job: str, record: RecordedRehearsal, because: str, remedy: str) -> Check:
    """Whether a rehearsal of a job's change of SQL speaks against it. What cannot be told does not: it is said."""
    passed = record.consented or record.verdict not in ("differs", "refused")
    reason = f"{record.verdict}: {because} (generated rows, seed {record.seed}, Flink {record.flink})"
    if record.consented:
        reason += "; consented to with keep_state"
    return Check("rehearsal", job, passed, reason if passed else f"{reason}. What to do: {remedy}")


def not_rehearsed(subject: str, reason: str) -> Check:
    """That a rehearsal was demanded, and could not be held."""
    return Check("rehearsal", subject, False, reason)


def disagreements(declared: JobSpec, live: JobSpec) -> tuple[str, ...]:
    """The declared fields that mean something else to DLI in the live job."""
    return tuple(
        name
        for name, wire in WIRED.items()
        # What the release leaves to DLI may differ. `same` compares as DLI means it: unset and DLI's default are one.
        if is_declared(declared, name) and not wire.same(getattr(declared, name), getattr(live, name))
    )


def within(limit: int | None, restarts: Mapping[str, bool], order: Iterable[str]) -> Check | None:
    """Whether no more jobs of the target would be restarted than `--max-restarts` allows; None without a limit."""
    # No check at all without a limit: one that always passes would say nothing.
    if limit is None:
        return None
    restarted = [job for job in order if restarts.get(job)]
    # In the order in which they have to be deployed, so that the first part can be promoted alone.
    first = " ".join(restarted[:limit])
    jobs = "1 job" if len(restarted) == 1 else f"{len(restarted)} jobs"
    reason = f"{jobs} would restart, of {limit} allowed"
    if len(restarted) > limit:
        reason += f"; promote them in parts{f', first {first}' if first else ''}"
    return Check("restarts", "the target", len(restarted) <= limit, reason)


def _unwell(live: PresentRun) -> str:
    """Why a job is not healthy, however long it runs; "" where it is."""
    if not run_state(live.status).runs:
        return f"it is {live.status}" + (f": {live.status_desc}" if live.status_desc else "")
    # The restart may have been a minute or a month ago. What cannot be dated cannot be waited out.
    if live.restart_times:
        times = "once" if live.restart_times == 1 else f"{live.restart_times} times"
        return f"DLI restarted it {times} in this run, and does not say when; find out why, and run it anew"
    # Without a start time no soak can be counted; a job that runs is not taken to have run for long.
    return "" if live.start_time else "DLI does not say since when it runs"


def _ran(live: PresentRun, now: float) -> float:
    """Seconds for which a running job has had its present definition."""
    # From the later of the two: an update in place changes the definition without a new run. Clocks may differ a
    # little, so never below 0.
    return max(0.0, now - max(live.start_time or 0, live.update_time or 0) / 1000)
