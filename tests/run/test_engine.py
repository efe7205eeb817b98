"""What became of the job when a plan failed, in the words that the user reads."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.api.signing import TokenAuth
from dli_provider.api.transport import Transport
from dli_provider.errors import (
    DliError,
    FailedToStart,
    Forbidden,
    QuotaExceeded,
    Refused,
    RollbackFailed,
    RolledBack,
    SavepointFailed,
    StateLoss,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status
from dli_provider.plan.plan import Plan
from dli_provider.plan.steps import ContinueWith, CreateJob, FoundAtRest, RunJob, StopJob, Write
from dli_provider.run.carry_out import revert
from dli_provider.run.engine import execute, take_back
from dli_provider.run.handle import JobHandle
from dli_provider.run.waiting import Deadline
from dli_provider.run.watch import Watch
from dli_provider.settings import Settings
from dli_provider.sql import StateFate
from tests.support.planned_jobs import StillClock

FAILURE = FailedToStart(
    "orders (job 7)",
    ["it did not come up: job_submit_fail", "no such table"],
    remedy="correct it",
    request_id="r1",
)
OWN = "obs://state/savepoints/orders/now/"
NO = Refused("orders", "DLI says no")


@dataclass
class Scripted:
    """A step whose undoing fails as often as there are troubles; the last of them, if `forever`, for good."""

    name: str
    disturbs: bool = False
    troubles: list[DliError] = field(default_factory=list)
    forever: bool = False
    tried: int = 0
    resumes: str = ""

    def describe(self) -> str:
        return self.name

    def writes(self) -> tuple[Write, ...]:
        return ()


@revert.register
def _(step: Scripted, job: JobHandle) -> None:
    step.tried += 1
    if step.troubles:
        raise step.troubles[0] if step.forever and len(step.troubles) == 1 else step.troubles.pop(0)
    job.notes.source = step.resumes or job.notes.source


@pytest.fixture
def job() -> Iterator[JobHandle]:
    """A job at a DLI that does not answer: whoever asks it is refused a connection."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        clock = StillClock()
        to = Settings(f"http://127.0.0.1:{nobody.getsockname()[1]}", "p", token="t", retry_attempts=1)
        with Client(Transport(to, TokenAuth("t"), sleep=clock.sleep, clock=clock.now)) as api:
            yield JobHandle(api, "orders", 7, clock, 600.0, lambda _: None, lambda _: None, Watch(api, clock))


def test_a_rolled_back_change_tells_why_and_what_runs_now(job: JobHandle) -> None:
    stop = Scripted("stop", disturbs=True, resumes="its savepoint")
    error = take_back([stop, Scripted("update"), Scripted("run")], job, FAILURE)
    assert isinstance(error, RolledBack)
    assert error.reasons == (*FAILURE.reasons, "the old definition runs again, from its savepoint")
    assert (error.subject, error.remedy, error.request_id) == ("orders (job 7)", "correct it", "r1")


@pytest.mark.parametrize(("left", "what"), [(250, "refused"), (400, "warned"), (700, "silent")])
def test_a_token_that_ends_soon_stops_no_job(job: JobHandle, left: int, what: str) -> None:
    ends = datetime.fromtimestamp(job.clock.wall() + left, timezone.utc)
    token = base64.b64encode(f'{{"token":{{"expires_at":"{ends:%Y-%m-%dT%H:%M:%S}Z"}}}}'.encode()).decode()
    to = Settings(job.api.transport._settings.endpoint, "p", token=token, retry_attempts=1)
    said: list[str] = []
    with Client(Transport(to, TokenAuth(token), sleep=job.clock.sleep, clock=job.clock.now)) as api:
        handle = JobHandle(
            api, "orders", 7, job.clock, 600.0, said.append, said.append, Watch(api, job.clock)
        )
        plan = Plan("orders", Impact.RESTART, (), (StopJob(True),), StateFate.CARRIED, "carried")
        with pytest.raises(DliError) as failed:
            execute(plan, handle)
    refused = isinstance(failed.value, Unauthenticated)
    assert refused is (what == "refused"), failed.value.text()
    if refused:
        assert failed.value.remedy == "renew dli:token [HW_AUTH_TOKEN], then deploy again"
        assert said == []
    assert any("expires at" in line for line in said) is (what == "warned")


def test_progress_is_told_once_a_change_takes_long_and_then_ever_more_rarely(job: JobHandle) -> None:
    heard: list[str] = []
    job.progress = heard.append
    for _ in range(100):
        job.under_way("stopping: job_canceling")
        job.clock.sleep(1.0)
    assert heard == [
        f"stopping: job_canceling ({so_far} so far)" for so_far in ("10 s", "30 s", "1 min 30 s")
    ]


def test_that_dli_does_not_answer_is_told_while_it_is_waited_for(job: JobHandle) -> None:
    heard: list[str] = []
    job.progress = heard.append
    with pytest.raises(TimedOut):
        job.wait(lambda _: True, "starting", Deadline(60, job.clock))
    assert len(heard) == 2
    assert all("cannot be reached" in line for line in heard)


def test_the_last_step_is_taken_back_first(job: JobHandle) -> None:
    order: list[str] = []

    class Noted(Scripted): ...

    @revert.register(Noted)
    def _(step: Noted, job: JobHandle) -> None:
        order.append(step.name)
        revert.dispatch(Scripted)(step, job)

    take_back([Noted("stop", disturbs=True), Noted("update"), Noted("run")], job, FAILURE)
    assert order == ["run", "update", "stop"]


def test_a_rollback_that_fails_names_the_savepoint_that_an_earlier_attempt_took(job: JobHandle) -> None:
    """The job was found at rest, so this attempt took none; that one is what it would have been run from."""
    found = FoundAtRest("job_cancel_success", (OWN,), 0.0)
    error = take_back([found, Scripted("update", troubles=[NO], forever=True)], job, FAILURE)
    assert isinstance(error, RollbackFailed)
    assert error.reasons[-1] == f"its state is in {OWN}"


def test_a_job_that_never_stopped_runs_on(job: JobHandle) -> None:
    error = take_back([Scripted("stop", disturbs=True)], job, FAILURE)
    assert isinstance(error, RolledBack)
    assert error.reasons[-1] == "it did not stop: the old definition runs on"


@pytest.mark.parametrize("own", [OWN, None])
def test_a_rollback_that_fails_tells_what_was_not_taken_back_and_where_the_state_is(
    job: JobHandle, own: str | None
) -> None:
    job.notes.own_savepoint = own
    stop, update = Scripted("stop", disturbs=True), Scripted("update", troubles=[NO], forever=True)
    error = take_back([stop, update, Scripted("run")], job, FAILURE)
    assert isinstance(error, RollbackFailed)
    assert error.reasons == (
        *FAILURE.reasons,
        "putting the old definition back failed too",
        "not taken back: update (DLI says no)",
        f"its state is in {own}" if own else "no savepoint was taken",
    )
    assert error.remedy.startswith("deploy again with `pulumi up --refresh`, ")
    assert stop.tried == 0, "running it now would run a mixture"


def test_what_was_done_before_the_stop_does_not_keep_the_job_from_running_again(job: JobHandle) -> None:
    tags = Scripted("change tags", troubles=[NO], forever=True)
    error = take_back([tags, Scripted("stop", disturbs=True, resumes="its savepoint")], job, FAILURE)
    assert isinstance(error, RollbackFailed)
    assert error.reasons[-2:] == (
        "the old definition runs again, from its savepoint",
        "not taken back: change tags (DLI says no)",
    )


def test_a_change_in_place_that_is_taken_back_is_its_own_failure(job: JobHandle) -> None:
    failure = SavepointFailed("orders", "no savepoint")
    error = take_back([Scripted("update")], job, failure)
    assert type(error) is SavepointFailed
    assert error.reasons == ("no savepoint",)


def test_a_change_in_place_that_is_not_taken_back_is_a_failed_rollback(job: JobHandle) -> None:
    error = take_back([Scripted("update", troubles=[NO], forever=True)], job, FAILURE)
    assert isinstance(error, RollbackFailed)
    assert error.reasons[-1] == "not taken back: update (DLI says no)"
    assert error.remedy == (
        "deploy again with `pulumi up --refresh`, which goes on from here whatever the program says by then"
    )


def test_a_job_that_was_at_rest_and_does_not_come_up_is_at_rest_again(job: JobHandle) -> None:
    error = take_back([RunJob(resume_savepoint=True, health_window=0)], job, FAILURE)
    assert type(error) is FailedToStart
    assert error.reasons[-1] == "it is at rest, with its old definition"


def test_nothing_is_taken_back_where_that_is_not_wanted(job: JobHandle) -> None:
    stop = Scripted("stop", disturbs=True)
    error = take_back([stop], job, FAILURE, rollback=False)
    assert type(error) is FailedToStart
    assert error.reasons[-1] == "nothing was put back, because rollback_on_failure is off"
    # A program that is put back is no change, and a plain deployment of it would leave the job stopped.
    assert error.remedy.endswith("to go back to the old definition, deploy that with `pulumi up --refresh`")
    assert stop.tried == 0


def test_a_job_that_is_left_down_is_told_with_where_its_state_lies(job: JobHandle) -> None:
    job.seen = LiveJob(7, "orders", Status.SUBMIT_FAIL)
    job.sightings.note(job.seen)
    job.notes.own_savepoint = OWN
    error = take_back([Scripted("stop", disturbs=True)], job, FAILURE, rollback=False)
    assert error.reasons[-1] == f"its state is in {OWN}"
    job.seen = LiveJob(7, "orders", Status.RUNNING)
    error = take_back([Scripted("stop", disturbs=True)], job, FAILURE, rollback=False)
    assert OWN not in error.text(), "one that runs has it"


def test_a_passing_fault_does_not_end_a_rollback(job: JobHandle) -> None:
    stop = Scripted(
        "stop", disturbs=True, troubles=[Unavailable("orders", "cut")] * 20, resumes="its savepoint"
    )
    assert isinstance(take_back([stop], job, FAILURE), RolledBack)
    assert stop.tried == 21


def test_a_rollback_is_tried_for_five_minutes_at_most(job: JobHandle) -> None:
    stop = Scripted("stop", disturbs=True, troubles=[Unavailable("orders", "cut")], forever=True)
    assert isinstance(take_back([stop], job, FAILURE), RollbackFailed)
    assert job.clock.now() == pytest.approx(300)


def test_a_no_is_heard_three_times(job: JobHandle) -> None:
    stop = Scripted("stop", disturbs=True, troubles=[NO], forever=True)
    assert isinstance(take_back([stop], job, FAILURE), RollbackFailed)
    assert stop.tried == 3


@pytest.mark.parametrize("final", [StateLoss, QuotaExceeded, Forbidden])
def test_what_will_not_pass_is_not_tried_again(job: JobHandle, final: type[DliError]) -> None:
    stop = Scripted("stop", disturbs=True, troubles=[final("orders", "no")], forever=True)
    assert isinstance(take_back([stop], job, FAILURE), RollbackFailed)
    assert stop.tried == 1


def test_a_rollback_has_the_full_time_again(job: JobHandle) -> None:
    job.clock.sleep(600)
    assert job.deadline.remaining == 0
    take_back([Scripted("update")], job, FAILURE)
    assert job.deadline.remaining == 600


def test_a_job_that_cannot_be_removed_again_is_named(job: JobHandle) -> None:
    error = take_back([CreateJob({}, "shop/dev/orders"), Scripted("run")], job, FAILURE)
    assert type(error) is FailedToStart
    assert "the job could not be removed again" in error.reasons
    assert "delete job 7 in the DLI console" in error.remedy


def test_a_job_that_may_or_may_not_exist_is_admitted(job: JobHandle) -> None:
    job.job_id, job.notes.adrift = None, True
    error = take_back([CreateJob({}, "shop/dev/orders")], job, Unavailable("orders", "cut"))
    assert type(error) is Unavailable
    assert "whether the job was created is not known" in error.reasons
    assert error.remedy == "deploy again, which finds the job by its tags and goes on with it"


def test_a_job_that_was_never_created_is_not_said_to_be_removed(job: JobHandle) -> None:
    job.job_id = None
    error = take_back([CreateJob({}, "shop/dev/orders")], job, Refused("orders", "no"))
    assert error.reasons == ("no", "nothing was created")


def test_a_creation_that_is_gone_on_with_is_removed_as_well(job: JobHandle) -> None:
    error = take_back([ContinueWith(7), Scripted("run")], job, FAILURE)
    assert "the job could not be removed again" in error.reasons
