"""What is sent for a spec, what is read back, and that the two meet."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from dli_provider.job.declarations import FIELDS, WIRED, effective
from dli_provider.job.document import (
    complete_document,
    create_document,
    live_values,
    same,
    update_document,
    update_only_fields,
)
from dli_provider.job.fields import JobSpec
from dli_provider.job.values import ResourceConfig
from tests.support.samples import PAIRS, SQL_A, get_document, specs

NOT_RETURNED = {"tags", "template_id"}


def test_create_sends_what_is_declared_and_always_mode_and_type() -> None:
    spec = JobSpec(
        name="orders",
        desc="",
        sql_body=SQL_A,
        queue_name="q_one",
        cu_number=4,
        checkpoint_enabled=False,
        checkpoint_mode="at_least_once",
        idle_state_retention=3600,
        runtime_config={"b": "2", "a": "1"},
        edge_group_ids=[],
        operator_config={"operator_list": []},
        tags={"team": "data"},
        upgrade_mode="stateless",
    )
    assert create_document(spec) == {
        "name": "orders",
        "sql_body": SQL_A,
        "queue_name": "q_one",
        "run_mode": "exclusive_cluster",
        "job_type": "flink_opensource_sql_job",
        "cu_number": 4,
        "checkpoint_enabled": False,
        "checkpoint_mode": 2,
        "idle_state_retention": 3600,
        "runtime_config": '[{"key":"a","value":"1"},{"key":"b","value":"2"}]',
        "tags": [{"key": "team", "value": "data"}],
    }
    assert update_only_fields(spec) == {"operator_config"}
    assert create_document(JobSpec()) == {"run_mode": "shared_cluster", "job_type": "flink_sql_job"}


def test_update_sends_just_the_named_fields_and_undoes_undeclared_ones() -> None:
    spec = JobSpec(smn_topic="alarm", resource_config=ResourceConfig(max_slot=2))
    assert update_document(
        spec, ["smn_topic", "desc", "tags", "job_type", "template_id", "upgrade_mode"]
    ) == {
        "smn_topic": "alarm",
        "desc": "",
    }
    assert update_document(spec, ["name", "sql_body"]) == {}
    assert update_document(spec, []) == {}


UNDONE: dict[str, Any] = {
    "desc": "",
    "queue_name": "",
    "run_mode": "shared_cluster",
    "cu_number": 2,
    "parallel_number": 1,
    "checkpoint_enabled": False,
    "checkpoint_mode": 1,
    "checkpoint_interval": 10,
    "obs_bucket": "",
    "log_enabled": False,
    "smn_topic": "",
    "restart_when_exception": False,
    "idle_state_retention": 3600,
    "edge_group_ids": [],
    "dirty_data_strategy": "0",
    "udf_jar_url": "",
    "manager_cu_number": 1,
    "tm_cus": 1,
    "tm_slot_num": 0,
    "operator_config": "",
    "static_estimator_config": "",
    "resume_checkpoint": False,
    "resume_max_num": -1,
    "runtime_config": "",
    "flink_version": "1.10",
    "flink_log_config": "",
    "execution_agency_urn": "",
    "resource_config_version": "v1",
    "resource_config": {},
}
"""What undoes each argument, by DLI's pages."""


def test_everything_undone() -> None:
    undone = update_document(JobSpec(), FIELDS)
    others = {name: wire for name, wire in WIRED.items() if wire.update and name not in UNDONE}
    declared = {
        name: wire.cleared if wire.default is None else wire.encode(wire.default)
        for name, wire in others.items()
    }
    assert undone == UNDONE | {name: value for name, value in declared.items() if value is not None}


def test_a_complete_update_sends_all_declared_and_undoes_what_is_gone() -> None:
    old = JobSpec(
        name="orders", desc="x", sql_body="a", cu_number=4, tm_slot_num=2, smn_topic="alarm", queue_name="q"
    )
    new = JobSpec(name="orders", sql_body="b", parallel_number=2, smn_topic="", queue_name="q")
    declared = {
        "name": "orders",
        "queue_name": "q",
        "sql_body": "b",
        "run_mode": "exclusive_cluster",
        "parallel_number": 2,
        "smn_topic": "",
    }
    assert complete_document(new) == declared
    assert complete_document(new, old) == declared | {"desc": "", "cu_number": 2, "tm_slot_num": 0}


@settings(deadline=None)  # the machine may be busy
@given(specs())
def test_what_is_created_is_read_back(spec: JobSpec) -> None:
    sent = create_document(spec) | update_document(spec, update_only_fields(spec))
    json.dumps(sent)
    assert not [name for name, value in sent.items() if value is None]
    live = live_values(get_document(sent))
    assert live.keys() <= WIRED.keys() - NOT_RETURNED
    for name in WIRED.keys() - NOT_RETURNED:
        assert same(name, effective(spec, name), live.get(name)), name
    back = JobSpec.model_validate(live)
    for name in WIRED.keys() - NOT_RETURNED:
        assert same(name, effective(spec, name), effective(back, name)), name


@settings(deadline=None)  # the machine may be busy
@given(specs(), specs())
def test_a_complete_update_makes_the_live_job_the_new_one(old: JobSpec, new: JobSpec) -> None:
    kept = create_document(old) | update_document(old, update_only_fields(old))
    live = live_values(get_document(kept | complete_document(new, old)))
    cannot_be_undone = {"name", "sql_body", "job_type"}
    put_back = {"idle_state_retention": 3600, "flink_version": "1.10"}
    for name in WIRED.keys() - NOT_RETURNED - cannot_be_undone:
        if name in put_back and getattr(new, name) is None:
            assert live.get(name) in (None, put_back[name])
        else:
            assert same(name, effective(new, name), live.get(name)), name
    assert complete_document(new, old) == complete_document(new, old) | complete_document(new)


@settings(deadline=None)  # the machine may be busy
@given(specs())
def test_a_field_is_found_wherever_get_puts_it(spec: JobSpec) -> None:
    detail = get_document(create_document(spec))
    config = detail.pop("job_config")
    expected = live_values({**detail, "job_config": config})
    assert live_values({**detail, **config}) == expected
    assert live_values({**detail, **config, "job_config": None}) == expected
    assert live_values({"job_config": {**detail, **config}}) == expected


def test_only_the_fields_asked_for_are_read() -> None:
    detail = get_document({"name": "a", "desc": "b", "cu_number": 2})
    assert live_values(detail, ["desc", "cu_number", "smn_topic"]) == {"desc": "b", "cu_number": 2}


_PROCESS = {"cpu": 1.0, "memory": "4G"}
_STANDARD = {
    "max_slot": 1,
    "parallel_number": 1,
    "jobmanager_resource_spec": _PROCESS,
    "taskmanager_resource_spec": _PROCESS,
}


@pytest.mark.parametrize(
    ("name", "held", "natural"),
    [
        ("checkpoint_mode", "exactly_once", "exactly_once"),
        ("checkpoint_mode", 2, "at_least_once"),
        ("checkpoint_mode", 9, None),
        ("runtime_config", '[{"key":"a","value":"1"}]', {"a": "1"}),
        ("runtime_config", '[{"key":"a","value":1}]', {"a": "1"}),
        ("runtime_config", "a=1", "a=1"),
        ("runtime_config", '{"a": 1}', '{"a": 1}'),
        ("runtime_config", '[{"key":"a","value":"1","more":2}]', '[{"key":"a","value":"1","more":2}]'),
        (
            "runtime_config",
            '[{"key":"a","value":"1"},{"key":"a","value":"2"}]',
            '[{"key":"a","value":"1"},{"key":"a","value":"2"}]',
        ),
        ("runtime_config", [{"key": "a", "value": "1"}], {"a": "1"}),
        ("runtime_config", "[]", None),
        ("runtime_config", '[{"key":"a"}]', '[{"key":"a"}]'),
        ("runtime_config", "", None),
        ("operator_config", '{"a": 1}', {"a": 1}),
        ("operator_config", "broken", "broken"),
        ("tm_slot_num", 0, None),
        ("tm_slot_num", 2, 2),
        ("cu_number", None, None),
        ("desc", "", None),
        ("edge_group_ids", [], None),
        (
            "resource_config",
            '{"max_slot": 2}',
            _STANDARD | {"max_slot": 2},
        ),
        (
            "resource_config",
            {"max_slot": 3, "jobmanager_resource_spec": {"cpu": 2, "memory": None}},
            _STANDARD | {"max_slot": 3, "jobmanager_resource_spec": _PROCESS | {"cpu": 2.0}},
        ),
        # What is not understood stays as DLI says it, so that nobody drops it.
        (
            "resource_config",
            {"max_slot": 3, "new": 1, "jobmanager_resource_spec": {"cpu": 2, "memory": None}},
            {"max_slot": 3, "new": 1, "jobmanager_resource_spec": {"cpu": 2}},
        ),
        ("resource_config", {"max_slot": 3, "new": None}, _STANDARD | {"max_slot": 3}),
        ("resource_config", "v2", "v2"),
        ("resource_config", {"max_slot": "many"}, {"max_slot": "many"}),
    ],
)
def test_reading_one_field(name: str, held: Any, natural: Any) -> None:
    live = live_values({"job_config": {name: held}})
    assert live == ({} if natural is None else {name: natural})


@pytest.mark.parametrize(
    ("name", "declared", "live", "alike"),
    [
        ("desc", "", None, True),
        ("desc", None, "", True),
        ("desc", "a", None, False),
        ("cu_number", 2, None, True),
        ("cu_number", 3, None, False),
        ("checkpoint_mode", "exactly_once", None, True),
        ("checkpoint_enabled", False, None, True),
        ("dirty_data_strategy", "0", None, True),
        ("resume_max_num", -1, None, True),
        ("resource_config_version", "v1", None, True),
        ("idle_state_retention", 3600, None, False),
        ("idle_state_retention", 3600, 1, False),
        ("queue_name", "Q_One", "q_one", True),
        ("queue_name", "q_one", "q_two", False),
        ("runtime_config", {"a": "1", "b": "2"}, {"b": "2", "a": "1"}, True),
        ("runtime_config", {}, None, True),
        ("runtime_config", "a=1", "a=1", True),
        ("runtime_config", "a=1", "a=2", False),
        ("runtime_config", "a=1", {"a": "1"}, False),
        ("operator_config", '{"a": 1,  "b": [1.0]}', {"b": [1], "a": 1}, True),
        ("operator_config", '{"a": 1}', {"a": 2}, False),
        ("operator_config", {"a": 1}, "broken", False),
        ("edge_group_ids", ["a", "b"], ["b", "a"], True),
        ("edge_group_ids", ["a"], ["a", "b"], False),
        ("sql_body", SQL_A, SQL_A + "\n", True),
        ("sql_body", SQL_A, "-- note\n" + SQL_A.replace("SELECT", "select"), True),
        ("sql_body", SQL_A, SQL_A.replace("> 1", "> 2"), False),
        ("resource_config", {"max_slot": 1}, {"jobmanager_resource_spec": {"memory": "4096MB"}}, True),
        ("resource_config", {"max_slot": 1}, {"max_slot": 2}, False),
        ("upgrade_mode", "savepoint", "savepoint", True),
        ("upgrade_mode", "savepoint", "stateless", False),
    ],
)
def test_same(name: str, declared: Any, live: Any, alike: bool) -> None:
    assert same(name, declared, live) is alike


@pytest.mark.parametrize("name", sorted(WIRED.keys() - NOT_RETURNED))
def test_two_values_never_pass_for_one(name: str) -> None:
    one, other = (getattr(JobSpec(**{name: value}), name) for value in PAIRS[name])
    assert same(name, one, one)
    assert not same(name, one, other)


def test_what_dli_tells_of_every_job_is_no_difference_and_what_somebody_set_is() -> None:
    """A job is stopped for a difference: what a newer DLI tells says nothing where it is empty."""
    declared_, wire = {"max_slot": 2, "parallel_number": 4}, WIRED["resource_config"]
    assert wire.same(declared_, declared_ | {"of_tomorrow": {}, "managed": False, "spare": 0, "note": ""})
    assert not wire.same(declared_, declared_ | {"of_tomorrow": 1})
    assert wire.same(declared_ | {"of_tomorrow": 1}, declared_ | {"of_tomorrow": 1})

    settings_, wire = {"a": "1", "b": "2"}, WIRED["runtime_config"]
    told = [{"key": "b", "value": "2", "id": 2}, {"key": "a", "value": "1", "id": 1}]
    assert wire.same(settings_, json.dumps(told))
    assert not wire.same(settings_, json.dumps([*told, {"key": "c", "value": "3"}]))
    assert not wire.same(settings_, json.dumps([*told, {"key": "a", "value": "2"}])), (
        "a key that stands twice"
    )
    assert not wire.same(settings_, json.dumps([*told, {"key": "c", "value": {"no": "text"}}]))
