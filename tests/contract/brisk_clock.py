"""Time for tests: as long as it is said to be, and soon over."""

from __future__ import annotations

import time

EPOCH = 1_700_000_000.0
_HANGS = 0.2


class BriskClock:
    """A clock that only sleeping moves, and whose seconds of sleep last a hundredth.

    So a deadline of a minute is a minute of polls however busy the machine is, and the local DLI, whose latencies are
    real, is given time to move. Where calls hang, `hanging` tells how many seconds each second of that counts for.
    `began` (seconds since the epoch) lets two deployments of one job happen at different times.
    """

    def __init__(self, began: float = EPOCH, *, hanging: float = 0.0) -> None:
        self._began = began
        self._hanging = hanging
        self._passed = 0.0
        self._looked = time.monotonic()

    def now(self) -> float:
        real = time.monotonic()
        if real - self._looked > _HANGS:
            self._passed += (real - self._looked) * self._hanging
        self._looked = real
        return self._passed

    def wall(self) -> float:
        return self._began + self.now()

    def sleep(self, seconds: float) -> None:
        self.now()
        self._passed += max(seconds, 0.001)  # a sum of floats does not grow by less and less
        time.sleep(seconds / 100)
        self._looked = time.monotonic()
