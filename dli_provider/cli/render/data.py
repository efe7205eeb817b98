"""A review as JSON, for programs. Names and words are those of the report; enumerations are their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from dli_provider.cli.documents import document_text
from dli_provider.review.report import Report
from dli_provider.review.summary import summary


def data(reports: Sequence[Report]) -> str:
    """The reports of some stacks as one JSON document."""
    stacks = [{"summary": summary(report), "risk": report.risk, **asdict(report)} for report in reports]
    for report, stack in zip(reports, stacks, strict=True):
        for job, entry in zip(report.jobs, stack["jobs"], strict=True):
            entry["risk"] = job.risk
    return document_text("review", {"stacks": stacks})
