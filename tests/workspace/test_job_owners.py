"""Whose the jobs of a stack are by now, as `dli drift`, `dli status` and `dli review` see it, against the local DLI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import Conflict
from dli_provider.plan.ownership import ownership_tags
from dli_provider.pulumi import job_properties
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from dli_provider.workspace.access import in_its_place
from dli_provider.workspace.by_hand import operate
from dli_provider.workspace.job_owners import owners_of
from dli_provider.workspace.job_status import rows
from dli_provider.workspace.stack import Recorded, Stack
from dli_provider.workspace.stack_drift import stack_drift
from tests.support.declared import BUCKET, job
from tests.support.recorded_stack import RecordedStack

PROJECT = "p-owners"
OWNER = "shop/dev/orders"
LONG = "checkout-and-payment-of-the-whole-of-europe-"
FORBIDDEN = {"error_code": "DLI.0003", "error_msg": "no"}


@pytest.fixture(scope="module")
def _emulator() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0, stop_latency=0, savepoint_latency=0) as emulator:
        yield emulator


@pytest.fixture
def dli(_emulator: Emulator) -> Emulator:
    _emulator.reset()
    _emulator.authorize(PROJECT, BUCKET)
    return _emulator


@pytest.fixture
def api(dli: Emulator) -> Iterator[Client]:
    with connect(Settings(dli.url, PROJECT)) as api:
        yield api


def deployed(api: Client, owner: str = OWNER, **changes: Any) -> Recorded:
    """A job that a stack has made, as its state has it."""
    name = owner.rpartition("/")[2]
    inputs = {**job(name=name), "owner": owner, **changes}
    outcome = Lifecycle(api, lambda *_: None).create(job_properties.spec(inputs))
    urn = f"urn:pulumi:dev::shop::pulumi-python:dynamic/dli:FlinkSqlJob::{name}"
    return Recorded(urn, str(outcome.job_id), inputs, job_properties.outputs(inputs, outcome))


def marked(api: Client, recorded: Recorded, owner: str, nonce: str | None) -> None:
    """Mark a job as somebody else's, behind the back of its stack."""
    job_id = int(recorded.id)
    old = {key: value for key, value in api.tags(job_id).items() if key.startswith("pulumi_")}
    if old:
        api.delete_tags(job_id, old)
    if new := ownership_tags(owner, nonce):
        api.create_tags(job_id, new)


STRANGERS = {
    "another stack's": ("shop/prod/orders", "b" * 12, "is stack shop/prod's now"),
    "another resource's": ("shop/dev/revenue", "b" * 12, "is another resource's of stack shop/dev now"),
    "another checkout's": (OWNER, "b" * 12, f"is another checkout's of {OWNER} now"),
    "nobody's": ("", None, "bears this stack's marks no more, so somebody let it go"),
}


@pytest.mark.parametrize("listing", [True, False], ids=["with the list of tags", "without"])
@pytest.mark.parametrize("case", STRANGERS)
def test_whose_a_job_is_by_now_is_told_by_its_marks(
    dli: Emulator, api: Client, case: str, listing: bool
) -> None:
    owner, nonce, what = STRANGERS[case]
    strange, own = deployed(api), deployed(api, "shop/dev/kept")
    marked(api, strange, owner, nonce)
    if not listing:
        dli.add_fault("status", "tags_filter", status=404, times=None)
    found = owners_of(api, [strange, own], {int(strange.id), int(own.id)})
    assert found.others == {strange.id: what}
    assert (found.unclaimed, found.unread) == (frozenset(), "")


def test_a_stack_whose_name_begins_alike_is_another(api: Client) -> None:
    mine = deployed(api, f"shop/{LONG}dev/orders")
    marked(api, mine, f"shop/{LONG}prod/orders", "b" * 12)
    assert owners_of(api, [mine], {int(mine.id)}).others.keys() == {mine.id}


def test_a_job_adopted_without_a_write_is_unclaimed_until_somebody_marks_it(api: Client) -> None:
    adopted = deployed(api)
    marked(api, adopted, "", None)
    adopted = replace(adopted, outputs={**adopted.outputs, "unclaimed": True})
    assert owners_of(api, [adopted], {int(adopted.id)}).unclaimed == {adopted.id}
    marked(api, adopted, "shop/prod/orders", "b" * 12)
    found = owners_of(api, [adopted], {int(adopted.id)})
    assert (found.unclaimed, found.others) == (frozenset(), {adopted.id: "is stack shop/prod's now"})


@pytest.mark.parametrize(
    ("status", "body"), [(404, None), (403, FORBIDDEN)], ids=["not published", "forbidden"]
)
def test_where_tags_cannot_be_read_that_is_said_and_one_job_is_asked(
    dli: Emulator, api: Client, status: int, body: Any
) -> None:
    jobs = [deployed(api, f"shop/dev/job{number}") for number in range(3)]
    for call in ("tags_filter", "tags_get"):
        dli.add_fault("status", call, status=status, body=body, times=None)
    since = dli.cursor()
    found = owners_of(api, jobs, {int(job.id) for job in jobs})
    assert found.others == {}
    assert "tags cannot be read here" in found.unread
    assert [entry.call for entry in dli.requests(since, project=PROJECT)].count("tags_get") == 1


def test_many_jobs_cost_few_calls(dli: Emulator, api: Client) -> None:
    jobs = [deployed(api, f"shop/dev/job{number:03}", health_window=0) for number in range(101)]
    since = dli.cursor()
    assert owners_of(api, jobs, {int(job.id) for job in jobs}).others == {}
    assert [entry.call for entry in dli.requests(since, project=PROJECT)] == ["tags_filter"] * 2


def test_a_job_that_is_gone_is_nobody_elses(dli: Emulator, api: Client) -> None:
    gone = deployed(api)
    api.delete(int(gone.id))
    found = owners_of(api, [gone], ())
    assert (found.others, found.unread) == ({}, "")


# -- what commands make of it ----------------------------------------------------------------------------------------


KEPT_BY = ((1, "dev"), (2, "prod"), (3, "dev"))


@pytest.mark.parametrize("case", STRANGERS)
def test_drift_and_status_tell_whose_a_job_is_now(api: Client, case: str) -> None:
    owner, nonce, what = STRANGERS[case]
    strange, own = deployed(api), deployed(api, "shop/dev/kept")
    marked(api, strange, owner, nonce)
    (drift,) = stack_drift(RecordedStack(strange, own), api).drifts
    assert (drift.job_id, drift.estranged) == (int(strange.id), what)
    assert "left alone" in drift.repair
    found = rows(api, RecordedStack(strange, own), pytest.fail)
    assert {row.job: (row.estranged, row.wrong) for row in found} == {
        "orders": (what, True),
        "kept": ("", False),
    }


def test_a_job_that_is_kept_and_in_no_state_is_shown(api: Client) -> None:
    """Its replacement failed, and it was put back and runs: `destroy` knows nothing of it."""
    kept, strange, replaced = (deployed(api, f"shop/{stack}/orders{number}") for number, stack in KEPT_BY)
    for each, value in ((kept, "yes"), (strange, "yes"), (replaced, "replaced")):
        api.create_tags(int(each.id), {"pulumi_kept": value})
    found = stack_drift(RecordedStack(), api)
    said: list[str] = []
    assert rows(api, RecordedStack(), said.append) == []
    assert found.kept == tuple(said)
    assert [line.split(":")[0] for line in said] == [
        f"job {kept.id} is kept for stack shop/dev, and is in no state",
        f"job {replaced.id} of stack shop/dev was replaced and could not be deleted, and is in no state",
    ]
    # One that the state still has is in the middle of a deployment.
    assert stack_drift(RecordedStack(kept, replaced), api).kept == ()


def test_an_unclaimed_job_is_shown_and_is_no_drift(api: Client) -> None:
    adopted = deployed(api)
    marked(api, adopted, "", None)
    stack = RecordedStack(replace(adopted, outputs={**adopted.outputs, "unclaimed": True}))
    found = stack_drift(stack, api)
    assert (found.drifts, found.unclaimed) == ((), (f"orders (job {adopted.id})",))
    (row,) = rows(api, stack, pytest.fail)
    assert (row.unclaimed, row.wrong) == (True, False)


def test_commands_say_what_they_cannot_tell(dli: Emulator, api: Client) -> None:
    stack = RecordedStack(deployed(api))
    for call in ("tags_filter", "tags_get"):
        dli.add_fault("status", call, status=404, times=None)
    said: list[str] = []
    rows(api, stack, said.append)
    assert [stack_drift(stack, api).unread] == said
    assert "tags cannot be read here" in said[0]


# -- verbs by hand -------------------------------------------------------------------------------------------------


def by_hand(api: Client, stack: Stack | None, agree: Callable[[], object] = lambda: None) -> list[str]:
    """`dli stop orders`; what is printed."""
    said: list[str] = []
    operate(api, "stop", "orders", stack, lose_state=False, tell=said.append, agree=agree)
    return said


@pytest.mark.parametrize("case", STRANGERS)
@pytest.mark.parametrize("when", ["before", "while the user is asked"])
def test_a_verb_by_hand_leaves_alone_what_is_not_the_stacks(
    dli: Emulator, api: Client, case: str, when: str
) -> None:
    owner, nonce, _ = STRANGERS[case]
    strange = deployed(api)
    if when == "before":
        marked(api, strange, owner, nonce)
    since = dli.cursor()
    with pytest.raises(Conflict, match="it is not touched") as refused:
        by_hand(api, RecordedStack(strange), lambda: marked(api, strange, owner, nonce))
    assert "adopt" in refused.value.remedy
    assert not {entry.call for entry in dli.writes(since, project=PROJECT)} - {"tags_create", "tags_delete"}


def test_a_verb_by_hand_of_one_stack_leaves_another_stacks_job_alone(dli: Emulator, api: Client) -> None:
    deployed(api, "shop/prod/orders")
    since = dli.cursor()
    with pytest.raises(
        Conflict, match="it is stack shop/prod's, and the state of stack dev does not have it"
    ) as refused:
        by_hand(api, RecordedStack())
    assert "--no-stack" in refused.value.remedy
    assert dli.writes(since, project=PROJECT) == []


def test_without_a_stack_a_verb_says_whose_the_job_is_and_sees_that_change(
    dli: Emulator, api: Client
) -> None:
    mine = deployed(api)
    since = dli.cursor()
    with pytest.raises(
        Conflict, match="it is stack shop/prod's now, and was stack shop/dev's when you were asked"
    ):
        by_hand(api, None, lambda: marked(api, mine, "shop/prod/orders", "b" * 12))
    assert "stop" not in [entry.call for entry in dli.writes(since, project=PROJECT)]
    assert any("the job is stack shop/prod's" in line for line in by_hand(api, None))
    assert api.get(int(mine.id)).status == "job_cancel_success"


# -- the place -----------------------------------------------------------------------------------------------------


class _Elsewhere(RecordedStack):
    """A stack with the settings of this local DLI."""

    url = ""

    def settings(self) -> Settings:
        return Settings(self.url, PROJECT)


def recorded_in(dli: Emulator, place: str, *jobs: Recorded) -> Stack:
    """A stack whose state says that these jobs are there."""
    stack = _Elsewhere(*(replace(each, outputs={**each.outputs, "place": place}) for each in jobs))
    stack.url = dli.url
    return stack


def test_a_stack_whose_jobs_are_elsewhere_is_refused_before_anything_is_asked_of_it(
    dli: Emulator, api: Client
) -> None:
    stack = recorded_in(dli, "cn-north-4/p9", replace(deployed(api), id="999999"))
    with pytest.raises(
        Conflict, match=f"made in cn-north-4/p9, and this deployment speaks to local/{PROJECT}"
    ):
        in_its_place(stack)


def test_jobs_that_are_found_by_their_nonce_are_in_the_same_place_by_another_name(
    dli: Emulator, api: Client
) -> None:
    mine = deployed(api)
    assert in_its_place(recorded_in(dli, "dli.vpc.example.org/p1", mine)).place == f"local/{PROJECT}"
    marked(api, mine, OWNER, "b" * 12)
    with pytest.raises(Conflict, match="it was made in"):
        in_its_place(recorded_in(dli, "dli.vpc.example.org/p1", mine))
