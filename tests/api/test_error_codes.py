"""What each of DLI's codes, and each HTTP status without one, is raised as."""

from __future__ import annotations

import pytest

from dli_provider.api.call import Call
from dli_provider.api.envelope import ErrorBody
from dli_provider.api.error_codes import NO_SAVEPOINT, error
from dli_provider.errors import (
    Conflict,
    DliError,
    Forbidden,
    Invalid,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    Refused,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from tests.api.scripted import Server, client, failure, refusal, reply

GONE_ANYWHERE = ["12004", "13007", "15001", "16001", "17001", "18005", "1205"]
KINDS: dict[type[DliError], list[str]] = {
    NotFound: GONE_ANYWHERE,
    Unauthenticated: ["0013", "0014", "0015", "0016", "10007", "10008", "10010"],
    Forbidden: ["0003", "0011", "10002", "10005", "13011", "19006", "19011"],
    Misconfigured: ["10003", "10006"],
    Conflict: ["0006", "11004", "12006", "18002"],
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
        *["0002", "0007", "0008", "0009", "0012", "0100", "11005", "12002", "13010", "13017", "19002"],
        *["19005", "28202", "31415"],
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
        (501, Unavailable),
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


def test_a_missing_savepoint_is_recognised_by_its_code() -> None:
    script = [reply([{"error_code": "DLI.13017", "error_msg": "no savepoint"}], 400)]
    with Server(script) as server, client(server.url) as jobs:
        caught = failure(Refused, jobs.run, 7, resume_savepoint=True)
    assert caught.code == NO_SAVEPOINT


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
