"""What each of DLI's codes, and each HTTP status without one, is raised as."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from dli_provider.api.call import Call
from dli_provider.api.client import Client
from dli_provider.api.envelope import ErrorBody
from dli_provider.api.error_codes import error, trouble
from dli_provider.api.retry import Trouble
from dli_provider.errors import (
    Conflict,
    DliError,
    Forbidden,
    Invalid,
    Misconfigured,
    NoSavepoint,
    NotFound,
    QuotaExceeded,
    Refused,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from tests.api.scripted import Reply, Server, client, cut, failure, free_port, refusal, reply

GONE_ANYWHERE = ["12004", "13007", "15001", "16001", "17001", "18005", "1205"]
KINDS: dict[type[DliError], list[str]] = {
    NotFound: GONE_ANYWHERE,
    Unauthenticated: ["0013", "0014", "0015", "0016", "10007", "10008", "10010"],
    Forbidden: ["0003", "0011", "10002", "10005", "13011", "19006", "19011"],
    Misconfigured: ["10003", "10006"],
    Conflict: ["0006", "11004", "12006", "18002", "19005"],
    NoSavepoint: ["13017"],
    WrongStatus: ["12003", "12005", "13006", "15002", "14001"],
    QuotaExceeded: ["1028", "10009", "10014", "10016", "11003", "13001", "13002", "18003", "20014"],
    Unavailable: ["0019", "0999", "10001", "10015", "26500"],
    Invalid: [
        *["0001", "0004", "0005", "0018", "10004", "11001", "11002", "11006", "11007", "11008", "11009"],
        *["11010", "11011", "11012", "11013", "11014", "11015", "11016", "11022", "11023", "11024", "11025"],
        *["11027", "11028", "11029", "11032", "11035", "11036", "11039", "12001", "13003", "13004", "13005"],
        *["13008", "13009", "13012", "13014", "13015", "13016", "13024", "18001", "18004", "18006", "18007"],
        *["18008", "18009", "1206", "19001", "19003", "19004", "20005", "23001", "23003", "29001", "29002"],
    ],
    Refused: [
        *["0002", "0007", "0008", "0009", "0012", "0100", "11005", "12002", "13010", "19002", "28202"],
        "31415",
    ],
}


@pytest.mark.parametrize(
    ("code", "kind"), [(f"DLI.{code}", kind) for kind, codes in KINDS.items() for code in codes]
)
def test_what_a_code_is_raised_as(code: str, kind: type[DliError]) -> None:
    raised = error(ErrorBody(400, code, ("words",), "r-1"), Call("POST", "streaming/jobs/run"), "orders")
    assert type(raised) is kind
    assert (raised.code, raised.remedy != "") == (code, True)


@pytest.mark.parametrize(
    ("http_status", "kind"),
    [
        (301, Misconfigured),
        (400, Refused),
        (401, Unauthenticated),
        (403, Forbidden),
        (404, Misconfigured),
        (405, Misconfigured),
        (408, Unavailable),
        (409, Conflict),
        (413, Invalid),
        (415, Refused),
        (429, Throttled),
        (500, Unavailable),
        (501, Misconfigured),
        (502, Unavailable),
        (504, Unavailable),
    ],
)
def test_what_a_status_alone_is_raised_as(http_status: int, kind: type[DliError]) -> None:
    raised = error(ErrorBody(http_status, "", (), ""), Call("GET", "streaming/jobs/7"), "orders")
    assert type(raised) is kind
    assert raised.code == f"HTTP {http_status}"


def test_throttling_is_throttling_whatever_the_code() -> None:
    assert type(error(ErrorBody(429, "DLI.0001", (), ""), Call("GET", ""), "orders")) is Throttled


def test_what_is_missing_depends_on_the_call() -> None:
    """An unknown queue must not pass for a job that is gone, nor the other way round."""
    script = [refusal("DLI.20005"), refusal("DLI.20005"), refusal("DLI.0002"), refusal("DLI.0002")]
    with Server(script) as server, client(server.url) as jobs:
        failure(NotFound, jobs.queue, "q1")
        failure(Invalid, jobs.run, 7, resume_savepoint=False)
        failure(NotFound, jobs.get, 7)
        failure(Refused, jobs.update, 7, {"queue_name": "q1"})


SAYS_NO = {
    "the five digits of 2020": lambda code, words: reply({"error_code": code, "error_msg": words}, 400),
    "an array of them": lambda code, words: reply([{"error_code": code, "error_msg": words}], 400),
    "today's 0001": lambda _code, words: reply({"error_code": "DLI.0001", "error_msg": words}, 400),
    "today's 0002": lambda _code, words: reply({"error_code": "DLI.0002", "error_msg": words}, 400),
    "today's 0007": lambda _code, words: reply({"error_code": "DLI.0007", "error_msg": words}, 400),
    "today's 0999 with 400": lambda _code, words: reply({"error_code": "DLI.0999", "error_msg": words}, 400),
    "no code, 400": lambda _code, words: reply({"error_msg": words}, 400),
    "no code, 200": lambda _code, words: reply({"is_success": "false", "message": words}),
    "no code, 200, an array": lambda _code, words: reply([{"is_success": "false", "message": words}]),
}
"""The families of codes, and the shapes they come in."""

TOLD: dict[str, tuple[type[DliError], str, str, Callable[[Client], object]]] = {
    "a running job is not changed": (
        WrongStatus,
        "DLI.12003",
        "The job is running or being submitted and may not be updated.",
        lambda jobs: jobs.update(7, {"desc": "d"}),
    ),
    "a name is taken by a create": (
        Conflict,
        "DLI.11004",
        "A job of this name already exists.",
        lambda jobs: jobs.create({"name": "orders"}),
    ),
    "a name is taken by an update": (
        Conflict,
        "DLI.12006",
        "The job name is already used.",
        lambda jobs: jobs.update(7, {"name": "orders"}),
    ),
    "it runs already": (
        WrongStatus,
        "DLI.13006",
        "The job is already running, or may not be run.",
        lambda jobs: jobs.run(7, resume_savepoint=False),
    ),
    "it does not run": (
        WrongStatus,
        "DLI.15002",
        "The status of the job does not allow this.",
        lambda jobs: jobs.stop(7, trigger_savepoint=True),
    ),
    "there is no savepoint": (
        NoSavepoint,
        "DLI.13017",
        "The savepoint does not exist.",
        lambda jobs: jobs.run(7, resume_savepoint=True),
    ),
    "there is no queue": (
        Invalid,
        "DLI.20005",
        "The queue does not exist.",
        lambda jobs: jobs.run(7, resume_savepoint=False),
    ),
    "the queue is full": (
        QuotaExceeded,
        "DLI.13002",
        "The CUs of the queue are insufficient.",
        lambda jobs: jobs.run(7, resume_savepoint=False),
    ),
    "there is no bucket": (
        Invalid,
        "DLI.19003",
        "There is no such bucket.",
        lambda jobs: jobs.authorize_bucket("state"),
    ),
    "DLI may not write to the bucket": (
        Invalid,
        "DLI.13004",
        "The OBS bucket is not authorized for DLI.",
        lambda jobs: jobs.run(7, resume_savepoint=False),
    ),
    "the job is gone": (
        NotFound,
        "DLI.15001",
        "The job does not exist.",
        lambda jobs: jobs.stop(7, trigger_savepoint=True),
    ),
}


@pytest.mark.parametrize("says", SAYS_NO.values(), ids=SAYS_NO.keys())
@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD.keys())
def test_a_no_is_of_one_class_in_every_family(
    told: tuple[type[DliError], str, str, Callable[[Client], object]], says: Callable[[str, str], Reply]
) -> None:
    kind, code, words, ask = told
    with Server([says(code, words)]) as server, client(server.url) as jobs:
        caught = failure(DliError, ask, jobs)
    assert type(caught) is kind
    assert (caught.cause_unknown, caught.certainly_not_done) == (False, True)


@pytest.mark.parametrize("says", SAYS_NO.values(), ids=SAYS_NO.keys())
def test_a_bucket_that_is_authorized_already_is_fine_in_every_family(
    says: Callable[[str, str], Reply],
) -> None:
    with (
        Server([says("DLI.19005", "The bucket is already authorized.")]) as server,
        client(server.url) as jobs,
    ):
        jobs.authorize_bucket("state")


@pytest.mark.parametrize("code", ["DLI.0001", "DLI.0007", "DLI.12002", "DLI.0009", ""])
def test_a_general_no_whose_words_do_not_tell_is_of_unknown_cause(code: str) -> None:
    """Such as to a live update: the situation has to tell that it is because the job runs."""
    said = refusal(code, "The operation is not supported.")
    with Server([said]) as server, client(server.url) as jobs:
        caught = failure(Refused, jobs.update, 7, {"desc": "d"})
    assert (caught.cause_unknown, caught.certainly_not_done) == (True, True)
    assert caught.code == (code or "HTTP 400")


def test_an_internal_error_leaves_open_whether_it_was_done() -> None:
    for status in (400, 500):
        with Server([refusal("DLI.0999", status=status)]) as server, client(server.url) as jobs:
            caught = failure(Unavailable, jobs.create, {"name": "orders"})
        assert not caught.certainly_not_done
        assert caught.code == "DLI.0999"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("0101", 404, Misconfigured),
        ("0201", 413, Invalid),
        ("0201", 504, Unavailable),
        ("0301", 401, Unauthenticated),
        ("0302", 403, Forbidden),
        ("0308", 429, Throttled),
        ("0310", 403, Misconfigured),
        ("0501", 405, QuotaExceeded),
        ("0502", 405, QuotaExceeded),
        ("0601", 500, Unavailable),
    ],
)
@pytest.mark.parametrize("gateway", ["APIG", "APIGW"])
def test_what_the_gateway_says_is_never_about_a_job(
    gateway: str, code: str, status: int, kind: type[DliError]
) -> None:
    call = Call("PUT", "streaming/sql-jobs/7", missing=frozenset({"DLI.0002"}), asks_job=True)
    said = ErrorBody(status, f"{gateway}.{code}", ("The job is running, and does not exist.",), "r-1")
    assert type(error(said, call, "orders")) is kind


def test_another_thing_that_is_missing_does_not_make_a_job_gone() -> None:
    words = ["The object does not exist.", "The job does not exist.", "The queue does not exist."]
    with Server([refusal("DLI.0002", each) for each in words]) as server, client(server.url) as jobs:
        failure(NotFound, jobs.get, 7)
        failure(NotFound, jobs.get, 7)
        failure(Invalid, jobs.get, 7)


def test_a_clear_no_does_not_speak_of_an_earlier_attempt_whose_answer_was_lost() -> None:
    no = refusal("DLI.12003")
    with Server([no, cut, no]) as server, client(server.url) as jobs:
        assert failure(WrongStatus, jobs.update, 7, {"desc": "d"}).certainly_not_done
        assert not failure(WrongStatus, jobs.update, 7, {"desc": "d"}).certainly_not_done


def test_what_never_left_is_certainly_not_done() -> None:
    with client(f"http://127.0.0.1:{free_port()}") as jobs:
        caught = failure(Unavailable, jobs.create, {"name": "orders"})
    assert caught.certainly_not_done
    assert pickle.loads(pickle.dumps(caught)).certainly_not_done


def test_a_call_is_repeated_by_what_its_no_means() -> None:
    running = ErrorBody(400, "DLI.0999", ("The job is running.",), "")
    assert trouble(running, Call("PUT", "streaming/sql-jobs/7", asks_job=True)) is Trouble.FINAL
    assert trouble(running, Call("GET", "streaming/jobs/7")) is Trouble.INTERNAL
    assert trouble(ErrorBody(501, "", (), ""), Call("GET", "")) is Trouble.FINAL


def test_the_subject_is_the_object_of_the_call_unless_somebody_says_better() -> None:
    script = [refusal("DLI.0001") for _ in range(4)]
    with Server(script) as server, client(server.url) as jobs:
        named = failure(Invalid, jobs.create, {"name": "orders"})
        numbered = failure(Invalid, jobs.get, 7)
        queue = failure(Invalid, jobs.queue, "q1")
        about = failure(Invalid, jobs.about("orders (dev)").get, 7)
    subjects = [caught.subject for caught in (named, numbered, queue, about)]
    assert subjects == ["job 'orders'", "job 7", "queue q1", "orders (dev)"]


def test_secrets_are_masked_in_every_reason() -> None:
    refused = ErrorBody(400, "DLI.0001", ("SK-1 is bad", "so is SK-1"), "", authorization_message="has SK-1")
    raised = error(refused, Call("GET", ""), "orders", iter(["SK-1"]))
    assert raised.reasons == ("*** is bad", "so is ***", "encoded authorization message: has ***")
