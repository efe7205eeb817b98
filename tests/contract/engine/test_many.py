"""A hundred jobs in one stack: all are started, and later stopped, at the same time."""

from __future__ import annotations

import pytest

from tests.contract.engine.project import YES
from tests.contract.engine.site import Site, job

pytestmark = pytest.mark.engine

JOBS = 100
AT_ONCE = ("--parallel", str(JOBS))


def test_a_hundred_jobs_are_started_and_stopped_at_once(site: Site) -> None:
    site.dli.set_latency(start=1.0)
    site.pulumi.declare(**{f"job_{number}": job() for number in range(JOBS)})
    with site.held("run", times=JOBS) as held:
        up = site.pulumi.begin("up", *YES, *AT_ONCE)
        held.wait_for(JOBS)
    told = up.end()
    assert told.changes == {"created": JOBS + 1}
    assert {each.status for each in site.jobs()} == {"job_running"}

    with site.held("stop", times=JOBS) as held:
        destroy = site.pulumi.begin("destroy", *YES, *AT_ONCE)
        held.wait_for(JOBS)
    assert destroy.end().changes == {"deleted": JOBS + 1}
    assert site.jobs() == []
