"""Which properties the engine is told to change."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.pulumi.plugin.detailed_diff import PropertyChange, property_changes

ARGUMENTS = ("cu_number", "tags", "runtime_config", "sql_body", "job_type")


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({"cu_number": 4}, {"cu_number": 8.0}, {"cu_number": "update"}),
        ({"cu_number": 4}, {}, {"cu_number": "delete"}),
        ({}, {"tags": {"a": "b"}}, {"tags": "add"}),
        (
            {"tags": {"a": "b", "c": "d"}},
            {"tags": {"a": "x", "e": "f"}},
            {"tags.a": "update", "tags.c": "delete", "tags.e": "add"},
        ),
        (
            {"runtime_config": {"a.b": "1"}},
            {"runtime_config": {"a.b": "2"}},
            {'runtime_config["a.b"]': "update"},
        ),
        ({"tags": {'a"b': "1"}}, {"tags": {'a"b': "2"}}, {'tags["a\\"b"]': "update"}),
    ],
)
def test_just_what_differs_is_named(old: Any, new: Any, changed: dict[str, str]) -> None:
    found = property_changes(old, new, ARGUMENTS, (), "status")
    assert found == {path: PropertyChange(verb) for path, verb in changed.items()}


def test_what_takes_another_resource_is_always_named_and_so_is_a_change_without_an_argument() -> None:
    found = property_changes({"job_type": "a"}, {"job_type": "b"}, ARGUMENTS, ("job_type",), "status")
    assert found == {"job_type": PropertyChange("update", replaces=True)}
    assert property_changes({}, {}, ARGUMENTS, ("place",), "status") == {
        "place": PropertyChange("update", replaces=True, of_inputs=False)
    }
    assert property_changes({}, {}, ARGUMENTS, (), "status") == {
        "status": PropertyChange("update", of_inputs=False)
    }
