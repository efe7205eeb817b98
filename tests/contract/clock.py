"""Time for tests: as long as it is said to be, and soon over."""

from __future__ import annotations

import time

EPOCH = 1_700_000_000.0


class BriskClock:
    """A clock that only sleeping moves, and whose seconds of sleep last a hundredth.

    So a deadline of a minute is a minute of polls however busy the machine is, and the local DLI, whose latencies are
    real, is given time to move. `waking` counts real seconds between sleeps too, that many times: for calls that
    hang. `began` (seconds since the epoch) lets two deployments of one job happen at different times.
    """

    def __init__(self, began: float = EPOCH, *, waking: float = 0.0) -> None:
        self._began = began
        self._waking = waking
        self._slept = 0.0
        self._start = time.monotonic()
        self._asleep = 0.0

    def now(self) -> float:
        awake = time.monotonic() - self._start - self._asleep
        return self._slept + awake * self._waking

    def wall(self) -> float:
        return self._began + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        before = time.monotonic()
        time.sleep(seconds / 100)
        self._asleep += time.monotonic() - before
