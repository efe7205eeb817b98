"""The gateway's rate limit, by switch: so many calls a second for each project, a second's worth of them at once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Throttle:
    """Counts calls in memory; a restart forgets them. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def turn_away(self, project: str, per_second: float) -> int:
        """Seconds for the answer's `Retry-After`; 0: the call may pass."""
        if not per_second:
            self._left.clear()
            return 0
        now, most = self._clock(), max(per_second, 1.0)
        left, at = self._left.get(project, (most, now))
        left = min(most, left + (now - at) * per_second)
        passes = left >= 1
        self._left[project] = (left - 1 if passes else left, now)
        return 0 if passes else math.ceil((1 - left) / per_second)
