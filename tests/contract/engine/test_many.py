"""Much at once: a hundred jobs of one stack, and two stacks of one project."""

from __future__ import annotations

import pytest

from tests.support.pulumi_project import YES
from tests.support.site import Site, job

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


def test_two_stacks_of_one_project_do_not_disturb_each_other(site: Site) -> None:
    stacks = ("test", "prod")
    site.pulumi.pulumi("stack", "init", "--no-select", "prod")
    site.pulumi.declare(orders=job())
    with site.held("run", times=len(stacks)) as held:
        ups = [site.pulumi.begin("up", *YES, "--stack", stack) for stack in stacks]
        held.wait_for(len(stacks))
    assert [up.end().changes for up in ups] == [{"created": 2}] * 2
    assert len({each.name for each in site.jobs()}) == 2

    destroy = site.pulumi.begin("destroy", *YES, "--stack", "prod")
    assert site.pulumi.up("--refresh", "--stack", "test").changes == {"unchanged": 2}
    assert destroy.end().changes == {"deleted": 2}
    assert site.job().status == "job_running"
    assert site.job().tags["pulumi_stack"] == "test"
