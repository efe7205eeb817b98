"""A canary that is well, and one that is not; a copy of a stack for review comes and goes. With the real engine."""

import json

import pytest

from tests.promotion.shop import Shop

pytestmark = pytest.mark.engine


def test_a_canary_goes_first_and_a_copy_lies_beside(shop: Shop, projects: dict[str, str]) -> None:
    staging = projects["staging"]
    shop.up("dev")
    told = shop.promote("dev", "staging", "--canary", "enrich", "--up", "--format", "json")
    first = json.loads(told.out)
    assert [move["job"] for move in first["moves"]] == ["enrich"]
    assert [move["job"] for move in first["rest"]["moves"]] == ["count"]
    assert told.lines("The canary has soaked.")
    assert {job.name: job.status for job in shop.dli.jobs(staging)} == {
        "enrich": "job_running",
        "count": "job_running",
    }
    shop.commit("Promote to staging")

    shop.did("pulumi", "stack", "select", "prod")
    shop.did("dli", "preview-stack", "create", "pr-1", "--from", "staging")
    copies = {job.name: job for job in shop.dli.jobs(staging) if job.name.endswith("-pr-1")}
    assert {name: job.status for name, job in copies.items()} == {
        "enrich-pr-1": "job_init",
        "count-pr-1": "job_init",
    }, "stopped, which a job that never ran is"
    sql = copies["count-pr-1"].definition["sql_body"]
    for option in (
        "'topic' = 'pr-1.staging.enriched', 'properties.group.id' = 'staging.count.pr-1'",
        "'pr-1.staging.counted'",
    ):
        assert option in sql
    shop.did("dli", "preview-stack", "destroy", "pr-1")
    assert sorted(job.name for job in shop.dli.jobs(staging)) == ["count", "enrich"]
    stacks = json.loads(shop.did("pulumi", "stack", "ls", "--json").out)
    assert {stack["name"]: stack["current"] for stack in stacks} == {
        "dev": False,
        "staging": False,
        "prod": True,
    }
    assert shop.git("status", "--porcelain") == "", "no config is left"

    # Both jobs change, and the first one fails in staging: the second one stays.
    before = shop.job(staging, "count").definition_digest
    shop.write(more="channel")
    shop.commit("Orders know their channel")
    shop.up("dev")
    shop.dli.add_fault(
        "running_exception", "run", project=staging, job="enrich", seconds=0.3, message="division by zero"
    )
    told = shop.promote("dev", "staging", "--canary", "enrich", "--up", code=1)
    assert told.lines("the canary is not well: enrich", "division by zero")
    assert shop.job(staging, "count").definition_digest == before
    assert "count" not in shop.git("diff", "--name-only", "stacks/releases/staging")
