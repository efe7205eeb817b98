"""Every shape of a no, over HTTP, and what each of DLI's codes is raised as."""

from __future__ import annotations

import pickle

import pytest

from dli_provider.api.call import Call
from dli_provider.api.envelope import Refusal
from dli_provider.api.refusals import NO_SAVEPOINT, error
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

Shape = tuple[int, object, type[DliError], str, tuple[str, ...]]

SHAPES: dict[str, Shape] = {
    "A: an object": (
        400,
        {"error_code": "DLI.16001", "error_msg": "The job does not exist."},
        NotFound,
        "DLI.16001",
        ("The job does not exist.",),
    ),
    "B: an array": (
        400,
        [
            {"error_code": "DLI.13024", "error_msg": "no queue"},
            {"error_code": "DLI.13003", "error_msg": "no bucket"},
        ],
        Invalid,
        "DLI.13024",
        ("no queue", "no bucket"),
    ),
    "B: an array whose first element is a yes": (
        400,
        [{"is_success": "true", "message": "fine"}, {"error_code": "DLI.13011", "error_msg": "not yours"}],
        Forbidden,
        "DLI.13011",
        ("not yours",),
    ),
    "C: 200 and the text false": (200, {"is_success": "false", "message": "so no"}, Refused, "", ("so no",)),
    "C: 200 and the boolean false": (200, {"is_success": False, "message": "no"}, Refused, "", ("no",)),
    "C: 200 and False with a capital": (200, {"is_success": "False"}, Refused, "", ("DLI gave no reason",)),
    "D: the gateway does not know the path": (
        404,
        {"error_msg": "The API does not exist", "error_code": "APIGW.0101", "request_id": "in-body"},
        Misconfigured,
        "APIGW.0101",
        ("The API does not exist",),
    ),
    "D: under the gateway's other name": (
        404,
        {"error_msg": "not published", "error_code": "APIG.0101"},
        Misconfigured,
        "APIG.0101",
        ("not published",),
    ),
    "D: the gateway knows no such login": (
        401,
        {"error_msg": "Incorrect IAM authentication information", "error_code": "APIGW.0301"},
        Unauthenticated,
        "APIGW.0301",
        ("Incorrect IAM authentication information",),
    ),
    "D: a code of the gateway's that we do not know": (
        404,
        {"error_msg": "no backend", "error_code": "APIGW.0999"},
        Misconfigured,
        "APIGW.0999",
        ("no backend",),
    ),
    "E: camel case": (
        400,
        {"errorCode": "DLI.12003", "errorMsg": "it runs"},
        WrongStatus,
        "DLI.12003",
        ("it runs",),
    ),
    "F: code and message": (
        403,
        {"code": "PDP5.0001", "message": "denied"},
        Forbidden,
        "PDP5.0001",
        ("denied",),
    ),
    "F: a number as the code": (401, {"code": 401, "message": "who?"}, Unauthenticated, "401", ("who?",)),
    "G: nested": (
        401,
        {"error": {"code": 401, "message": "The token has expired", "title": "Unauthorized"}},
        Unauthenticated,
        "401",
        ("The token has expired",),
    ),
    "G: nested deeply": (
        400,
        {"a": {"b": [{"error_code": "DLI.0001", "error_msg": "bad"}]}},
        Invalid,
        "DLI.0001",
        ("bad",),
    ),
    "H: a denial to decode": (
        403,
        {"error_code": "DLI.10005", "error_msg": "denied", "encoded_authorization_message": "Zm9v"},
        Forbidden,
        "DLI.10005",
        ("denied", "encoded authorization message: Zm9v"),
    ),
    "I: a page of a proxy": (
        403,
        "<html><head><style>b {}</style></head><body><h1>Blocked</h1>\n by  policy</body></html>",
        Forbidden,
        "HTTP 403",
        ("Blocked by policy",),
    ),
    "I: JSON without known keys": (400, {"oops": 1}, Refused, "HTTP 400", ('{"oops": 1}',)),
    "I: no body at all": (405, "", Misconfigured, "HTTP 405", ("DLI gave no reason",)),
    "I: a long text": (400, "x" * 1000, Refused, "HTTP 400", ("x" * 300 + " ...",)),
    "J: 200, false, and a code": (
        200,
        {"is_success": False, "message": "cannot parse", "error_code": "DLI.0004", "job_detail": ""},
        Invalid,
        "DLI.0004",
        ("cannot parse",),
    ),
    "200 and a code, without is_success": (
        200,
        {"error_code": "DLI.0003", "error_msg": "not yours"},
        Forbidden,
        "DLI.0003",
        ("not yours",),
    ),
    "a plain 404": (404, "Not Found", Misconfigured, "HTTP 404", ("Not Found",)),
    "404 with DLI's own code": (
        404,
        {"error_code": "DLI.0023", "error_msg": "not found"},
        NotFound,
        "DLI.0023",
        ("not found",),
    ),
    "an unknown code": (
        400,
        {"error_code": "DLI.99999", "error_msg": "brand new"},
        Refused,
        "DLI.99999",
        ("brand new",),
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_of_a_no(shape: Shape) -> None:
    status, body, kind, code, reasons = shape
    with Server([reply(body, status, X_Request_Id="r-1")]) as server, client(server.url) as jobs:
        caught = failure(DliError, jobs.about("orders").get, 7)
    assert type(caught) is kind
    assert (caught.code, caught.reasons) == (code, reasons)
    assert caught.subject == "orders"
    assert caught.request_id == "r-1"
    assert caught.remedy
    assert str(pickle.loads(pickle.dumps(caught))) == str(caught)


def test_the_request_id_is_taken_from_the_body_where_no_header_has_it() -> None:
    body = {"error_code": "APIGW.0101", "error_msg": "no", "request_id": "in-body"}
    with Server([reply(body, 404)]) as server, client(server.url) as jobs:
        caught = failure(Misconfigured, jobs.get, 7)
    assert caught.request_id == "in-body"


@pytest.mark.parametrize(
    "body",
    ["", "<html>log in, please</html>", {}, {"message": "hm"}, [], ["true"], {"is_success": None}],
    ids=str,
)
def test_a_200_that_says_neither_yes_nor_no_is_no_usable_answer(body: object) -> None:
    with Server([reply(body), reply(body)]) as server, client(server.url) as jobs:
        failure(Unavailable, jobs.run, 7, resume_savepoint=False)
        failure(Unavailable, jobs.get, 7)
    assert len(server.requests) == 2


def test_a_missing_is_success_is_a_yes_where_the_payload_is_there() -> None:
    body = {"job_detail": {"job_id": 7, "name": "orders", "status": "job_init"}}
    with Server([reply(body)]) as server, client(server.url) as jobs:
        assert jobs.get(7).name == "orders"


@pytest.mark.parametrize("yes", ["true", "True", "TRUE", True])
@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: [body]], ids=["object", "array"])
def test_every_form_of_a_yes(yes: object, wrap: object) -> None:
    assert callable(wrap)
    with Server([reply(wrap({"is_success": yes, "message": ""}))] * 2) as server, client(server.url) as jobs:
        jobs.run(7, resume_savepoint=False)
        jobs.stop(7, trigger_savepoint=True)


def test_an_element_that_says_no_is_a_no() -> None:
    body = [{"is_success": "false", "message": "the queue is gone"}]
    with Server([reply(body)]) as server, client(server.url) as jobs:
        caught = failure(Refused, jobs.run, 7, resume_savepoint=False)
    assert caught.reasons == ("the queue is gone",)


def test_a_batch_names_the_elements_that_were_refused() -> None:
    body = [
        {"is_success": "true", "message": ""},
        {"is_success": "false", "message": "in use"},
        {"is_success": "false", "error_code": "DLI.17001", "error_msg": "no such job"},
    ]
    with Server([reply(body)]) as server, client(server.url) as jobs:
        caught = failure(NotFound, jobs.delete_batch, [1, 2, 3])
    assert caught.reasons == ("job 2: in use", "job 3: no such job")


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
    raised = error(Refusal(400, code, ("words",), "r-1"), Call("POST", "streaming/jobs/run"), "orders")
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
    raised = error(Refusal(http_status, "", (), ""), Call("GET", "streaming/jobs/7"), "orders")
    assert type(raised) is kind
    assert raised.code == f"HTTP {http_status}"


def test_throttling_is_throttling_whatever_the_code() -> None:
    assert type(error(Refusal(429, "DLI.0001", (), ""), Call("GET", ""), "orders")) is Throttled


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
