"""A crew: few threads, many calls that rest, each of them as plain as if it had a thread for itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar

import pytest

from dli_provider import resting
from dli_provider.pulumi.crew import Crew

MANY = 300
_PATIENCE = 20.0


def test_many_that_rest_share_few_threads_and_each_is_woken_by_its_own_bell() -> None:
    crew, seen = Crew(3, 4), set[str]()
    bells: dict[int, resting.Bell] = {}
    at_rest = threading.Semaphore(0)

    def call(number: int) -> tuple[int, bool]:
        seen.add(threading.current_thread().name)
        bells[number] = resting.bell()
        at_rest.release()
        return number, bells[number].wait(_PATIENCE)

    calls = [crew.submit(call, number) for number in range(MANY)]
    for _ in range(MANY):
        assert at_rest.acquire(timeout=_PATIENCE), "all of them are under way before one is woken"
    assert not any(call_.done() for call_ in calls)
    for number in range(0, MANY, 2):
        bells[number].set()
    wait(calls[::2], _PATIENCE)
    assert [each.result(0) for each in calls[::2]] == [(number, True) for number in range(0, MANY, 2)]
    assert not any(call_.done() for call_ in calls[1::2]), "nobody is woken by another's bell"
    for number in range(1, MANY, 2):
        bells[number].set()
    wait(calls, _PATIENCE)
    assert len(seen) <= 3


def test_who_rests_for_a_while_is_woken_in_time_and_in_order() -> None:
    crew, woken = Crew(1, 4), list[float]()

    def nap(seconds: float) -> float:
        began = time.monotonic()
        resting.sleep(seconds)
        woken.append(seconds)
        return time.monotonic() - began

    calls = [crew.submit(nap, seconds) for seconds in (0.3, 0.1, 0.2)]
    for call, least in zip(calls, (0.3, 0.1, 0.2), strict=True):
        assert call.result(_PATIENCE) >= least
    assert woken == [0.1, 0.2, 0.3]


def test_a_bell_that_rang_before_is_heard_and_one_that_was_cleared_is_not() -> None:
    crew = Crew(1, 4)

    def call() -> list[bool]:
        bell = resting.bell()
        bell.set()
        heard = [bell.wait(_PATIENCE)]
        bell.clear()
        return [*heard, bell.wait(0.01)]

    assert crew.submit(call).result(_PATIENCE) == [True, False]


def test_an_alarm_of_an_earlier_rest_wakes_nobody() -> None:
    crew, bells = Crew(1, 4), list[resting.Bell]()
    at_rest = threading.Semaphore(0)

    def call() -> tuple[bool, float]:
        bell = resting.bell()
        bells.append(bell)
        at_rest.release()
        first = bell.wait(0.2)
        bell.clear()
        began = time.monotonic()
        bell.wait(0.5)
        return first, time.monotonic() - began

    under_way = crew.submit(call)
    assert at_rest.acquire(timeout=_PATIENCE)
    bells[0].set()
    first, rested = under_way.result(_PATIENCE)
    assert (first, rested >= 0.5) == (True, True)


def test_a_call_that_blocks_keeps_no_other_from_being_begun() -> None:
    crew, gate = Crew(2, 4), threading.Event()
    blocked = crew.submit(gate.wait, _PATIENCE)
    try:
        assert crew.submit(lambda: 7).result(_PATIENCE) == 7
        assert not blocked.done()
    finally:
        gate.set()
    assert blocked.result(_PATIENCE)


def test_who_is_called_for_something_new_and_woken_at_once_hands_it_on() -> None:
    """Otherwise it lay there for as long as the one that was woken held up the thread, with another one idle."""
    crew, gate, at_rest, on = Crew(2, 4), threading.Event(), threading.Semaphore(0), threading.Event()
    bells = list[resting.Bell]()

    def rest_and_block() -> None:
        bells.append(resting.bell())
        at_rest.release()
        bells[0].wait(_PATIENCE)
        on.set()
        gate.wait(_PATIENCE)

    blocked = crew.submit(rest_and_block)
    try:
        assert at_rest.acquire(timeout=_PATIENCE)
        while not crew.idle:
            time.sleep(0.01)
        with crew.lock:
            # Called for the new one, it cannot begin before its bell has rung: both need this lock.
            new = Future[int]()
            crew.new.append(lambda: new.set_result(7))
            crew.call_one()
            bells[0]._rung = True  # type: ignore[attr-defined]
            bells[0].wake()  # type: ignore[attr-defined]
        assert on.wait(_PATIENCE)
        assert new.result(_PATIENCE / 2) == 7
        assert not blocked.done()
    finally:
        gate.set()


def test_what_was_cancelled_before_it_began_ends_no_thread() -> None:
    crew, gate = Crew(1, 1), threading.Event()
    blocking = crew.submit(gate.wait, _PATIENCE)
    cancelled = crew.submit(lambda: 7)
    assert cancelled.cancel()
    gate.set()
    assert blocking.result(_PATIENCE)
    assert crew.submit(lambda: "on").result(_PATIENCE) == "on"


_whose: ContextVar[str] = ContextVar("whose", default="nobody's")


def test_what_one_call_sets_for_itself_no_other_sees() -> None:
    crew = Crew(1, 4)

    def call(name: str) -> tuple[str, str]:
        before = _whose.get()
        _whose.set(name)
        resting.sleep(0.05)
        return before, _whose.get()

    calls = [crew.submit(call, name) for name in ("a", "b", "c")]
    assert [each.result(_PATIENCE) for each in calls] == [(_whose.get(), name) for name in ("a", "b", "c")]


def _fail() -> None:
    resting.sleep(0.01)
    raise LookupError("no such job")


def test_an_error_comes_out_as_it_is_and_ends_no_thread() -> None:
    crew = Crew(1, 4)
    with pytest.raises(LookupError, match="no such job"):
        crew.submit(_fail).result(_PATIENCE)
    assert crew.submit(lambda: "on").result(_PATIENCE) == "on"


@pytest.mark.parametrize("use", [lambda: resting.sleep(0.01), lambda: resting.bell().wait(0.01)])
def test_without_a_crew_a_thread_rests_by_itself(use: Callable[[], object]) -> None:
    done: Future[object] = Future()
    threading.Thread(target=lambda: done.set_result(use()), daemon=True).start()
    assert done.result(_PATIENCE) in (None, False)


def test_what_holds_up_a_thread_is_done_by_another_and_one_that_hangs_keeps_nobody_waiting() -> None:
    crew, gate = Crew(1, 4), threading.Event()

    def call(hangs: bool) -> tuple[bool, str]:
        mine = threading.current_thread()
        came = resting.elsewhere(lambda: (gate.wait(_PATIENCE) if hangs else True, _whose.get()))
        assert threading.current_thread() is mine
        return came

    def with_a_name(hangs: bool) -> tuple[bool, str]:
        _whose.set("mine")
        return call(hangs)

    hanging = crew.submit(with_a_name, True)
    assert crew.submit(call, False).result(_PATIENCE) == (True, "nobody's")
    assert not hanging.done()
    gate.set()
    assert hanging.result(_PATIENCE) == (True, "mine"), "it is done as the caller's own"
    assert resting.elsewhere(threading.current_thread) is threading.current_thread()


def test_an_error_of_what_is_done_elsewhere_comes_back() -> None:
    with pytest.raises(LookupError, match="no such job"):
        Crew(1, 1).submit(resting.elsewhere, _fail).result(_PATIENCE)


@pytest.mark.parametrize("crew", [Crew(1, 1), ThreadPoolExecutor(8)], ids=["a crew", "threads"])
def test_a_turn_is_held_while_resting_and_taken_in_order(crew: Executor) -> None:
    turn, order, inside = resting.Turn(), list[int](), list[int]()

    def call(number: int) -> int:
        with turn:
            inside.append(number)
            assert len(inside) == 1
            resting.sleep(0.01)
            order.append(number)
            inside.clear()
        return number

    calls = [crew.submit(call, number) for number in range(8)]
    assert [each.result(_PATIENCE) for each in calls] == [*range(8)]
    assert sorted(order) == [*range(8)]
    with pytest.raises(LookupError), turn:
        raise LookupError
    with turn:
        assert True, "who fails gives it back"
