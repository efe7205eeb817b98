"""Hundreds of jobs as they are found in the wild, imported by the second door: as they are, and without a write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.job.declarations import WIRED
from tests.contract.conftest import Tally
from tests.contract.engine import population
from tests.support.second_door import SecondDoor

pytestmark = pytest.mark.slow

JOBS = 300
PASSWORDS = ("hunter2", "it''s", "pa$$w0rd")


@pytest.fixture
def door(dli: Emulator, project_id: str) -> Iterator[SecondDoor]:
    dli.set(draft_limit=JOBS)
    population.settle(dli, project_id, JOBS, seed=21)
    with SecondDoor({"HW_PROJECT_ID": project_id}, {"endpoint": dli.url}) as opened:
        yield opened
    dli.reset()


def test_a_job_is_declared_as_it_is_without_defaults_and_nothing_is_left_to_do(
    door: SecondDoor, dli: Emulator, project_id: str, tally: Tally
) -> None:
    before = {str(job.job_id): job for job in dli.jobs(project_id)}
    cursor = dli.cursor()
    programs = {job_id: door.imported(f"job_{job_id}", job_id) for job_id in before}
    assert len(programs) == JOBS
    for job_id, inputs in programs.items():
        wired = {name: WIRED[name] for name in inputs.keys() & WIRED.keys() - {"flink_version"}}
        assert not [name for name, wire in wired.items() if wire.same(inputs[name], None)], "a default"
        secret = door.state[f"job_{job_id}"].secret
        assert (("sql_body",) in secret) == any(word in str(inputs["sql_body"]) for word in PASSWORDS)
        assert {
            key for key, value in inputs.get("runtime_config", {}).items() if key.endswith("secret-key")
        } == {str(place[-1]) for place in secret if place[0] == "runtime_config"}

    door.next_deployment()
    door.said()
    for job_id, inputs in programs.items():
        program = {name: value for name, value in inputs.items() if name != "owner"}
        assert door.up(f"job_{job_id}", program) == "unchanged", program.keys()
    failed = {job.name for job in before.values() if job.status == "job_running_exception"}
    assert {line.split(":")[0] for _, line in door.said()} == failed, "only what is wrong is spoken of"
    assert dli.writes(cursor, project=project_id) == []

    for job_id in before:
        door.refresh(f"job_{job_id}")
    door.next_deployment()
    for job_id, inputs in programs.items():
        program = {name: value for name, value in inputs.items() if name != "owner"}
        assert door.up(f"job_{job_id}", program) == "unchanged", "after a refresh, too"
    assert dli.writes(cursor, project=project_id) == []
    assert {str(job.job_id): job.definition for job in dli.jobs(project_id)} == {
        job_id: job.definition for job_id, job in before.items()
    }
    tally("imported by the second door", ["unchanged"] * JOBS)
