"""What is said of wrong arguments: everything at once, in words, and nothing about what is unknown."""

from typing import Any

import pytest

from dli_provider.job.constraints import Violation, violations
from dli_provider.job.declarations import FIELDS
from tests.support.samples import SQL_A, jargon, reported

SQL = {"sql_body": SQL_A}
QUEUE = SQL | {"queue_name": "q"}


def test_what_a_derived_value_rests_on_is_waited_for() -> None:
    bad = SQL | {"flink_version": "1.15"}
    assert "flink_version" in reported(bad)
    assert reported(bad, frozenset({"queue_name"})) == {}
    assert reported(bad | {"run_mode": "shared_cluster"}, frozenset({"queue_name"})).keys() == {
        "flink_version"
    }


def test_unknown_values_are_neither_validated_nor_missed() -> None:
    assert violations({}, frozenset(FIELDS)) == ()
    assert violations({"cu_number": "not yet"} | SQL, frozenset({"cu_number"})) == ()
    assert violations({"queue_name": "q"}, frozenset({"sql_body"})) == ()


def test_all_at_once_each_under_its_own_name() -> None:
    values = {
        "nam": "x",
        "cu_number": 1,
        "desc": 5,
        "checkpoint_enabled": True,
        "tags": {"_sys_a": "b"},
        **QUEUE,
    }
    assert reported(values).keys() == {"nam", "cu_number", "desc", "obs_bucket", "tags"}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("sql", "did you mean sql_body?"),
        ("description", "did you mean desc?"),
        ("parallelism", "did you mean parallel_number?"),
        ("zzzzzz", "take it out"),
    ],
)
def test_misnamed(name: str, remedy: str) -> None:
    expected = (Violation(name, f"{name} is not an argument of a job; {remedy}"),)
    assert violations(SQL | {name: 1}) == expected
    assert violations(SQL, frozenset({name})) == expected
    assert violations(SQL | {name: None}) == ()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("cu_number", 1, "cu_number must be at least 2"),
        ("cu_number", 401, "cu_number must be at most 400"),
        ("cu_number", "4", "cu_number must be a whole number, not text or a fraction"),
        ("tm_cus", 2**31, "tm_cus must be at most 2147483647"),
        (
            "template_id",
            float(2**53),
            "template_id must be at most 9007199254740991, as Pulumi's numbers hold no longer id exactly; give the "
            "query of that template in sql_body instead",
        ),
        ("queue_name", "q" * 129, "queue_name must be at most 128 characters"),
        ("flink_version", "\uff11.\uff11\uff15", 'flink_version must be a version such as "1.15"'),
        ("create_timeout", 0, "create_timeout must be more than 0"),
        ("health_window", "5", "health_window must be a number"),
        ("health_window", float("inf"), "health_window must be a finite number"),
        ("log_enabled", "yes", "log_enabled must be true or false"),
        ("flink_version", 1.15, "flink_version must be text, in quotes"),
        ("desc", "x" * 2049, "desc must be at most 2048 characters"),
        (
            "operator_config",
            '{"operator_list": [], "operator_list": []}',
            "operator_config must not hold the key 'operator_list' twice",
        ),
        ("runtime_config", 3, "runtime_config must be a mapping, or text"),
        ("runtime_config", {1: "a"}, "runtime_config must have text as every key"),
        ("runtime_config", {"a": []}, "runtime_config must map each key to text, a number, true or false"),
        ("on_failed", "x", "on_failed must be 'restart' or 'report'"),
        ("edge_group_ids", "a", "edge_group_ids must be a list"),
        ("tags", "a", "tags must be a mapping"),
        ("tags", {"a": 1}, "tags.a must be text, in quotes"),
        ("tags", {1: "a"}, "tags.1 must be text, in quotes"),
        ("resource_config", "v2", "resource_config must be a mapping"),
        ("resource_config", {"slots": 1}, "resource_config.slots is not known; take it out"),
        (
            "resource_config",
            {"jobmanager_resource_spec": {"cpu": 0.1}},
            "resource_config.jobmanager_resource_spec.cpu must be at least 0.5",
        ),
        (
            "resource_config",
            {"max_slot": 2**31},
            "resource_config.max_slot must be at most 2147483647",
        ),
        (
            "operator_config",
            "{",
            "operator_config must be valid JSON (line 1, column 2); pass a mapping to have it written for you",
        ),
    ],
)
def test_ill_formed_in_words(name: str, value: Any, reason: str) -> None:
    assert reported(QUEUE | {name: value})[name] == [reason]


ODD = [
    True,
    1.5,
    -1,
    10**9,
    float("nan"),
    "",
    "hunter2",
    [],
    [1],
    ["hunter2"],
    {},
    {"a": "hunter2"},
    {"a": {1: 2}},
    b"x",
]


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_no_odd_value_upsets_it_or_is_repeated(name: str) -> None:
    for value in [*ODD, object(), {1: [object()]}]:
        for violation in violations({name: value}):
            assert violation.reason.startswith(violation.property)
            assert not jargon(violation.reason), violation
            assert "hunter2" not in violation.reason
