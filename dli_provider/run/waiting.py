"""Waiting for a live job: clock, deadline, rhythm, and one loop. Decides nothing about jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dli_provider import resting
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, Throttled, TimedOut, Unavailable


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
        resting.sleep(seconds)


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


def pause_after(elapsed: float) -> float:
    """Seconds between two looks, after so many of waiting: a twentieth, between 0.1 and 5. So a status is seen at
    most 5 % late."""
    return min(max(elapsed / 20, 0.1), 5.0)


def polls(deadline: Deadline) -> Iterator[None]:
    """Yield before every try, at once and then ever more rarely, until the deadline; the last is at it."""
    while True:
        yield
        if not deadline.remaining:
            return
        deadline.clock.sleep(min(pause_after(deadline.elapsed), deadline.remaining))


def wait_until(
    rounds: Iterable[LiveJob | None],
    look: Callable[[], LiveJob],
    done: Callable[[LiveJob], bool],
    deadline: Deadline,
    subject: str,
    awaited: str,
    *,
    believe: bool = False,
) -> LiveJob:
    """Look until `done` says so, and return the job as it was then.

    `rounds` are occasions to look: the job's entry in the list of jobs, or None. The list may lag behind, and tells
    less, so what follows from it is drawn only from a look at the job itself; unless `believe` says that it cannot
    be old news. A look that brings no answer is repeated: the job's fate does not depend on our connection.
    Raises TimedOut with the last status seen, and whatever else a look raises.
    """
    last = "no answer yet"
    for listed in rounds:
        try:
            live = listed if listed and _may_go_by(listed, done, believe) else look()
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


def _may_go_by(listed: LiveJob, done: Callable[[LiveJob], bool], believe: bool) -> bool:
    """Whether an entry of the list will do: it changes nothing, or is a success that may be believed."""
    try:
        return not done(listed) or believe
    except DliError:
        return False
