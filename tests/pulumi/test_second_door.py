"""The second door against a local DLI, call by call as the engine makes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2

from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.pulumi.plugin.package_names import TEMPLATE, semantic
from dli_provider.pulumi.plugin.package_schema import package_schema
from dli_provider.pulumi.plugin.structs import NOT_KNOWN, closed, opened
from dli_provider.settings import Settings
from tests.support import declared
from tests.support.plugin import Plugin
from tests.support.second_door import Bag, SecondDoor, urn

PROJECT = "p1"
_NO_ARGUMENTS = {"create_timeout": None, "update_timeout": None, "delete_timeout": None, "owner": None}
_SECRET = "hunter2-0815"


@pytest.fixture(scope="module")
def _dli() -> Iterator[Emulator]:
    with Emulator.start(start_latency=0.0, stop_latency=0.0, savepoint_latency=0.0) as emulator:
        yield emulator


@pytest.fixture
def dli(_dli: Emulator) -> Iterator[Emulator]:
    yield _dli
    _dli.reset()


@pytest.fixture
def door(dli: Emulator) -> Iterator[SecondDoor]:
    with SecondDoor({"HW_PROJECT_ID": PROJECT}, {"endpoint": dli.url}) as opened_:
        yield opened_


def job(**changes: Any) -> dict[str, Any]:
    return declared.job(**_NO_ARGUMENTS | {"health_window": 0.0} | changes)


def writes(dli: Emulator, cursor: int) -> list[str]:
    return [entry.call for entry in dli.writes(cursor, project=PROJECT)]


def test_a_life(door: SecondDoor, dli: Emulator) -> None:
    assert door.up("orders", job()) == "created"
    assert not door.said(), "that a job is made, and runs, is what the engine says"
    cursor = dli.cursor()
    assert door.up("orders", job()) == "unchanged"
    assert door.up("orders", job(sql_body=declared.SQL_COSMETIC)) == "unchanged"
    assert (writes(dli, cursor), door.said()) == ([], [])

    assert door.up("orders", job(cu_number=8)) == "updated"
    assert door.said() == [("orders", "orders: RESTART (cu_number 4 -> 8) - state carried by savepoint")], (
        "at its own row"
    )
    assert dli.jobs(PROJECT)[0].definition["cu_number"] == 8
    assert len(door.state["orders"].outputs["savepoints"]) == 1
    before = door.state["orders"].id
    assert door.up("orders", job(job_type="flink_sql_job", upgrade_mode="stateless")) == "replaced"
    assert door.state["orders"].id != before
    door.next_deployment()
    door.destroy("orders")
    assert dli.jobs(PROJECT) == []


def test_a_setting_that_moves_is_neither_sent_nor_taken_for_drift(door: SecondDoor, dli: Emulator) -> None:
    door.up("orders", job(idle_state_retention=3600))
    cursor = dli.cursor()
    query = f"SET 'table.exec.state.ttl' = '1 h';\n{declared.SQL}"
    for moved in ({"sql_body": query}, {"runtime_config": {"table.exec.state.ttl": "60 min"}}, {}):
        given = job(**moved or {"idle_state_retention": 3600})
        door.up("orders", given)
        door.next_deployment()
        door.refresh("orders")
        assert door.up("orders", given) == "unchanged"
    assert writes(dli, cursor) == []
    assert {line for _, line in door.said()} == {"orders: NONE - state is not touched"}


def test_a_preview_knows_all_but_what_only_the_deployment_finds_out(door: SecondDoor) -> None:
    ahead = door.preview("orders", job())
    open_ = {key for key, value in ahead.items() if value is NOT_KNOWN}
    assert open_ == {"job_id", "status", "status_desc", "savepoints"}
    assert ahead["name"] == "orders"
    door.up("orders", job())
    ahead = door.preview("orders", job(cu_number=8))
    assert {key for key, value in ahead.items() if value is NOT_KNOWN} == open_ - {"job_id"}
    assert (ahead["job_id"], ahead["cu_number"]) == (door.state["orders"].id, 8)
    assert door.preview("other", job(name="other", desc=NOT_KNOWN))["desc"] is NOT_KNOWN


def test_a_diff_names_just_what_changes(door: SecondDoor) -> None:
    door.up("orders", job())
    changed = job(cu_number=8, desc=None, tags={"team": "ops", "tier": "1"})
    told = door.diff("orders", door.check("orders", changed))
    kinds = {path: one.kind for path, one in told.detailedDiff.items()}
    assert kinds == {
        "cu_number": proto.PropertyDiff.UPDATE,
        "desc": proto.PropertyDiff.DELETE,
        "tags.team": proto.PropertyDiff.UPDATE,
    }
    told = door.diff("orders", door.check("orders", job(job_type="flink_sql_job", upgrade_mode="stateless")))
    assert told.detailedDiff["job_type"].kind == proto.PropertyDiff.ADD_REPLACE
    assert [*told.replaces] == ["job_type"]


def test_a_job_that_has_failed_is_run_again_and_the_diff_says_why(door: SecondDoor, dli: Emulator) -> None:
    door.up("orders", job(upgrade_mode="stateless"))
    dli.change_job(PROJECT, int(door.state["orders"].id), status="job_running_exception")
    door.refresh("orders")
    told = door.diff("orders", door.check("orders", job(upgrade_mode="stateless")))
    assert [*told.detailedDiff] == ["status"]
    assert door.up("orders", job(upgrade_mode="stateless")) == "updated"
    assert dli.jobs(PROJECT)[0].status == "job_running"


def test_all_that_is_wrong_is_said_at_once_under_its_argument(door: SecondDoor) -> None:
    found = door.checked("orders", job(cu_number=1, parallel_number=0)).failures
    assert {one.property for one in found} == {"cu_number", "parallel_number"}
    (one,) = door.checked("orders", job(create_timeout=60.0)).failures
    assert "customTimeouts" in one.reason


def test_secrets_stay_secret_at_their_depth_and_are_never_told(door: SecondDoor) -> None:
    sql = declared.SQL.replace("'datagen'", f"'kafka', 'properties.password' = '{_SECRET}'")
    secretive = job(sql_body=sql, runtime_config={"s3.secret-key": _SECRET, "a": "b"})
    places = {("sql_body",), ("runtime_config", "s3.secret-key")}
    door.up("orders", secretive, places)
    assert {*door.state["orders"].secret} == places
    door.refresh("orders")
    assert {*door.state["orders"].secret} == places
    door.up("orders", {**secretive, "runtime_config": {"s3.secret-key": "other-0815", "a": "b"}}, places)
    lines = "".join(line for _, line in door.said())
    assert lines
    assert _SECRET not in lines
    assert "other-0815" not in lines


def test_what_the_program_marks_as_secret_is_told_nowhere_whatever_it_looks_like(
    door: SecondDoor, dli: Emulator
) -> None:
    places = {("desc",), ("tags", "team"), ("runtime_config", "a.b")}
    for word in ("green", "blue"):
        arguments = job(
            desc=f"{word} elephants", tags={"team": f"{word}-team"}, runtime_config={"a.b": f"{word}-b"}
        )
        door.up("orders", arguments, places)
    said = {"error_code": "DLI.0003", "error_msg": "no permission for another elephant"}
    dli.add_fault("status", "get", status=403, body=said, times=None, project=PROJECT)
    with pytest.raises(grpc.RpcError, match=r"DLI\.0003") as refused:
        door.up("orders", {**arguments, "desc": "another elephant"}, places)
    lines = "".join(line for _, line in door.said())
    assert "desc [secret] -> [secret]" in lines
    assert not re.search("elephant|green|blue", lines + str(refused.value.details()))


def test_what_is_secret_and_short_or_a_number_is_not_told_either(door: SecondDoor) -> None:
    places = {("cu_number",), ("desc",), ("restart_when_exception",)}
    door.up("orders", job(desc="no", restart_when_exception=False), places)
    door.up("orders", job(desc="ok", restart_when_exception=True, cu_number=8), places)
    ((_, line),) = door.said()
    assert line == (
        "orders: RESTART (desc [secret] -> [secret]; cu_number [secret] -> [secret]; "
        "restart_when_exception [secret] -> [secret]) - state carried by savepoint"
    )


def test_what_is_wrong_with_secret_arguments_is_told_without_their_numbers(door: SecondDoor) -> None:
    wrong = job(cu_number=13, manager_cu_number=13)
    places = {("cu_number",), ("manager_cu_number",)}

    def said(arguments: Bag, secret: set[tuple[str]]) -> str:
        return "; ".join(failure.reason for failure in door.checked("orders", arguments, secret).failures)

    assert "which is 13" in said(wrong, set())
    hidden = said(wrong, places)
    assert (
        "manager_cu_number must be less than cu_number, which is [secret], to leave CUs that compute"
        in hidden
    )
    assert "13" not in hidden, "nor a bound that is computed from it"
    assert "parallel_number must be at most 2000" in said(job(parallel_number=3000), places), "as ever"


LATER: dict[str, Any] = {
    "name": NOT_KNOWN,
    "adopt": NOT_KNOWN,
    "sql_body": NOT_KNOWN,
    "desired_state": NOT_KNOWN,
    "job_type": NOT_KNOWN,
    "template_id": NOT_KNOWN,
    "edge_group_ids": [NOT_KNOWN],
    "tags": {"team": NOT_KNOWN, "tier": "1"},
    "runtime_config": {"a.b": NOT_KNOWN},
    "operator_config": {"operator_list": [{"id": "e2" * 16, "parallelism": NOT_KNOWN}]},
    "resource_config": {"jobmanager_resource_spec": {"cpu": NOT_KNOWN}},
}


@pytest.mark.parametrize("name", LATER)
def test_what_is_known_only_later_is_so_at_its_depth_and_nothing_is_claimed_of_it(
    door: SecondDoor, name: str
) -> None:
    was = job()
    if name == "resource_config":
        was = job(resource_config_version="v2", flink_version="1.15", cu_number=None, parallel_number=None)
    given = was | {name: LATER[name]}
    assert door.preview("orders", given)[name] == LATER[name]
    door.said()
    door.up("orders", was)
    told = door.diff("orders", door.check("orders", given))
    assert {path.split(".")[0].split("[")[0] for path in told.detailedDiff} == {name}
    assert not told.replaces, "not before it is known"
    ((_, line),) = door.said()
    assert line == (
        "orders: NONE - state is not touched, as far as is known now\n"
        f"    known only during the update: {name}"
    )
    assert door.preview("orders", given)[name] == LATER[name]


@pytest.mark.parametrize(
    ("python", "pulumi"),
    [
        ("0.1.0", "0.1.0"),
        ("1.2", "1.2.0"),
        ("0.2.0rc1", "0.2.0-rc.1"),
        ("0.2.0b3.dev4+g1a2b3c", "0.2.0-beta.3.dev.4"),
        ("0.2.0.post1", "0.2.0"),
    ],
)
def test_a_version_is_told_as_the_engine_reads_it(python: str, pulumi: str) -> None:
    assert semantic(python) == pulumi


def test_another_place_of_a_provider_replaces_nothing_and_each_job_refuses_it(
    door: SecondDoor, dli: Emulator
) -> None:
    """Were the provider replaced, all its jobs would be: made anew without their state."""
    olds = {"endpoint": dli.url, "projectId": PROJECT, "version": "0.1.0"}
    for changed in ({"projectId": "p2"}, {"region": "eu-west-101"}, {"endpoint": "https://dli.example.com"}):
        asked = provider_pb2.DiffRequest(
            olds=closed(olds), news=closed(olds | changed | {"version": "0.2.0"})
        )
        told = door.stub.DiffConfig(asked)
        assert ([*told.diffs], [*told.replaces]) == ([*changed], [])
    door.up("orders", job())
    with SecondDoor({"HW_PROJECT_ID": "p2"}, {"endpoint": dli.url}) as elsewhere:
        elsewhere.state = door.state
        for asked_for in (
            lambda: elsewhere.up("orders", job()),
            lambda: elsewhere.refresh("orders"),
            lambda: elsewhere.destroy("orders"),
        ):
            with pytest.raises(grpc.RpcError, match=r"made in \S*p1, and this deployment speaks to \S*p2"):
                asked_for()
    assert [seen.status for seen in dli.jobs(PROJECT)] == ["job_running"]


def test_a_job_that_somebody_deleted_is_told_of_and_forgotten_only_by_a_destruction(
    door: SecondDoor, dli: Emulator
) -> None:
    door.up("orders", job())
    with connect(Settings(dli.url, PROJECT)) as api:
        api.delete(int(door.state["orders"].id))
    door.next_deployment()
    door.refresh("orders")
    assert any("was deleted, and not by this stack" in line for _, line in door.said())
    door.next_deployment()
    door.destroy("orders")
    assert any("it is gone already" in line for _, line in door.said())
    assert "orders" not in door.state


def test_what_a_program_gives_as_null_it_does_not_give(door: SecondDoor) -> None:
    given = closed(job())
    given.fields["tags"].struct_value.fields["none"].null_value = 0
    answer = door.stub.Check(provider_pb2.CheckRequest(urn=urn("orders"), news=given))
    assert [*answer.failures] == []
    assert opened(answer.inputs)[0]["tags"] == job()["tags"]


def test_what_becomes_secret_is_kept_so_without_a_write(door: SecondDoor, dli: Emulator) -> None:
    door.up("orders", job())
    cursor = dli.cursor()
    told = door.diff("orders", door.check("orders", job(), {("smn_topic",)}))
    assert [*told.detailedDiff] == ["smn_topic"]
    assert door.up("orders", job(), {("smn_topic",)}) == "updated"
    assert ("smn_topic",) in door.state["orders"].secret
    assert writes(dli, cursor) == []


def test_a_job_that_was_made_and_does_not_come_up_is_kept_and_run_by_the_next(
    door: SecondDoor, dli: Emulator
) -> None:
    dli.add_fault("submit_fail", "run", project=PROJECT)
    with pytest.raises(grpc.RpcError, match="kept"):
        door.up("orders", job())
    kept = door.state["orders"]
    assert kept.init_errors
    assert [seen.job_id for seen in dli.jobs(PROJECT)] == [int(kept.id)]
    assert door.up("orders", job()) == "updated"
    (seen,) = dli.jobs(PROJECT)
    assert (seen.job_id, seen.status) == (int(kept.id), "job_running")
    assert "pulumi_begun" not in seen.tags


def test_a_job_whose_creation_is_refused_is_not_kept(door: SecondDoor, dli: Emulator) -> None:
    dli.add_fault("status", "create", status=400, project=PROJECT)
    with pytest.raises(grpc.RpcError):
        door.up("orders", job())
    assert (door.state, dli.jobs(PROJECT)) == ({}, [])


def test_an_import_writes_nothing_and_leaves_nothing_to_do(door: SecondDoor, dli: Emulator) -> None:
    door.up("orders", job())
    job_id = door.state.pop("orders").id
    door.next_deployment()
    cursor = dli.cursor()
    for target in (job_id, "orders"):
        arguments = door.imported("orders", target)
        given = {key: value for key, value in arguments.items() if key != "owner"}
        assert given.keys() <= job().keys() | {"flink_version"}
        assert door.up("orders", given) == "unchanged"
        assert door.state["orders"].id == job_id
    imported = dict(door.state["orders"].outputs)
    door.refresh("orders")
    assert door.state["orders"].outputs == imported, "a refresh finds nothing new"
    looked_up = provider_pb2.ReadRequest(id=job_id, urn=urn("orders"), inputs=closed({}))
    assert opened(door.stub.Read(looked_up).properties)[0]["manager_cu_number"] == 1, "all that DLI says"
    assert writes(dli, cursor) == []
    assert door.up("orders", {**given, "cu_number": 8}) == "updated"
    door.next_deployment()
    door.destroy("orders")
    assert dli.jobs(PROJECT) == []


@pytest.mark.parametrize("target", ["id", "name"])
def test_a_template_is_imported_by_id_or_name_without_what_nobody_would_declare(
    door: SecondDoor, dli: Emulator, target: str
) -> None:
    with connect(Settings(dli.url, PROJECT)) as api:
        made = api.create_template({"name": "totals", "sql_body": declared.SQL})
    asked = {"id": str(made), "name": "totals"}[target]
    cursor = dli.cursor()
    found = door.stub.Read(provider_pb2.ReadRequest(id=asked, urn=urn("t", TEMPLATE)))
    inputs = opened(found.inputs)[0]
    assert (found.id, {*inputs}) == (str(made), {"name", "sql_body", "job_type", "owner"})
    given = closed({key: value for key, value in inputs.items() if key != "owner"})
    news = door.stub.Check(provider_pb2.CheckRequest(urn=urn("t", TEMPLATE), olds=found.inputs, news=given))
    told = door.stub.Diff(
        provider_pb2.DiffRequest(
            id=found.id,
            urn=urn("t", TEMPLATE),
            olds=found.properties,
            old_inputs=found.inputs,
            news=news.inputs,
        )
    )
    assert told.changes == proto.DiffResponse.DIFF_NONE
    again = provider_pb2.ReadRequest(
        id=found.id, urn=urn("t", TEMPLATE), properties=found.properties, inputs=found.inputs
    )
    assert door.stub.Read(again).properties == found.properties, "a refresh finds nothing new"
    assert writes(dli, cursor) == []
    with pytest.raises(grpc.RpcError, match="no template of this id or name"):
        door.stub.Read(provider_pb2.ReadRequest(id="nobody", urn=urn("t", TEMPLATE)))


def test_the_id_of_a_template_is_believed_as_text_and_not_as_a_number(
    door: SecondDoor, dli: Emulator
) -> None:
    """A long one loses its last digits as a number, and so becomes another template's."""

    def checked(**arguments: str) -> Any:
        news = closed({"name": "totals", "sql_body": declared.SQL, **arguments})
        return door.stub.Check(provider_pb2.CheckRequest(urn=urn("t", TEMPLATE), news=news)).inputs

    was, news = checked(job_type="flink_opensource_sql_job"), checked(job_type="flink_sql_job")
    made = door.stub.Create(provider_pb2.CreateRequest(urn=urn("t", TEMPLATE), properties=was))
    door.next_deployment()
    with connect(Settings(dli.url, PROJECT)) as api:
        other = api.create_template({"name": "other", "sql_body": declared.SQL})
        olds = closed({**opened(made.properties)[0], "template_id": other})
        about = {"id": made.id, "urn": urn("t", TEMPLATE), "old_inputs": was}
        told = door.stub.Diff(provider_pb2.DiffRequest(**about, olds=olds, news=news))
        assert [*told.replaces] == ["job_type"]
        again = door.stub.Create(provider_pb2.CreateRequest(urn=urn("t", TEMPLATE), properties=news))
        door.stub.Delete(provider_pb2.DeleteRequest(**about, properties=olds))
        left = {(each.template_id, each.name) for each in api.templates()}
    assert left == {(other, "other"), (int(again.id), "totals")}


ODD: dict[str, dict[str, Any]] = {
    "shared": {"job_type": "flink_sql_job", "run_mode": "shared_cluster"},
    "edge": {"job_type": "flink_sql_edge_job", "run_mode": "edge_node", "edge_group_ids": ["1f" * 16]},
    "draft": {"queue_name": "q_stream_dev", "run_mode": "exclusive_cluster"},
    "empty": {"queue_name": "q_stream_dev", "run_mode": "exclusive_cluster", "sql_body": None},
    "finished": {"queue_name": "q_stream_dev", "run_mode": "exclusive_cluster"},
}


def test_odd_jobs_are_imported_and_left_as_they_are(door: SecondDoor, dli: Emulator) -> None:
    cursor = 0
    with connect(Settings(dli.url, PROJECT)) as api:
        for name, beside in ODD.items():
            document = (
                {"sql_body": declared.SQL, "job_type": "flink_opensource_sql_job"} | beside | {"name": name}
            )
            job_id = api.create({key: value for key, value in document.items() if value is not None})
            if name == "finished":
                dli.add_fault("finish", "run", project=PROJECT)
                api.run(job_id, resume_savepoint=False)
        cursor = dli.cursor()
    for name in ODD:
        program = {key: value for key, value in door.imported(name, name).items() if key != "owner"}
        assert program["desired_state"] == "stopped"
        assert door.up(name, program) == "unchanged", name
    assert writes(dli, cursor) == []


def test_a_job_of_another_resource_can_be_imported_and_is_never_touched(
    door: SecondDoor, dli: Emulator
) -> None:
    door.up("orders", job())
    job_id = door.state.pop("orders").id
    door.next_deployment()
    given = door.imported("elsewhere", job_id)
    assert any("belongs to another resource of this stack" in line for _, line in door.said())
    cursor = dli.cursor()
    with pytest.raises(grpc.RpcError, match="conflict"):
        door.up("elsewhere", {**{k: v for k, v in given.items() if k != "owner"}, "cu_number": 8})
    door.destroy("elsewhere")
    assert writes(dli, cursor) == []


def test_the_timeout_is_the_engines(door: SecondDoor, dli: Emulator) -> None:
    dli.set_latency(start=30.0)
    with pytest.raises(grpc.RpcError, match=r"longer than 0\.5 s"):
        door.up("orders", job(), timeout=0.5)
    dli.set_latency(start=0.0)
    assert "create_timeout" not in door.state["orders"].inputs | door.state["orders"].outputs


def test_after_a_cancellation_nothing_new_is_begun(door: SecondDoor, dli: Emulator) -> None:
    door.stub.Cancel(empty_pb2.Empty())
    cursor = dli.cursor()
    with pytest.raises(grpc.RpcError, match="cancelled before this was begun"):
        door.up("orders", job())
    assert writes(dli, cursor) == []


def test_settings_that_are_wrong_are_said_before_anything_else(dli: Emulator) -> None:
    with pytest.raises(grpc.RpcError, match="dli:endpiont is no key"):
        SecondDoor({"HW_PROJECT_ID": PROJECT}, {"endpiont": dli.url})


def test_credentials_of_a_provider_are_secret_though_they_were_given_in_clear(door: SecondDoor) -> None:
    given = {"endpoint": "https://dli.example.com", "accessKey": "AK", "secretKey": _SECRET}
    checked = door.stub.CheckConfig(provider_pb2.CheckRequest(news=closed(given)))
    values, secret = opened(checked.inputs)
    assert values == given
    assert set(secret) == {("accessKey",), ("secretKey",)}


def test_a_key_that_the_provider_does_not_have_is_refused_and_its_value_not_shown(door: SecondDoor) -> None:
    given = closed({"endpiont": "https://dli.example.com", "version": "0.1.0"})
    (failure,) = door.stub.CheckConfig(provider_pb2.CheckRequest(news=given)).failures
    assert failure.property == "", "the engine would print the value of that"
    assert "endpiont is no argument of the provider. Did you mean endpoint?" in failure.reason
    (failure,) = door.checked("orders", job(desc="x" * 3000), {("desc",)}).failures
    assert failure.property == ""
    assert failure.reason.startswith("desc")


def test_a_look_up_refuses_what_it_does_not_take_and_asks_nothing_before_all_is_known(
    door: SecondDoor,
) -> None:
    def ask(token: str, **arguments: Any) -> Bag:
        request = provider_pb2.InvokeRequest(tok=f"dli:index:{token}", args=closed(arguments))
        return opened(getattr(door.stub.Invoke(request), "return"))[0]

    for told, token, arguments in (
        ("nam is no argument of it", "getFlinkSqlJobs", {"nam": "orders"}),
        ("name is required", "getQueue", {}),
        ("no such function", "getNothing", {}),
    ):
        with pytest.raises(grpc.RpcError, match=told):
            ask(token, **arguments)
    for token in ("getFlinkSqlJobs", "getQueue"):
        assert {*ask(token, name=NOT_KNOWN).values()} == {NOT_KNOWN}
    with pytest.raises(grpc.RpcError) as unimplemented:
        door.stub.Construct(provider_pb2.ConstructRequest())
    assert unimplemented.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_look_ups_answer_what_the_schema_says(door: SecondDoor) -> None:
    door.up("orders", job())
    asked = {"dli:index:getFlinkSqlJobs": {"name": "orders"}, "dli:index:getQueue": {"name": "q_stream_dev"}}
    for token, spec in package_schema()["functions"].items():
        request = provider_pb2.InvokeRequest(tok=token, args=closed(asked.get(token, {})))
        answer = opened(getattr(door.stub.Invoke(request), "return"))[0]
        assert answer.keys() == spec["outputs"]["properties"].keys()
        if token.endswith("Jobs"):
            assert [found["name"] for found in answer["jobs"]] == ["orders"]
    with pytest.raises(grpc.RpcError, match="nowhere"):
        door.stub.Invoke(
            provider_pb2.InvokeRequest(tok="dli:index:getQueue", args=closed({"name": "nowhere"}))
        )


def test_a_process_takes_large_messages_and_says_its_port_and_nothing_else(dli: Emulator) -> None:
    with Plugin({"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": PROJECT}, "plugin") as plugin:
        was = job(desc="x" * 8_000_000)
        assert [*plugin.check(was, job()).result().failures] == []
        plugin.create(job()).result()
        plugin.kill()
        assert plugin.process.stdout is not None
        assert plugin.process.stdout.read() == ""


def test_the_schema_is_served(door: SecondDoor) -> None:
    assert json.loads(door.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema) == package_schema()
    assert urn("x").startswith("urn:pulumi:dev::shop::dli:index:FlinkSqlJob")


@pytest.mark.slow
def test_a_dli_that_lags_and_loses_answers_is_believed_no_more_by_this_door(
    door: SecondDoor, dli: Emulator
) -> None:
    dli.set(lag=1.0, late_run=0.5, late_stop=0.5)
    dli.add_fault("cut_after", "create", project=PROJECT)
    dli.add_fault("cut_after", "run", project=PROJECT)
    try:
        assert door.up("orders", job(health_window=1.0)) == "created"
        (made,) = dli.jobs(PROJECT)
        assert (made.status, made.run) == ("job_running", 1), "once, though the answer was lost"
        door.next_deployment()
        assert door.up("orders", job(health_window=1.0, cu_number=8)) == "updated"
        (changed,) = dli.jobs(PROJECT)
        assert (changed.status, changed.run, changed.lineage) == ("job_running", 2, made.lineage)
        door.next_deployment()
        door.refresh("orders")
        assert door.up("orders", job(health_window=1.0, cu_number=8)) == "unchanged"
    finally:
        dli.set(lag=0.0, late_run=0.0, late_stop=0.0)
