"""The one sentence that a manager understands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dli_provider.review.report import Action, JobReview, Report
from dli_provider.sql import StateFate
from dli_provider.times import lasting

_Kind = Callable[[JobReview], bool]
_KINDS: tuple[tuple[_Kind, str, str], ...] = (
    (lambda job: bool(job.refusal), "cannot be deployed as it is", "cannot be deployed as they are"),
    (lambda job: job.action is Action.DELETE, "is deleted", "are deleted"),
    (lambda job: job.action is Action.REPLACE, "is deleted and made anew", "are deleted and made anew"),
    (
        lambda job: (
            job.action in (Action.RESTART, Action.STOP, Action.RUN) and job.state >= StateFate.INCOMPATIBLE
        ),
        "loses its state",
        "lose their state",
    ),
    (
        lambda job: bool(job.rehearsal and job.rehearsal.objects),
        "would not go on as it should, as a rehearsal shows",
        "would not go on as they should, as rehearsals show",
    ),
    (
        lambda job: job.proven,
        "is restarted, and a rehearsal proves that it goes on as it should",
        "are restarted, and rehearsals prove that they go on as they should",
    ),
    (
        lambda job: job.action is Action.ADOPT and job.state is StateFate.AT_RISK,
        "is adopted, and what that does is not known",
        "are adopted, and what that does is not known",
    ),
    (
        lambda job: job.state is StateFate.AT_RISK,
        "is restarted with its state at risk",
        "are restarted with their state at risk",
    ),
    (
        lambda job: job.action is Action.RESTART,
        "is restarted and keeps its state",
        "are restarted and keep their state",
    ),
    (lambda job: job.action is Action.STOP, "is stopped", "are stopped"),
    (lambda job: job.action is Action.RUN, "is started again", "are started again"),
    (lambda job: job.action is Action.CREATE, "is new", "are new"),
    (lambda job: job.action is Action.ADOPT, "is adopted as it is", "are adopted as they are"),
    (lambda job: job.action is Action.IN_PLACE, "is changed without a pause", "are changed without a pause"),
)


def summary(report: Report) -> str:
    """What happens to how many jobs, worst first, and for how long they stand still."""
    total, changed = len(report.jobs), report.changed
    if not total:
        return "There are no jobs, and none are made."
    if not changed:
        stays = f"Nothing changes: {_count(total, 'the job stays', f'all {total} jobs stay')} as now."
        # Else a job that is stuck would be hidden behind good news.
        stuck = ", ".join(f"{job.name} ({job.status})" for job in report.jobs if job.unsettled)
        return f"{stays} Not settled: {stuck}." if stuck else stays
    parts = []
    for among, one, many in _sorted_out(changed):
        parts.append(f"{among} {one if among == 1 else many}")
    share = f"{len(changed)} of {total} jobs" if total > 1 else "The job"
    verb = "change" if total > 1 and len(changed) > 1 else "changes"
    return f"{share} {verb}: {'; '.join(parts)}.{_standing_still(changed)}"


def title(report: Report) -> str:
    """What the report is of."""
    return f"Review of stack {report.stack}"


def place(report: Report) -> str:
    """What it speaks of, and from which knowledge."""
    known = (
        "as the stack last recorded its jobs; DLI was not asked"
        if report.offline
        else "as its jobs are at this moment"
    )
    return f"{report.endpoint}, project {report.project_id}, {known}"


def _sorted_out(jobs: Iterable[JobReview]) -> list[tuple[int, str, str]]:
    left, found = list(jobs), []
    for belongs, one, many in _KINDS:
        among = [job for job in left if belongs(job)]
        # Each job is counted once, under the worst that happens to it.
        left = [job for job in left if not belongs(job)]
        if among:
            found.append((len(among), one, many))
    return found


def _standing_still(jobs: Iterable[JobReview]) -> str:
    # What is refused does not stand still: it is not done.
    pausing = [job for job in jobs if job.pauses and not job.refusal]
    known = [job.pause.seconds for job in pausing if job.pause]
    if not pausing:
        return ""
    if not known:
        return " For how long it stands still is not known yet."
    return f" The longest pause: about {lasting(max(known))}."


def _count(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
