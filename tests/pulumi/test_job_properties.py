"""Bags as Pulumi hands them over, there and back: floats, nulls, unknown values, outputs, the provider's own key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from dli_provider.job.constraints import violations
from dli_provider.job.declarations import WIRED
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import RunState, Status, run_state
from dli_provider.plan.live_job import LastSeen, Observed, Record, remembered
from dli_provider.plan.ownership import savepoint_directory
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.property_bags import OUTPUTS
from dli_provider.run.lifecycle import Outcome
from tests.support.declared import SQL, SQL_AT_RISK
from tests.support.samples import PAIRS, VALUES

QUERY = SQL_AT_RISK
TTL = "SET 'table.exec.state.ttl' = '2 h';\n"
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]


def delivered(bag: dict[str, Any]) -> dict[str, Any]:
    """A bag after its way through Pulumi: numbers become floats, nulls vanish."""
    return dict(rpc.deserialize_properties(asyncio.run(rpc.serialize_properties(bag, {}))))


def live(status: Status = Status.RUNNING, **values: Any) -> Observed:
    """A job at DLI."""
    spec = JobSpec.model_construct(**values)
    return Observed(
        spec, status, started=True, has_savepoint=None, checkpoint_path=None, tags=None, record=Record()
    )


@pytest.mark.parametrize("name", PAIRS)
def test_every_argument_survives_its_way_through_pulumi(name: str) -> None:
    for value in PAIRS[name]:
        bag = delivered({name: value, "__provider": "pickled", "desc": value if name == "desc" else None})
        assert job_properties.arguments(bag)[0].keys() == {name}
        assert job_properties.spec(bag) == JobSpec.model_validate({name: value})


def test_whole_numbers_are_whole_again_also_inside() -> None:
    bag = delivered({"cu_number": 4, "health_window": 2.5, "operator_config": {"operator_list": [{"n": 2}]}})
    assert isinstance(bag["cu_number"], float)
    values, _ = job_properties.arguments(bag)
    assert repr(values["cu_number"]) == "4"
    assert repr(values["operator_config"]) == "{'operator_list': [{'n': 2}]}"
    assert values["health_window"] == 2.5


@pytest.mark.parametrize(
    "value",
    [
        UNKNOWN,
        {"team": UNKNOWN},
        ["g1", UNKNOWN],
        {"operator_list": [{"id": UNKNOWN}]},
        (UNKNOWN,),
    ],
)
def test_an_argument_that_is_not_wholly_known_is_unknown(value: object) -> None:
    values, unknown = job_properties.arguments({"tags": value, "desc": "known", "status": UNKNOWN})
    assert values == {"desc": "known"}
    assert unknown == {"tags"}


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_a_bag_from_the_state_is_a_spec_whatever_the_rules_are_today(bag: dict[str, Any]) -> None:
    spec = job_properties.spec(bag | {"cu_number": "many", "of_tomorrow": 1, "job_id": 7.0})
    assert vars(spec)["cu_number"] == "many"
    assert all(getattr(spec, name) is not None for name in bag)


def test_outputs_repeat_the_arguments_and_say_what_came_of_them() -> None:
    outcome = Outcome(
        7, LastSeen("job_running", "", False, "obs://b/c/", 1234), Record(("obs://b/s/",), True)
    )
    inputs = {"desc": "x", "tags": {"a": "b"}, "status": "of the last time", "__provider": "pickled"}
    bag = job_properties.outputs(inputs, outcome)
    assert bag == {
        "desc": "x",
        "tags": {"a": "b"},
        "__provider": "pickled",
        "job_id": "7",
        "status": "job_running",
        "status_desc": "",
        "savepoints": ["obs://b/s/"],
        "has_savepoint": False,
        "checkpoint_path": "obs://b/c/",
        "start_time": 1234,
        "start_empty": True,
    }
    assert bag.keys() - inputs.keys() <= {*OUTPUTS}
    assert job_properties.seen(delivered(bag)) == outcome.seen
    assert job_properties.record(delivered(bag)) == outcome.record


def test_the_savepoint_of_a_job_at_rest_is_known_again_from_the_state() -> None:
    """Its name has the start of the run in it, and that comes back as a double."""
    taken = savepoint_directory("b", "orders", "20261129T000000Z", 1795931535109, "SELECT 1")
    seen = LastSeen("job_cancel_success", start_time=1795931535109)
    bag = job_properties.outputs({}, Outcome(7, seen, Record((taken,))))
    back = delivered(bag)
    assert remembered(JobSpec(), job_properties.seen(back), job_properties.record(back)).saved == taken


def test_mappings_are_read_alike_in_whatever_order_they_come() -> None:
    one, other = ({"tags": tags} for tags in ({"b": "2", "a": "1"}, {"a": "1", "b": "2"}))
    assert str(job_properties.arguments(one)) == str(job_properties.arguments(other))


def test_what_is_not_set_is_left_out_to_keep_the_state_small() -> None:
    bag = job_properties.outputs({"desc": "x"}, Outcome(7, LastSeen("job_init"), Record()))
    assert bag == {"desc": "x", "job_id": "7", "status": "job_init", "status_desc": "", "savepoints": []}
    assert job_properties.record({}) == Record()
    assert job_properties.seen({}) == LastSeen("")


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"b": "2", "a": "1"}}),
        ({"checkpoint_mode": 2}, {"checkpoint_mode": "at_least_once"}),
        ({"queue_name": "Q_One"}, {"queue_name": "q_one"}),
        ({"runtime_config": {"a": 3, "b": True}}, {"runtime_config": {"b": "true", "a": "3"}}),
        ({"edge_group_ids": ["g2", "g1"]}, {"edge_group_ids": ["g1", "g2"]}),
        ({"operator_config": {"a": [1]}}, {"operator_config": '{"a": [1]}'}),
        ({"sql_body": "INSERT INTO t SELECT 1;\n"}, {"sql_body": "insert into t  select 1;"}),
        ({"sql_body": TTL + QUERY}, {"sql_body": QUERY, "idle_state_retention": 7200}),
        (
            {"sql_body": TTL + QUERY},
            {"sql_body": QUERY, "runtime_config": {"table.exec.state.ttl": "120 min"}},
        ),
        ({"sql_body": QUERY, "idle_state_retention": 7200}, {"sql_body": TTL + QUERY}),
        ({"sql_body": QUERY, "runtime_config": {"table.exec.state.ttl": "2 h"}}, {"sql_body": TTL + QUERY}),
        (
            {"sql_body": QUERY, "runtime_config": {"table.exec.state.ttl": "2 h"}},
            {"sql_body": QUERY, "idle_state_retention": 7200},
        ),
        (
            {"sql_body": QUERY, "idle_state_retention": 7200},
            {"sql_body": QUERY, "runtime_config": {"table.exec.state.ttl": "2 h"}},
        ),
        ({"desc": ""}, {}),
        ({"cu_number": 4.0}, {"cu_number": 4}),
    ],
)
def test_what_means_the_same_keeps_the_form_in_which_it_is_declared(
    declared: dict[str, Any], actual: dict[str, Any]
) -> None:
    assert job_properties.refreshed(declared, live(**actual)) == declared


@pytest.mark.parametrize("name", [name for name in PAIRS if name in WIRED])
def test_what_differs_is_found_and_what_is_not_declared_is_no_drift(name: str) -> None:
    declared, actual = (getattr(JobSpec.model_validate({name: value}), name) for value in PAIRS[name])
    if name == "template_id":
        assert job_properties.refreshed({name: declared}, live(**{name: declared})) == {name: declared}
        return
    assert job_properties.refreshed({name: declared}, live(**{name: actual}))[name] == actual
    assert job_properties.refreshed({}, live(**{name: actual})) == {}


def test_an_argument_that_somebody_cleared_is_gone_from_the_inputs() -> None:
    assert job_properties.refreshed({"smn_topic": "alarm", "desc": "x"}, live(desc="x")) == {"desc": "x"}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("wanted", [None, "running", "stopped"])
def test_a_run_state_that_is_not_the_desired_one_shows_as_its_change(
    wanted: str | None, status: Status
) -> None:
    bag = {} if wanted is None else {"desired_state": wanted}
    found = job_properties.refreshed(bag, live(status))
    state = run_state(status)
    if wanted == "stopped":
        expected: dict[str, str] = {"desired_state": "running" if state is RunState.RUNNING else "stopped"}
    else:
        stopped = state in (RunState.STOPPED, RunState.IN_ARREARS)
        expected = {"desired_state": "stopped"} if stopped else bag
    assert found == expected


def test_a_job_that_is_looked_up_has_all_that_dli_says_of_it() -> None:
    found = job_properties.everything({"owner": "p/s/r"}, live(desc="x", cu_number=4))
    assert found == {"owner": "p/s/r", "desc": "x", "cu_number": 4}


_part = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=40
)


@given(st.tuples(_part, _part, st.text(min_size=1, max_size=200)).map("/".join))
def test_a_name_made_here_is_one_that_dli_takes_and_always_the_same(owner: str) -> None:
    name = job_properties.auto_name(owner)
    assert len(name.encode()) <= 57
    assert not [found for found in violations({"name": name}) if found.property == "name"]
    assert name == job_properties.auto_name(owner)


def test_a_name_made_here_tells_stacks_and_parents_apart() -> None:
    owners = ["shop/dev/orders", "shop/prod/orders", "shop/dev/a:b:C::eu.orders", "shop/dev/a:b:D::eu.orders"]
    names = [job_properties.auto_name(owner) for owner in owners]
    assert len({*names}) == len(owners)
    assert [name[:-8] for name in names] == ["orders", "orders", "eu-orders", "eu-orders"]
    assert job_properties.auto_name("p/s/" + "订" * 100)[:-8] == "订" * 16
    assert job_properties.auto_name("p/s/größe 1")[:-8] == "gr--e-1"


def test_a_long_id_is_exact_in_the_outputs() -> None:
    """Outputs travel as doubles, in which 2**53 + 1 is another number."""
    long = 2**53 + 1
    bag = job_properties.outputs({"name": "orders"}, Outcome(long, LastSeen("job_running"), Record()))
    assert bag["job_id"] == str(long)
    assert int(float(long)) != long


FINISHED = {"name": "orders", "sql_body": SQL, "status": "job_finish", "start_time": 1000.0}


@pytest.mark.parametrize(
    ("bag", "facts", "unrun"),
    [
        ({}, {"start_time": 1000, "last_change": 2000}, True),
        ({}, {"start_time": 3000, "last_change": 3000}, False),
        ({"start_time": None}, {"start_time": 1000, "last_change": 2000}, True),
        ({"start_time": None}, {"start_time": 3000, "last_change": 3000}, False),
        ({"sql_body": SQL_AT_RISK}, {"start_time": 1000, "last_change": 2000}, False),
    ],
    ids=["not since", "since", "not since, by DLI", "since, by DLI", "no other query"],
)
def test_a_finished_job_with_another_query_counts_as_stopped_until_it_has_run(
    bag: dict[str, Any], facts: dict[str, Any], unrun: bool
) -> None:
    found = replace(live(Status.FINISH, name="orders", sql_body=SQL_AT_RISK), **facts)
    refreshed = job_properties.refreshed({**FINISHED, **bag}, found)
    assert (refreshed["sql_body"], refreshed.get("desired_state")) == (
        SQL_AT_RISK,
        "stopped" if unrun else None,
    )
