"""Natural values: every bound and enum from both sides, and no guessing between types."""

from typing import Any

import pytest
from pydantic import ValidationError

from dli_provider.job.declarations import FIELDS
from dli_provider.job.fields import JobSpec
from dli_provider.job.values import megabytes
from tests.support.samples import examples_of, kind_of

WHOLE = ["4", True, False, 2.5, float("nan"), float("inf"), [], {}]
FLAG = ["true", "false", 1, 0, 1.0, [], {}]
TEXT = [1, 1.5, True, [], {}, b"bytes"]
DOCUMENT = [1, True, [], [1], "{", "[]", "3", '"text"']
CONFIG = [3, ["a"], {"a": []}, {"a": {}}, {"a": float("nan")}, {"a": float("inf")}]

STATED: list[tuple[str, list[Any], list[Any]]] = [
    (
        "name",
        ["a", "A-z_9", "a" * 57, "订单", "订" * 57],
        ["", "a" * 58, "订" * 58, "a b", "a.b", "é", "a\n", *TEXT],
    ),
    ("desc", ["", "x" * 512, "é" * 2048], ["x" * 2049, *TEXT]),
    ("template_id", [1, 9.0, 2**53 - 1], [0, -1, float(2**53 + 1), *WHOLE]),
    ("queue_name", ["", "q_1", "Q" * 128], ["q" * 129, "q-1", "q 1", *TEXT]),
    ("sql_body", ["", "INSERT"], TEXT),
    ("run_mode", ["shared_cluster", "exclusive_cluster", "edge_node"], ["", "shared", 1]),
    ("cu_number", [2, 400, 4.0], [1, 401, *WHOLE]),
    ("parallel_number", [1, 2000, 2.0], [0, 2001, *WHOLE]),
    ("checkpoint_enabled", [True, False], FLAG),
    (
        "checkpoint_mode",
        [1, 2, 1.0, "exactly_once", "at_least_once"],
        [0, 3, True, False, "1", "once", 1.5, []],
    ),
    ("checkpoint_interval", [0, 1, 999999], [-1, 1000000, *WHOLE]),
    ("obs_bucket", ["", "bucket", "bucket/dir"], TEXT),
    ("log_enabled", [True, False], FLAG),
    ("smn_topic", ["", "topic"], TEXT),
    ("restart_when_exception", [True, False], FLAG),
    ("idle_state_retention", [1, 3600.0, 10**6], [0, *WHOLE]),
    (
        "job_type",
        ["flink_sql_job", "flink_opensource_sql_job", "flink_sql_edge_job"],
        ["flink_jar_job", "", 1],
    ),
    ("edge_group_ids", [[], ["a"]], ["a", [1], {}, 1]),
    ("dirty_data_strategy", ["0", "1", "2:dir"], ["2", "2:", "3", "01", 0, 1, True]),
    ("udf_jar_url", ["", "g/f.jar"], TEXT),
    ("manager_cu_number", [1, 100], [0, 101, *WHOLE]),
    ("tm_cus", [1, 50], [0, *WHOLE]),
    ("tm_slot_num", [1, 50], [0, *WHOLE]),
    ("operator_config", ["", "{}", {}, {"a": 1}, '{"a": 1}'], DOCUMENT),
    ("static_estimator_config", ["", "{}", {}, {"a": 1}, '{"a": 1}'], DOCUMENT),
    ("resume_checkpoint", [True, False], FLAG),
    ("resume_max_num", [-1, 1, 5.0], [0, -2, *WHOLE]),
    ("runtime_config", [{}, "", "a=b", "[]", {"a": "b", "c": 1, "d": True, "e": 0.5}], CONFIG),
    ("tags", [{}, {"a": ""}, {"a": "b"}], ["a", [], {"a": 1}, {"a": True}, 1]),
    ("flink_version", ["", "1.10", "1.15"], ["1", "v1.15", "1.15.2", *TEXT]),
    ("flink_log_config", ["", {"root_logger_level": "INFO"}], DOCUMENT),
    ("execution_agency_urn", ["", "agency"], TEXT),
    ("resource_config_version", ["v1", "v2"], ["v3", "", 1]),
    (
        "resource_config",
        [{}, {"max_slot": 1.0}, {"jobmanager_resource_spec": {"cpu": 0.5, "memory": "2048MB"}}],
        [
            "v2",
            {"max_slot": 0},
            {"parallel_number": 0},
            {"slots": 1},
            {"jobmanager_resource_spec": {"cpu": 0.4}},
            {"taskmanager_resource_spec": {"cpu": True}},
            {"taskmanager_resource_spec": {"memory": "2047MB"}},
            {"taskmanager_resource_spec": {"memory": "4"}},
            {"taskmanager_resource_spec": {"memory": 4}},
            {"taskmanager_resource_spec": {"disk": "4G"}},
        ],
    ),
    ("desired_state", ["running", "stopped"], ["", "started", True]),
    ("upgrade_mode", ["savepoint", "stateless"], ["", "state"]),
    ("rollback_on_failure", [True, False], FLAG),
    ("health_window", [0, 0.5, 60], [-0.1, "5", True, float("nan"), float("inf")]),
    ("savepoint_retention", [1, 100], [0, *WHOLE]),
    ("allow_state_loss", ["0123456789ab"], ["0123456789a", "0123456789abc", "0123456789AB", "yes", True]),
    ("keep_state", ["0123456789ab"], ["0123456789a", "0123456789abc", "0123456789AB", "yes", True]),
    ("adopt", ["orders", "90417", 90417.0], [True, ["orders"], {}]),
    ("on_failed", ["restart", "report"], ["", "ignore"]),
    ("restart_nonce", ["", "1"], TEXT),
    (
        "from_savepoint",
        ["obs://b/", "obs://b/d/e/"],
        ["obs://b", "obs://b/d", "obs:///d/", "b/d/", "s3://b/d/", 1],
    ),
    ("create_timeout", [0.1, 1200], [0, -1, "60", True, float("inf")]),
    ("update_timeout", [0.1, 1200], [0, -1, "60", True, float("inf")]),
    ("delete_timeout", [0.1, 1200], [0, -1, "60", True, float("inf")]),
    ("owner", ["p/s/r"], TEXT),
]


"""What DLI's pages say of each field's values, once more and independently of the declarations."""


def derived(name: str) -> tuple[str, list[Any], list[Any]]:
    """The cases of a field that is not stated above: by its type and bounds."""
    kind, bounds = kind_of(name)
    least, most = bounds.get("ge"), bounds.get("le")
    good = [*examples_of(name), *(bound for bound in (least, most) if bound is not None)]
    bad = [bound - 1 for bound in (least,) if bound is not None]
    bad += [bound + 1 for bound in (most,) if bound is not None]
    if kind is str and "max_length" in bounds:
        bad.append("x" * (bounds["max_length"] + 1))
    return name, good, [*bad, *{int: WHOLE, bool: FLAG, str: TEXT}.get(kind, [])]


CASES = [*STATED, *(derived(name) for name in FIELDS if name not in {stated for stated, _, _ in STATED})]


def test_every_field_has_its_cases() -> None:
    assert sorted(name for name, _, _ in CASES) == sorted(JobSpec.model_fields)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, good, _ in CASES for value in good], ids=repr
)
def test_accepted(name: str, value: Any) -> None:
    assert name in JobSpec(**{name: value}).model_fields_set


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, _, bad in CASES for value in bad], ids=repr
)
def test_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        JobSpec(**{name: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {name}


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("cu_number", 4.0, 4),
        ("checkpoint_mode", 1, "exactly_once"),
        ("checkpoint_mode", 2.0, "at_least_once"),
        ("runtime_config", {"a": 4.0, "b": 0.5, "c": True, "d": False, "e": "x", "f": 7}, None),
        (
            "operator_config",
            {"list": [{"parallelism": 2.0, "rate": 0.5}]},
            {"list": [{"parallelism": 2, "rate": 0.5}]},
        ),
        ("operator_config", '{"a": 1.0}', '{"a": 1.0}'),
        ("idle_state_retention", 3600.0, 3600),
    ],
)
def test_natural_form(name: str, given: Any, kept: Any) -> None:
    expected = kept or {"a": "4", "b": "0.5", "c": "true", "d": "false", "e": "x", "f": "7"}
    value = getattr(JobSpec(**{name: given}), name)
    assert value == expected
    assert repr(value) == repr(expected)


@pytest.mark.parametrize(
    ("size", "amount"), [("4G", 4096), ("4GB", 4096), ("4096MB", 4096), ("2.5G", 2560), ("9M", 9)]
)
def test_megabytes(size: str, amount: float) -> None:
    assert megabytes(size) == amount


@pytest.mark.parametrize("size", ["", "4", "4 G", "G", "4T", "-4G", "4GBx"])
def test_no_size(size: str) -> None:
    with pytest.raises(ValueError, match="must be a size"):
        megabytes(size)
