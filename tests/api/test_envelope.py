"""Every shape of a yes and of a no, over HTTP."""

from __future__ import annotations

import pickle

import pytest

from dli_provider.errors import (
    DliError,
    Forbidden,
    Invalid,
    Misconfigured,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from tests.api.scripted import Server, client, failure, reply

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
        ("the answer gives no reason (HTTP 403, of no stated kind, 86 bytes)",),
    ),
    "I: JSON without known keys": (
        400,
        {"oops": 1},
        Refused,
        "HTTP 400",
        ("the answer gives no reason (HTTP 400, of no stated kind, 11 bytes)",),
    ),
    "I: no body at all": (
        405,
        "",
        Misconfigured,
        "HTTP 405",
        ("the answer gives no reason (HTTP 405, no body)",),
    ),
    "I: a long text": (
        400,
        "x" * 1000,
        Refused,
        "HTTP 400",
        ("the answer gives no reason (HTTP 400, of no stated kind, 1000 bytes)",),
    ),
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
    "a plain 404": (
        404,
        "Not Found",
        Misconfigured,
        "HTTP 404",
        ("the answer gives no reason (HTTP 404, of no stated kind, 9 bytes)",),
    ),
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
