"""A saved review: what it lets through, what it does not, and what it says then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dli_provider.errors import Invalid, NotReviewed
from dli_provider.review.judge import review
from dli_provider.review.mask import Mask
from dli_provider.review.reviewed import Reviewed
from dli_provider.review.subject import Subject
from tests.support.declared import SQL_AT_RISK
from tests.support.reviewed_jobs import SUBJECTS, subject


def saved(*subjects: Subject) -> Reviewed:
    kept = Reviewed.of([(each, review(each, Mask())) for each in subjects])
    return Reviewed.parse(kept.text(), "plan.json")


def deploy(kept: Reviewed, now: Subject) -> None:
    """What the provider asks, plan by plan."""
    for index, plan in enumerate(now.plans()):
        creating = (now.op == "create" and not now.adopts) or (now.op == "replace" and index == 1)
        spec = now.new if now.op != "delete" else now.old
        assert spec is not None
        kept.require(spec, plan, None if creating else now.live, now.new)


@pytest.mark.parametrize("name", [name for name in SUBJECTS if name != "known-later"])
def test_what_was_reviewed_runs(name: str) -> None:
    deploy(saved(SUBJECTS[name]), SUBJECTS[name])


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"smn_topic": "pager"}, {"cu_number": 8}, "reviewed was IN_PLACE, and the plan is RESTART"),
        ({"cu_number": 8}, {"sql_body": SQL_AT_RISK}, "state was reviewed as carried, and is at risk"),
        (
            {"cu_number": 8},
            {"cu_number": 10},
            "the program wants something else than was reviewed: cu_number",
        ),
        (
            {"cu_number": 8},
            {"smn_topic": "pager"},
            "wants something else than was reviewed: cu_number, smn_topic",
        ),
        (
            {"cu_number": 8},
            {"cu_number": 8, "status": "job_cancel_success"},
            "was job_running when it was reviewed",
        ),
        (
            {"cu_number": 8},
            {"cu_number": 8, "live": {"desc": "by hand"}},
            "changed since it was reviewed: desc",
        ),
        (
            {"cu_number": 8},
            {"cu_number": 8, "live": {"smn_topic": None}},
            "changed since it was reviewed: smn_topic",
        ),
    ],
)
def test_what_got_worse_or_changed_is_refused(before: dict[str, Any], now: dict[str, Any], said: str) -> None:
    with pytest.raises(NotReviewed, match=said):
        deploy(saved(subject(**before)), subject(**now))


def test_a_job_at_which_nothing_was_to_be_done_is_refused_too() -> None:
    with pytest.raises(NotReviewed, match="reviewed was no change, and the plan is IN_PLACE"):
        deploy(saved(SUBJECTS["unchanged"]), SUBJECTS["in-place"])
    with pytest.raises(NotReviewed, match="reviewed was no change, and the plan is REPLACE"):
        deploy(saved(SUBJECTS["unchanged"]), SUBJECTS["delete"])


def test_a_job_that_the_review_does_not_know_is_refused() -> None:
    stranger = SUBJECTS["create"]
    assert stranger.new is not None
    other = replace(stranger, new=stranger.new.model_copy(update={"owner": "shop/dev/other"}))
    with pytest.raises(NotReviewed, match="does not know this job"):
        deploy(saved(stranger), other)


def test_where_nothing_is_left_to_do_nothing_is_refused() -> None:
    deploy(saved(SUBJECTS["in-place"]), subject(desc="clicks by key"))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (SUBJECTS["restart-carried"], "and the plan is RESTART"),
        (subject(smn_topic="another"), "wants something else than was reviewed: smn_topic, tags"),
    ],
)
def test_a_preview_refuses_what_it_knows_to_be_otherwise(now: Subject, said: str) -> None:
    as_reviewed = SUBJECTS["in-place"]
    kept, (reviewed,), (plan,) = saved(as_reviewed), as_reviewed.plans(), now.plans()
    kept.refuse_worse(reviewed, as_reviewed.named)
    with pytest.raises(NotReviewed, match=said):
        kept.refuse_worse(plan, now.named)
    with pytest.raises(NotReviewed, match="does not know"):
        kept.refuse_worse(plan, now.named.model_copy(update={"owner": "shop/dev/other"}))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "jobs": {}}', '{"version": 1, "jobs": {"a": {"x": 1}}}']
)
def test_a_file_that_is_no_review_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"dli review --save plan\.json"):
        Reviewed.parse(text, "plan.json")


def test_a_saved_review_holds_no_value() -> None:
    text = Reviewed.of([(each, review(each, Mask())) for each in SUBJECTS.values()]).text()
    assert not [
        value for value in ("clicks", "alarm", "hunter2", "q_stream", "stream-state") if value in text
    ]
