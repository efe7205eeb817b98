"""How fast calls may leave this process: learned from DLI's answers, and shared by all its threads.

DLI publishes no rate limit; it answers 429, at times with `Retry-After`. So the pace rises with every answer until the
first 429. From then on it is held below what DLI took, at even intervals, since a burst is what gets refused. Nothing
is held back for how many calls are under way: one that hangs must not keep the others waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

FIRST = 100.0
"""Calls a second to begin with."""
SLOWEST = 2.0
_FASTER = 4.0
"""By how many calls a second the pace rises with each answer, until DLI says that it is too fast."""
_UNBOUNDED = 2000.0
"""From this many calls a second on, calls are not spaced any more."""
_HELD = 0.85
"""The share of what DLI took in its last second that is kept to after a 429."""
_MEMORY = 1.0
_BURST = 0.1
"""So many seconds' worth of calls may leave at once, until DLI says that it is too fast."""
_NAP = 0.1


class Pace:
    """Gives each call its moment. Thread-safe; `clock` and `sleep` are in seconds."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._gate, self._lock = threading.Lock(), threading.Lock()
        self._rate = FIRST
        self._throttled = False
        # In the past, so that the first calls need not wait.
        self._next = self._slowed = self._grown = clock() - _BURST
        self._taken: deque[float] = deque()

    def wait(self) -> float:
        """Wait for the moment of one call, one after the other; how many seconds that took."""
        began = self._clock()
        # Threads queue here, so that only one sleeps until `_next` and the others keep their order. `_lock` stays free
        # for answers, which may come meanwhile and change the pace.
        with self._gate:
            while (left := self._next - self._clock()) > 0:
                self._sleep(min(left, _NAP))  # it may have been put off meanwhile
            with self._lock:
                now = self._clock()
                if self._rate < _UNBOUNDED:
                    # Time that was not used may be caught up with in a burst, but not once DLI has refused one.
                    earliest = now if self._throttled else now - _BURST
                    self._next = max(self._next, earliest) + 1 / self._rate
        return now - began

    def taken(self) -> None:
        """DLI has answered a call, whether it did it or refused it."""
        with self._lock:
            now = self._clock()
            self._taken.append(now)
            while self._taken[0] < now - _MEMORY:
                self._taken.popleft()
            if self._throttled:
                # By time and no longer by answers: many answers at once must not undo what the last 429 taught. At most
                # a second counts, so that an idle hour is no reason to hurry.
                self._rate += min(now - self._grown, 1.0) * (0.3 + self._rate / 100)
            else:
                self._rate += _FASTER
            self._grown = now

    def refused(self, sent: float, asked: float | None) -> None:
        """DLI has throttled a call that was sent at the moment `sent`; `asked` is how many seconds it asks to wait."""
        with self._lock:
            now = self._clock()
            self._next = max(self._next, now + (asked or 0.0))
            # Otherwise each of the calls under way at the first 429 would slow the pace down once more.
            if sent < self._slowed:
                return  # it left before the last refusal was known
            # What DLI took in the last second is the only measure of its limit that there is.
            took = sum(moment >= now - _MEMORY for moment in self._taken) / _MEMORY
            self._rate = max(SLOWEST, _HELD * min(took, self._rate))
            self._throttled, self._slowed, self._grown = True, now, now
