"""How long, how long ago and when, as people read it: one format for every command, page and message. Pure."""

from __future__ import annotations

from datetime import datetime, timezone

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def lasting(seconds: float) -> str:
    """A duration in its two largest units: `38 s`, `1 min 14 s`, `2 h`, `3 d 4 h`."""
    if 0 < seconds < 1:
        return "< 1 s"
    left = max(0, round(seconds))
    at = next((at for at, (size, _) in enumerate(_UNITS) if left >= size), len(_UNITS) - 1)
    parts = []
    for size, unit in _UNITS[at : at + 2]:
        if left >= size:
            parts.append(f"{left // size} {unit}")
        left %= size
    return " ".join(parts) or "0 s"


def ago(milliseconds: int | None, now: float) -> str:
    """How long ago a time is; `-` where it is not known. Times are DLI's, `now` is in epoch seconds."""
    return "-" if milliseconds is None else lasting(max(0.0, now - milliseconds / 1000))


def moment(milliseconds: int | None) -> str:
    """A time, in UTC; `-` where it is not known."""
    return "-" if milliseconds is None else f"{_utc(milliseconds / 1000):%Y-%m-%d %H:%M:%S} UTC"


def time_of_day(seconds: float) -> str:
    """A time of the last hours, in UTC, given in epoch seconds."""
    return f"{_utc(seconds):%H:%M:%S} UTC"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
