"""The life of a job as one band of colours. Geometry only; the template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from dli_provider.emulator.console.words import tone
from dli_provider.emulator.job import Turn

WIDTH: Final = 1000.0
_LEAST: Final = 6.0  # so that a status of a moment is still seen


class Stretch(NamedTuple):
    """A part of the band: where it begins, how wide it is, and what the job was meanwhile."""

    x: float
    width: float
    tone: str
    status: str
    at: float
    lasted: float


def lifeline(turns: Sequence[Turn], now: float) -> list[Stretch]:
    """From the first to this moment; the width is the time, but nothing is too narrow to be seen."""
    if not turns:
        return []
    ends = [turn.at for turn in turns[1:]] + [max(now, turns[-1].at)]
    lasted = [max(0.0, end - turn.at) for turn, end in zip(turns, ends, strict=True)]
    whole = sum(lasted) or 1.0
    least = min(_LEAST, WIDTH / (2 * len(turns)))
    room = WIDTH - least * len(turns)
    stretches: list[Stretch] = []
    x = 0.0
    for turn, seconds in zip(turns, lasted, strict=True):
        width = least + room * seconds / whole
        stretches.append(
            Stretch(round(x, 2), round(width, 2), tone(turn.status), turn.status, turn.at, seconds)
        )
        x += width
    return stretches
