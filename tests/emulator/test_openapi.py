"""The OpenAPI document says what the code does: every call, every field, every bound."""

from __future__ import annotations

import pytest

from dli_provider.emulator.openapi import document
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.rules.fields import FIELDS
from dli_provider.emulator.rules.jars import JAR_FIELDS
from tests.emulator.plain import Api

FIELD_SCHEMAS = {name: field.check.schema for name, field in FIELDS.items()}
BOUNDED = sorted(
    (name, bound, step)
    for name, schema in FIELD_SCHEMAS.items()
    for bound, step in (("minimum", -1), ("maximum", 1))
    if bound in schema
)


def test_it_is_served(api: Api) -> None:
    answer = api.session.get(f"{api.dli.url}/_emulator/dli-openapi.json", timeout=20)
    assert answer.json() == document(ROUTES)


def test_every_call_is_in_it_and_no_other() -> None:
    names = {route.name for route in ROUTES}
    assert len(names) == len(ROUTES)
    operations = [
        o["operationId"] for methods in document(ROUTES)["paths"].values() for o in methods.values()
    ]
    assert sorted(operations) == sorted(names)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("create", {name for name, field in FIELDS.items() if field.on_create}),
        ("update", {name for name, field in FIELDS.items() if field.on_update}),
        ("create_jar", {name for name, field in JAR_FIELDS.items() if field.on_create}),
        ("update_jar", {name for name, field in JAR_FIELDS.items() if field.on_update}),
    ],
)
def test_every_field_is_in_it_and_no_other(call: str, named: set[str]) -> None:
    (operation,) = (
        operation
        for methods in document(ROUTES)["paths"].values()
        for operation in methods.values()
        if operation["operationId"] == call
    )
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"].keys() == named


@pytest.mark.parametrize(("name", "bound", "step"), BOUNDED)
def test_the_bounds_are_those_of_the_rules(name: str, bound: str, step: int) -> None:
    limit = FIELD_SCHEMAS[name][bound]
    FIELDS[name].check(name, limit)
    with pytest.raises(Rejection):
        FIELDS[name].check(name, limit + step)


@pytest.mark.parametrize("name", sorted(n for n, schema in FIELD_SCHEMAS.items() if "enum" in schema))
def test_the_words_are_those_of_the_rules(name: str) -> None:
    for word in FIELD_SCHEMAS[name]["enum"]:
        FIELDS[name].check(name, word)
    with pytest.raises(Rejection):
        FIELDS[name].check(name, "another")
