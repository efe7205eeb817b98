"""Deadlines, the rhythm of looks, and what ends a wait; the clock is a parameter, so no test waits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import FailedToStart, NotFound, Throttled, TimedOut, Unavailable
from dli_provider.run.waiting import Deadline, SystemClock, polls, wait_until
from tests.support.planned_jobs import StillClock, live


def test_a_deadline_counts_from_when_it_began() -> None:
    clock = StillClock()
    clock.sleep(100)
    deadline = Deadline(10, clock)
    clock.sleep(4)
    assert (deadline.elapsed, deadline.remaining) == (4, 6)
    clock.sleep(7)
    assert deadline.remaining == 0


def test_the_first_look_is_at_once_and_the_last_at_the_deadline() -> None:
    clock = StillClock()
    looks = [clock.now() for _ in polls(Deadline(600, clock))]
    assert looks[0] == 0
    assert looks[-1] == pytest.approx(600)


def test_a_status_is_seen_at_most_a_twentieth_late() -> None:
    clock = StillClock()
    looks = [clock.now() for _ in polls(Deadline(600, clock))]
    for earlier, later in pairwise(looks[:-1]):
        assert later - earlier == pytest.approx(min(max(earlier / 20, 0.1), 5.0))
    assert len(looks) < 250


def test_no_time_is_one_look() -> None:
    clock = StillClock()
    assert len(list(polls(Deadline(0, clock)))) == 1
    assert clock.sleeps == []


def test_the_job_is_returned_as_it_is_when_the_wait_ends() -> None:
    clock = StillClock()
    found = _wait(_looks("job_submitting", "job_running"), Deadline(60, clock), "start")
    assert found.status == "job_running"
    assert clock.sleeps == [0.1]


def test_a_look_without_an_answer_is_repeated() -> None:
    lost = [Unavailable("orders", "connection refused"), Throttled("orders", "too many")]

    def look() -> LiveJob:
        if lost:
            raise lost.pop(0)
        return live("job_running")

    assert _wait(look, Deadline(60, StillClock()), "start").status == "job_running"
    assert lost == []


def test_what_a_look_says_for_certain_ends_the_wait() -> None:
    def look() -> LiveJob:
        raise NotFound("orders", "no such job")

    with pytest.raises(NotFound):
        _wait(look, Deadline(60, StillClock()), "start")


def test_what_is_seen_at_the_deadline_still_counts() -> None:
    clock = StillClock()

    def look() -> LiveJob:
        return live("job_running" if clock.now() >= 3 else "job_submitting")

    assert _wait(look, Deadline(3, clock), "start").status == "job_running"


def test_a_time_out_tells_what_was_awaited_and_what_was_seen_last() -> None:
    looks = _looks(*["job_submitting"] * 99, desc="queue full")
    with pytest.raises(TimedOut) as timed_out:
        _wait(looks, Deadline(3, StillClock()), "starting")
    assert timed_out.value.subject == "orders"
    assert timed_out.value.reasons == (
        "starting took longer than 3 s",
        "the last status seen is job_submitting (queue full)",
    )


def test_a_time_out_without_any_answer_tells_why() -> None:
    def look() -> LiveJob:
        raise Unavailable("orders", "connection refused")

    with pytest.raises(TimedOut, match="connection refused"):
        _wait(look, Deadline(3, StillClock()), "starting")


def test_the_machines_own_time() -> None:
    clock = SystemClock()
    began, at = clock.now(), clock.wall()
    clock.sleep(0.01)
    assert clock.now() - began >= 0.009
    assert clock.wall() >= at > 1_600_000_000


def test_what_is_listed_ends_no_wait_before_the_job_itself_says_so() -> None:
    looks = [live("job_submitting"), live("job_running")]
    listed = [live("job_submitting"), live("job_running"), live("job_submit_fail"), live("job_running")]
    found = wait_until(listed, lambda: looks.pop(0), _fails, Deadline(60, StillClock()), "orders", "starting")
    assert (found.status, looks) == ("job_running", [])


def test_a_success_that_is_listed_may_be_believed_and_a_failure_never_is() -> None:
    listed = [live("job_submit_fail"), live("job_running", status_desc="as listed")]
    looked = live("job_submitting")
    deadline = Deadline(60, StillClock())
    found = wait_until(listed, lambda: looked, _fails, deadline, "orders", "starting", believe=True)
    assert found is listed[1]


def _fails(job: LiveJob) -> bool:
    if job.status == "job_submit_fail":
        raise FailedToStart("orders", job.status)
    return _runs(job)


def _wait(look: Callable[[], LiveJob], deadline: Deadline, awaited: str) -> LiveJob:
    rounds = (None for _ in polls(deadline))
    return wait_until(rounds, look, _runs, deadline, "orders", awaited)


def _runs(job: LiveJob) -> bool:
    return job.status == "job_running"


def _looks(*statuses: str, desc: str = "") -> Callable[[], LiveJob]:
    left = iter(statuses)
    return lambda: live(next(left), status_desc=desc)
