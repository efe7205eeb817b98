"""What a plan refuses to do with state, and what consents to it: to one change, or to all."""

from __future__ import annotations

import pytest

from dli_provider.job.control import consent_to_state_loss
from dli_provider.job.diff import diff
from dli_provider.plan.refusal import consented, covers_query, does_not_fit, unfit
from tests.support.planned_jobs import SQL, SQL_AT_RISK, SQL_COSMETIC, SQL_INCOMPATIBLE, declared

CONSENT = consent_to_state_loss(SQL_INCOMPATIBLE)


@pytest.mark.parametrize("sql_body", [SQL, SQL_COSMETIC, SQL_AT_RISK])
def test_a_change_that_state_may_survive_is_not_refused(sql_body: str) -> None:
    assert unfit(declared(), declared(sql_body=sql_body)) == {}


def test_a_change_that_state_cannot_survive_is_refused_under_its_name_with_the_ways_out() -> None:
    refused = unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE))
    assert refused.keys() == {"sql_body"}
    reason = refused["sql_body"]
    assert reason.startswith("sql_body: ")
    assert "What to do: " in reason
    assert f"allow_state_loss={CONSENT!r}" in reason
    assert "upgrade_mode='stateless'" in reason
    assert SQL_INCOMPATIBLE not in reason


@pytest.mark.parametrize(
    "way_out",
    [
        {"allow_state_loss": CONSENT},
        {"upgrade_mode": "stateless"},
        {"from_savepoint": "obs://b/fitting/"},
        {"job_type": "flink_sql_job"},
    ],
    ids=str,
)
def test_every_way_out_is_one(way_out: dict[str, str]) -> None:
    assert unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE, **way_out)) == {}


def test_only_the_live_job_can_tell_whether_a_stopped_one_has_state() -> None:
    stopped = declared(desired_state="stopped")
    assert unfit(stopped, declared(sql_body=SQL_INCOMPATIBLE)) == {}
    assert unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE, desired_state="stopped")) != {}


def test_consent_covers_just_the_query_that_it_names() -> None:
    assert covers_query(declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT))
    assert not covers_query(declared(sql_body=SQL_INCOMPATIBLE + "\n", allow_state_loss=CONSENT))
    assert not covers_query(declared(sql_body=SQL, allow_state_loss=CONSENT))
    assert not covers_query(declared(sql_body=SQL))
    assert not covers_query(declared(sql_body=None, template_id=7, allow_state_loss=CONSENT))


def test_consent_to_one_query_is_none_to_another() -> None:
    other = declared(sql_body=SQL_INCOMPATIBLE + " -- more", allow_state_loss=CONSENT)
    assert not consented(declared(), other)
    assert unfit(declared(), other) != {}


def test_consent_does_not_linger() -> None:
    """Left in the program, it consents neither to the next change nor, later, to coming back to the same query."""
    used = declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT)
    assert consented(declared(), used)
    assert not consented(used, used)
    assert not consented(
        used, declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT, parallel_number=8)
    )
    back = declared(allow_state_loss=CONSENT)
    assert unfit(used, back) != {}
    assert unfit(back, used) != {}


def test_stateless_consents_to_every_change_as_long_as_it_is_there() -> None:
    stateless = declared(upgrade_mode="stateless")
    assert consented(stateless, stateless)
    assert consented(declared(), stateless)
    assert not consented(stateless, declared())


def test_a_refusal_gives_every_reason_and_only_reasons() -> None:
    new = declared(sql_body=SQL_INCOMPATIBLE, parallel_number=8)
    changes = diff(declared(), new).changes
    refusal = does_not_fit(changes, new)
    because = next(change.because for change in changes if change.field == "sql_body")
    assert refusal.reason == f"the state does not fit the new definition: {because}"
    assert CONSENT in refusal.remedy
