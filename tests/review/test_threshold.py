"""When a review says no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dli_provider.review.assemble import StackUnderReview, Surroundings, assemble
from dli_provider.review.mask import Mask
from dli_provider.review.report import THRESHOLDS, Report, objections
from dli_provider.review.ruleset import RuleSet
from tests.support.reviewed_jobs import SUBJECTS

LEAST = {
    "create": None,
    "unchanged": None,
    "in-place": None,
    "run": None,
    "drifted": None,
    "stop": "restart",
    "restart-carried": "restart",
    "restart-at-risk": "at-risk",
    "run-from-checkpoint": "at-risk",
    "restart-incompatible": "state-loss",
    "restart-dropped": "state-loss",
    "restart-no-savepoint": "state-loss",
    "gone": "state-loss",
    "replace": "replace",
    "delete": "replace",
}
"""The greatest threshold that each change reaches."""


def report_of(name: str) -> Report:
    place = StackUnderReview("dev", "https://dli.example", "p")
    return replace(
        assemble(place, (SUBJECTS[name],), Surroundings(), RuleSet.of("dev", None), Mask())[0], findings=()
    )


@pytest.mark.parametrize("name", LEAST)
def test_a_review_fails_from_its_threshold_on(name: str) -> None:
    words = [word for word in THRESHOLDS if word != "never"]
    reached = words[: words.index(LEAST[name] or "restart") + (LEAST[name] is not None)]
    assert [word for word in words if list(objections([report_of(name)], word))] == reached
    assert list(objections([report_of(name)], "never")) == []


@pytest.mark.parametrize("name", ["restart-dropped", "restart-incompatible"])
def test_whoever_has_consented_is_told_that_nothing_more_is_needed(name: str) -> None:
    report = report_of(name)
    (told,) = objections([report], "state-loss")
    ends = told.endswith("; nothing of it is refused: `pulumi up` does it")
    assert ends != any(job.refusal for job in report.jobs)
    assert ends == (name == "restart-dropped")


def test_findings_that_are_errors_fail_too_except_with_never() -> None:
    place = StackUnderReview("prod", "https://dli.example", "p")
    report = assemble(place, (SUBJECTS["unchanged"],), Surroundings(), RuleSet.of("prod", None), Mask())[0]
    (objection,) = objections([report], "replace")
    told = "stack prod: findings that are errors: orders (trial-connectors); "
    assert objection == told + "`dli rules --help` tells how a stack sets the level of a rule"
    assert list(objections([report], "never")) == []
