"""How the console says things: moments, durations, numbers, and the tone of a status. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dli_provider.times import lasting as in_two_units

# What a status means to the reader: all is well, on its way, at rest, worth checking, or something is wrong.
TONES: Final = {
    "job_running": "good",
    "job_finish": "good",
    "job_submitting": "busy",
    "job_savepointing": "busy",
    "job_canceling": "busy",
    "job_arrearage_recovering": "busy",
    "job_downloading": "busy",
    "job_init": "rest",
    "job_cancel_success": "rest",
    "job_idle": "rest",
    "job_arrearage_stopped": "warn",
    "job_submit_fail": "bad",
    "job_running_exception": "bad",
    "job_cancel_fail": "bad",
}
OUTCOMES: Final = {
    "stopped": "stopped",
    "submit_failed": "did not come up",
    "exception": "failed",
    "finished": "finished",
    "arrears": "stopped, account in arrears",
    "removed": "deleted",
    "forced": "forced from outside",
}


def tone(status: str) -> str:
    """good, busy, rest, warn or bad."""
    return TONES.get(status.lower(), "warn")


def lasting(seconds: float | None) -> str:
    """How long something lasted."""
    return "–" if seconds is None else in_two_units(seconds)


def moment(at: float | None) -> str:
    """Local date and time."""
    return "–" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def clock(at: float) -> str:
    """Local time of day."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def brief(at: float, now: float) -> str:
    """Local time of day, with the date unless it is today's."""
    today = moment(at)[:10] == moment(now)[:10]
    return clock(at) if today else moment(at)[5:]


def machine(at: float) -> str:
    """For `datetime` attributes."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")


def number(value: float | None) -> str:
    """With thin spaces between thousands."""
    return "–" if value is None else f"{value:,.0f}".replace(",", "\u202f")


def outcome(word: str | None) -> str:
    """How a run ended."""
    return "runs on" if word is None else OUTCOMES.get(word, word)
