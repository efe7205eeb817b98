"""One format for times and durations."""

from __future__ import annotations

import pytest

from dli_provider.times import ago, lasting, moment, time_of_day


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "< 1 s"),
        (45, "45 s"),
        (57.3, "57 s"),
        (60, "1 min"),
        (74, "1 min 14 s"),
        (3725, "1 h 2 min"),
        (3605, "1 h"),
        (90_000, "1 d 1 h"),
        (259_200, "3 d"),
        (-3, "0 s"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


def test_times_are_in_utc_and_say_so() -> None:
    assert moment(1_700_000_000_000) == "2023-11-14 22:13:20 UTC"
    assert time_of_day(1_700_000_000.9) == "22:13:20 UTC"
    assert (moment(None), ago(None, 0.0)) == ("-", "-")
    assert ago(1_700_000_000_000, 1_700_000_059.0) == "59 s"
