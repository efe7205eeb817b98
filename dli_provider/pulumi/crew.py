"""A few threads for many calls of the engine's, most of which wait for something at any time. Knows nothing of jobs.

The code of a call is as plain as if it had a thread for itself. Where it rests (`dli_provider.resting`) it is put aside
by greenlet, and its thread takes up another; it goes on in the same thread. What would hold up a thread, a request to
DLI, is made by others, of which there are as many as there are requests under way: so one that hangs keeps nobody else
waiting.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import count
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from dli_provider import resting

_Result = TypeVar("_Result")
_rests = count(1)


class Crew(Executor):
    """At most `hands` threads that work, and `callers` that wait for answers, all begun as they are needed."""

    def __init__(self, hands: int, callers: int) -> None:
        self._most = hands
        self.callers = ThreadPoolExecutor(callers, "dli-call")
        self.lock = Lock()
        """Over all that this module keeps."""
        self.new: deque[Callable[[], None]] = deque()
        """What nobody has begun yet."""
        self.idle: dict[_Hand, None] = {}
        """Who has nothing to do, for the longest time first: so those that wait are spread evenly."""
        self._hands = 0

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> Future[_Result]:
        """Have something done. It may rest, and is not to count on a thread of its own otherwise."""
        future: Future[_Result] = Future()

        def carry_out() -> None:
            if not future.set_running_or_notify_cancel():
                return  # to give it a result now would raise, and end the thread with all that rests on it
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self.lock:
            self.new.append(carry_out)
            self.call_one()
        return future

    def call_one(self) -> None:
        """Have somebody begin what is new. The lock is held."""
        if self.idle:
            next(iter(self.idle)).call()
        elif self._hands < self._most:
            self._hands += 1
            _Hand(self, self._hands).start()


class _Hand(Thread):
    """One thread. What it has begun is its own to the end: a greenlet cannot change threads."""

    def __init__(self, crew: Crew, number: int) -> None:
        super().__init__(name=f"dli-hand-{number}", daemon=True)
        self.crew = crew
        self.called = Condition(crew.lock)
        self.awake: deque[greenlet] = deque()
        self.alarms: list[tuple[float, int, _Bell]] = []
        """When whom to wake from which rest, the next one first; also those who were woken before."""

    def run(self) -> None:
        resting.lend(self)
        while True:
            self._next().switch()  # comes back when that has ended, or rests

    def bell(self) -> _Bell:
        """What wakes whoever rests on this thread."""
        return _Bell(self)

    def elsewhere(self, call: Callable[[], Any]) -> Any:
        """What comes of a call, made on another thread while this one does other things."""
        bell = _Bell(self)
        made = self.crew.callers.submit(copy_context().run, call)
        made.add_done_callback(lambda _: bell.set())
        bell.wait()
        return made.result()

    def _next(self) -> greenlet:
        with self.crew.lock:
            while True:
                pause = self._ring_alarms()
                if self.awake:
                    if self.crew.new:
                        # This one may have been called for that, and what it goes on with may hold it up for long.
                        self.crew.call_one()
                    return self.awake.popleft()
                if self.crew.new:
                    return greenlet(self.crew.new.popleft())
                self.crew.idle[self] = None
                self.called.wait(pause)
                self.crew.idle.pop(self, None)

    def _ring_alarms(self) -> float | None:
        """Wake those whose time has come. Seconds until the next, None where there is none. The lock is held."""
        now = monotonic()
        while self.alarms:
            when, number, bell = self.alarms[0]
            if bell.rest == number:
                if when > now:
                    return when - now
                bell.wake()
            heapq.heappop(self.alarms)
        return None

    def call(self) -> None:
        """There is something to do. The lock is held."""
        self.crew.idle.pop(self, None)
        self.called.notify()


class _Bell:
    """One who rests on a thread of a crew, and lends it to others meanwhile. `rest` is the number of that rest."""

    def __init__(self, hand: _Hand) -> None:
        self._hand = hand
        self._rung = False
        self._sleeper: greenlet | None = None
        self.rest = 0

    def set(self) -> None:
        with self._hand.crew.lock:
            self._rung = True
            if self.rest:
                self.wake()
                self._hand.call()

    def clear(self) -> None:
        with self._hand.crew.lock:
            self._rung = False

    def wait(self, timeout: float | None = None) -> bool:
        with self._hand.crew.lock:
            if self._rung:
                return True
            self._sleeper, self.rest = getcurrent(), next(_rests)
            if timeout is not None:
                heapq.heappush(self._hand.alarms, (monotonic() + timeout, self.rest, self))
            aside = self._sleeper.parent
        assert aside is not None, "only what a crew was given rests by its bells"
        aside.switch()
        return self._rung

    def wake(self) -> None:
        """Go on as soon as the thread is free. The lock is held."""
        if self._sleeper:
            self._hand.awake.append(self._sleeper)
        self._sleeper, self.rest = None, 0
