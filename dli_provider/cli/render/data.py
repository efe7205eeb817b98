"""A review as JSON, for programs. Names and words are those of the report; enumerations are their names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

from dli_provider.cli.screen import fit_all
from dli_provider.review.report import Report
from dli_provider.review.summary import summary

VERSION = 1


def data(reports: Sequence[Report]) -> str:
    """The reports of some stacks as one JSON document."""
    stacks = [{"summary": summary(report), "risk": report.risk.name, **asdict(report)} for report in reports]
    for report, stack in zip(reports, stacks, strict=True):
        for job, entry in zip(report.jobs, stack["jobs"], strict=True):
            entry["risk"] = job.risk
    return (
        json.dumps(fit_all(plain({"version": VERSION, "stacks": stacks})), indent=2, ensure_ascii=False)
        + "\n"
    )


def plain(value: Any) -> Any:
    """A value as JSON has it: enumerations by name, bundles as objects."""
    # By name: numbers would change with the order in the code.
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value
