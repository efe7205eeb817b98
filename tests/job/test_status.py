"""Every status of DLI's stands for a run state; what is not known is waited for."""

from __future__ import annotations

import pytest

from dli_provider.job.status import LONG, RunState, Status, arrival, overdue, run_state

EXPECTED = {
    RunState.RUNNING: {"job_running"},
    RunState.STOPPED: {"job_init", "job_cancel_success"},
    RunState.FAILED: {"job_submit_fail", "job_running_exception"},
    RunState.FINISHED: {"job_finish"},
    RunState.IN_ARREARS: {"job_arrearage_stopped"},
    RunState.STUCK: {"job_cancel_fail"},
    RunState.MOVING: {
        "job_submitting",
        "job_downloading",
        "job_idle",
        "job_canceling",
        "job_savepointing",
        "job_arrearage_recovering",
    },
}


def test_every_status_stands_for_one_run_state() -> None:
    assert {status.value for status in Status} == set().union(*EXPECTED.values())
    for state, statuses in EXPECTED.items():
        assert {status for status in map(str, Status) if run_state(status) is state} == statuses


@pytest.mark.parametrize("status", ["job_of_tomorrow", "", "JOB_RUNNING"])
def test_a_status_that_is_not_known_is_waited_for(status: str) -> None:
    assert run_state(status) is RunState.MOVING


def test_every_run_state_is_moving_may_run_or_is_at_rest() -> None:
    for state in RunState:
        assert (not state.settled) + state.may_run + state.at_rest == 1


def test_what_runs_may_run_and_what_failed_is_at_rest_but_does_not_count_as_stopped() -> None:
    assert [state for state in RunState if state.runs] == [RunState.RUNNING]
    assert [state for state in RunState if state.at_rest and not state.counts_as_stopped] == [RunState.FAILED]
    assert all(state.counts_as_stopped for state in RunState if state.was_stopped)


@pytest.mark.parametrize("status", sorted(EXPECTED[RunState.MOVING] | {"job_of_tomorrow"}))
def test_a_moving_job_is_taken_to_arrive_where_it_was_told_to_go(status: str) -> None:
    assert arrival(status) == arrival(status, "running") == "job_running"
    assert arrival(status, "stopped") == "job_cancel_success"


@pytest.mark.parametrize("status", sorted({status.value for status in Status} - EXPECTED[RunState.MOVING]))
def test_a_status_that_lasts_is_where_a_job_is(status: str) -> None:
    assert arrival(status) == arrival(status, "stopped") == status


def test_a_status_that_should_have_passed_is_told_and_one_that_nobody_knows_at_once() -> None:
    then, told = 1_700_000_000_000, "2023-11-14 22:13:20 UTC"
    for status in EXPECTED[RunState.MOVING]:
        assert overdue(status, told, then, then / 1000 + LONG - 1) == ""
        assert overdue(status, told, then, then / 1000 + LONG) == (
            f"{status} has not settled; DLI tells of no change of the job since 2023-11-14 22:13:20 UTC"
        )
    assert overdue("job_of_tomorrow", told, then, then / 1000).startswith(
        "job_of_tomorrow is no status that is known here; "
    )
    assert overdue("job_idle", "", None, then) == "job_idle has not settled; DLI does not say since when"
    lasting = {status.value for status in Status} - EXPECTED[RunState.MOVING]
    assert {overdue(status, told, then, then) for status in lasting} == {""}
