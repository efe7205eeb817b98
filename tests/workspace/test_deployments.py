"""A canary is watched until it has soaked."""

from typing import Any

import pytest

from dli_provider.promotion.gate import Check
from dli_provider.workspace import Failed
from dli_provider.workspace.deployments import soak_in

WAITING = Check("healthy", "enrich", False, "this version runs for 1 s of 30 min; wait 29 min more", 1740.0)
WELL = Check("healthy", "enrich", True, "running for 30 min")
ILL = Check("healthy", "enrich", False, "it is job_running_exception: division by zero")


class _Clock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def soak(*looks: Check) -> tuple[list[str], list[float]]:
    said: list[str] = []
    clock: Any = _Clock()
    left = iter(looks)
    soak_in(lambda: [next(left)], said.append, clock)
    return said, clock.slept


def test_a_canary_is_watched_until_it_has_soaked() -> None:
    said, slept = soak(WAITING, WAITING, WELL)
    assert said == [f"enrich: {WAITING.reason}", "The canary has soaked."]
    assert slept == [10.0, 10.0]


def test_a_canary_that_fails_while_it_soaks_ends_it() -> None:
    with pytest.raises(Failed, match="the canary is not well: enrich: it is job_running_exception"):
        soak(WAITING, ILL)
