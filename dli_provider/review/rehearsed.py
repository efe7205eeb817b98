"""A review with what rehearsals showed of its jobs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dli_provider.plan.refusal import keeps_state, past_a_rehearsal
from dli_provider.review.mask import Mask
from dli_provider.review.report import JobReview, Report, ReportedRehearsal, worst_first
from dli_provider.review.subject import Subject

ReviewedJobs = tuple[tuple[Subject, JobReview], ...]


def with_rehearsals(
    report: Report, reviewed: ReviewedJobs, held: Mapping[str, ReportedRehearsal], mask: Mask
) -> tuple[Report, ReviewedJobs]:
    """The report and its jobs, each with the rehearsal that was held of its resource."""
    told = tuple(
        (subject, _told(subject, job, held[subject.resource], mask) if subject.resource in held else job)
        for subject, job in reviewed
    )
    return replace(report, jobs=worst_first(job for _, job in told)), told


def _told(subject: Subject, job: JobReview, held: ReportedRehearsal, mask: Mask) -> JobReview:
    consented, remedy = False, ""
    if subject.old and subject.new and held.objects:
        consented, remedy = keeps_state(subject.old, subject.new), past_a_rehearsal(subject.old, subject.new)
    # What Flink says quotes what it does not understand, and rows hold literals of the query.
    masked = replace(
        held,
        because=mask.text(held.because),
        notes=tuple(map(mask.text, held.notes)),
        consented=consented,
        remedy=mask.text(remedy),
    )
    return replace(job, rehearsal=masked)
