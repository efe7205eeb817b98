"""Plans that update, in small cases; the matrices of `tests/contract` go through all of them."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import Record
from dli_provider.plan.ownership import SAVEPOINT_NOTE, ownership_tags
from dli_provider.plan.plan import Plan
from dli_provider.plan.refusal import no_savepoint, nothing_to_restore, offered
from dli_provider.plan.steps import (
    AuthorizeBucket,
    ChangeTags,
    Claim,
    ContinueWith,
    FoundAtRest,
    ImportSavepoint,
    NoteSavepoint,
    RunJob,
    Step,
    StopJob,
    TakeSavepoint,
    UpdateJob,
)
from dli_provider.plan.update import plan_continue, plan_update
from dli_provider.sql import StateFate
from tests.support.declared import consent
from tests.support.planned_jobs import (
    SQL,
    SQL_AT_RISK,
    SQL_COSMETIC,
    SQL_INCOMPATIBLE,
    declared,
    observed,
    own_savepoint,
)

RESTART = [TakeSavepoint, NoteSavepoint, StopJob, UpdateJob, RunJob]
CONSENT = consent(SQL, SQL_INCOMPATIBLE)


def _plan(old: JobSpec, new: JobSpec, status: str = "job_running", **facts: Any) -> Plan:
    return plan_update(old, new, observed(facts.pop("spec", old), status, **facts), "now")


def _kinds(plan: Plan) -> list[type[Step]]:
    return [type(step) for step in plan.steps]


def _updates(plan: Plan) -> list[UpdateJob]:
    return [step for step in plan.steps if isinstance(step, UpdateJob)]


def test_nothing_to_change_is_no_step() -> None:
    assert _plan(declared(), declared()).steps == ()


def test_a_running_job_takes_what_it_can_in_place_and_can_be_put_back() -> None:
    plan = _plan(declared(smn_topic="alarm"), declared(smn_topic="pager", resume_max_num=5))
    assert plan.steps == (
        UpdateJob({"smn_topic": "pager", "resume_max_num": 5}, {"smn_topic": "alarm", "resume_max_num": -1}),
    )
    assert plan.fallback is None


def test_what_may_be_refused_is_sent_by_itself_and_has_a_restart_to_fall_back_on() -> None:
    plan = _plan(declared(), declared(smn_topic="pager", desc="new"))
    assert [list(update.document) for update in _updates(plan)] == [["smn_topic"], ["desc"]]
    assert plan.fallback is not None
    assert _kinds(plan.fallback) == RESTART


def test_a_restart_saves_twice_sends_everything_and_resumes() -> None:
    plan = _plan(declared(), declared(parallel_number=4))
    assert _kinds(plan) == RESTART
    (update,) = _updates(plan)
    assert update.complete
    assert update.document.keys() >= {"name", "sql_body", "parallel_number", "obs_bucket"}
    assert update.undo["parallel_number"] == 2
    assert (plan.state, plan.because) == (StateFate.CARRIED, "state carried by savepoint")


def test_what_the_program_no_longer_declares_is_cleared() -> None:
    (update,) = _updates(_plan(declared(desc="old", parallel_number=4), declared()))
    assert update.document["desc"] == ""


def test_the_worst_fate_of_all_changes_is_the_fate() -> None:
    assert _plan(declared(), declared(sql_body=SQL_AT_RISK, parallel_number=4)).state is StateFate.AT_RISK


def test_what_is_already_so_is_not_done_again() -> None:
    plan = _plan(declared(), declared(parallel_number=4), spec=declared(parallel_number=4))
    assert plan.steps == ()


def test_what_somebody_else_changed_is_left_alone_unless_the_program_changes_it() -> None:
    assert _plan(declared(), declared(), spec=declared(parallel_number=8)).steps == ()


def test_without_a_savepoint_nothing_is_stopped() -> None:
    bare = {"checkpoint_enabled": None, "obs_bucket": None}
    old, new = declared(**bare), declared(**bare, parallel_number=4)
    plan = _plan(old, new)
    assert plan.refusal == no_savepoint(old, new)
    once = {"allow_state_loss": offered(plan.refusal.remedy)}
    assert _plan(old, new.model_copy(update=once)).refusal is None
    further = _plan(old, new.model_copy(update={**once, "parallel_number": 8})).refusal
    assert further is not None, "a consent to one restart is none to another, though the query is the same"
    assert "the {allow_state_loss!r} that is set is for another change".format(**once) in further.remedy
    consented = _plan(declared(**bare), declared(**bare, parallel_number=4, upgrade_mode="stateless"))
    assert consented.refusal is None
    assert _kinds(consented) == [StopJob, UpdateJob, RunJob]
    assert consented.state is StateFate.DROPPED


def test_consent_drops_the_state_of_just_the_change_that_it_is_for() -> None:
    used = declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT)
    dropped = _plan(declared(), used)
    assert dropped.refusal is None
    assert dropped.steps[-1] == RunJob(resume_savepoint=False, health_window=used.health_window)
    later = _plan(used, used.model_copy(update={"parallel_number": 4}))
    assert later.state is StateFate.CARRIED
    assert later.steps[-1] == RunJob(resume_savepoint=True, health_window=used.health_window)


@pytest.mark.parametrize("status", ["job_running", "job_cancel_success", "job_running_exception"])
def test_state_that_does_not_fit_is_restored_all_the_same_with_consent(status: str) -> None:
    kept = declared(sql_body=SQL_INCOMPATIBLE, keep_state=CONSENT)
    found: dict[str, Any] = {"has_savepoint": True} if status != "job_running" else {}
    refused = _plan(declared(), declared(sql_body=SQL_INCOMPATIBLE), status, **found)
    assert refused.refusal is not None
    assert offered(refused.refusal.remedy, "keep_state") == CONSENT
    plan = _plan(declared(), kept, status, **found)
    assert (plan.state, plan.refusal, plan.next_start_empty) == (StateFate.AT_RISK, None, False)
    assert plan.steps[-1] == RunJob(resume_savepoint=True, health_window=kept.health_window)
    assert plan.because.endswith("mixed with what the new query keeps, as was consented to")


def test_state_that_does_not_fit_is_kept_for_a_job_that_is_changed_while_it_is_stopped() -> None:
    stopped = declared(desired_state="stopped")
    changed = stopped.model_copy(update={"sql_body": SQL_INCOMPATIBLE, "keep_state": CONSENT})
    plan = _plan(stopped, changed, "job_cancel_success", has_savepoint=True)
    assert (plan.refusal, plan.next_start_empty) == (None, False)
    running = changed.model_copy(update={"desired_state": "running"})
    later = _plan(changed, running, "job_cancel_success", spec=changed, savepoint_path=own_savepoint(SQL))
    assert later.steps[-1] == RunJob(resume_savepoint=True, health_window=changed.health_window)


def test_consent_to_mixing_consents_to_no_stop_without_a_savepoint() -> None:
    bare = {"checkpoint_enabled": None, "obs_bucket": None}
    plan = _plan(declared(**bare), declared(**bare, sql_body=SQL_INCOMPATIBLE, keep_state=CONSENT))
    assert plan.refusal is not None
    assert "no savepoint can be taken" in plan.refusal.reason


@pytest.mark.parametrize(
    ("status", "facts", "because"),
    [
        ("job_init", {"started": False}, "it has never run, so there is no state"),
        ("job_finish", {}, "it had finished: all its input was read"),
        ("job_cancel_success", {"has_savepoint": True}, "state is dropped, as was consented to"),
    ],
)
def test_a_stateless_start_drops_state_only_where_there_is_some(
    status: str, facts: dict[str, Any], because: str
) -> None:
    plan = _plan(declared(), declared(upgrade_mode="stateless", restart_nonce="a"), status, **facts)
    assert plan.because == because
    assert plan.state is (StateFate.DROPPED if "dropped" in because else StateFate.NONE)
    assert [step.resume_savepoint for step in plan.steps if isinstance(step, RunJob)] == [False]


def test_stateless_holds_for_a_restart_by_a_new_nonce_and_only_for_that_one() -> None:
    once = declared(upgrade_mode="stateless", restart_nonce="a")
    plan = _plan(declared(upgrade_mode="stateless"), once)
    assert (plan.state, plan.refusal) == (StateFate.DROPPED, None)
    assert [step.resume_savepoint for step in plan.steps if isinstance(step, RunJob)] == [False]
    assert _plan(once, once).steps == ()
    assert _plan(declared(), declared(restart_nonce="a")).state is StateFate.CARRIED
    # Run again after it was only stopped, it goes on from its state as before.
    at_rest = _plan(once, once, "job_cancel_success", has_savepoint=True)
    assert [step.resume_savepoint for step in at_rest.steps if isinstance(step, RunJob)] == [True]


def test_consent_for_a_change_made_at_rest_waits_for_the_next_start() -> None:
    stopped = declared(desired_state="stopped")
    changed = stopped.model_copy(update={"sql_body": SQL_INCOMPATIBLE, "allow_state_loss": CONSENT})
    plan = _plan(stopped, changed, "job_cancel_success", has_savepoint=True)
    assert plan.next_start_empty
    assert _kinds(plan) == [UpdateJob]
    started = _plan(
        changed,
        changed.model_copy(update={"desired_state": "running"}),
        "job_cancel_success",
        has_savepoint=True,
        record=Record(start_empty=True),
    )
    assert started.steps == (RunJob(resume_savepoint=False, health_window=changed.health_window),)


def test_a_job_is_stopped_with_its_state() -> None:
    plan = _plan(declared(), declared(desired_state="stopped"))
    assert _kinds(plan) == [TakeSavepoint, NoteSavepoint, StopJob]
    assert plan.verb == "STOP"


def test_a_stopped_job_takes_every_change_in_one_update() -> None:
    stopped = declared(desired_state="stopped")
    changed = stopped.model_copy(update={"sql_body": SQL_AT_RISK, "smn_topic": "pager", "desc": "new"})
    plan = _plan(stopped, changed, "job_cancel_success", has_savepoint=True)
    assert _kinds(plan) == [UpdateJob]
    assert plan.verb == "IN_PLACE"


@pytest.mark.parametrize("status", ["job_cancel_success", "job_submit_fail", "job_arrearage_stopped"])
def test_a_job_that_was_stopped_by_somebody_is_run_from_its_savepoint(status: str) -> None:
    plan = _plan(declared(), declared(), status, has_savepoint=True)
    assert plan.steps == (RunJob(resume_savepoint=True, health_window=declared().health_window),)
    assert plan.because == "state restored from its savepoint"


def test_a_job_at_rest_without_state_is_started_empty_only_with_consent() -> None:
    plan = _plan(declared(), declared(), "job_cancel_success", has_savepoint=False)
    assert plan.refusal == nothing_to_restore(declared(), declared())
    assert plan.refusal is not None
    given = declared(allow_state_loss=offered(plan.refusal.remedy))
    assert _plan(declared(), given, "job_cancel_success", has_savepoint=False).refusal is None
    stateless = declared(upgrade_mode="stateless")
    consented = _plan(stateless, stateless, "job_cancel_success", has_savepoint=False)
    assert consented.refusal is None
    assert consented.state is StateFate.DROPPED


def test_a_change_that_was_cut_off_after_the_stop_goes_on_and_can_be_taken_back() -> None:
    plan = _plan(declared(), declared(parallel_number=4), "job_cancel_success", has_savepoint=True)
    assert _kinds(plan) == [FoundAtRest, UpdateJob, RunJob]
    assert _updates(plan)[0].undo["parallel_number"] == 2


def test_a_query_that_was_changed_at_rest_and_put_back_fits_its_state_again() -> None:
    """The savepoint was taken of the declared query, and then an update was cut off."""
    facts: dict[str, Any] = {
        "spec": declared(sql_body=SQL_INCOMPATIBLE),
        "has_savepoint": True,
        "tags": {SAVEPOINT_NOTE: own_savepoint(SQL)},
    }
    plan = _plan(declared(sql_body=SQL_INCOMPATIBLE), declared(), "job_cancel_success", **facts)
    assert plan.refusal is None
    assert plan.state is StateFate.CARRIED


def test_a_given_savepoint_is_started_from_once() -> None:
    given = declared(from_savepoint="obs://b/one/")
    plan = _plan(declared(), given)
    assert _kinds(plan) == [TakeSavepoint, NoteSavepoint, StopJob, ImportSavepoint, RunJob]
    assert _plan(given, given).steps == ()


def test_a_bucket_is_opened_to_dli_before_the_job_uses_it() -> None:
    plan = _plan(declared(), declared(obs_bucket="other"))
    assert plan.steps[0] == AuthorizeBucket("other")
    saved = next(step for step in plan.steps if isinstance(step, TakeSavepoint))
    assert saved.directory.startswith("obs://state/"), "the job still writes to the old one"


def test_only_the_users_own_tags_are_changed() -> None:
    old, new = (
        declared(tags={"team": "data", "tier": "1"}),
        declared(tags={"team": "ops", "tier": "1", "new": "yes"}),
    )
    live = declared(tags={"team": "data", "tier": "1", "by": "hand"})
    assert _plan(old, new, spec=live).steps == (
        ChangeTags(remove={"team": "data"}, add={"team": "ops", "new": "yes"}),
    )


def test_a_job_that_an_earlier_attempt_created_is_gone_on_with() -> None:
    draft = observed(declared(), "job_init", started=False, start_time=None)
    assert plan_continue(7, declared(), draft, "now").steps == (
        ContinueWith(7),
        RunJob(resume_savepoint=False, health_window=declared().health_window),
    )


def test_a_job_that_an_earlier_attempt_created_and_that_runs_is_left_running() -> None:
    assert plan_continue(7, declared(), observed(), "now").steps == ()


NONCE = "0123456789ab"
WAS, NOW = "shop/dev/orders", "shop/staging/orders"


def _moved(status: str = "job_running", tags: dict[str, str] | None = None, **record: Any) -> Plan:
    old, new = declared(owner=WAS), declared(owner=NOW)
    live = observed(old, status, tags=tags, record=Record(**{"nonce": NONCE} | record))
    return plan_update(old, new, live, "20260101T000000Z")


@pytest.mark.parametrize("tags", [ownership_tags(WAS, NONCE), None], ids=["seen", "in a preview"])
def test_a_change_of_owner_is_the_first_step_and_nothing_else_is_done(tags: dict[str, str] | None) -> None:
    plan = _moved(tags=tags)
    assert plan.headline() == f"orders: IN_PLACE (owner {WAS} -> {NOW}) - state is not touched"
    (claim,) = plan.steps
    assert isinstance(claim, Claim)
    assert claim.add.items() <= ownership_tags(NOW, NONCE).items()


def test_the_mark_that_counts_is_changed_before_the_readable_ones() -> None:
    (claim,) = _moved(tags=ownership_tags(WAS, NONCE)).steps
    assert isinstance(claim, Claim)
    parts = claim.parts(claim.remove, claim.add)
    assert [[*add] for _, add in parts] == [["pulumi_resource"], ["pulumi_stack"]]


def test_a_job_at_rest_is_marked_too_and_one_that_is_marked_already_is_not() -> None:
    old, new = (declared(owner=owner, desired_state="stopped") for owner in (WAS, NOW))
    for tags, steps in ((ownership_tags(WAS, NONCE), 1), (ownership_tags(NOW, NONCE), 0)):
        live = observed(old, "job_cancel_success", tags=tags, record=Record(nonce=NONCE))
        assert len(plan_update(old, new, live, "20260101T000000Z").steps) == steps


def test_a_job_that_was_adopted_without_a_write_is_marked_by_its_first_change_and_not_before() -> None:
    assert _moved(tags={}, unclaimed=True, nonce=None).steps == ()


RUN_AGAIN: dict[str, dict[str, Any]] = {
    "another query": {"sql_body": SQL_INCOMPATIBLE},
    "a new nonce": {"restart_nonce": "monday"},
    "a savepoint to begin from": {"from_savepoint": "obs://b/one/"},
}
LEFT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a comment": {"sql_body": SQL_COSMETIC},
    "a number": {"parallel_number": 4},
    "an alarm": {"smn_topic": "pager"},
    "a setting that state would not survive": {"checkpoint_enabled": None, "obs_bucket": None},
    "that it is to be stopped": {"desired_state": "stopped"},
}


@pytest.mark.parametrize("changes", RUN_AGAIN.values(), ids=RUN_AGAIN.keys())
def test_a_finished_job_is_run_again_where_that_is_asked_for(changes: dict[str, Any]) -> None:
    plan = plan_update(declared(), declared(**changes), observed(status="job_finish"), "<time>")
    assert plan.refusal is None
    assert any(isinstance(step, RunJob) for step in plan.steps)


@pytest.mark.parametrize("changes", LEFT.values(), ids=LEFT.keys())
def test_a_finished_job_is_left_finished_by_anything_else(changes: dict[str, Any]) -> None:
    """Run again, it would read all its input once more, and all its output would come twice."""
    plan = plan_update(declared(), declared(**changes), observed(status="job_finish"), "<time>")
    assert plan.refusal is None
    assert not any(isinstance(step, (RunJob, StopJob)) for step in plan.steps)


def test_a_finished_job_that_was_declared_stopped_is_run_when_it_is_declared_running() -> None:
    plan = plan_update(declared(desired_state="stopped"), declared(), observed(status="job_finish"), "<time>")
    assert isinstance(plan.steps[-1], RunJob)


def test_a_query_that_somebody_changed_at_dli_is_not_put_back_under_its_state_unseen() -> None:
    """The program changes something else, and the deployment does not refresh."""
    for status in ("job_running", "job_cancel_success"):
        plan = _plan(declared(), declared(cu_number=8), status, spec=declared(sql_body=SQL_INCOMPATIBLE))
        assert plan.refusal is not None, status
        assert "sql_body is not at DLI what Pulumi's state has" in plan.refusal.reason
        assert "pulumi up --refresh" in plan.refusal.remedy
    at_risk = _plan(declared(), declared(cu_number=8), spec=declared(obs_bucket="elsewhere"))
    assert (at_risk.refusal, at_risk.state, at_risk.undone) == (None, StateFate.AT_RISK, ("obs_bucket",))
    # What is consented to, started from elsewhere, or cosmetic is as ever; and so is what an earlier attempt has sent.
    for changes in ({"upgrade_mode": "stateless"}, {"from_savepoint": "obs://bucket/one/"}):
        new = declared(cu_number=8, **changes)
        assert _plan(declared(), new, spec=declared(sql_body=SQL_INCOMPATIBLE)).refusal is None
    assert _plan(declared(), declared(cu_number=8), spec=declared(sql_body=SQL_COSMETIC)).undone == ()
    agreed = declared(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT)
    assert _plan(declared(), agreed, spec=declared(sql_body=SQL_INCOMPATIBLE)).undone == ()


def test_what_is_put_back_on_the_way_is_named_and_only_where_it_is() -> None:
    old = declared(smn_topic="ours", cu_number=4)
    hand = declared(smn_topic="theirs", cu_number=9, restart_when_exception=True)
    restart = old.model_copy(update={"checkpoint_interval": 30})
    assert set(_plan(old, restart, spec=hand).undone) == {"smn_topic", "cu_number"}, (
        "what nobody declared stays"
    )
    in_place = old.model_copy(update={"desc": "new"})
    assert _plan(old, in_place, spec=hand).undone == (), "just what changes is sent"
    scaled = {"runtime_config": {"flink.dli.job.scale.enable": "true"}, "log_enabled": True}
    plan = _plan(
        old.model_copy(update=scaled), restart.model_copy(update=scaled), spec=hand.model_copy(update=scaled)
    )
    assert plan.undone == ("smn_topic",), "CUs are DLI's own doing"


BY_HAND = declared(sql_body=SQL_INCOMPATIBLE)
"""The job with a query that somebody gave it at DLI."""


@pytest.mark.parametrize("mode", ["savepoint", "stateless"])
@pytest.mark.parametrize(
    ("changes", "status", "last"),
    [
        ({}, "job_cancel_success", RunJob),
        ({"desired_state": "stopped"}, "job_running", StopJob),
        ({"restart_nonce": "monday"}, "job_running", RunJob),
    ],
    ids=["run again", "stopped", "restarted"],
)
def test_a_query_that_nobody_puts_back_is_no_reason_to_refuse_nor_to_begin_empty(
    changes: dict[str, Any], status: str, last: type[Step], mode: str
) -> None:
    """Only a complete definition puts it back, and without one the job's state is that of its query."""
    old, new = declared(upgrade_mode=mode), declared(upgrade_mode=mode, **changes)
    plan = _plan(old, new, status, spec=BY_HAND, has_savepoint=True)
    assert (plan.refusal, plan.undone, _updates(plan)) == (None, (), [])
    assert isinstance(plan.steps[-1], last)
    if isinstance(run := plan.steps[-1], RunJob):
        assert run.resume_savepoint is not (mode == "stateless" and "restart_nonce" in changes)


@pytest.mark.parametrize(
    ("saved", "fate"), [(SQL, StateFate.CARRIED), (SQL_AT_RISK, StateFate.AT_RISK)], ids=["back", "third"]
)
def test_a_query_that_was_changed_after_the_stop_has_no_state_that_could_not_fit(
    saved: str, fate: StateFate
) -> None:
    """Somebody changed it at DLI while the job was stopped, or a deployment was cut off after its update."""
    tags = {SAVEPOINT_NOTE: own_savepoint(saved)}
    new = declared(cu_number=8)
    plan = _plan(declared(), new, "job_cancel_success", spec=BY_HAND, has_savepoint=True, tags=tags)
    assert (plan.refusal, plan.state, plan.undone) == (None, fate, ("sql_body",))
    assert _kinds(plan) == [FoundAtRest, UpdateJob, RunJob]
