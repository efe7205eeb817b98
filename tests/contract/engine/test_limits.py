"""A hundred jobs at a DLI that takes twenty calls a second: all come up, and hardly a call is refused."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.site import Site, job

pytestmark = pytest.mark.engine

JOBS = 100
LIMIT = 20.0
REFUSED = 0.1
"""Calls leave at even intervals, and a busy machine bunches them: one in a hundred was refused where nothing else ran,
one in nineteen beside the rest of the tests and more."""


def test_a_rate_limit_slows_down_and_fails_nothing(site: Site) -> None:
    site.dli.set(start_latency=2.0, requests_per_second=LIMIT)
    site.pulumi.declare(**{f"job_{number}": job() for number in range(JOBS)})
    told = site.pulumi.up("--parallel", str(JOBS))
    assert told.changes == {"created": JOBS + 1}
    site.dli.set(requests_per_second=0)
    assert {each.status for each in site.jobs()} == {"job_running"}

    calls = site.dli.requests(project=site.project_id)
    refused = [entry for entry in calls if entry.status == 429]
    assert refused, "the limit was never met"
    assert len(refused) < REFUSED * len(calls)
    # While they wait, their status comes from the list alone; and each is created, and run, once.
    carried_out = Counter(entry.call for entry in calls if entry.executed)
    assert carried_out["create"] == carried_out["run"] == JOBS
    assert carried_out["get"] < JOBS / 2
