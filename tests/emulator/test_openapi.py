"""The OpenAPI document says what the code does: every call, every field, every bound."""

from __future__ import annotations

import pytest

from dli_provider.emulator.openapi.answers import ANSWERS
from dli_provider.emulator.openapi.bodies import BODIES, FIELD_SCHEMAS, JAR_SCHEMAS, QUERIES
from dli_provider.emulator.openapi.document import document
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.routes import ROUTES
from dli_provider.emulator.rules.fields import FIELDS
from dli_provider.emulator.rules.jars import JAR_FIELDS
from tests.emulator.plain import Api

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
    assert ANSWERS.keys() == names
    assert BODIES.keys() | QUERIES.keys() <= names
    operations = [
        o["operationId"] for methods in document(ROUTES)["paths"].values() for o in methods.values()
    ]
    assert sorted(operations) == sorted(names)


def test_every_field_is_in_it_and_no_other() -> None:
    assert FIELD_SCHEMAS.keys() == FIELDS.keys()
    assert JAR_SCHEMAS.keys() == JAR_FIELDS.keys()


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
