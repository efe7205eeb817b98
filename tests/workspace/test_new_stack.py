"""What a further stack takes over from the config of another, and what is said of that one's jobs alone."""

from __future__ import annotations

import json

import pytest

from dli_provider.workspace.new_stack import lasting

JOBS = {"orders": {"cu_number": 8, "allow_state_loss": "06dd6ccce6da"}, "alerts": {"restart_nonce": "2"}}


@pytest.mark.parametrize("jobs", [JOBS, json.dumps(JOBS)], ids=["mapping", "text"])
def test_a_consent_stays_with_the_job_that_it_was_given_for(jobs: object) -> None:
    config = {
        "shop:queue_name": "q",
        "shop:keep_state": "54d5a61039e9",
        "dli:reviewed": "r.json",
        "shop:jobs": jobs,
    }
    assert lasting(config, "shop") == {"shop:queue_name": "q", "shop:jobs": {"orders": {"cu_number": 8}}}


def test_what_says_nothing_of_jobs_is_kept_as_it_is() -> None:
    config = {"dli:accessKey": {"secure": "v1:x"}, "shop:jobs": "orders"}
    assert lasting(config, "shop") == config
