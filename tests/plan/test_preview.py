"""What a preview tells: whether anything changes, what is replaced or refused, what is not known yet, what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.errors import StateLoss
from dli_provider.job.fields import JobSpec
from dli_provider.plan.live_job import LastSeen, Record
from dli_provider.plan.preview import Ahead, foresee
from dli_provider.plan.refusal import offered
from dli_provider.pulumi.reviewed_lock import ReviewedLock
from tests.support.declared import consent
from tests.support.planned_jobs import SQL, SQL_AT_RISK, SQL_COSMETIC, SQL_INCOMPATIBLE, declared


def _ahead(
    old: JobSpec,
    new: JobSpec,
    status: str = "job_running",
    unknown: frozenset[str] = frozenset(),
    **seen: Any,
) -> Ahead:
    return foresee(old, new, LastSeen(status, **seen), Record(), unknown)


def test_the_same_program_changes_nothing() -> None:
    ahead = _ahead(declared(), declared())
    assert not ahead.changes
    assert ahead.plan.steps == ()


def test_a_comment_in_the_query_changes_nothing() -> None:
    assert not _ahead(declared(), declared(sql_body=SQL_COSMETIC)).changes


def test_a_comment_along_with_something_else_is_no_reason_to_keep_quiet() -> None:
    assert _ahead(declared(), declared(sql_body=SQL_COSMETIC, smn_topic="alarm")).changes


def test_what_dli_does_not_see_is_recorded_without_a_step() -> None:
    ahead = _ahead(declared(), declared(savepoint_retention=5))
    assert ahead.changes
    assert ahead.plan.steps == ()
    assert ahead.lines == ("orders: NONE - state is not touched",)


@pytest.mark.parametrize(
    "status", ["job_cancel_success", "job_submit_fail", "job_running_exception", "job_arrearage_stopped"]
)
def test_a_job_that_does_not_run_although_it_should_is_a_change(status: str) -> None:
    ahead = _ahead(declared(), declared(), status, has_savepoint=True)
    assert ahead.changes
    assert ahead.plan.verb == "RUN"


@pytest.mark.parametrize("status", ["job_submitting", "job_savepointing", "job_of_tomorrow"])
def test_a_job_that_was_last_seen_moving_is_taken_to_be_as_desired(status: str) -> None:
    stopped = declared(desired_state="stopped")
    assert not _ahead(declared(), declared(), status).changes
    assert not _ahead(stopped, stopped, status).changes
    assert _ahead(stopped, declared(), status).plan.verb == "RUN"


def test_a_change_is_one_line() -> None:
    ahead = _ahead(declared(), declared(parallel_number=4))
    assert ahead.lines == ("orders: RESTART (parallel_number 2 -> 4) - state carried by savepoint",)


def test_a_replacement_tells_its_causes_and_that_state_goes() -> None:
    ahead = _ahead(declared(), declared(job_type="flink_sql_job", parallel_number=4))
    assert ahead.replaces == ("job_type",)
    assert ahead.changes
    assert ahead.lines == (
        "orders: REPLACE (job_type flink_opensource_sql_job -> flink_sql_job: DLI cannot change the type of a job) "
        "- another job takes its place: its state would be lost; the old one is "
        "stopped with its state saved, and deleted only when the new one runs",
    )


def test_a_replacement_gives_each_cause_its_own_reason_and_no_reason_twice() -> None:
    (line,) = _ahead(declared(), declared(sql_body=None, template_id=7)).lines
    assert "template_id unset -> 7: DLI reads the template only when a job is created; sql_body: " in line
    assert line.count("the query comes from a template") == 1


def test_a_job_that_was_deleted_is_made_anew_from_the_newest_savepoint_or_refused() -> None:
    job, seen = declared(), LastSeen("gone")
    saved = foresee(job, job, seen, Record(("obs://a/", "obs://b/"), gone=True), frozenset(), 7)
    assert (saved.replaces, saved.changes, saved.refusal) == (("job_id",), True, None)
    assert saved.lines == (
        "orders: CREATE - job 7 was deleted, and is made anew: state restored from savepoint obs://a/",
    )
    lost = foresee(job, job, seen, Record(gone=True), frozenset(), 7)
    assert lost.refusal
    assert lost.refusal.reason == "job 7 was deleted, and no savepoint of its state is known"


def test_what_is_known_only_during_the_update_is_said() -> None:
    ahead = _ahead(declared(), declared(), unknown=frozenset({"smn_topic", "obs_bucket"}))
    assert ahead.changes
    assert ahead.lines[-1] == "    known only during the update: obs_bucket, smn_topic"


def test_a_change_that_would_be_refused_is_refused_beforehand() -> None:
    ahead = _ahead(declared(checkpoint_enabled=None), declared(checkpoint_enabled=None, parallel_number=4))
    assert ahead.lines == ("orders: RESTART (parallel_number 2 -> 4) - state would be lost",), (
        "why is said by the refusal"
    )
    with pytest.raises(StateLoss) as refused:
        ReviewedLock().check(ahead, declared())
    assert refused.value.subject == "orders"
    assert "upgrade_mode='stateless'" in refused.value.remedy
    assert ahead.refusal is ahead.plan.refusal


def test_another_job_takes_the_place_of_one_that_ran_only_with_consent() -> None:
    old, new = declared(), declared(job_type="flink_sql_job")
    refusal = _ahead(old, new).refusal
    assert refusal is not None
    assert "job_type: DLI cannot change the type of a job" in refusal.reason
    assert "allow_state_loss" in refusal.remedy
    assert _ahead(old, new.model_copy(update={"allow_state_loss": offered(refusal.remedy)})).refusal is None
    ours = consent(SQL, SQL)  # of the same query, but not of another type of job
    assert _ahead(old, new.model_copy(update={"allow_state_loss": ours})).refusal is not None
    assert _ahead(old, new, "job_init").refusal is None, "it never ran, so there is nothing to lose"


def test_nothing_is_refused_that_is_not_to_be_carried_out_so() -> None:
    old = declared(checkpoint_enabled=None)
    unknown = frozenset({"upgrade_mode"})
    for ahead in (
        _ahead(old, old),
        _ahead(old, declared(job_type="flink_sql_job", parallel_number=4, upgrade_mode="stateless")),
        _ahead(old, declared(checkpoint_enabled=None, parallel_number=4), unknown=unknown),
    ):
        assert ahead.refusal is None
        ReviewedLock().check(ahead, declared())


def test_state_that_does_not_fit_is_refused_at_rest_as_well() -> None:
    ahead = _ahead(declared(), declared(sql_body=SQL_INCOMPATIBLE), "job_cancel_success", has_savepoint=True)
    with pytest.raises(StateLoss, match="the state does not fit"):
        ReviewedLock().check(ahead, declared())


def test_a_failed_job_that_is_left_as_it_is_is_pointed_out() -> None:
    report = declared(on_failed="report")
    ahead = _ahead(report, report, "job_running_exception", status_desc="out of memory", has_savepoint=True)
    assert not ahead.changes
    assert ahead.notice == (
        "orders: job_running_exception (out of memory); left as it is, because on_failed is 'report'"
    )


def test_a_failed_job_whose_definition_changes_is_run_again() -> None:
    ahead = _ahead(
        declared(on_failed="report"),
        declared(on_failed="report", parallel_number=4),
        "job_running_exception",
        has_savepoint=True,
    )
    assert ahead.plan.verb == "RUN"
    assert ahead.notice == ""


def test_there_is_nothing_to_point_out_about_a_job_that_runs() -> None:
    assert _ahead(declared(on_failed="report"), declared(on_failed="report")).notice == ""


def test_a_job_without_a_name_yet_can_be_previewed() -> None:
    ahead = foresee(
        declared(), declared(name=None, sql_body=SQL_AT_RISK), LastSeen("job_running"), Record(), frozenset()
    )
    assert ahead.lines[0].startswith("orders: RESTART (")


@pytest.mark.parametrize("status", ["job_idle", "job_savepointing", "job_of_tomorrow"])
def test_a_job_that_has_not_settled_is_told_whether_or_not_anything_is_done(status: str) -> None:
    since = "2023-11-14 22:13:20 UTC"
    left = _ahead(declared(), declared(), status, unchanged_since=since)
    assert not left.changes
    assert left.notice.startswith(f"orders: {status} ")
    assert left.notice.endswith("no change of the job since 2023-11-14 22:13:20 UTC; it is left as it is")
    waits = _ahead(declared(), declared(parallel_number=4), status, unchanged_since=since)
    assert waits.notice.endswith("UTC; the deployment waits until it has")
    assert _ahead(declared(), declared(parallel_number=4)).notice == ""
