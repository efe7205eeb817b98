"""A job's life by `pulumi up`: created, left alone, changed at the least cost, stopped, run, replaced, deleted."""

from __future__ import annotations

import pytest

from dli_provider.emulator.job_views import JobView
from tests.support.declared import SQL_AT_RISK, SQL_COSMETIC
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine

RESTART = ["savepoint", "tags_create", "stop", "update", "run"]


@both_doors
def test_created_left_alone_and_changed_while_it_runs(site: Site) -> None:
    site.pulumi.declare(orders=job())
    assert site.pulumi.up().changes == {"created": 2}
    assert site.calls() == ["obs_authorize", "create", "run", "tags_delete"]
    created = site.job()
    assert (created.status, created.run) == ("job_running", 1)
    assert (
        site.pulumi.outputs("orders").items()
        >= {"job_id": str(created.job_id), "status": "job_running"}.items()
    )

    told = site.pulumi.up()
    assert told.changes == {"unchanged": 2}
    assert told.said == []
    assert site.calls() == []

    site.pulumi.declare(orders=job(smn_topic="pager"))
    site.pulumi.up()
    assert site.calls() == ["update"]
    assert site.job().definition["smn_topic"] == "pager"

    site.pulumi.declare(orders=job(smn_topic="pager", sql_body=SQL_COSMETIC))
    assert site.pulumi.up().changes == {"unchanged": 2}
    assert site.calls() == []

    site.dli.set(rename_while_running=True)
    site.pulumi.declare(orders=job(smn_topic=None, desc=None))
    site.pulumi.up()
    assert site.calls() == ["update", "update"]
    cleared = site.job()
    assert (cleared.definition["desc"], cleared.definition["smn_topic"]) == ("", "")
    assert "desc" not in site.pulumi.outputs("orders")
    assert cleared.run == 1, "nothing of this needs a restart"


@both_doors
def test_restarted_stopped_run_replaced_and_deleted_without_losing_state(site: Site) -> None:
    site.pulumi.declare(orders=job())
    site.pulumi.up()
    name, lineage = site.job().name, site.job().lineage
    site.calls()

    site.pulumi.declare(orders=job(sql_body=SQL_AT_RISK))
    site.pulumi.up()
    assert site.calls() == RESTART
    assert goes_on(site.job(), lineage) == 2
    assert site.job().definition["sql_body"] == SQL_AT_RISK

    site.pulumi.declare(orders=job(sql_body=SQL_AT_RISK, desc="renamed"))
    site.pulumi.up()
    assert site.calls() == ["update", "savepoint", "tags_delete", *RESTART[1:]], (
        "DLI refuses it while it runs"
    )
    assert goes_on(site.job(), lineage) == 3

    stopped = job(sql_body=SQL_AT_RISK, desc="renamed", desired_state="stopped")
    site.pulumi.declare(orders=stopped)
    site.pulumi.up()
    assert site.calls()[-1:] == ["stop"]
    assert site.job().status == "job_cancel_success"
    site.pulumi.declare(orders=stopped | {"cu_number": 8, "desc": "wider"})
    site.pulumi.up()
    assert site.calls() == ["update"], "a stopped job is changed by one call"
    site.pulumi.declare(orders=job(sql_body=SQL_AT_RISK, cu_number=8, desc="wider"))
    site.pulumi.up()
    assert site.calls() == ["run"]
    assert goes_on(site.job(), lineage) == 4

    before = site.job().job_id
    site.pulumi.declare(orders=job(sql_body=SQL_AT_RISK, job_type="flink_sql_job", upgrade_mode="stateless"))
    site.pulumi.up()
    assert site.calls() == [
        *("savepoint", "tags_delete", "tags_create", "stop", "update"),
        *("obs_authorize", "create", "run", "tags_delete"),
        "delete",
    ], "the old one is kept, under another name, until the new one runs"
    assert site.job().job_id != before
    assert site.job().name == name, "a name made by Pulumi stays for the life of the resource"

    site.pulumi.destroy()
    assert site.jobs() == []
    assert site.pulumi.resources() == {}


def goes_on(seen: JobView, lineage: str) -> int:
    """The number of the run, which has its state from the first one."""
    assert seen.status == "job_running"
    assert (seen.resumed_from or {}).get("run") == seen.run - 1
    assert seen.lineage == lineage
    return seen.run
