"""The rate limit by switch: who comes too fast is answered 429, told when to come back, and let in then."""

from __future__ import annotations

from dli_provider.emulator.request_pipeline import Throttle
from tests.emulator.plain import Api


def test_a_seconds_worth_may_come_at_once_and_then_as_many_as_time_allows() -> None:
    now = [100.0]
    throttle = Throttle(lambda: now[0])
    assert [throttle.turn_away("p", 3.0) for _ in range(4)] == [0, 0, 0, 1]
    assert throttle.turn_away("another", 3.0) == 0
    now[0] += 1 / 3 + 0.01
    assert [throttle.turn_away("p", 3.0) for _ in range(2)] == [0, 1]
    now[0] += 60
    assert [throttle.turn_away("p", 3.0) for _ in range(4)] == [0, 0, 0, 1]


def test_a_slow_limit_says_how_long_it_takes() -> None:
    throttle = Throttle(lambda: 0.0)
    assert [throttle.turn_away("p", 0.1) for _ in range(2)] == [0, 10]


def test_who_comes_too_fast_is_told_when_to_come_back_and_nothing_is_carried_out(api: Api) -> None:
    api.dli.set(requests_per_second=0.01)
    assert api("GET", "/streaming/jobs").status_code == 200
    refused = api("GET", "/streaming/jobs")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "100")
    assert refused.json()["error_code"] == "APIGW.0308"
    assert api.create("orders").status_code == 429
    assert [entry.executed for entry in api.dli.requests()] == [True, False, False]
    api.dli.set(requests_per_second=0)
    assert api.create("orders").status_code == 200
    assert [job.name for job in api.dli.jobs()] == ["orders"]
