"""How whoever waits rests: by default its thread sleeps; where many wait, the thread serves others meanwhile.

A thread for each of a thousand jobs would be much of a plugin's memory. So a process may have its calls done by a crew
(`dli_provider.pulumi.crew`), whose threads are lent to others by whoever rests. All waiting for jobs is done here, and
all waiting for DLI's answers. Nobody rests while holding a `threading.Lock`: who wants it next may be on the same
thread, which would stand still for good. What is held meanwhile is a `Turn`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

_Result = TypeVar("_Result")


class Bell(Protocol):
    """What wakes one who rests. As `threading.Event` has it."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Lender(Protocol):
    """Whose thread is lent to others by whoever rests on it."""

    def bell(self) -> Bell: ...
    def elsewhere(self, call: Callable[[], Any]) -> Any: ...


class _Thread(threading.local):
    lender: Lender | None = None


_thread = _Thread()


def lend(lender: Lender) -> None:
    """From here on, what rests on this thread does so by this lender."""
    _thread.lender = lender


def bell() -> Bell:
    """What wakes whoever rests on this thread; only they may wait for it."""
    return _thread.lender.bell() if _thread.lender else threading.Event()


def sleep(seconds: float) -> None:
    """Rest for so long."""
    if _thread.lender:
        _thread.lender.bell().wait(seconds)
    else:
        time.sleep(seconds)


def elsewhere(call: Callable[[], _Result]) -> _Result:
    """What comes of a call that holds up a thread, and knows nothing of bells: not this thread, where it is lent."""
    if _thread.lender is None:
        return call()
    result: _Result = _thread.lender.elsewhere(call)
    return result


class Turn:
    """A lock that may be held while resting: who waits for it rests, too. First come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._next: deque[Bell] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = bell()
            self._next.append(mine)
        mine.wait()  # it is handed over, and never free meanwhile

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._next:
                self._next.popleft().set()
            else:
                self._taken = False
