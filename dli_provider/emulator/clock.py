"""The local DLI's clock: the machine's, plus an offset that tests may advance."""

from __future__ import annotations

import time


class Clock:
    """Epoch seconds. The offset is kept in the state file by whoever owns the clock."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """The present moment."""
        return time.time() + self.offset


def milliseconds(moment: float) -> int:
    """Epoch seconds as the wire wants them."""
    return int(moment * 1000)
