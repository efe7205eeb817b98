"""What a plan refuses to do with state, and what consents to it: to one change, or to all."""

from __future__ import annotations

import hashlib
import re

import pytest

from dli_provider.job.diff import diff
from dli_provider.plan.refusal import (
    consent_to,
    consented,
    does_not_fit,
    keeps_state,
    leaves_behind,
    offered,
    unfit,
)
from dli_provider.sql import SqlVerdict, consult
from tests.support.declared import consent
from tests.support.planned_jobs import (
    SQL,
    SQL_AT_RISK,
    SQL_COSMETIC,
    SQL_INCOMPATIBLE,
    declared,
    own_savepoint,
)

CONSENT = consent(SQL, SQL_INCOMPATIBLE)


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
        {"keep_state": CONSENT},
        {"upgrade_mode": "stateless"},
        {"from_savepoint": "obs://b/fitting/"},
        {"job_type": "flink_sql_job"},
    ],
    ids=str,
)
def test_every_way_out_is_one(way_out: dict[str, str]) -> None:
    assert unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE, **way_out)) == {}


def test_a_refusal_names_what_is_mixed_where_the_state_is_restored_all_the_same() -> None:
    reason = unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE))["sql_body"]
    assert offered(reason, "keep_state") == CONSENT
    assert "are mixed from then on: the aggregates into sink totals change)" in reason
    assert "from_savepoint" in reason
    assert reason.index("keep_state") < reason.index("allow_state_loss"), "first what keeps state"


def test_where_flink_refuses_the_state_it_is_said_that_restoring_it_will_fail() -> None:
    switched = declared(sql_body="SET 'table.exec.state.ttl' = '1 h';\n" + SQL)
    reason = unfit(declared(), switched)["sql_body"]
    assert "keep_state=" in reason
    assert "Flink is expected to refuse it, and the old definition is put back then" in reason


def test_consent_to_mixing_is_for_just_one_change_and_is_none_to_losing() -> None:
    used = declared(sql_body=SQL_INCOMPATIBLE, keep_state=CONSENT)
    assert keeps_state(declared(), used)
    assert not consented(declared(), used)
    assert not keeps_state(used, used)
    other = declared(sql_body=SQL_INCOMPATIBLE + " -- more", keep_state=CONSENT)
    assert not keeps_state(declared(), other)
    reason = unfit(declared(), other)["sql_body"]
    assert f"(the {CONSENT!r} that is set is for another change)" in reason
    assert not keeps_state(declared(), declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT))


@pytest.mark.parametrize(
    "agreed",
    [{}, {"upgrade_mode": "stateless"}, {"from_savepoint": "obs://b/fitting/"}, {"desired_state": "stopped"}],
)
def test_what_is_wrong_in_itself_no_consent_lets_through(agreed: dict[str, str]) -> None:
    wrong = SqlVerdict("line 3, column 4: no such thing", invalid=True)
    consult(lambda *_: wrong)
    try:
        new = declared(sql_body=SQL_AT_RISK, **agreed)
        old = declared(**({"desired_state": "stopped"} if "desired_state" in agreed else {}))
        reason = unfit(old, new)["sql_body"]
    finally:
        consult(None)
    assert "line 3, column 4" in reason
    assert "dli check" in reason
    assert not re.search("allow_state_loss|keep_state|stateless", reason)


def test_only_the_live_job_can_tell_whether_a_stopped_one_has_state() -> None:
    stopped = declared(desired_state="stopped")
    assert unfit(stopped, declared(sql_body=SQL_INCOMPATIBLE)) == {}
    assert unfit(declared(), declared(sql_body=SQL_INCOMPATIBLE, desired_state="stopped")) != {}


def test_consent_names_the_old_definition_and_the_new_one() -> None:
    """Each of these is another change, and so has another consent, though all end at the same query or begin there."""
    new = declared(sql_body=SQL_INCOMPATIBLE)
    changes = [
        (declared(), new),
        (declared(sql_body=SQL_AT_RISK), new),
        (new, declared()),
        (new, declared(sql_body=SQL_AT_RISK)),
        (declared(), declared(sql_body=SQL_INCOMPATIBLE + "\n")),
        (declared(), declared(sql_body=SQL_INCOMPATIBLE, job_type="flink_sql_job")),
        (declared(), declared()),
        (declared(), declared(parallel_number=8)),
        (declared(), declared(parallel_number=16)),
        (declared(), declared(runtime_config={"a": "1"})),
    ]
    consents = [consent_to(*change) for change in changes]
    assert len(set(consents)) == len(changes)
    for (old, _), given in zip(changes, consents, strict=True):
        covered = [
            consented(old, new.model_copy(update={"allow_state_loss": given}))
            for before, new in changes
            if before == old
        ]
        assert covered.count(True) == 1


def test_consent_to_a_change_of_the_query_does_not_look_at_what_changes_beside_it() -> None:
    """It is the old query's state that is given up, by whatever name and size the new one runs."""
    beside = declared(sql_body=SQL_INCOMPATIBLE, parallel_number=8, desc="x", allow_state_loss=CONSENT)
    assert consented(declared(), beside)


def test_a_query_from_a_template_cannot_be_named_by_a_consent() -> None:
    assert consent_to(declared(), declared(sql_body=None, template_id=7)) == ""
    assert not consented(declared(), declared(sql_body=None, template_id=7, allow_state_loss=CONSENT))


def test_a_consent_leaves_behind_just_the_state_of_the_query_that_it_names() -> None:
    new = declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT)
    assert leaves_behind(own_savepoint(SQL), new)
    assert not leaves_behind(own_savepoint(SQL_AT_RISK), new)
    assert not leaves_behind("obs://b/somebody/elses/", new)
    assert not leaves_behind(own_savepoint(SQL), declared(sql_body=SQL_AT_RISK, allow_state_loss=CONSENT))
    assert not leaves_behind(own_savepoint(SQL), declared(sql_body=SQL_INCOMPATIBLE))


def test_a_consent_of_the_form_before_consents_to_nothing_and_is_told_what_to_set() -> None:
    """It was once a digest of the new query only."""
    before = hashlib.sha256(SQL_INCOMPATIBLE.encode()).hexdigest()[:12]
    new = declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=before)
    assert not consented(declared(), new)
    reason = unfit(declared(), new)["sql_body"]
    assert offered(reason) == CONSENT
    assert f"(the {before!r} that is set is for another change)" in reason
    assert unfit(new, new) == {}, "and where nothing changes it does no harm"


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
    refusal = does_not_fit(changes, declared(), new)
    because = next(change.because for change in changes if change.field == "sql_body")
    assert refusal.reason == f"the state does not fit the new definition: {because}"
    assert CONSENT in refusal.remedy
