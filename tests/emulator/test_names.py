"""One truth about names: the client, the local DLI and its OpenAPI document take and refuse the same ones."""

from __future__ import annotations

import re

import pytest

from dli_provider.emulator.calls.job_templates import CHECKS
from dli_provider.emulator.openapi import document
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.rules.fields import FIELDS
from dli_provider.emulator.schemas import Schema
from dli_provider.job.constraints import violations
from dli_provider.job.template_spec import template_violations
from tests.emulator.plain import PROJECT, Api

GOOD = ["a", "A-z_9", "-", "0", "\u8ba2\u5355", "\u65e5\u5fd7_\u6e05\u6d17-1", "\u3400", "\u4dbf", "\u9fff"]
BAD = [
    *(
        "",
        " ",
        "a b",
        "a.b",
        "a/b",
        "a:b",
        "a\n",
        "\na",
        "a\t",
        "\u00e9",
        "e\u0301",
        "\u00df",
        "\u0437\u0430",
    ),
    *("\u3042", "\ud55c", "\u0661", "\u33ff", "\ua000", "\u200b", "\U0001f600", "\u00aa"),
]
LENGTHS = {"job": 57, "template": 64}


def client_takes(kind: str, name: str) -> bool:
    found = violations({"name": name}) if kind == "job" else template_violations({"name": name})
    return not any(one.property == "name" and not one.caution for one in found)


def local_takes(kind: str, name: str) -> bool:
    check = FIELDS["name"].check if kind == "job" else CHECKS["name"]
    try:
        check("name", name)
    except Rejection:
        return False
    return True


def schema_takes(kind: str, name: str) -> bool:
    path = f"/v1.0/{{project_id}}/streaming/{'sql-jobs' if kind == 'job' else 'job-templates'}"
    body = document(ROUTES)["paths"][path]["post"]["requestBody"]
    said: Schema = body["content"]["application/json"]["schema"]["properties"]["name"]
    # As ECMA reads it: there "$" is the end and nothing else.
    pattern = said["pattern"].removesuffix("$") + r"\Z"
    return said["minLength"] <= len(name) <= said["maxLength"] and re.search(pattern, name) is not None


@pytest.mark.parametrize("kind", LENGTHS)
@pytest.mark.parametrize("name", GOOD + BAD, ids=ascii)
def test_a_name(kind: str, name: str) -> None:
    verdicts = {client_takes(kind, name), local_takes(kind, name), schema_takes(kind, name)}
    assert verdicts == {name in GOOD}


@pytest.mark.parametrize("letter", ["a", "\u65e5"])
@pytest.mark.parametrize(("kind", "most"), LENGTHS.items())
def test_a_length(kind: str, most: int, letter: str) -> None:
    for length, taken in ((most, True), (most + 1, False)):
        name = letter * length
        assert {client_takes(kind, name), local_takes(kind, name), schema_takes(kind, name)} == {taken}


def test_over_the_wire(api: Api) -> None:
    for number, name in enumerate(GOOD + BAD):
        answer = api.create(name)
        assert (answer.status_code == 200) is (name in GOOD), (number, ascii(name))
        answer = api("POST", "/streaming/job-templates", {"name": name})
        assert (answer.status_code == 200) is (name in GOOD), (number, ascii(name))
    assert {job.name for job in api.dli.jobs(PROJECT)} == set(GOOD)
