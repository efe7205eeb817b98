"""A judge that takes long holds up no thread on which others wait for their jobs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from dli_provider.flink import judging
from dli_provider.pulumi.crew import Crew
from dli_provider.pulumi.sql_check import CheckingFlink
from dli_provider.pulumi.sql_judge import consult_when_asked
from dli_provider.sql import classify, consult

_PATIENCE = 20.0
_OLD, _NEW = (
    "INSERT INTO t SELECT a, COUNT(*) FROM s GROUP BY a",
    "INSERT INTO t SELECT a, SUM(b) FROM s GROUP BY a",
)


@pytest.fixture(autouse=True)
def no_judge() -> Iterator[None]:
    yield
    consult(None)


def test_while_a_planner_comes_up_its_thread_does_other_things(monkeypatch: pytest.MonkeyPatch) -> None:
    crew, asked, gate = Crew(1, 4), threading.Semaphore(0), threading.Event()

    def verdict(*_: Any) -> None:
        asked.release()
        assert gate.wait(_PATIENCE)

    monkeypatch.setattr(judging.Judge, "verdict", verdict)
    consult_when_asked("auto", os.environ, print)
    judged = [crew.submit(classify, _OLD, f"{_NEW} -- {each}") for each in range(2)]
    try:
        assert asked.acquire(timeout=_PATIENCE)
        assert crew.submit(lambda: 7).result(_PATIENCE) == 7
    finally:
        gate.set()
    assert all(each.result(_PATIENCE) for each in judged)


def test_while_the_checking_flink_comes_up_its_thread_does_other_things() -> None:
    crew, asked, gate = Crew(1, 4), threading.Semaphore(0), threading.Event()

    def start(_: Any) -> Any:
        asked.release()
        assert gate.wait(_PATIENCE)
        return "flink"

    flink = CheckingFlink(start)
    running: list[Future[Any]] = [crew.submit(flink.running, print) for _ in range(3)]
    try:
        assert asked.acquire(timeout=_PATIENCE)
        assert crew.submit(lambda: 7).result(_PATIENCE) == 7
    finally:
        gate.set()
    assert [each.result(_PATIENCE) for each in running] == ["flink"] * 3
    assert not asked.acquire(blocking=False), "it is started once"
