"""Errors as the user meets them: subject, all reasons, what to do, what to quote; never the inside of the program."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.engine import transcript
from tests.support.declared import SQL, SQL_INCOMPATIBLE, consent
from tests.support.pulumi_project import FRAMES
from tests.support.site import Site, both_doors, job

CONSENT = consent(SQL, SQL_INCOMPATIBLE)
pytestmark = pytest.mark.engine

REFUSED: dict[str, dict[str, Any]] = {
    "misspelt": job(paralel_number=2, cu_numbers=4),
    "many": job(cu_number=1, parallel_number=5000, checkpoint_interval=-1, run_mode="anywhere"),
    "wrong-type": job(cu_number="four", tags=["a"], runtime_config="x", checkpoint_enabled="yes"),
    "no-bucket": job(obs_bucket=None),
    "no-queue": job(queue_name=None, run_mode="exclusive_cluster"),
    "no-insert": job(sql_body=SQL.replace("INSERT INTO totals", "")),
    "no-sql": job(sql_body=None),
}
NO_PERMISSION = {"error_code": "DLI.0003", "error_msg": "No permission."}


@both_doors
def test_what_dli_would_refuse_is_refused_before_anything_is_done(site: Site, update_goldens: bool) -> None:
    for name, arguments in REFUSED.items():
        site.pulumi.declare(orders=arguments)
        transcript.check(f"refused-{name}", site.pulumi.preview(fails=True), update=update_goldens)
    assert site.calls() == []


def test_settings_that_are_wrong_or_lead_nowhere(site: Site, update_goldens: bool) -> None:
    site.pulumi.declare(orders=job())
    endpoint = site.pulumi.environ.pop("DLI_ENDPOINT")
    project_id = site.pulumi.environ.pop("HW_PROJECT_ID")
    transcript.check("no-settings", site.pulumi.preview(fails=True), update=update_goldens)

    site.pulumi.environ |= {"DLI_ENDPOINT": "http://127.0.0.1:9", "HW_PROJECT_ID": project_id}
    transcript.check("dli-down", site.pulumi.up(fails=True), update=update_goldens)

    site.pulumi.environ["DLI_ENDPOINT"] = f"{endpoint}/somewhere"
    transcript.check("wrong-path", site.pulumi.up(fails=True), update=update_goldens)

    site.pulumi.environ["DLI_DEBUG"] = "1"
    assert FRAMES.search(site.pulumi.up(fails=True).text), "who asks for the inside of the program gets it"


def test_a_job_that_cannot_start_leaves_nothing_behind(site: Site, update_goldens: bool) -> None:
    site.pulumi.declare(orders=job())
    site.fault("submit_fail", "run", message="Connector kafka: no broker answers.")
    transcript.check("cannot-start", site.pulumi.up(fails=True), update=update_goldens)
    assert site.jobs() == []
    assert site.pulumi.resources() == {}

    site.fault("submit_fail", "run", message="Connector kafka: no broker answers.")
    site.fault("status", "delete", status=403, body=NO_PERMISSION)
    transcript.check("cannot-start-nor-go", site.pulumi.up(fails=True), update=update_goldens)
    left = site.job()
    assert site.pulumi.resources() == {}
    site.pulumi.up()
    assert site.job().job_id == left.job_id, "the next up goes on with it"


@both_doors
def test_an_update_that_does_not_come_up_is_rolled_back(site: Site, update_goldens: bool) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    before = site.job()
    site.pulumi.declare(orders=job(parallel_number=4))
    site.fault("submit_fail", "run", message="The queue is full.")
    transcript.check("rolled-back", site.pulumi.up(fails=True), update=update_goldens)
    again = site.job()
    assert (again.status, again.lineage) == ("job_running", before.lineage)
    assert again.definition == before.definition

    site.fault("submit_fail", "run", message="The queue is full.")
    site.fault("status", "run", nth=2, status=403, body=NO_PERMISSION)
    transcript.check("rollback-failed", site.pulumi.up(fails=True), update=update_goldens)
    site.pulumi.up("--refresh")
    after = site.job()
    assert (after.status, after.lineage) == ("job_running", before.lineage)
    assert after.definition["parallel_number"] == 4


def test_without_rollback_a_failed_change_is_left_for_looking_at(site: Site, update_goldens: bool) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    before = site.job()
    site.pulumi.declare(orders=job(parallel_number=4, rollback_on_failure=False))
    site.fault("submit_fail", "run", message="The queue is full.")
    transcript.check("not-rolled-back", site.pulumi.up(fails=True), update=update_goldens)
    left = site.job()
    assert (left.status, left.definition["parallel_number"]) == ("job_submit_fail", 4)
    site.pulumi.up("--refresh")
    after = site.job()
    assert (after.status, after.lineage) == ("job_running", before.lineage)


@both_doors
def test_a_query_that_the_state_does_not_fit_needs_a_consent_each_time(
    site: Site, update_goldens: bool
) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    before = site.job()
    site.pulumi.declare(orders=job(sql_body=SQL_INCOMPATIBLE))
    transcript.check("incompatible", site.pulumi.preview(fails=True), update=update_goldens)

    site.pulumi.declare(orders=job(sql_body=SQL_INCOMPATIBLE, allow_state_loss=CONSENT))
    done = site.pulumi.up()
    transcript.check("consented", done, update=update_goldens)
    assert "it began empty; the state that it had is in obs://stream-state/savepoints/orders" in done.text
    emptied = site.job()
    assert (emptied.status, emptied.run, emptied.resumed_from) == ("job_running", 2, None)
    assert emptied.lineage != before.lineage

    site.pulumi.declare(orders=job(allow_state_loss=CONSENT))
    told = site.pulumi.preview(fails=True)
    assert consent(SQL_INCOMPATIBLE, SQL) in told.text, "the way back is another change, and needs its own"
    assert site.job().run == 2


@both_doors
def test_no_savepoint_no_restart(site: Site, update_goldens: bool) -> None:
    site.pulumi.declare(orders=job(checkpoint_enabled=None, obs_bucket=None))
    site.pulumi.up()
    site.calls()
    site.pulumi.declare(orders=job(checkpoint_enabled=None, obs_bucket=None, parallel_number=4))
    transcript.check("no-savepoint", site.pulumi.preview(fails=True), update=update_goldens)
    site.pulumi.up(fails=True)
    assert site.calls() == []
