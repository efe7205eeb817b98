"""One watch for all the jobs that a process waits for. Decides nothing about jobs.

The status of many is read from the list of jobs, a hundred of them in a call, so that calls grow with time and not
with jobs. One of those that wait keeps the watch, and the others rest until there is news of their job; when there is
news of its own, another takes over. So there is no thread that could outlive its work.

What the list cannot tell, each looks for itself: a job that is not in it, all of them where they are so few that the
list costs more calls, and all of them where there has been no list for a while.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.api.paging import PAGE
from dli_provider.errors import DliError, Throttled, Unavailable
from dli_provider.resting import Bell, bell
from dli_provider.run.waiting import Clock, Deadline, pause_after

CALLS_PER_SECOND = 2.5
"""How many calls are made at most for many jobs, however many they are."""
RARELY = 30.0
"""Seconds between two looks at the most, even where each costs many calls."""
_NAP = 0.1
_UNCHANGED = 5.0
"""After so many seconds a job is reported although its status is the same: who waits may count time, too."""
_OLD = 15.0
"""After so many seconds without an answer of the list, each looks for itself."""
_UNANSWERED = 5
"""What a list that does not answer costs, so that it is not asked too soon again."""
_WITHOUT_LIST = 60.0


@dataclass(eq=False)
class _Waiter:
    """A job that is waited for, and looked at every `pause` seconds at the most. `listed` is its last entry in the
    list, None where it is to be looked at; `unlisted` says that it was looked at, and is waited for nevertheless."""

    job_id: int
    looked: float
    pause: float
    wake: Bell = field(default_factory=bell)
    listed: LiveJob | None = None
    told: str = ""
    news: bool = False
    unlisted: bool = False
    idle: bool = False


_Found = dict[int, LiveJob | None]
"""Jobs' entries in the list, by id; None for one that was not looked for in it."""


class Watch:
    """Where the calls of one process wait for their jobs. `chance` (0 to 1) spreads the looks of many processes."""

    def __init__(self, api: Client, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._api, self._clock, self._chance = api, clock, chance
        self._lock = threading.Lock()
        self._waiters: set[_Waiter] = set()
        self._keeper: _Waiter | None = None
        self._moved = clock.now()
        self._due = self._moved
        self._paid = self._moved  # from here on another list keeps to the calls a second
        self._answered = self._moved
        self._no_list_until = self._moved
        self._pages = 1

    def rounds(
        self, job_id: int, deadline: Deadline, pause: float = 0.0
    ) -> Generator[LiveJob | None, None, None]:
        """News of a job until the deadline: its entry in the list, or None for "look yourself". The last comes at the
        deadline, and is None. For this job alone, no look is made within `pause` seconds of another."""
        with self._waiting(job_id, pause) as waiter:
            while True:
                listed = self._news(waiter, deadline)
                if not deadline.remaining:
                    yield None
                    return
                yield listed
                waiter.unlisted = listed is None

    # -- who -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _waiting(self, job_id: int, pause: float) -> Iterator[_Waiter]:
        waiter = _Waiter(job_id, self._clock.now(), pause)
        with self._lock:
            alone = not self._waiters
            self._waiters.add(waiter)
            self._moved = waiter.looked
            self._due = self._moved + pause if alone else min(self._due, self._first(waiter))
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiters.discard(waiter)
                self._pass_on(waiter)

    def _news(self, waiter: _Waiter, deadline: Deadline) -> LiveJob | None:
        """Sleep until there is news of the job, or keep the watch; at the latest until the deadline."""
        while deadline.remaining:
            with self._lock:
                if waiter.news:
                    break
                keeps = self._keeper in (None, waiter)
                if keeps:
                    self._keeper = waiter
                waiter.idle = not keeps
                waiter.wake.clear()
            if keeps:
                self._keep(waiter, deadline)
            elif not waiter.wake.wait(min(deadline.remaining, _UNCHANGED)) and self._overdue(waiter):
                break
        with self._lock:
            waiter.idle = waiter.news = False
            self._pass_on(waiter)
            if waiter.listed is None:
                waiter.looked = self._clock.now()
            return waiter.listed

    def _pass_on(self, waiter: _Waiter) -> None:
        """Whoever has news of its own lets another keep the watch. The lock is held."""
        if self._keeper is waiter:
            self._keeper = None
        if self._keeper is None:
            successor = next((each for each in self._waiters if each.idle), None)
            if successor:
                successor.wake.set()

    def _overdue(self, waiter: _Waiter) -> bool:
        """Whether a job of which nothing new was heard is to be reported nevertheless."""
        with self._lock:
            if self._is_old(waiter):
                waiter.listed = None
                return True
            return waiter.listed is not None

    def _is_old(self, waiter: _Waiter) -> bool:
        return self._clock.now() - max(self._answered, waiter.looked) > _OLD

    # -- when ------------------------------------------------------------------------------------------------------

    def _keep(self, waiter: _Waiter, deadline: Deadline) -> None:
        """Look at all jobs when it is time for it, and wake those of which there is news."""
        while (pause := self._due - self._clock.now()) > 0:
            if not deadline.remaining:
                return
            self._clock.sleep(min(pause, deadline.remaining, _NAP))
        with self._lock:
            waiters = [*self._waiters]
        found, calls = self._look({each.job_id for each in waiters})
        now = self._clock.now()
        with self._lock:
            if found is not None:
                # A job that is missing for the first time is often gone, or slipped through between two pages as others
                # were deleted. Its one call ends that; the others need not wait for it.
                calls += sum(each.unlisted for each in waiters if each.job_id not in found)
                for each in waiters:
                    self._tell(each, found.get(each.job_id), now)
            elif self._is_old(waiter):
                waiter.listed, waiter.news = None, True
            quiet = now - self._moved
            pause = max(pause_after(quiet), min(each.pause for each in waiters))
            if len(waiters) > 1:  # one call for many may come a little more often
                pause = max(pause_after(quiet / 2), min(calls / CALLS_PER_SECOND, RARELY))
                pause *= 0.9 + 0.2 * self._chance()
            came = self._waiters.difference(waiters)  # while this look was under way
            self._due = min([now + pause, *map(self._first, came)])

    def _first(self, waiter: _Waiter) -> float:
        """When a job that has just come may be looked at, however many of them come."""
        return max(waiter.looked + max(waiter.pause, pause_after(0)), self._paid)

    def _tell(self, waiter: _Waiter, listed: LiveJob | None, now: float) -> None:
        status = listed.status if listed else ""
        if status != waiter.told:
            self._moved = now  # what moves once often moves again soon, and so do jobs that were run together
        if listed is None or status != waiter.told or waiter is self._keeper:
            waiter.listed, waiter.told, waiter.news = listed, status, True
            waiter.wake.set()

    # -- what ------------------------------------------------------------------------------------------------------

    def _look(self, wanted: set[int]) -> tuple[_Found | None, int]:
        """What the list says of these jobs, None where it does not answer; and what that costs in calls.

        A job without an entry is looked at by whoever waits for it.
        """
        each_itself: _Found = dict.fromkeys(wanted)
        if len(wanted) <= self._pages or self._clock.now() < self._no_list_until:
            self._answered = self._clock.now()
            return each_itself, len(wanted)
        found: _Found | None = None
        calls = _UNANSWERED
        try:
            found, calls = self._list(wanted)
            self._answered = self._clock.now()
        except (Unavailable, Throttled):
            pass
        except DliError:
            # It will say no again, as where listing is not permitted. Should more be wrong, each look says so.
            self._no_list_until = self._clock.now() + _WITHOUT_LIST
            return each_itself, len(wanted)
        self._paid = self._clock.now() + calls / CALLS_PER_SECOND
        return found, calls

    def _list(self, wanted: set[int]) -> tuple[_Found, int]:
        """Page by page, newest jobs first, until all are found; no further than looking at each would cost."""
        found: _Found = {}
        seen = calls = 0
        while True:
            page = self._api.list(limit=PAGE, offset=seen, once=True)
            calls += 1
            seen += len(page.jobs)
            found |= {job.job_id: job for job in page.jobs if job.job_id in wanted}
            last = not page.jobs or (page.total is not None and seen >= page.total)
            if last or len(found) == len(wanted):
                self._pages = calls
                return found, calls
            if calls >= len(wanted):  # they lie far behind in a long list
                self._pages = -(-(page.total or seen + PAGE) // PAGE)
                return found, calls
