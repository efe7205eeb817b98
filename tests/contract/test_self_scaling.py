"""Jobs that DLI scales by itself: left alone within their bounds, and begun anew with what is declared."""

from __future__ import annotations

import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.errors import RolledBack
from dli_provider.job.self_scaling import ENABLE, LEAST, MOST
from dli_provider.plan.drift import Drift, drift_of
from dli_provider.pulumi import job_properties
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.workspace.job_status import changes
from dli_provider.workspace.job_status import cus as cus_of
from tests.contract.brisk_clock import BriskClock
from tests.contract.conftest import DOORS
from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.support.declared import Inputs, job

pytestmark = pytest.mark.parametrize("door", DOORS)

JOB = job(
    log_enabled=True,
    flink_version="1.12",
    runtime_config={ENABLE: True, MOST: 8, LEAST: 2},
    health_window=0.0,
)


def cus(project: DliProject) -> tuple[int, int]:
    definition = project.the_job().definition
    return definition["cu_number"], definition["parallel_number"]


def scaled(dli: Emulator, door: str, inputs: Inputs, cu_number: int) -> tuple[DliProject, PulumiState]:
    project = DliProject(dli, door=door)
    stack = project.started(inputs)
    dli.scale(project.project, stack.job_id, cu_number)
    assert project.the_job().status == "job_running"
    assert cus(project)[0] == cu_number
    return project, stack


def test_scaled_within_its_bounds_it_is_neither_adrift_nor_put_back(dli: Emulator, door: str) -> None:
    for size in (8, 2):
        project, stack = scaled(dli, door, JOB, size)
        before, cursor = project.the_job(), dli.cursor()
        state = dict(stack.state or {})
        project.up(stack, JOB)
        project.up(stack, JOB, refresh=True)
        assert dli.writes(cursor, project=project.project) == []
        assert len(project.the_job().runs) == len(before.runs) == 2
        assert {**(stack.state or {}), "status_desc": ""} == {**state, "status_desc": ""}
        assert _drift(project, stack) is None


def test_a_change_that_restarts_it_begins_with_the_declared_cus_and_says_so(dli: Emulator, door: str) -> None:
    project, stack = scaled(dli, door, JOB, 8)
    before = project.the_job()
    changed = JOB | {"checkpoint_interval": 30}
    ahead = stack.preview(changed)
    assert ahead.plan.headline() == (
        "orders: RESTART (checkpoint_interval 60 -> 30) - state carried by savepoint"
    )
    says = "update the definition (begins with the declared 4 CUs, and DLI scales it again)"
    assert says in ahead.plan.details(), "a review lists it"
    project.up(stack, changed)
    after = project.the_job()
    assert (cus(project), after.lineage) == ((4, 2), before.lineage)


def test_a_restart_that_changes_nothing_of_it_begins_so_too(dli: Emulator, door: str) -> None:
    """Or else the fewest CUs that DLI ever chose would be the most that it gives from then on."""
    project, stack = scaled(dli, door, JOB | {"runtime_config": {ENABLE: True}}, 2)
    project.up(stack, JOB | {"runtime_config": {ENABLE: True}, "restart_nonce": "again"})
    assert cus(project) == (4, 2)


def test_a_change_in_place_leaves_what_dli_has_chosen(dli: Emulator, door: str) -> None:
    project, stack = scaled(dli, door, JOB, 8)
    project.up(stack, JOB | {"smn_topic": "pager"})
    assert cus(project)[0] == 8
    assert len(project.the_job().runs) == 2
    assert project.the_job().definition["smn_topic"] == "pager"


def test_whoever_watches_it_is_told_of_its_other_cus_although_it_runs_as_before(
    dli: Emulator, door: str
) -> None:
    project, stack = scaled(dli, door, JOB, 8)
    with project.client(BriskClock()) as api:
        before = api.get(stack.job_id)
        dli.scale(project.project, stack.job_id, 6)
        news = next(changes(api, before, 0.0))
    assert (before.status, cus_of(before)) == ("job_running", 8)
    assert (news.status, cus_of(news)) == ("job_running", 6)


def test_beyond_its_bounds_somebody_else_has_changed_it(dli: Emulator, door: str) -> None:
    project, stack = scaled(dli, door, JOB, 8)
    dli.change_job(project.project, stack.job_id, definition={"cu_number": 9})
    found = _drift(project, stack)
    assert found is not None
    assert "cu_number" in {change.field for change in found.changes}
    project.up(stack, JOB, refresh=True)
    assert cus(project) == (4, 2)


def test_a_change_that_fails_is_taken_back_to_what_is_declared(dli: Emulator, door: str) -> None:
    project, stack = scaled(dli, door, JOB, 8)
    before = project.the_job()
    dli.add_fault("submit_fail", "run", times=1, project=project.project)
    with pytest.raises(RolledBack):
        project.up(stack, JOB | {"checkpoint_interval": 30})
    after = project.the_job()
    assert (after.status, after.lineage) == ("job_running", before.lineage)
    assert (after.definition["checkpoint_interval"], cus(project)) == (60, (4, 2))


def _drift(project: DliProject, stack: PulumiState) -> Drift | None:
    found: list[Drift | None] = []
    assert stack.state is not None
    last = stack.state
    spec = job_properties.spec(last)

    def look(lifecycle: Lifecycle) -> None:
        seen = lifecycle.look(stack.job_id, spec, job_properties.record(last))
        assert seen is not None
        now = job_properties.spec(job_properties.refreshed(last, seen[0]))
        found.append(drift_of(stack.job_id, spec, now, seen[0], "", 0.0))

    project.deploy(look)
    return found[0]
