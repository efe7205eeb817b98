"""Which calls may be repeated after which trouble, and when. Pure: no clock, no sleep, no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto


class Repeat(Enum):
    """How far a call may be repeated unchanged."""

    READ = auto()
    """It changes nothing."""
    IDEMPOTENT = auto()
    """Doing it twice leaves the same as doing it once."""
    ONCE = auto()
    """Doing it twice may do harm: two jobs, a second stop, a savepoint that replaces another."""
    NEVER = auto()
    """Whoever calls does so again and again, and needs no answer soon."""


class Trouble(Enum):
    """What went wrong with one attempt, as far as repeating it is concerned."""

    NOT_SENT = auto()
    """No connection came about, so nothing was carried out."""
    CUT = auto()
    """The connection broke or the time ran out on the way; the call may have been carried out."""
    THROTTLED = auto()
    """429: turned away before being carried out."""
    INTERNAL = auto()
    """5xx, or one of DLI's codes for an internal error; it may have been carried out."""
    TASK_TIMED_OUT = auto()
    """DLI.0019: DLI gave up waiting for itself; for a write, read before doing it again."""
    FINAL = auto()
    """A repetition would be answered in the same way."""


_CERTAINLY_NOT_DONE = frozenset({Trouble.NOT_SENT, Trouble.THROTTLED})
_REPEATED_ON: Mapping[Repeat, frozenset[Trouble]] = {
    Repeat.NEVER: frozenset(),
    # After a cut the caller looks at the job first: only it can tell whether the call arrived.
    Repeat.ONCE: _CERTAINLY_NOT_DONE,
    # Not after TASK_TIMED_OUT: DLI may still be working on it, so the job is read before it is written again.
    Repeat.IDEMPOTENT: _CERTAINLY_NOT_DONE | {Trouble.CUT, Trouble.INTERNAL},
    Repeat.READ: _CERTAINLY_NOT_DONE | {Trouble.CUT, Trouble.INTERNAL, Trouble.TASK_TIMED_OUT},
}


@dataclass(frozen=True)
class Patience:
    """How often and how long one call is tried: `attempts` in all, none of them begun after `seconds`."""

    attempts: int
    seconds: float
    first: float = 0.5
    longest: float = 20.0

    def delay(self, attempt: int, elapsed: float, asked: float | None, chance: float) -> float | None:
        """Seconds to wait after the failed `attempt` (1 is the first), or None to give up.

        Full jitter: `chance` in [0, 1) of a ceiling that doubles with each attempt. When the server asked
        for a wait (`Retry-After`), that long and the jitter on top, so that many callers do not come back
        at the same moment. Coming back earlier than asked is never an option: a wait that does not fit in
        ends the call.
        """
        if attempt >= self.attempts:
            return None
        ceiling: float = min(self.longest, self.first * 2 ** (attempt - 1))
        # Added to the asked wait, never taken from it.
        wait = chance * ceiling if asked is None else asked + chance * self.first
        # A wait that ends after our patience is not even begun: the user would only wait longer for the same error.
        return wait if elapsed + wait <= self.seconds else None


def is_worth_repeating(repeat: Repeat, trouble: Trouble) -> bool:
    """Whether a call of this kind may be sent again after this trouble."""
    return trouble in _REPEATED_ON[repeat]


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait (`Retry-After`, as seconds or as a date), or None.

    A date is measured from the answer's own `Date`, so that it does not matter whether our clock is right.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
