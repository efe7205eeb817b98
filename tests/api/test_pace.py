"""How the pace of calls follows from DLI's answers; the clock is a parameter, and DLI a rule."""

from __future__ import annotations

from dli_provider.api.pace import FIRST, SLOWEST, Pace
from dli_provider.emulator.request_pipeline import Throttle
from tests.api.scripted import Time

LATENCY = 0.03


def test_the_first_calls_leave_at_once_and_others_at_the_pace() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    waits = [pace.wait() for _ in range(200)]
    assert sum(waits[:10]) == 0
    assert sum(waits) == (sum(time.sleeps))
    assert 0.8 * FIRST <= 190 / sum(waits) <= 1.2 * FIRST


def test_every_answer_makes_it_faster_until_it_is_no_pace() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    for _ in range(1000):
        pace.wait()
        pace.taken()
    assert time.now < 1.5
    before = time.now
    assert [pace.wait() for _ in range(100)] == [0.0] * 100
    assert time.now == before


def test_after_a_refusal_nobody_calls_before_the_time_that_was_asked_for() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    pace.wait()
    pace.refused(time.now, 7.0)
    pace.wait()
    assert time.now >= 7.0


def test_refusals_of_calls_that_were_under_way_count_once() -> None:
    time = Time()
    one, many = Pace(time.clock, time.sleep), Pace(time.clock, time.sleep)
    for pace, refusals in ((one, 1), (many, 20)):
        for _ in range(100):
            pace.taken()
        sent = time.now
        time.now += LATENCY
        for _ in range(refusals):
            pace.refused(sent, None)
    assert _waits(one) == _waits(many)


def test_it_never_stops() -> None:
    time = Time()
    pace = Pace(time.clock, time.sleep)
    for _ in range(50):
        time.now += 1.0
        pace.refused(time.now, None)
    pace.wait()
    assert pace.wait() <= 1 / SLOWEST + 0.001


def test_under_a_limit_few_calls_are_refused_and_most_of_it_is_used() -> None:
    for limit in (5.0, 20.0, 100.0):
        time = Time()
        pace, throttle = Pace(time.clock, time.sleep), Throttle(time.clock)
        sent = refused = 0
        while time.now < 60:
            pace.wait()
            at, sent = time.now, sent + 1
            wait = throttle.turn_away("p", limit)
            time.now += 0.001
            if wait:
                refused += 1
                pace.refused(at, float(wait))
            else:
                pace.taken()
        assert refused < 0.05 * sent
        assert sent - refused > 0.6 * limit * 60


def _waits(pace: Pace) -> list[float]:
    return [round(pace.wait(), 6) for _ in range(5)]
