"""Every refusal in both families of codes: the five-digit ones of 2020, and the general table of today."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests

from dli_provider.emulator.rejections import REJECTIONS, TODAY, Rejection, meaning
from tests.emulator.plain import BUCKET, PROJECT, RUNNABLE, Api, code_of

PUBLISHED = {f"DLI.{number:04}" for number in (*range(1, 24), 100, 999, 1028)}
"""The general table of today's pages."""

REFUSALS: list[tuple[str, Callable[[Api, int], requests.Response], str, tuple[int, str]]] = [
    ("get of nothing", lambda api, _: api.get(1), "DLI.16001", (404, "DLI.0023")),
    ("update of nothing", lambda api, _: api.update(1, desc="x"), "DLI.12004", (404, "DLI.0023")),
    ("delete of nothing", lambda api, _: api.delete(1), "DLI.17001", (404, "DLI.0023")),
    ("run of nothing", lambda api, _: api.run(1), "DLI.13007", (400, "DLI.0023")),
    ("stop of nothing", lambda api, _: api.stop(1), "DLI.15001", (400, "DLI.0023")),
    ("a name that is taken", lambda api, _: api.create("job"), "DLI.11004", (400, "DLI.0006")),
    ("a bad name", lambda api, _: api.create("a b"), "DLI.11015", (400, "DLI.0001")),
    ("live update", lambda api, job: api.update(job, cu_number=4), "DLI.12003", (400, "DLI.0007")),
    ("a run of what runs", lambda api, job: api.run(job), "DLI.13006", (400, "DLI.0007")),
    (
        "no savepoint there",
        lambda api, _: api.import_savepoint(api.made("other"), f"{BUCKET}/nothing/"),
        "DLI.13017",
        (400, "DLI.0002"),
    ),
    ("a stop at rest", lambda api, _: api.stop(api.made("other")), "DLI.15002", (400, "DLI.0007")),
    (
        "no permission on a bucket",
        lambda api, _: api.create("other", obs_bucket="elsewhere", log_enabled=True),
        "DLI.11016",
        (400, "DLI.0011"),
    ),
    ("no such queue", lambda api, _: api("GET", "/queues/q_none"), "DLI.20005", (400, "DLI.0002")),
]


@pytest.mark.parametrize(("what", "ask", "old", "new"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_the_same_refusal_in_both_families(
    api: Api, what: str, ask: Callable[[Api, int], requests.Response], old: str, new: tuple[int, str]
) -> None:
    job_id = api.running()
    first = ask(api, job_id)
    assert (first.status_code, code_of(first)) == (400, old), what
    api.dli.set(codes="today")
    for extra in api.dli.jobs():
        if extra.name == "other":
            api.delete(extra.job_id)
    second = ask(api, job_id)
    assert (second.status_code, code_of(second)) == new, what
    assert isinstance(second.json(), list) is isinstance(first.json(), list)
    assert api.dli.requests()[-1].error_code == new[1]


@pytest.mark.parametrize("code", sorted(REJECTIONS))
def test_each_refusal_has_a_code_of_today(code: str) -> None:
    today = Rejection(code, "x").of("today")
    if code.startswith("APIGW."):
        assert today.code == code  # the gateway in front of DLI has one family
        return
    assert today.code in TODAY
    assert today.status == TODAY[today.code][1]
    assert today.text == Rejection(code, "x").text
    assert re.search(r"'[A-Z][\w ]+'", today.page)
    assert Rejection(code).of("2020").code == code


def test_today_has_only_published_codes_and_all_of_them_mean_something() -> None:
    assert set(TODAY) <= PUBLISHED
    assert {refusal.today for refusal in REJECTIONS.values()} >= set(TODAY)
    for code in TODAY:
        text, page = meaning(code)
        assert (bool(text), page) == (True, "Public Parameters, 'Error Code'")
    assert meaning("DLI.99999") == ("", "")


def test_a_mixed_batch_and_a_graph_carry_the_codes_of_today_too(api: Api) -> None:
    api.dli.set(codes="today")
    running, at_rest = api.running(), api.made("other")
    mixed = api.run(running, at_rest).json()
    assert mixed[0]["message"].startswith("DLI.0007: ")
    assert mixed[1]["is_success"] == "true"
    graph = api("POST", f"/v3/{PROJECT}/streaming/jobs/{running}/gen-graph", {"sql_body": "select 1"}).json()
    assert graph["error_code"] == "DLI.0004"


def test_the_gateway_answers_as_ever(api: Api) -> None:
    api.dli.set(codes="today")
    answer = api("GET", "/no/such/api", {**RUNNABLE})
    assert (answer.status_code, code_of(answer)) == (404, "APIGW.0101")
