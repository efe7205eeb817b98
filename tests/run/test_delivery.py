"""A write is carried out once for certain: repeated only where the job shows that it did not arrive, or DLI is busy."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.api.signing import TokenAuth
from dli_provider.api.transport import Transport
from dli_provider.errors import DliError, Forbidden, Refused, Throttled, Unavailable, WrongStatus
from dli_provider.run.belief import CONSTANTLY
from dli_provider.run.delivery import Delivery
from dli_provider.run.handle import JobHandle
from dli_provider.run.watch import Watch
from dli_provider.settings import Settings
from tests.support.planned_jobs import StillClock, live

LOST = Unavailable("orders", "the connection was cut")
WRONG = WrongStatus("orders", "not now")


class _Seen(JobHandle):
    """A job that is seen as it is told; the last status lasts."""

    statuses: list[str]
    looks = 0

    def look(self) -> LiveJob:
        self.looks += 1
        self.seen = live(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])
        self.sightings.note(self.seen)
        return self.seen


def _unheard(_line: str) -> None:
    """What the job says is not looked at here."""


@dataclass
class Talk:
    """A conversation with DLI: what it answers to each call (None: yes), and the statuses that the looks find."""

    answers: list[DliError | None]
    statuses: list[str] = field(default_factory=lambda: ["job_running"])
    seconds: float = 600.0
    clock: StillClock = field(default_factory=StillClock)
    asked_at: list[float] = field(default_factory=list)

    def deliver(self, what: str = "stop", *, unclear: bool = False) -> _Seen:
        to = Settings("http://127.0.0.1:1", "p", token="t")
        with Client(Transport(to, TokenAuth("t"))) as api:
            watch = Watch(api, self.clock)
            job = _Seen(api, "orders", 7, self.clock, self.seconds, _unheard, _unheard, watch)
            job.statuses = ["job_running", *self.statuses]
            job.look()
            Delivery(
                job,
                what,
                self._call,
                arrived=lambda now: now.status in ("job_canceling", "job_submitting"),
                needless=lambda now: now.status == "job_cancel_success",
                unclear=unclear,
            ).make()
        assert self.answers == []
        return job

    def _call(self) -> None:
        self.asked_at.append(self.clock.now())
        if answer := self.answers.pop(0):
            raise answer


def test_a_call_that_is_answered_is_made_once_and_nothing_is_looked_at() -> None:
    assert Talk([None]).deliver().looks == 1


def test_a_call_that_arrived_although_its_answer_was_lost_is_not_repeated() -> None:
    Talk([LOST], ["job_canceling"]).deliver()


@pytest.mark.parametrize("lost", [LOST, Throttled("orders", "too many")])
def test_a_call_that_did_not_arrive_is_repeated(lost: DliError) -> None:
    talk = Talk([lost, None])
    talk.deliver()
    assert talk.asked_at == [0, 0.5]


def test_a_run_whose_answer_was_lost_is_not_repeated_before_nothing_has_changed_for_long() -> None:
    talk = Talk([LOST, None])
    talk.deliver("run")
    assert talk.asked_at == [0, pytest.approx(0.5 + CONSTANTLY)]


def test_a_run_that_shows_late_is_not_repeated() -> None:
    talk = Talk([LOST], [*["job_cancel_success"] * 40, "job_submitting"])
    talk.deliver("run")
    assert talk.asked_at == [0]
    assert talk.clock.now() > 5


def test_a_call_is_made_four_times_at_most() -> None:
    talk = Talk([LOST] * 4 + [None])
    with pytest.raises(Unavailable):
        talk.deliver()
    assert talk.answers == [None]
    assert talk.clock.sleeps == [0.5, 1.0, 2.0]


def test_no_call_is_repeated_after_the_deadline() -> None:
    talk = Talk([LOST, LOST, None], seconds=0.4)
    with pytest.raises(Unavailable):
        talk.deliver()
    assert talk.answers == [None]


def test_a_refusal_by_a_job_that_is_already_so_is_no_failure() -> None:
    Talk([WRONG], ["job_cancel_success"]).deliver()


def test_a_repetition_refused_because_the_first_call_arrived_is_no_failure() -> None:
    Talk([LOST, WRONG], ["job_running", "job_canceling"]).deliver()


@pytest.mark.parametrize("seen", ["job_savepointing", "job_running"])
def test_a_refusal_while_dli_is_busy_is_waited_out_be_it_seen_or_not(seen: str) -> None:
    talk = Talk([WRONG, WRONG, WRONG, None], [seen])
    talk.deliver()
    assert talk.asked_at == [0, 0.5, 1.5, 3.5]


def test_a_job_that_moves_is_not_taken_for_our_doing_unless_an_answer_was_lost() -> None:
    Talk([WRONG, None], ["job_canceling"]).deliver()


def test_a_refusal_that_lasts_is_a_failure() -> None:
    talk = Talk([WRONG] * 40)
    with pytest.raises(WrongStatus):
        talk.deliver()
    assert CONSTANTLY <= talk.clock.now() < CONSTANTLY + 6


@pytest.mark.parametrize(
    ("code", "makes"), [("DLI.0007", lambda: Refused("orders", "?", code="DLI.0007")), ("", lambda: WRONG)]
)
def test_where_nothing_else_is_likely_the_code_of_a_refusal_does_not_matter(
    code: str, makes: Callable[[], DliError]
) -> None:
    Talk([makes(), None]).deliver(unclear=True)


@pytest.mark.parametrize("no", [Refused("orders", "no"), Forbidden("orders", "no")])
def test_any_other_refusal_is_a_failure_at_once(no: DliError) -> None:
    talk = Talk([no, None])
    with pytest.raises(type(no)):
        talk.deliver()
    assert talk.answers == [None]


def test_what_was_refused_is_not_outstanding() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        to = Settings(f"http://127.0.0.1:{nobody.getsockname()[1]}", "p", token="t")
        clock = StillClock()
        with Client(Transport(to, TokenAuth("t"))) as api:
            job = _Seen(api, "orders", 7, clock, 600.0, _unheard, _unheard, Watch(api, clock))
            job.statuses = ["job_running"]
            job.look()

            def refuse() -> None:
                raise Forbidden("orders", "no")

            with pytest.raises(Forbidden):
                Delivery(job, "stop", refuse, lambda _: False, lambda _: False).make()
            assert job.sightings.outstanding == ""
            assert job.sightings.believed(job.seen), "what was true before is true still"
