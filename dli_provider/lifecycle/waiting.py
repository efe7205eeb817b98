"""Waiting for a live job: clock, deadline, and one loop. Decides nothing about jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dli_provider.api.wire import LiveJob
from dli_provider.errors import Throttled, TimedOut, Unavailable


class Clock(Protocol):
    """Time, so that it can be given. Seconds; `wall` since the epoch, `now` monotonic."""

    def now(self) -> float: ...
    def wall(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Deadline:
    """A length of time that has begun."""

    seconds: float
    clock: Clock
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock.now()

    @property
    def elapsed(self) -> float:
        return self.clock.now() - self.began

    @property
    def remaining(self) -> float:
        return max(0.0, self.seconds - self.elapsed)


def polls(deadline: Deadline) -> Iterator[None]:
    """Yield before every look, at once and then ever more rarely, until the deadline; the last look is at it.

    Pauses are a tenth of the time waited so far, between 0.1 and 5 seconds: a status is seen at most 10 % late.
    """
    while True:
        yield
        if not deadline.remaining:
            return
        pause = min(max(deadline.elapsed / 10, 0.1), 5.0)
        deadline.clock.sleep(min(pause, deadline.remaining))


def wait_until(
    look: Callable[[], LiveJob],
    done: Callable[[LiveJob], bool],
    deadline: Deadline,
    subject: str,
    awaited: str,
) -> LiveJob:
    """Look until `done` says so, and return the job as it was then.

    A look that brings no answer is repeated: the job's fate does not depend on our connection.
    Raises TimedOut with the last status seen, and whatever else a look raises.
    """
    last = "no answer yet"
    for _ in polls(deadline):
        try:
            live = look()
        except (Unavailable, Throttled) as unseen:
            last = str(unseen)
            continue
        if done(live):
            return live
        last = f"the last status seen is {live.status}" + (
            f" ({live.status_desc})" if live.status_desc else ""
        )
    raise TimedOut(
        subject,
        [f"{awaited} took longer than {deadline.seconds:g} s", last],
        remedy="look at the job in the DLI console; if its queue is that slow, give more time with custom_timeouts",
    )
