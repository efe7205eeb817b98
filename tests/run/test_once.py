"""What is done once in a process, though many jobs ask for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dli_provider.run.once import Once


def test_many_at_once_do_it_once_and_go_on_only_when_it_is_done() -> None:
    once, done = Once(), []

    def ask(_number: int) -> int:
        with once.first("bucket a") as first:
            if first:
                time.sleep(0.05)
                done.append("bucket a")
        return len(done)

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(ask, range(8))] == [1] * 8
    with once.first("bucket b") as first:
        assert first


def test_what_failed_by_an_exception_is_done_by_the_next() -> None:
    once = Once()
    with pytest.raises(KeyError), once.first("bucket a"):
        raise KeyError
    with once.first("bucket a") as first:
        assert first
    with once.first("bucket a") as first:
        assert not first


def test_after_two_that_failed_nobody_waits_for_it_any_more() -> None:
    once = Once()
    for _ in range(2):
        with pytest.raises(KeyError), once.first("bucket a"):
            raise KeyError
    with once.first("bucket a") as first:
        assert not first
