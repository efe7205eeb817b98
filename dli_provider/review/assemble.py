"""The report of a stack, from its jobs and what is known of the project around them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dli_provider.graph.picture import DrawnJob, Graph
from dli_provider.review.jobs_around import draw, lost_columns, touched
from dli_provider.review.judge import review
from dli_provider.review.mask import Mask
from dli_provider.review.report import JobReview, Report, worst_first
from dli_provider.review.reviewed import digest
from dli_provider.review.rules import JobCase, StackCase
from dli_provider.review.ruleset import RuleSet
from dli_provider.review.size import queue_uses
from dli_provider.review.subject import Subject, average_pause


@dataclass(frozen=True)
class StackUnderReview:
    """Where a stack's jobs are: DLI, and whether it was asked (`offline` if not) or is by the deployment
    (`refreshed`)."""

    stack: str
    endpoint: str
    project_id: str
    offline: bool = False
    refreshed: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What else there is in the project: CUs of other jobs by queue, sizes of queues, names of other jobs, and the
    SQL of those that no job of the stack is called like."""

    others: Mapping[str, float] = field(default_factory=dict)
    capacity: Mapping[str, int | None] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    sql: Mapping[str, str] = field(repr=False, default_factory=dict)


def assemble(
    place: StackUnderReview, subjects: tuple[Subject, ...], around: Surroundings, rules: RuleSet, mask: Mask
) -> tuple[Report, tuple[tuple[Subject, JobReview], ...]]:
    """The review of every job, worst first, of their queues, and by the rules; and each job with its review."""
    usual = average_pause(subjects)
    reviewed = tuple((subject, review(subject, mask, usual)) for subject in subjects)
    queues = queue_uses(reviewed, around.others, around.capacity)
    # Rules speak of the stack as it will be, so what is deleted is not held against it.
    drawn = touched(reviewed, around.sql)
    whole = StackCase(
        tuple(map(case_of, filter(_stays, subjects))), queues, around.taken, lost_columns(drawn)
    )
    # Sorted, so that the digest of a stack does not depend on the order in the program.
    digests = sorted((subject.owner, job.digest) for subject, job in reviewed if job.digest)
    report = Report(
        place.stack,
        place.endpoint,
        place.project_id,
        place.offline,
        place.refreshed,
        worst_first(job for _, job in reviewed),
        queues,
        rules.findings(whole, mask),
        digest(digests) if digests else "",
        _graph(drawn, mask),
    )
    return report, reviewed


def _graph(drawn: tuple[DrawnJob, ...], mask: Mask) -> Graph | None:
    graph = draw(drawn, mask)
    # Boxes alone say nothing that the table of jobs does not.
    return graph if graph.arrows else None


def case_of(subject: Subject) -> JobCase:
    """The job as the rules see it."""
    return JobCase(subject.name, subject.named, subject.protect, subject.secret, subject.unknown)


def _stays(subject: Subject) -> bool:
    return subject.new is not None and subject.op not in ("delete", "read")
