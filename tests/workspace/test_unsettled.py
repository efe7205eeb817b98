"""A job whose status does not pass, as commands tell it and as a deletion deals with it, against the local DLI."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dli_provider.api.client import Client
from dli_provider.cli.drift import _lines
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import NotFound
from dli_provider.job.status import LONG
from dli_provider.pulumi import job_properties
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from dli_provider.workspace.job_status import GONE, rows
from dli_provider.workspace.stack import Recorded
from dli_provider.workspace.stack_drift import stack_drift
from tests.support.declared import BUCKET, job
from tests.support.recorded_stack import RecordedStack

PROJECT = "p-unsettled"
MOVING = ["job_idle", "job_submitting", "job_downloading", "job_savepointing", "job_canceling"]


class _Later:
    """The time after so many seconds; sleeping takes none, and may end with something happening."""

    def __init__(self, later: float, dli: Emulator | None = None, job_id: str = "") -> None:
        self.later, self.dli, self.job_id = later, dli, job_id
        self.slept: list[float] = []

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time() + self.later

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.dli:
            self.dli.change_job(PROJECT, self.job_id, status="job_running")


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0, stop_latency=0, savepoint_latency=0) as emulator:
        emulator.authorize(PROJECT, BUCKET)
        yield emulator


@pytest.fixture
def api(dli: Emulator) -> Iterator[Client]:
    dli.reset()
    dli.authorize(PROJECT, BUCKET)
    with connect(Settings(dli.url, PROJECT)) as api:
        yield api


def deployed(api: Client) -> Recorded:
    inputs = {**job(name="orders"), "owner": "shop/dev/orders", "health_window": 0}
    outcome = Lifecycle(api, lambda *_: None).create(job_properties.spec(inputs))
    urn = "urn:pulumi:dev::shop::pulumi-python:dynamic/dli:FlinkSqlJob::orders"
    return Recorded(urn, str(outcome.job_id), inputs, job_properties.outputs(inputs, outcome))


@pytest.mark.parametrize("status", MOVING)
def test_a_status_that_lasts_too_long_is_drift_and_wrong_and_one_that_passes_is_not(
    dli: Emulator, api: Client, status: str
) -> None:
    mine = deployed(api)
    dli.change_job(PROJECT, mine.id, status=status)
    stack = RecordedStack(mine)
    assert stack_drift(stack, api, _Later(0)).drifts == ()
    assert [row.wrong for row in rows(api, stack, pytest.fail)] == [False]
    later = _Later(LONG)
    (drift,) = stack_drift(stack, api, later).drifts
    assert drift.unsettled.startswith(f"{status} has not settled; DLI tells of no change of the job since 20")
    assert len(later.slept) == 3
    (row,) = rows(api, stack, pytest.fail, later.wall)
    assert (row.unsettled, row.wrong) == (drift.unsettled, True)
    passes = _Later(LONG, dli, mine.id)
    assert stack_drift(stack, api, passes).drifts == ()
    assert len(passes.slept) == 1


def test_what_no_program_says_is_told_beside_the_drift(dli: Emulator, api: Client) -> None:
    mine = deployed(api)
    groups = ["62de1e1c-066e-48a8-a79d-f461a31b2ee1"]
    dli.change_job(PROJECT, mine.id, definition={"edge_group_ids": groups, "udf_jar_url": "group/a.jar"})
    found = stack_drift(RecordedStack(mine), api, _Later(0))
    assert found.drifts == (), "it was never declared, so it is not for the stack to put back"
    assert found.undeclared == {f"orders (job {mine.id})": ("edge_group_ids", "udf_jar_url")}
    told, verdict = [*_lines(found)]
    assert told.startswith(
        f"orders (job {mine.id}) has what its program does not say: edge_group_ids, udf_jar_url"
    )
    assert verdict == "no drift: 1 job is as declared"
    # What is declared, and is more at DLI than any program can say, is drift like any other.
    declaring = {
        "resource_config": {"max_slot": 2.0},
        "resource_config_version": "v2",
        "flink_version": "1.15",
    }
    more = {**declaring, "resource_config": {"max_slot": 2, "of_tomorrow": 1}}
    dli.change_job(PROJECT, mine.id, definition=more)
    spread = Recorded(mine.urn, mine.id, {**mine.inputs, **declaring}, {**mine.outputs, **declaring})
    (drift,) = stack_drift(RecordedStack(spread), api, _Later(0)).drifts
    assert [change.field for change in drift.changes] == ["resource_config"]


@pytest.mark.parametrize("status", MOVING)
def test_a_job_that_does_not_settle_is_deleted_at_once(dli: Emulator, api: Client, status: str) -> None:
    mine = deployed(api)
    dli.change_job(PROJECT, mine.id, status=status)
    spec, record = job_properties.spec(mine.outputs), job_properties.record(mine.outputs)
    began = time.monotonic()
    Lifecycle(api, lambda *_: None).delete(int(mine.id), spec, record)
    assert time.monotonic() - began < 10
    with pytest.raises(NotFound):
        api.get(int(mine.id))


def test_a_refresh_keeps_since_when_a_job_has_not_settled_and_forgets_it(dli: Emulator, api: Client) -> None:
    mine = deployed(api)
    assert "unchanged_since" not in mine.outputs
    spec, record = job_properties.spec(mine.outputs), job_properties.record(mine.outputs)
    lifecycle = Lifecycle(api, lambda *_: None)
    for status, kept in [("job_idle", True), ("job_running", False)]:
        dli.change_job(PROJECT, mine.id, status=status)
        looked = lifecycle.look(int(mine.id), spec, record)
        assert looked is not None
        bag = job_properties.outputs(mine.inputs, looked[1])
        assert (bag.get("unchanged_since") == api.get(int(mine.id)).unchanged_since) is kept
        assert job_properties.seen(bag).unchanged_since == bag.get("unchanged_since", "")


def test_a_job_that_the_list_leaves_out_is_not_called_gone(dli: Emulator, api: Client) -> None:
    mine = deployed(api)
    nothing = {"is_success": "true", "job_list": {"total_count": 0, "jobs": []}}
    dli.add_fault("status", "list", status=200, body=nothing, times=None)
    assert [row.status for row in rows(api, RecordedStack(mine), pytest.fail)] == ["job_running"]
    api.delete(int(mine.id))
    assert [row.status for row in rows(api, RecordedStack(mine), pytest.fail)] == [GONE]
    dli.clear_faults()
