"""Every status of DLI's stands for a run state; what is not known is waited for."""

from __future__ import annotations

import pytest

from dli_provider.api.status import Status
from dli_provider.plan.run_state import RunState, run_state

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
