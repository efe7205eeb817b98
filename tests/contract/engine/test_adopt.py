"""Jobs that exist already, taken over: by id or name, without a write where nothing changes, never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.engine import transcript
from tests.support.declared import SQL_INCOMPATIBLE
from tests.support.site import Site, both_doors, by_hand, job

pytestmark = pytest.mark.engine


def adopting(target: str = "orders", **changes: Any) -> dict[str, Any]:
    return job(name="orders", adopt=target, **changes)


def lasting(site: Site) -> tuple[Any, ...]:
    """What does not change by itself."""
    job = site.job()
    return job.job_id, job.status, job.definition, job.tags, job.run, job.lineage


@both_doors
def test_a_job_that_is_as_declared_is_adopted_without_a_write_and_marked_when_it_changes(site: Site) -> None:
    job_id = by_hand(site, tm_cus=2)
    before = lasting(site)
    site.pulumi.declare(orders=adopting())
    told = site.pulumi.preview()
    assert told.said == [
        f"orders: ADOPT - nothing is changed; it is job {job_id} (job_running)",
        "not declared, and left as the job has it: tm_cus",
    ]
    assert told.changes == {"create": 2}
    assert site.pulumi.up().changes == {"created": 2}
    assert site.calls() == []
    assert lasting(site) == before
    assert site.pulumi.preview("--refresh").changes == {"unchanged": 2}

    site.pulumi.declare(orders=job(name="orders"))
    assert site.pulumi.preview().changes == {"unchanged": 2}, "once it is adopted, the argument is moot"
    site.pulumi.declare(orders=adopting("no such job", smn_topic="pager"))
    assert site.pulumi.preview().said == [
        "orders: IN_PLACE (smn_topic alarm -> pager) - state is not touched",
    ]
    site.pulumi.up()
    assert site.calls() == ["tags_create", "update"]
    after = site.job()
    assert (after.job_id, after.run, after.definition["tm_cus"]) == (job_id, 1, 2)
    assert (after.tags["pulumi_project"], after.tags["pulumi_stack"]) == ("shop", "test")
    site.pulumi.declare(orders=adopting(smn_topic="nobody"))
    site.pulumi.up()
    assert site.calls() == ["update"], "it is marked once"


@both_doors
def test_a_job_that_is_not_as_declared_is_adopted_and_updated_with_its_state(site: Site) -> None:
    job_id = by_hand(site)
    before = site.job()
    site.pulumi.declare(orders=adopting(str(job_id), parallel_number=2))
    assert site.pulumi.preview().said == [
        "orders: ADOPT and RESTART (parallel_number 1 -> 2) - state carried by savepoint; "
        f"it is job {job_id} (job_running)"
    ]
    assert site.calls() == []
    site.pulumi.up()
    after = site.job()
    assert (after.job_id, after.lineage, after.run) == (job_id, before.lineage, 2)
    assert after.definition["parallel_number"] == 2
    assert after.tags["pulumi_stack"] == "test"
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}


@both_doors
def test_what_cannot_be_adopted_fails_the_preview_and_is_not_touched(
    site: Site, update_goldens: bool
) -> None:
    owner = site.another("owner")
    owner.pulumi.declare(revenue=job(name="revenue"))
    owner.pulumi.up()
    by_hand(site)
    by_hand(site, "typed", runs=False, job_type="flink_sql_job")
    refused = {
        "foreign": job(name="revenue", adopt="revenue"),
        "misspelt": job(name="clicks", adopt="orrders"),
        "unfit": adopting(sql_body=SQL_INCOMPATIBLE),
        "typed": job(name="typed", adopt="typed"),
    }
    for name, arguments in refused.items():
        site.pulumi.declare(**{name: arguments})
        told = site.pulumi.preview(fails=True)
        transcript.check(f"adoption-{name}", told, update=update_goldens)
    site.pulumi.up(fails=True)
    assert site.calls() == []
    assert {each.status for each in site.jobs()} == {"job_running", "job_init"}


def test_an_adopted_job_that_is_replaced_or_deleted_behind_our_back_is_made_anew(site: Site) -> None:
    first = by_hand(site)
    site.pulumi.declare(orders=adopting(str(first)))
    site.pulumi.up()
    site.pulumi.declare(orders=adopting(str(first), job_type="flink_sql_job", upgrade_mode="stateless"))
    told = site.pulumi.up()
    assert not any("ADOPT" in line for line in told.said)
    second = site.job()
    assert (second.job_id != first, second.status) == (True, "job_running")

    site.delete(second.job_id)
    told = site.pulumi.up("--refresh")
    assert told.changes["replaced"] == 1
    assert site.job().status == "job_running"
    site.delete(site.job().job_id)
    site.pulumi.refresh()
    assert site.pulumi.up().changes["replaced"] == 1, "a refresh of its own forgets nothing either"
    site.pulumi.destroy()
    site.pulumi.up(fails=True)
    assert site.jobs() == [], "whoever named an id meant just that job"
    site.pulumi.declare(orders=adopting())
    assert site.pulumi.preview().said == ["orders: CREATE - there is no job of this name to adopt"]
    site.pulumi.up()
    assert site.job().tags["pulumi_stack"] == "test"


def test_an_adoption_that_fails_leaves_the_job_running_as_it_was_and_nobodys(
    site: Site, update_goldens: bool
) -> None:
    by_hand(site)
    before = site.job()
    site.fault("submit_fail", "run", message="the queue is full")
    site.pulumi.declare(orders=adopting(parallel_number=2))
    transcript.check("adoption-rolled-back", site.pulumi.up(fails=True), update=update_goldens)
    after = site.job()
    assert (after.status, after.definition, after.lineage) == (
        "job_running",
        before.definition,
        before.lineage,
    )
    assert not any(key in after.tags for key in ("pulumi_project", "pulumi_stack", "pulumi_resource"))
    assert site.pulumi.resources() == {}


RETAINED = """\
import json
from pulumi import ResourceOptions
from dli_provider import FlinkSqlJob

for name, arguments in json.load(open("jobs.json")).items():
    FlinkSqlJob(name, ResourceOptions(retain_on_delete=True), **arguments)
"""


def test_an_adopted_job_may_be_let_go(site: Site) -> None:
    by_hand(site)
    before = lasting(site)
    site.pulumi.program(RETAINED)
    site.pulumi.declare(orders=adopting())
    site.pulumi.up()
    site.pulumi.destroy()
    assert site.calls() == []
    assert lasting(site) == before
