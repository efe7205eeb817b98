"""Another project, region or endpoint than the one that jobs were made in: refused everywhere, unless it is a move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dli_provider.settings import Settings
from tests.support.declared import SQL, consent
from tests.support.pulumi_project import PROGRAM
from tests.support.site import Site, both_doors, job

pytestmark = pytest.mark.engine

TEMPLATE = (
    PROGRAM
    + "\nfrom dli_provider import FlinkTemplate\n\nFlinkTemplate('kept', name='kept', sql_body='SELECT 1;')\n"
)


def test_a_left_over_project_id_is_refused_by_every_command_and_forgets_nothing(site: Site) -> None:
    site.pulumi.program(TEMPLATE)
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    before, writes = site.job(), site.calls()
    here = Settings(site.dli.url, site.project_id).place
    other = replace(site, project_id="left-over")
    there = Settings(site.dli.url, "left-over").place
    site.pulumi.environ["HW_PROJECT_ID"] = "left-over"
    for told in (
        site.pulumi.preview(fails=True),
        site.pulumi.up(fails=True),
        site.pulumi.refresh(fails=True),
        site.pulumi.pulumi("destroy", "--yes", "--skip-preview", "--run-program", fails=True),
        site.pulumi.destroy(fails=True),
    ):
        assert f"it was made in {here}, and this deployment speaks to {there}" in told.text
        assert f"set dli:movedFrom [DLI_MOVED_FROM] to {here}" in told.text
    assert (other.jobs(), other.calls(), site.calls(), bool(writes)) == ([], [], [], True)
    assert site.pulumi.outputs("orders")["place"] == here
    site.pulumi.environ["HW_PROJECT_ID"] = site.project_id
    assert site.pulumi.preview("--refresh").changes == {"unchanged": 3}
    assert site.job().run == before.run


def test_a_move_on_purpose_makes_all_anew_and_says_what_is_left_where(site: Site) -> None:
    site.pulumi.program(TEMPLATE)
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    before = site.job()
    site.calls()
    here = Settings(site.dli.url, site.project_id).place
    there = Settings(site.dli.url, "new-home").place
    new = replace(site, project_id="new-home")
    site.pulumi.environ["HW_PROJECT_ID"] = "new-home"
    site.pulumi.config("dli:movedFrom", here)
    told = site.pulumi.preview(fails=True)
    assert "the job is made anew in another place, and its state stays in the one it is left in" in told.text
    site.pulumi.up(fails=True)
    assert (new.jobs(), site.calls()) == ([], [])
    site.pulumi.declare(orders=job(name="orders", allow_state_loss=consent(SQL, SQL)))
    left = (
        f"orders: CREATE in {there} - job {before.job_id} is left in {here}, where it may run: stop it there"
    )
    assert left in site.pulumi.preview().said
    told = site.pulumi.up()
    assert f"orders: job {before.job_id} is left in {here}, where it may run: stop it there" in told.said
    assert (site.job().status, site.calls()) == ("job_running", [])
    assert new.job().status == "job_running"
    assert site.pulumi.outputs("orders")["place"] == there
    assert site.pulumi.up("--refresh").changes == {"unchanged": 3}
    site.pulumi.destroy()
    assert (new.jobs(), site.job().status) == ([], "job_running")


@both_doors
def test_a_move_works_with_a_refresh_as_well(site: Site) -> None:
    site.pulumi.declare(orders=job(name="orders"))
    site.pulumi.up()
    site.calls()
    site.pulumi.environ["DLI_MOVED_FROM"] = Settings(site.dli.url, site.project_id).place
    here, there = (Settings(site.dli.url, project).place for project in (site.project_id, "new-home"))
    site.pulumi.environ["HW_PROJECT_ID"] = "new-home"
    new = replace(site, project_id="new-home")
    for _ in range(2):
        told = site.pulumi.up("--refresh", fails=True)
        assert "its state stays in the one it is left in" in told.text
    assert (new.jobs(), site.pulumi.outputs("orders")["place"]) == ([], here)
    site.pulumi.declare(orders=job(name="orders", upgrade_mode="stateless"))
    told = site.pulumi.up("--refresh")
    assert f"is left in {here}, where it may run: stop it there" in told.text
    assert site.pulumi.outputs("orders")["place"] == there
    assert (new.job().status, site.job().status, site.calls()) == ("job_running", "job_running", [])
