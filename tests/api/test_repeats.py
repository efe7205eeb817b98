"""Which calls are sent again after which trouble on the wire, and which never are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dli_provider.api.client import Client
from dli_provider.errors import Unavailable
from tests.api.scripted import (
    DETAIL,
    YES,
    Reply,
    Server,
    Time,
    client,
    cut,
    free_port,
    half,
    refusal,
    reply,
)

CREATED = reply({"is_success": "true", "job": {"job_id": 7}})
RAN = reply([{"is_success": "true", "message": ""}])
NO_CONTENT = reply("", 204)

Action = Callable[[Client], object]

READ = [("get", lambda jobs: jobs.get(7), DETAIL)]
IDEMPOTENT: list[tuple[str, Action, Reply]] = [
    ("update", lambda jobs: jobs.update(7, {"desc": ""}), CREATED),
    ("delete", lambda jobs: jobs.delete(7), YES),
    ("create_tags", lambda jobs: jobs.create_tags(7, {"a": "b"}), NO_CONTENT),
    ("delete_tags", lambda jobs: jobs.delete_tags(7, {"a": "b"}), NO_CONTENT),
    ("authorize_bucket", lambda jobs: jobs.authorize_bucket("state"), YES),
    ("metrics", lambda jobs: jobs.metrics([7]), reply({"is_success": True, "metrics": {"jobs": []}})),
    (
        "gen_graph",
        lambda jobs: jobs.gen_graph(7, {"sql_body": "..."}),
        reply({"is_success": True, "stream_graph": "{}"}),
    ),
]
ONCE: list[tuple[str, Action, Reply]] = [
    ("create", lambda jobs: jobs.create({"name": "orders"}), CREATED),
    ("run", lambda jobs: jobs.run(7, resume_savepoint=True), RAN),
    ("stop", lambda jobs: jobs.stop(7, trigger_savepoint=True), RAN),
    ("trigger_savepoint", lambda jobs: jobs.trigger_savepoint(7, "state/orders/"), YES),
    ("import_savepoint", lambda jobs: jobs.import_savepoint(7, "obs://state/orders/"), YES),
    ("delete_batch", lambda jobs: jobs.delete_batch([7]), RAN),
]
MAYBE_DONE = {
    "cut": cut,
    "half an answer": half,
    "HTTP 500": reply("oops", 500),
    "HTTP 503": refusal("DLI.0999", status=503),
    "internal error in a 400": refusal("DLI.10001"),
    "internal error 26500": refusal("DLI.26500"),
    "IAM unavailable": refusal("DLI.10015"),
}
NOT_DONE = {"throttled": refusal("APIGW.0308", status=429)}


def cases(calls: list[tuple[str, Action, Reply]], troubles: dict[str, Reply]) -> list[object]:
    return [
        pytest.param(action, yes, trouble, id=f"{name}, {what}")
        for name, action, yes in calls
        for what, trouble in troubles.items()
    ]


@pytest.mark.parametrize(("action", "yes", "trouble"), cases(READ + IDEMPOTENT, MAYBE_DONE | NOT_DONE))
def test_calls_that_do_no_harm_twice_are_repeated(action: Action, yes: Reply, trouble: Reply) -> None:
    time = Time()
    with Server([trouble, trouble, yes]) as server, client(server.url, time) as jobs:
        action(jobs)
    assert len(server.requests) == 3
    assert time.sleeps == [0.25, 0.5]


@pytest.mark.parametrize(("action", "yes", "trouble"), cases(ONCE, MAYBE_DONE))
def test_calls_that_may_have_been_carried_out_are_not_repeated(
    action: Action, yes: Reply, trouble: Reply
) -> None:
    with Server([trouble, yes]) as server, client(server.url) as jobs, pytest.raises(Unavailable):
        action(jobs)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("action", "yes", "trouble"), cases(ONCE, NOT_DONE))
def test_calls_that_were_turned_away_are_repeated(action: Action, yes: Reply, trouble: Reply) -> None:
    with Server([trouble, yes]) as server, client(server.url) as jobs:
        action(jobs)
    assert len(server.requests) == 2


def test_a_task_that_timed_out_is_repeated_for_reads_only() -> None:
    with Server([refusal("DLI.0019"), DETAIL, refusal("DLI.0019")]) as server, client(server.url) as jobs:
        assert jobs.get(7).job_id == 7
        with pytest.raises(Unavailable):
            jobs.update(7, {"desc": ""})
    assert len(server.requests) == 3


@pytest.mark.parametrize("action", [action for _, action, _ in READ + IDEMPOTENT + ONCE])
def test_a_refused_connection_is_tried_again_whatever_the_call(action: Action) -> None:
    time = Time()
    with client(f"http://127.0.0.1:{free_port()}", time) as jobs, pytest.raises(Unavailable) as caught:
        action(jobs)
    assert len(time.sleeps) == 2  # a local DLI that is not running is not waited for
    assert "cannot be reached" in caught.value.reasons[0]
    assert "dli emulator start" in caught.value.remedy
    assert isinstance(caught.value.__cause__, OSError)


def test_a_call_within_the_handling_of_a_refused_connection_is_judged_for_itself() -> None:
    """Python chains the two failures; a call that was cut must not pass for one that was never sent."""
    with Server([cut, CREATED]) as server, client(server.url) as jobs:
        with client(f"http://127.0.0.1:{free_port()}", retry_attempts=1) as nowhere:
            try:
                nowhere.get(7)
            except Unavailable:
                with pytest.raises(Unavailable):
                    jobs.create({"name": "orders"})
        assert len(server.requests) == 1
