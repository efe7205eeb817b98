"""What version 0.1.0 deployed goes on as it is: without a write, until its program is changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.settings import Settings
from tests.support.pulumi_project import PulumiProject
from tests.support.site import Site

pytestmark = pytest.mark.engine

RECORDED = Path(__file__).parent / "recorded"
ENDPOINT, PROJECT_ID = "http://127.0.0.1:8790", "p1"
"""Where the local DLI was when the state was recorded."""


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Site]:
    """The stack shop/dev as it was left, and the local DLI with its jobs."""
    shutil.copy(RECORDED / "emulator.db", tmp_path / "emulator.db")
    with Emulator.start(tmp_path / "emulator.db") as dli:
        pulumi = PulumiProject.make(tmp_path / "site", {"PULUMI_CONFIG_PASSPHRASE": "x"})
        pulumi.environ["PULUMI_CONFIG_PASSPHRASE"] = "x"
        pulumi.program((RECORDED / "program.txt").read_text())
        pulumi.pulumi("stack", "init", "dev")
        state = tmp_path / "state.json"
        state.write_text((RECORDED / "state.json").read_text().replace(ENDPOINT, dli.url))
        pulumi.pulumi("stack", "import", "--file", str(state))
        for key, value in (("dli:endpoint", dli.url), ("dli:projectId", PROJECT_ID), ("fix:nonce", "1")):
            pulumi.config(key, value)
        site = Site(pulumi, dli, PROJECT_ID)
        site.calls()
        yield site


def test_a_state_of_version_0_1_0_goes_on_without_a_write(recorded: Site) -> None:
    pulumi = recorded.pulumi
    assert pulumi.preview().changes == {"unchanged": 6}
    assert pulumi.up().changes == {"unchanged": 6}
    assert not any("place" in job["outputs"] for job in pulumi.resources().values())
    pulumi.refresh()
    here = Settings(recorded.dli.url, PROJECT_ID).place
    assert {job["outputs"].get("place") for job in pulumi.resources().values()} == {here}
    assert pulumi.up("--refresh").changes == {"unchanged": 6}
    assert recorded.calls() == []

    before = {job.name: job for job in recorded.jobs()}
    pulumi.config("fix:nonce", "2")
    assert pulumi.up().changes == {"updated": 1, "unchanged": 5}
    after = {job.name: job for job in recorded.jobs()}
    assert (after["orders"].job_id, after["orders"].lineage) == (
        before["orders"].job_id,
        before["orders"].lineage,
    )
    assert after["orders"].run == before["orders"].run + 1
    pulumi.pulumi("stack", "rename", "staging")
    pulumi.up()
    assert {job.tags.get("pulumi_stack") for job in recorded.jobs()} == {"staging", None}, (
        "but for the adopted"
    )
    assert pulumi.up("--refresh").changes == {"unchanged": 6}
    pulumi.destroy()
    assert recorded.jobs() == []


def test_what_version_0_1_0_made_is_given_away_as_everything_else_is(recorded: Site) -> None:
    pulumi = recorded.pulumi
    pulumi.pulumi("stack", "init", "other")
    for key, value in (("dli:endpoint", recorded.dli.url), ("dli:projectId", PROJECT_ID)):
        pulumi.config(key, value)
    # Else the engine would stop at the first error, and might or might not have come to the one that can be adopted.
    told = pulumi.up("--continue-on-error", fails=True)
    assert "of stack shop/dev; it is not touched" in told.text
    pulumi.destroy()
    # The one that was adopted without a write bears nobody's marks, so the other stack could adopt it too.
    assert {job.name for job in recorded.jobs()} == {"orders", "unnamed-1cba691", "stopped"}
    pulumi.pulumi("stack", "select", "dev")
    # The one that the other stack has deleted is not forgotten: the state does not say where it was made.
    told = pulumi.destroy(fails=True)
    assert "the state does not say where it was made" in told.text
    assert recorded.jobs() == []
    pulumi.pulumi("state", "delete", "--yes", str(pulumi.resources()["taken"]["urn"]))
    pulumi.destroy()


def test_a_left_over_project_id_is_not_believed_to_have_deleted_what_version_0_1_0_made(
    recorded: Site, tmp_path: Path
) -> None:
    """The state does not say where the jobs were made, so that they are not found is no proof of anything."""
    pulumi, before = recorded.pulumi, [(job.job_id, job.status) for job in recorded.jobs()]
    there = Settings(recorded.dli.url, "left-over").place
    # The project comes from the environment, as it does where one is left over.
    state = tmp_path / "state.json"
    state.write_text(state.read_text().replace(f'"dli:projectId": "{PROJECT_ID}",', ""))
    pulumi.pulumi("stack", "import", "--file", str(state))
    pulumi.pulumi("config", "rm", "dli:projectId")
    pulumi.environ["HW_PROJECT_ID"] = "left-over"
    for told in (pulumi.refresh(fails=True), pulumi.up("--refresh", fails=True), pulumi.destroy(fails=True)):
        assert f"it is not found in {there}, and the state does not say where it was made" in told.text
        assert "`pulumi state delete <its URN>`" in told.text
    pulumi.environ["HW_PROJECT_ID"] = PROJECT_ID
    assert pulumi.up("--refresh").changes == {"unchanged": 6}
    assert ([(job.job_id, job.status) for job in recorded.jobs()], recorded.calls()) == (before, [])
