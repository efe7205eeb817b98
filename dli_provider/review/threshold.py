"""When a review says no: by the greatest risk that is accepted, and by findings that are errors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dli_provider.review.report import Report, Risk, Severity

THRESHOLDS: dict[str, Risk | None] = {
    "restart": Risk.RESTART,
    "at-risk": Risk.AT_RISK,
    "state-loss": Risk.STATE_LOSS,
    "replace": Risk.REPLACE,
    "never": None,
}
"""The risks from which on a review fails, by the word for them; the least first."""


def objections(reports: Iterable[Report], threshold: str) -> Iterator[str]:
    """Why the review says no, a sentence for each stack and reason; nothing with `never`."""
    least = THRESHOLDS[threshold]
    if least is None:
        return
    for report in reports:
        jobs = [job.name for job in report.jobs if job.risk >= least]
        if jobs:
            yield f"stack {report.stack}: {', '.join(jobs)}: {threshold} or worse"
        errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        if errors:
            told = ", ".join(dict.fromkeys(f"{each.subject} ({each.rule})" for each in errors))
            yield f"stack {report.stack}: findings that are errors: {told}"
