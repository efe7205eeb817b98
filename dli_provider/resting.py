"""How whoever waits rests: by default its thread sleeps; where many wait, the thread serves others meanwhile.

A thread for each of a thousand jobs would be most of a plugin's memory. So a process may have its calls done by a crew
(`dli_provider.pulumi.crew`), whose threads are lent to others by whoever rests. All waiting for jobs is done here, and
nothing else: a call to DLI holds its thread. Nobody rests while holding a lock, for who takes that next may be on the
same thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Bell(Protocol):
    """What wakes one who rests. As `threading.Event` has it."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def wait(self, timeout: float) -> bool: ...


class _Lent(threading.local):
    bells: Callable[[], Bell] | None = None


_lent = _Lent()


def lend(bells: Callable[[], Bell]) -> None:
    """From here on, what rests on this thread does so by such a bell, which is made on it."""
    _lent.bells = bells


def bell() -> Bell:
    """What wakes whoever rests on this thread; only they may wait for it."""
    return (_lent.bells or threading.Event)()


def sleep(seconds: float) -> None:
    """Rest for so long."""
    if _lent.bells is None:
        time.sleep(seconds)
    else:
        _lent.bells().wait(seconds)
