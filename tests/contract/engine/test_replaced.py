"""A job whose place another takes: asked for by the engine or by a change that DLI cannot make, or deleted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.plan.refusal import offered
from tests.support.declared import SQL, consent
from tests.support.pulumi_project import PROGRAM
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine


def with_options(options: str) -> str:
    named = PROGRAM.replace(
        "FlinkSqlJob(name, **", f"FlinkSqlJob(name, pulumi.ResourceOptions({options}), **"
    )
    return named.replace("import json", "import json\nimport pulumi")


DELETED_FIRST = with_options("delete_before_replace=True")
REPLACED_ON_CHANGES = with_options('replace_on_changes=["cu_number"]')
TEMPLATE = (
    PROGRAM
    + "\nfrom dli_provider import FlinkTemplate\n\nFlinkTemplate('kept', name='kept', sql_body='SELECT 1;')\n"
)


def orders(**changes: Any) -> dict[str, Any]:
    return job(name="orders", **changes)


def urn(site: Site, name: str = "orders") -> str:
    return str(site.pulumi.resources()[name]["urn"])


@both_doors
def test_a_replacement_that_the_engine_is_asked_for_leaves_the_job_alone_or_carries_its_state(
    site: Site,
) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = site.job()
    site.calls()
    if site.pulumi.door == "plugin":
        # By the first door the engine never sees which properties change, and so replaces none for it.
        site.pulumi.program(REPLACED_ON_CHANGES)
        site.pulumi.declare(orders=orders(cu_number=8))
        told = site.pulumi.up(fails=True)
        assert "replace_on_changes), take that back" in told.text
        assert "delete_before_replace=True" in told.text
    site.pulumi.pulumi("state", "taint", "--yes", urn(site))
    told = site.pulumi.up(fails=True)
    assert f"id {before.job_id}, status job_running, of this very resource" in told.text
    assert "`pulumi state untaint`" in told.text
    site.pulumi.up("--target-replace", urn(site), fails=True)
    assert (site.job().run, site.job().job_id) == (before.run, before.job_id)
    assert {*site.calls()} <= {"obs_authorize", "create"}

    site.pulumi.program(DELETED_FIRST)
    site.pulumi.up()
    after = site.job()
    assert after.job_id != before.job_id
    assert (after.status, after.lineage) == ("job_running", before.lineage), "its state goes on"
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}


@both_doors
def test_a_template_is_changed_and_a_tainted_one_refused_untouched_like_a_job(site: Site) -> None:
    site.pulumi.program(TEMPLATE)
    site.pulumi.up()
    (kept,) = [each for each in site.pulumi.export()["resources"] if each["urn"].endswith("::kept")]
    site.pulumi.pulumi("state", "taint", "--yes", kept["urn"])
    # Nobody can tell it from one that another checkout has made: a template's tags cannot be changed.
    told = site.pulumi.up(fails=True)
    assert f"a template of this name exists already, id {kept['id']}" in told.text
    assert "`pulumi state untaint`" in told.text
    site.pulumi.pulumi("state", "untaint", "--yes", kept["urn"])
    assert site.pulumi.preview("--refresh").changes == {"unchanged": 2}
    site.pulumi.program(TEMPLATE.replace("SELECT 1", "SELECT 2"))
    site.calls()
    assert site.pulumi.up().changes == {"updated": 1, "unchanged": 1}
    site.pulumi.destroy()
    assert site.calls() == ["template_update", "template_delete"]


def test_another_job_takes_the_place_of_one_only_with_consent_and_only_when_it_runs(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = site.job()
    site.calls()
    site.pulumi.declare(orders=orders(job_type="flink_sql_job"))
    told = site.pulumi.preview(fails=True)
    assert "cannot go on from its state: job_type: DLI cannot change the type of a job" in told.text
    agreed = offered(told.text)
    assert f"allow_state_loss={agreed!r} for just this change" in told.text
    assert agreed != consent(SQL, SQL), "it names what makes the other job, not the query alone"
    site.pulumi.up(fails=True)
    assert (site.job().run, site.calls()) == (before.run, [])

    site.pulumi.declare(orders=orders(job_type="flink_sql_job", allow_state_loss=agreed))
    site.fault("submit_fail", "run", message="the queue is full")
    told = site.pulumi.up(fails=True)
    assert "the queue is full" in told.text
    put_back = site.job()
    assert (put_back.job_id, put_back.name, put_back.status, put_back.lineage) == (
        before.job_id,
        "orders",
        "job_running",
        before.lineage,
    )
    site.pulumi.up()
    after = site.job()
    assert (after.job_id != before.job_id, after.name, after.status) == (True, "orders", "job_running")
    assert after.definition["job_type"] == "flink_sql_job"
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}


def test_a_job_that_was_deleted_by_hand_is_restored_or_needs_consent(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    site.pulumi.declare(orders=orders(restart_nonce="1"))
    site.pulumi.up()
    first = site.job()
    (savepoint,) = site.pulumi.outputs("orders")["savepoints"]
    site.delete(first.job_id)
    restored = f"state restored from savepoint {savepoint}"
    made = f"orders: CREATE - job {first.job_id} was deleted, and is made anew: {restored}"
    assert made in site.pulumi.preview("--refresh").said
    told = site.pulumi.up("--refresh")
    assert made in told.said
    second = site.job()
    assert (second.status, second.runs[0].resumed_from is not None) == ("job_running", True)
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}

    declared = {"orders": orders(restart_nonce="1"), "second": job(name="second")}
    site.pulumi.declare(**declared)
    site.pulumi.up()
    fresh = next(each for each in site.jobs() if each.name == "second")
    site.delete(fresh.job_id)
    # Refused run after run, also where another resource fails in the same one, and after a refresh alone.
    refused = f"job {fresh.job_id} was deleted, and no savepoint of its state is known"
    told = site.pulumi.preview("--refresh", fails=True)
    assert refused in told.text
    assert offered(told.text) == consent(SQL, SQL)
    for _ in range(2):
        assert refused in site.pulumi.up("--refresh", fails=True).text
    assert refused in site.pulumi.up(fails=True).text
    failing = declared | {"orders": orders(restart_nonce="2")}
    site.pulumi.declare(**failing)
    site.fault("status", "update", status=400)
    site.pulumi.up("--refresh", "--continue-on-error", fails=True)
    site.pulumi.declare(**declared)
    assert refused in site.pulumi.up("--refresh", fails=True).text
    assert [each.name for each in site.jobs()] == ["orders"]
    declared["second"] |= {"allow_state_loss": consent(SQL, SQL)}
    site.pulumi.declare(**declared)
    told = site.pulumi.up("--refresh")
    assert any("state is dropped, as was consented to" in line for line in told.said)
    assert {each.status for each in site.jobs()} == {"job_running"}
    assert site.pulumi.up("--refresh").changes == {"unchanged": 3}
    assert "gone" not in site.pulumi.outputs("second")


@both_doors
def test_a_refresh_that_finds_a_job_deleted_keeps_its_savepoints_for_the_next_deployment(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    site.pulumi.declare(orders=orders(restart_nonce="1"))
    site.pulumi.up()
    first = site.job()
    (savepoint,) = site.pulumi.outputs("orders")["savepoints"]
    site.delete(first.job_id)
    told = site.pulumi.refresh()
    assert (
        f"orders: job {first.job_id} was deleted, and not by this stack. The next `pulumi up` makes it anew: from "
        f"{savepoint}, the newest of its savepoints"
    ) in told.text
    assert "from_savepoint" in told.text
    told = site.pulumi.up()
    restored = f"state restored from savepoint {savepoint}"
    assert f"orders: CREATE - job {first.job_id} was deleted, and is made anew: {restored}" in told.said
    after = site.job()
    assert (after.status, after.runs[0].resumed_from is not None) == ("job_running", True)
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}


def test_a_stack_with_a_job_that_was_deleted_by_hand_can_be_destroyed(site: Site) -> None:
    site.pulumi.declare(orders=orders(), second=job(name="second"))
    site.pulumi.up()
    site.delete(next(each.job_id for each in site.jobs() if each.name == "second"))
    site.pulumi.refresh()
    told = site.pulumi.destroy()
    assert "second: it is gone already" in told.said
    assert (site.jobs(), site.pulumi.resources()) == ([], {})


def test_a_job_deleted_first_is_put_back_where_the_new_one_fails_and_taken_up_by_the_next_deployment(
    site: Site,
) -> None:
    site.pulumi.program(DELETED_FIRST)
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    before = site.job()
    site.pulumi.pulumi("state", "taint", "--yes", urn(site))
    site.fault("submit_fail", "run", message="the queue is full")
    told = site.pulumi.up(fails=True)
    assert "the queue is full" in told.text
    assert f"the next `pulumi up` finds job {before.job_id}, and goes on from its state" in told.text
    put_back = site.job()
    assert (put_back.job_id, put_back.name, put_back.status) == (before.job_id, "orders", "job_running")
    assert put_back.lineage == before.lineage
    site.pulumi.up()
    after = site.job()
    assert (after.job_id != before.job_id, after.name, after.status) == (True, "orders", "job_running")
    assert after.lineage == before.lineage
    assert site.pulumi.up("--refresh").changes == {"unchanged": 2}


@both_doors
def test_a_destruction_that_runs_the_program_deletes_and_asks_nothing(site: Site) -> None:
    site.pulumi.declare(orders=orders())
    site.pulumi.up()
    site.calls()
    site.pulumi.pulumi("destroy", "--yes", "--skip-preview", "--run-program")
    assert (site.jobs(), site.calls()) == ([], ["stop", "delete"])
