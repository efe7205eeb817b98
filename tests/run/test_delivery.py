"""A write is carried out once for certain: repeated only where the job shows that it did not arrive."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, Refused, Throttled, Unavailable, WrongStatus
from dli_provider.run.handle import deliver_once
from dli_provider.run.waiting import Deadline
from tests.support.planned_jobs import StillClock, live

LOST = Unavailable("orders", "the connection was cut")
WRONG = WrongStatus("orders", "not now")


@dataclass
class Talk:
    """A conversation with DLI: what it answers to each call (None: yes), and the statuses that the looks find."""

    answers: list[DliError | None]
    statuses: list[str] = field(default_factory=list)
    seconds: float = 60.0
    clock: StillClock = field(default_factory=StillClock)
    settled: int = 0

    def deliver(self) -> None:
        deliver_once(
            self._call,
            lambda: live(self.statuses.pop(0)),
            self._settle,
            Deadline(self.seconds, self.clock),
            arrived=lambda job: job.status == "job_canceling",
            needless=lambda job: job.status == "job_cancel_success",
        )
        assert self.answers == []
        assert self.statuses == []

    def _call(self) -> None:
        if answer := self.answers.pop(0):
            raise answer

    def _settle(self) -> LiveJob:
        self.settled += 1
        return live("job_running")


def test_a_call_that_is_answered_is_made_once() -> None:
    Talk([None]).deliver()


def test_a_call_that_arrived_although_its_answer_was_lost_is_not_repeated() -> None:
    Talk([LOST], ["job_canceling"]).deliver()


@pytest.mark.parametrize("lost", [LOST, Throttled("orders", "too many")])
def test_a_call_that_did_not_arrive_is_repeated(lost: DliError) -> None:
    talk = Talk([lost, None], ["job_running"])
    talk.deliver()
    assert talk.clock.sleeps == [0.5]


def test_a_call_is_made_four_times_at_most() -> None:
    talk = Talk([LOST] * 4 + [None], ["job_running"] * 3)
    with pytest.raises(Unavailable):
        talk.deliver()
    assert talk.answers == [None]
    assert talk.clock.sleeps == [0.5, 1.0, 2.0]


def test_no_call_is_repeated_after_the_deadline() -> None:
    talk = Talk([LOST, LOST, None], ["job_running"], seconds=0.4)
    with pytest.raises(Unavailable):
        talk.deliver()
    assert talk.answers == [None]


def test_a_refusal_by_a_job_that_is_already_so_is_no_failure() -> None:
    Talk([WRONG], ["job_cancel_success"]).deliver()


def test_a_repetition_refused_because_the_first_call_arrived_is_no_failure() -> None:
    Talk([LOST, WRONG], ["job_running", "job_canceling"]).deliver()


def test_a_refusal_while_somebody_elses_change_is_under_way_is_waited_out() -> None:
    talk = Talk([WRONG, None], ["job_savepointing"])
    talk.deliver()
    assert talk.settled == 1


def test_a_job_that_moves_is_not_taken_for_our_doing_unless_an_answer_was_lost() -> None:
    talk = Talk([WRONG, None], ["job_canceling"])
    talk.deliver()
    assert talk.settled == 1


def test_a_refusal_for_a_status_that_lasts_is_a_failure() -> None:
    with pytest.raises(WrongStatus):
        Talk([WRONG], ["job_running"]).deliver()


def test_any_other_refusal_is_a_failure_at_once() -> None:
    talk = Talk([Refused("orders", "no"), None])
    with pytest.raises(Refused):
        talk.deliver()
    assert talk.answers == [None]
