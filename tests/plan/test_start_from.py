"""The ladder: where a job that is at rest takes its state from."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.job.fields import JobSpec
from dli_provider.plan import start_from
from dli_provider.plan.live_job import Record
from dli_provider.plan.ownership import SAVEPOINT_NOTE
from dli_provider.plan.start_from import Source
from dli_provider.plan.steps import ImportSavepoint, RunJob
from dli_provider.sql import StateFate
from tests.support.declared import consent
from tests.support.planned_jobs import (
    CHECKPOINT,
    RUN,
    SQL,
    SQL_AT_RISK,
    SQL_INCOMPATIBLE,
    declared,
    observed,
    own_savepoint,
)

SAVED = own_savepoint()
EARLIER = own_savepoint(run=RUN - 1, stamp="20250101T000000Z")
AT_REST = (
    "job_init",
    "job_cancel_success",
    "job_submit_fail",
    "job_running_exception",
    "job_arrearage_stopped",
)
ITS_OWN = "state restored from its savepoint"


def _ladder(
    status: str, old: JobSpec | None = None, new: JobSpec | None = None, **facts: Any
) -> Source | None:
    return start_from.at_rest(old or declared(), new or declared(), observed(old, status, **facts))


@pytest.mark.parametrize("status", AT_REST)
def test_a_job_that_never_ran_starts_empty(status: str) -> None:
    source = _ladder(status, started=False, start_time=None)
    assert source == Source(StateFate.NONE, "it has never run, so there is no state", resume=False)


@pytest.mark.parametrize("has_savepoint", [True, False, None])
def test_a_job_that_finished_starts_empty_whatever_is_left_of_it(has_savepoint: bool | None) -> None:
    source = _ladder(
        "job_finish", has_savepoint=has_savepoint, checkpoint_path=CHECKPOINT, record=Record((SAVED,))
    )
    assert source == Source(StateFate.NONE, "it had finished: all its input was read", resume=False)


@pytest.mark.parametrize("status", AT_REST)
def test_dlis_savepoint_is_resumed_and_ours_are_spares(status: str) -> None:
    source = _ladder(status, has_savepoint=True, record=Record((SAVED, EARLIER)))
    assert source == Source(StateFate.CARRIED, ITS_OWN, True, None, (SAVED, EARLIER))


@pytest.mark.parametrize("has_savepoint", [True, False, None])
def test_a_job_that_failed_while_it_ran_goes_on_from_its_last_checkpoint(has_savepoint: bool | None) -> None:
    source = _ladder(
        "job_running_exception",
        has_savepoint=has_savepoint,
        checkpoint_path=CHECKPOINT,
        record=Record((SAVED,)),
    )
    because = "state restored from its last checkpoint"
    assert source == Source(StateFate.CARRIED, because, True, CHECKPOINT, (SAVED,))


def test_a_job_that_failed_without_a_checkpoint_goes_on_from_its_savepoint() -> None:
    source = _ladder("job_running_exception", has_savepoint=True, record=Record((SAVED,)))
    assert source == Source(StateFate.CARRIED, ITS_OWN, True, None, (SAVED,))


def test_without_dlis_savepoint_ours_is_imported() -> None:
    source = _ladder("job_cancel_success", has_savepoint=False, record=Record((SAVED, EARLIER)))
    assert source == Source(
        StateFate.CARRIED, f"state restored from savepoint {SAVED}", True, SAVED, (EARLIER,)
    )


def test_without_any_savepoint_the_last_checkpoint_is_imported() -> None:
    source = _ladder("job_cancel_success", has_savepoint=False, checkpoint_path=CHECKPOINT)
    because = "state restored from its last checkpoint"
    assert source == Source(StateFate.CARRIED, because, True, CHECKPOINT, ())


@pytest.mark.parametrize("status", [status for status in AT_REST if status != "job_running_exception"])
def test_without_any_trace_of_state_nothing_is_started(status: str) -> None:
    assert _ladder(status, has_savepoint=False) is None


@pytest.mark.parametrize("status", ["job_init", "job_cancel_success"])
def test_a_stopped_job_of_which_dli_does_not_say_is_resumed(status: str) -> None:
    assert _ladder(status) == Source(StateFate.CARRIED, ITS_OWN, True)


@pytest.mark.parametrize("status", ["job_submit_fail", "job_running_exception", "job_arrearage_stopped"])
def test_a_failed_job_of_which_dli_does_not_say_is_resumed_only_with_something_to_fall_back_on(
    status: str,
) -> None:
    assert _ladder(status) is None
    assert _ladder(status, record=Record((SAVED,))) == Source(
        StateFate.CARRIED, ITS_OWN, True, None, (SAVED,)
    )


@pytest.mark.parametrize("status", ["job_submit_fail", "job_cancel_success"])
def test_a_savepoint_that_ended_the_run_is_newer_than_its_checkpoints(status: str) -> None:
    source = _ladder(status, has_savepoint=False, checkpoint_path=CHECKPOINT, record=Record((SAVED,)))
    assert source is not None
    assert (source.imported, source.spares) == (SAVED, (CHECKPOINT,))


@pytest.mark.parametrize(
    ("status", "saved"), [("job_arrearage_stopped", SAVED), ("job_cancel_success", EARLIER)]
)
def test_a_savepoint_that_did_not_end_the_run_is_older_than_its_checkpoints(status: str, saved: str) -> None:
    source = _ladder(status, has_savepoint=False, checkpoint_path=CHECKPOINT, record=Record((saved,)))
    assert source is not None
    assert (source.imported, source.spares) == (CHECKPOINT, (saved,))


def test_the_note_on_the_job_comes_before_what_was_remembered() -> None:
    source = _ladder(
        "job_cancel_success",
        has_savepoint=False,
        tags={SAVEPOINT_NOTE: SAVED},
        record=Record((EARLIER, SAVED)),
    )
    assert source is not None
    assert (source.imported, source.spares) == (SAVED, (EARLIER,))


@pytest.mark.parametrize(
    ("noted", "used"),
    [
        (own_savepoint(declared().sql_body or ""), True),
        (own_savepoint(SQL_AT_RISK), True),
        (own_savepoint(SQL_INCOMPATIBLE), False),
        ("obs://state/by-hand/", False),
    ],
)
def test_a_noted_savepoint_of_quite_another_query_is_not_used(noted: str, used: bool) -> None:
    source = _ladder(
        "job_cancel_success",
        new=declared(sql_body=SQL_AT_RISK),
        has_savepoint=False,
        tags={SAVEPOINT_NOTE: noted},
    )
    assert (source is not None) == used


ANOTHER = own_savepoint(SQL, run=RUN - 1)
_NEW = {"sql_body": SQL_AT_RISK}
_ONCE = _NEW | {"allow_state_loss": consent(SQL, SQL_AT_RISK)}


@pytest.mark.parametrize("status", ["job_running_exception", "job_submit_fail", "job_cancel_success"])
@pytest.mark.parametrize("has_savepoint", [True, False])
def test_a_job_that_drops_its_state_never_goes_back_to_that_of_another_query(
    status: str, has_savepoint: bool
) -> None:
    facts = {"has_savepoint": has_savepoint, "savepoint_path": ANOTHER, "record": Record((ANOTHER,))}
    assert _ladder(status, declared(**_NEW), declared(**_NEW, upgrade_mode="stateless"), **facts) is None
    carried = _ladder(status, declared(**_NEW), declared(**_NEW), **facts)
    assert carried is not None
    assert carried.resume, "nobody consented to dropping it"


def test_state_of_another_query_is_no_spare_either() -> None:
    facts = {"checkpoint_path": CHECKPOINT, "record": Record((SAVED, ANOTHER)), "has_savepoint": False}
    new = declared(**_NEW, upgrade_mode="stateless")
    source = _ladder("job_running_exception", declared(**_NEW), new, **facts)
    assert source is not None
    assert (source.imported, source.spares) == (CHECKPOINT, ())


def test_consent_for_once_leaves_behind_only_what_was_not_carried() -> None:
    facts = {"has_savepoint": True, "savepoint_path": ANOTHER}
    old, new = declared(**_NEW), declared(**_ONCE)
    assert _ladder("job_running_exception", old, new, **facts) is None
    carried = _ladder("job_running_exception", old, new, record=Record((ANOTHER,)), **facts)
    assert carried == Source(StateFate.CARRIED, ITS_OWN, True, None, (ANOTHER,))


def test_a_given_savepoint_is_used_where_the_program_names_it_newly() -> None:
    one, two = declared(from_savepoint="obs://b/one/"), declared(from_savepoint="obs://b/two/")
    assert start_from.newly_given(one, one) is None
    assert start_from.newly_given(one, declared()) is None
    assert start_from.newly_given(one, two) == start_from.given(two)
    assert start_from.given(two) == Source(
        StateFate.AT_RISK, "state taken from obs://b/two/", True, imported="obs://b/two/"
    )
    assert start_from.given(declared()) is None


def test_what_is_imported_is_imported_before_the_run() -> None:
    source = Source(StateFate.CARRIED, "", True, SAVED, (EARLIER,))
    assert start_from.start(source, 5.0, "present") == [
        ImportSavepoint(SAVED, (EARLIER,), "present"),
        RunJob(True, 5.0, (EARLIER,)),
    ]


def test_dlis_own_savepoint_is_just_run_from_and_no_state_is_just_run() -> None:
    assert start_from.start(Source(StateFate.CARRIED, "", True), 5.0) == [RunJob(True, 5.0)]
    assert start_from.start(start_from.empty("none"), 0.0) == [RunJob(False, 0.0)]


@pytest.mark.parametrize(
    ("status", "has_savepoint", "ran"),
    [
        ("job_submit_fail", None, False),
        ("job_cancel_success", False, False),
        # Somebody may have run it by hand since, and stopped it with a savepoint.
        ("job_cancel_success", None, True),
        ("job_cancel_success", True, True),
        ("job_running", False, True),
    ],
)
def test_a_job_whose_first_run_failed_has_no_state_only_where_dli_says_so(
    status: str, has_savepoint: bool | None, ran: bool
) -> None:
    assert Record(never_up=True).has_run(True, status, has_savepoint, None) is ran
