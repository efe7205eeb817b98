"""Many jobs waited for at once, at a real local DLI: what is asked of it, and what happens when it does not answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.errors import FailedToStart, NotFound, TimedOut
from dli_provider.job.document import create_document
from dli_provider.job.fields import JobSpec
from dli_provider.run.lifecycle import Lifecycle, Outcome
from dli_provider.run.waiting import Deadline, SystemClock
from dli_provider.run.watch import CALLS_PER_SECOND, Watch
from dli_provider.settings import Settings
from tests.support.planned_jobs import SQL

pytestmark = pytest.mark.slow

PROJECT = "p"
MANY = 40
START = 1.0


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator.start() as dli:
        yield dli


@pytest.fixture
def dli(server: Emulator) -> Emulator:
    server.reset()
    server.set(start_latency=START, stop_latency=0.5, draft_limit=10_000)
    return server


@pytest.fixture
def api(dli: Emulator) -> Iterator[Client]:
    with connect(Settings(dli.url, PROJECT)) as jobs:
        yield jobs


def test_status_calls_do_not_grow_with_jobs(dli: Emulator, api: Client) -> None:
    lifecycle = _lifecycle(api)
    outcomes = _at_once(lifecycle, MANY)
    assert {outcome.seen.status for outcome in outcomes} == {"job_running"}
    calls, seconds = _asked(dli)
    assert calls["create"] == calls["run"] == MANY
    assert calls["list"] <= CALLS_PER_SECOND * seconds * 1.2 + 5
    # The first to wait waits alone, and looks at its job itself.
    assert calls["get"] < MANY / 2

    cursor = dli.cursor()
    with ThreadPoolExecutor(MANY) as pool:
        assert [
            *pool.map(
                lambda n: lifecycle.delete(outcomes[n].job_id, _spec(n), outcomes[n].record), range(MANY)
            )
        ]
    calls, seconds = _asked(dli, cursor)
    assert dli.jobs(PROJECT) == []
    # Before, when it has stopped, and when it is gone.
    assert calls["get"] <= 3 * MANY + 5
    assert calls["list"] <= CALLS_PER_SECOND * seconds * 1.2 + 5


def test_a_failed_job_is_told_with_dlis_reason_and_the_others_come_up(dli: Emulator, api: Client) -> None:
    dli.add_fault("submit_fail", "run", job="job_7", message="no such column")
    lifecycle = _lifecycle(api)
    with ThreadPoolExecutor(10) as pool:
        under_way = [pool.submit(lifecycle.create, _spec(n)) for n in range(10)]
        with pytest.raises(FailedToStart, match="no such column"):
            under_way.pop(7).result()
        assert {each.result().seen.status for each in under_way} == {"job_running"}
    assert len(dli.jobs(PROJECT)) == 9


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
        ("status", {"status": 403, "body": {"error_code": "DLI.0004", "error_msg": "no permission to list"}}),
        ("cut_after", {}),
        ("is_success_false", {}),
    ],
    ids=["unavailable", "throttled", "forbidden", "cut", "refused"],
)
def test_a_list_that_fails_for_good_fails_no_job(
    dli: Emulator, api: Client, kind: str, rule: dict[str, Any]
) -> None:
    dli.add_fault(kind, "list", times=None, **rule)
    outcomes = _at_once(_lifecycle(api), 3, create_timeout=START + 3.0)
    assert {outcome.seen.status for outcome in outcomes} == {"job_running"}


def test_a_list_that_fails_for_a_while_costs_only_that_while(dli: Emulator, api: Client) -> None:
    dli.add_fault("status", "list", status=500, times=2)
    assert len(_at_once(_lifecycle(api), 10)) == 10
    assert _asked(dli)[0]["get"] < 10


def test_a_job_of_which_the_list_says_nothing_is_looked_at(dli: Emulator, api: Client) -> None:
    dli.add_fault(
        "status",
        "list",
        times=None,
        status=200,
        body={"is_success": "true", "job_list": {"total_count": 0, "jobs": []}},
    )
    assert len(_at_once(_lifecycle(api), 5)) == 5


def test_a_list_that_lags_behind_decides_nothing(dli: Emulator, api: Client) -> None:
    """It goes on saying that the jobs run which were stopped, and that they are at rest which run again."""
    lifecycle = _lifecycle(api)
    jobs = _at_once(lifecycle, 3)
    ids = [each.job_id for each in jobs]
    for status in ("job_running", "job_canceling", "job_running", "job_cancel_success"):
        entries = [{"job_id": job_id, "name": "x", "status": status} for job_id in ids]
        body = {"is_success": "true", "job_list": {"total_count": len(ids), "jobs": entries}}
        dli.add_fault("status", "list", times=1, status=200, body=body)
    new = [_spec(n, parallel_number=4) for n in range(3)]
    with ThreadPoolExecutor(3) as pool:
        changed = pool.map(lambda n: lifecycle.update(ids[n], _spec(n), new[n], jobs[n].record), range(3))
        assert {each.seen.status for each in changed} == {"job_running"}
    assert {job.definition["parallel_number"] for job in dli.jobs(PROJECT)} == {4}
    assert {len(job.runs) for job in dli.jobs(PROJECT)} == {2}


def test_among_many_jobs_of_others_few_are_looked_at_and_not_listed(dli: Emulator, api: Client) -> None:
    ours = [api.create({"name": f"old_{n}", "sql_body": SQL, "queue_name": "q"}) for n in range(2)]
    for number in range(250):
        api.create({"name": f"other_{number}", "sql_body": SQL, "queue_name": "q"})
    watch, clock, cursor = Watch(api, SystemClock()), SystemClock(), dli.cursor()

    def wait(job_id: int) -> list[bool]:
        return [listed is None for listed in watch.rounds(job_id, Deadline(1.5, clock))]

    with ThreadPoolExecutor(2) as pool:
        assert all(all(told) for told in pool.map(wait, ours))
    # Two pages show that the two are not among the newest: to look at both costs no more.
    assert _asked(dli, cursor)[0]["list"] <= 2


def test_each_waits_no_longer_than_its_own_deadline(dli: Emulator, api: Client) -> None:
    dli.set(start_latency=600.0)
    lifecycle = _lifecycle(api)
    with ThreadPoolExecutor(6) as pool:
        under_way = [pool.submit(lifecycle.create, _spec(n, create_timeout=1.0 + n / 2)) for n in range(6)]
        for each in under_way:
            with pytest.raises(TimedOut, match="the last status seen is job_submitting"):
                each.result()
    assert dli.jobs(PROJECT) == []


def test_a_job_that_is_deleted_meanwhile_is_told_as_gone(dli: Emulator, api: Client) -> None:
    dli.set(start_latency=600.0)
    lifecycle = _lifecycle(api)
    with ThreadPoolExecutor(3) as pool:
        # Of a job that was made just now, "not found" is not believed at once.
        under_way = [pool.submit(lifecycle.create, _spec(n, create_timeout=6.0)) for n in range(3)]
        while sum(job.status == "job_submitting" for job in dli.jobs(PROJECT)) < 3:
            time.sleep(0.05)
        for job in dli.jobs(PROJECT):
            api.delete(job.job_id)
        for each in under_way:
            with pytest.raises(NotFound):
                each.result()


def test_jobs_that_are_gone_do_not_keep_the_others_waiting(dli: Emulator, api: Client) -> None:
    """Were each of them counted as a call of every look to come, the next look would be in half a minute."""
    dli.set(start_latency=600.0)
    api.authorize_bucket("state")
    ids = [api.create(create_document(_spec(n))) for n in range(80)]
    gone, stays = ids[2:], ids[:2]
    watch, clock = Watch(api, SystemClock()), SystemClock()
    all_here = Barrier(len(ids) + 1)

    def told(job_id: int) -> Iterator[str]:
        all_here.wait()
        deadline = Deadline(15.0, clock)
        for listed in watch.rounds(job_id, deadline):
            if deadline.remaining:
                yield listed.status if listed else "look"

    with ThreadPoolExecutor(len(ids)) as pool:
        heard = [pool.submit(lambda each=each: "look" in told(each)) for each in gone]  # type: ignore[misc]
        heard += [pool.submit(lambda each=each: "job_submitting" in told(each)) for each in stays]  # type: ignore[misc]
        all_here.wait()
        cursor = dli.cursor()
        while _asked(dli, cursor)[0]["list"] < 2:
            time.sleep(0.05)
        api.delete_batch(gone)
        assert all(each.result() for each in heard[: len(gone)])
        for each in stays:
            api.run(each, resume_savepoint=False)
        assert all(each.result() for each in heard[len(gone) :])


def test_jobs_that_come_one_by_one_cause_no_more_calls_than_many_at_once(dli: Emulator, api: Client) -> None:
    ours = [api.create({"name": f"old_{n}", "sql_body": SQL, "queue_name": "q"}) for n in range(30)]
    for number in range(310):
        api.create({"name": f"other_{number}", "sql_body": SQL, "queue_name": "q"})
    pages = 4
    watch, clock, cursor = Watch(api, SystemClock()), SystemClock(), dli.cursor()
    with ThreadPoolExecutor(len(ours)) as pool:
        for each in ours:
            pool.submit(lambda each=each: [*watch.rounds(each, Deadline(3.0, clock))])  # type: ignore[misc]
            time.sleep(0.1)
    calls, seconds = _asked(dli, cursor)
    assert calls["list"] <= CALLS_PER_SECOND * seconds * 1.2 + 2 * pages


def test_a_job_that_comes_while_a_look_is_under_way_is_not_forgotten(dli: Emulator, api: Client) -> None:
    """The look finds out that many jobs are not in the list, so the next one will be a long time after."""
    unknown = range(1, 41)
    (ours,) = [api.create({"name": "ours", "sql_body": SQL, "queue_name": "q"})]
    held = dli.add_fault("pause", "list", nth=2)
    watch, clock = Watch(api, SystemClock()), SystemClock()

    def heard(job_id: int, seconds: float) -> list[bool]:
        deadline = Deadline(seconds, clock)
        return [listed is not None for listed in watch.rounds(job_id, deadline) if deadline.remaining]

    with ThreadPoolExecutor(len(unknown) + 1) as pool:
        under_way = [pool.submit(heard, each, 6.0) for each in unknown]
        while not any(fault.held for fault in dli.faults()):
            time.sleep(0.02)
        late = pool.submit(heard, ours, 4.0)
        time.sleep(0.2)
        dli.remove_fault(held)
        assert any(late.result())
        assert not any(any(each.result()) for each in under_way)


def _lifecycle(api: Client) -> Lifecycle:
    return Lifecycle(api, lambda _name, _line: None)


def _spec(number: int, **changes: Any) -> JobSpec:
    return JobSpec(
        name=f"job_{number}",
        owner=f"p/s/job_{number}",
        sql_body=SQL,
        queue_name="q",
        cu_number=4,
        checkpoint_enabled=True,
        obs_bucket="state",
        **{"health_window": 0.0, **changes},
    )


def _at_once(lifecycle: Lifecycle, jobs: int, **changes: Any) -> list[Outcome]:
    with ThreadPoolExecutor(jobs) as pool:
        return [*pool.map(lambda n: lifecycle.create(_spec(n, **changes)), range(jobs))]


def _asked(dli: Emulator, since: int = 0) -> tuple[Counter[str], float]:
    """The calls by kind, and over how many seconds they came."""
    entries = dli.requests(since, project=PROJECT)
    return Counter(entry.call for entry in entries), entries[-1].at - entries[0].at if entries else 0.0
