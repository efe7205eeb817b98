"""A review with rehearsals: what is at risk becomes proven or differs, in every layout, and a no where it differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dli_provider.cli.render.data import data
from dli_provider.cli.render.markdown import markdown
from dli_provider.plan.refusal import consent_to
from dli_provider.review import in_words
from dli_provider.review.assemble import StackUnderReview, Surroundings, assemble
from dli_provider.review.mask import Mask
from dli_provider.review.rehearsed import with_rehearsals
from dli_provider.review.report import Deciding, Report, ReportedRehearsal, Risk, objections
from dli_provider.review.ruleset import RuleSet
from dli_provider.review.subject import Subject
from dli_provider.review.summary import summary
from dli_provider.sql import ChangeRule
from tests.support.reviewed_jobs import SUBJECTS, html_page

AT_RISK = SUBJECTS["restart-at-risk"]
WORDS = "totals, k=a: +U[a, 7] instead of +U[a, 9]"


def held(verdict: str, because: str = WORDS) -> ReportedRehearsal:
    return ReportedRehearsal(verdict, because, 166, 32, (), 1, 1, "hashmap", "1.20.3", 2.4)


def report_with(rehearsal: ReportedRehearsal, subject: Subject = AT_RISK, mask: Mask | None = None) -> Report:
    place = StackUnderReview("dev", "https://dli.example", "p")
    hides = mask or Mask()
    made = assemble(place, (subject,), Surroundings(), RuleSet.of("dev", None), hides)
    return replace(with_rehearsals(*made, {subject.resource: rehearsal}, hides)[0], findings=())


def consenting(**arguments: Any) -> Subject:
    assert AT_RISK.new
    return replace(AT_RISK, new=AT_RISK.new.model_copy(update=arguments))


@pytest.mark.parametrize(
    ("verdict", "risk"),
    [
        ("proven", Risk.RESTART),
        ("cannot tell", Risk.AT_RISK),
        ("differs", Risk.STATE_LOSS),
        ("refused", Risk.STATE_LOSS),
    ],
)
def test_what_a_rehearsal_saw_counts_more_than_what_rules_suspect(verdict: str, risk: Risk) -> None:
    assert report_with(held(verdict)).jobs[0].risk is risk


def test_what_a_real_sink_may_lose_stays_at_risk_though_the_rehearsal_went_well() -> None:
    (job,) = report_with(held("proven")).jobs
    gone = replace(job, deciding=(Deciding("sql: operator-may-be-gone", "the sink's committer"),))
    assert gone.rehearsal
    assert gone.rehearsal.proven
    assert gone.risk is Risk.AT_RISK
    rules = (ChangeRule.OPERATOR_MAY_BE_GONE, ChangeRule.RESULT_SHAPE)
    assert [rule.id for rule in rules] == ["operator-may-be-gone", "result-shape"]


def test_a_differing_rehearsal_is_a_no_whatever_the_threshold_except_never() -> None:
    name = AT_RISK.name
    assert list(objections([report_with(held("differs"))], "replace")) == [
        f"stack dev: a rehearsal speaks against {name}"
    ]
    assert not list(objections([report_with(held("differs"))], "never"))
    assert not list(objections([report_with(held("proven"))], "at-risk"))


def test_consent_to_just_this_change_lets_it_pass_and_is_said() -> None:
    assert AT_RISK.old
    assert AT_RISK.new
    digest = consent_to(AT_RISK.old, AT_RISK.new)
    offered = in_words.facts(report_with(held("differs")).jobs[0])
    assert f"keep_state='{digest}'" in dict(offered)["rehearsal"]
    (job,) = report_with(held("differs"), consenting(keep_state=digest)).jobs
    assert not list(objections([report_with(held("differs"), consenting(keep_state=digest))], "state-loss"))
    assert "consented to with keep_state" in dict(in_words.facts(job))["rehearsal"]
    assert report_with(held("differs"), consenting(keep_state="0" * 12)).jobs[0].risk is Risk.STATE_LOSS


@pytest.mark.parametrize("layout", [markdown, html_page, data])
def test_every_layout_has_verdict_row_and_time(layout: Any) -> None:
    text = layout([report_with(held("differs", "totals: one instead of two"))])
    assert "differs" in text
    assert "totals: one instead of two" in text
    assert "2.4 s" in text or ": 2.4," in text


def test_the_summary_says_what_was_seen() -> None:
    assert "a rehearsal proves that it goes on as it should" in summary(report_with(held("proven")))
    assert "would not go on as it should" in summary(report_with(held("differs")))


def test_nothing_secret_is_in_what_a_rehearsal_shows() -> None:
    report = report_with(held("refused", "Flink says hunter2-hunter2"), mask=Mask.of(["hunter2-hunter2"]))
    assert "hunter2" not in data([report])
