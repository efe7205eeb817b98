"""Which calls are repeated on what, and that the waits keep to the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.api.retry import Patience, Repeat, Trouble, asked_wait, is_worth_repeating

PATIENCE = Patience(attempts=5, seconds=60.0)


@pytest.mark.parametrize(
    ("trouble", "repeated"),
    [
        (Trouble.NOT_SENT, {Repeat.READ, Repeat.IDEMPOTENT, Repeat.ONCE}),
        (Trouble.THROTTLED, {Repeat.READ, Repeat.IDEMPOTENT, Repeat.ONCE}),
        (Trouble.CUT, {Repeat.READ, Repeat.IDEMPOTENT}),
        (Trouble.INTERNAL, {Repeat.READ, Repeat.IDEMPOTENT}),
        (Trouble.TASK_TIMED_OUT, {Repeat.READ}),
        (Trouble.FINAL, set()),
    ],
)
def test_what_is_repeated_after_which_trouble(trouble: Trouble, repeated: set[Repeat]) -> None:
    assert {repeat for repeat in Repeat if is_worth_repeating(repeat, trouble)} == repeated


def test_every_trouble_is_covered_above() -> None:
    assert len(Trouble) == 6


chances = st.floats(0, 1, exclude_max=True)
waits = st.none() | st.floats(0, 1000)


@given(st.integers(1, 10), st.floats(0, 100), waits, chances)
def test_a_wait_fits_into_the_patience_and_is_never_shorter_than_asked(
    attempt: int, elapsed: float, asked: float | None, chance: float
) -> None:
    wait = PATIENCE.delay(attempt, elapsed, asked, chance)
    if wait is None:
        longest = PATIENCE.longest if asked is None else asked + PATIENCE.first
        assert attempt >= PATIENCE.attempts or elapsed + longest > PATIENCE.seconds
    else:
        assert attempt < PATIENCE.attempts
        assert elapsed + wait <= PATIENCE.seconds
        assert wait >= (asked or 0)
        if asked is None:
            assert wait <= min(PATIENCE.longest, PATIENCE.first * 2 ** (attempt - 1))


def test_the_ceiling_doubles_up_to_the_longest() -> None:
    patience = Patience(attempts=100, seconds=1000.0, first=1.0, longest=8.0)
    assert [patience.delay(attempt, 0.0, None, 0.5) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 4, 4]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0 "}, 0.0),
        (
            {"Retry-After": "Tue, 02 Jan 2024 03:04:35 GMT", "Date": "Tue, 02 Jan 2024 03:04:05 GMT"},
            30.0,
        ),
        (
            {"Retry-After": "Tue, 02 Jan 2024 03:04:00 GMT", "Date": "Tue, 02 Jan 2024 03:04:05 GMT"},
            0.0,
        ),
        ({"Retry-After": "Tue, 02 Jan 2024 03:04:35 GMT"}, None),
        ({"Retry-After": "Tue, 02 Jan 2024 03:04:35 -0000", "Date": "Tue, 02 Jan 2024 03:04:05 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_asked_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers) == seconds
