"""What a program declares: `FlinkSqlJob`, its arguments and its outputs, with Pulumi's own stand-in for an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS

from dli_provider import FlinkSqlJob
from tests.support.declared import SQL
from tests.test_resource import PICKLED


class Registered(pulumi.runtime.Mocks):
    """Pulumi's own stand-in for an engine: remembers what is registered, and gives back what check would add."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.types[args.name], self.inputs[args.name] = args.typ, dict(args.inputs)
        return "7", {"name": f"{args.name}-0123456", **args.inputs, "job_id": 7, "status": "job_running"}

    def call(self, _: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], None]:
        return {}, None


@cache
def pulumis_loop() -> asyncio.AbstractEventLoop:
    """An event loop that is never closed: its worker threads, in which Pulumi leaves loops of its own, end with it."""
    return asyncio.new_event_loop()


@pytest.fixture
def registered() -> Iterator[Registered]:
    # Pulumi takes the thread's event loop, and a test that ran before in this process may have ended it.
    asyncio.set_event_loop(pulumis_loop())
    monitor = Registered()
    pulumi.runtime.set_mocks(monitor, project="shop", stack="dev", preview=False)
    yield monitor
    pulumi.runtime.settings.reset_options()


def outputs_of(program: Callable[[], pulumi.Output[Any]]) -> Any:
    """What an output holds once the program is through."""
    held: list[Any] = []
    pulumi.runtime.test(lambda: program().apply(held.append))()  # type: ignore[no-untyped-call]
    return held[0]


def test_arguments_go_as_they_are_and_outputs_come_back(registered: Registered) -> None:
    def program() -> pulumi.Output[Any]:
        tags = {"team": pulumi.Output.from_input("data")}
        job = FlinkSqlJob("orders", queue_name="q", sql_body=SQL, tags=tags)
        return pulumi.Output.all(job.id, job.name, job.job_id, job.status, job.queue_name, job.desc)

    assert outputs_of(program) == ["7", "orders-0123456", 7, "job_running", "q", None]
    assert registered.types == {"orders": "pulumi-python:dynamic/dli:FlinkSqlJob"}, "part of every URN"
    assert registered.inputs["orders"] == {
        "queue_name": "q",
        "sql_body": SQL,
        "tags": {"team": "data"},
        "owner": "shop/dev/orders",
        "__provider": PICKLED,
    }


def test_pulumi_need_not_wait_for_every_output_of_a_job(registered: Registered) -> None:
    def program() -> pulumi.Output[Any]:
        before = set(SETTINGS.outputs)
        job = FlinkSqlJob("orders", queue_name="q", sql_body=SQL)
        assert set(SETTINGS.outputs) <= before
        return pulumi.Output.all(job.id, job.queue_name)

    assert outputs_of(program) == ["7", "q"], "those that are used come nevertheless"


def test_the_owner_tells_types_of_parents_apart(registered: Registered) -> None:
    def program() -> pulumi.Output[Any]:
        owners = []
        for kind in ("shop:index:Ingest", "shop:index:Report"):
            parent = pulumi.ComponentResource(kind, "eu")
            job = FlinkSqlJob("main", pulumi.ResourceOptions(parent=parent), sql_body=SQL)
            owners.append(job.owner)
        return pulumi.Output.all(*owners)

    one, other = outputs_of(program)
    assert one != other
    assert one.startswith("shop/dev/")
    assert one.endswith("shop:index:Ingest::eu.main")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("20m", 1200), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5)]
)
def test_time_outs_travel_as_arguments(registered: Registered, text: str, seconds: float) -> None:
    timeouts = pulumi.CustomTimeouts(create=text, delete=text)

    def program() -> pulumi.Output[Any]:
        job = FlinkSqlJob("orders", pulumi.ResourceOptions(custom_timeouts=timeouts), sql_body=SQL)
        return pulumi.Output.all(job.create_timeout, job.update_timeout, job.delete_timeout)

    assert outputs_of(program) == [seconds, None, seconds]


@pytest.mark.parametrize("text", ["soon", "20", "", "m", "20 m", "1h 30m", "-5m"])
def test_a_time_out_that_is_no_duration_is_refused_at_once(registered: Registered, text: str) -> None:
    opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(update=text))
    with pytest.raises(pulumi.RunError, match=r"custom_timeouts, update: .* is not a duration"):
        FlinkSqlJob("orders", opts, sql_body=SQL)
    assert registered.inputs == {}


def test_arguments_are_given_by_name(registered: Registered) -> None:
    with pytest.raises(pulumi.RunError, match="arguments are given by name"):
        FlinkSqlJob("orders", SQL)  # type: ignore[arg-type]


def test_what_is_no_argument_is_no_attribute_either(registered: Registered) -> None:
    def program() -> pulumi.Output[Any]:
        job = FlinkSqlJob("orders", sql_body=SQL)
        with pytest.raises(AttributeError, match="FlinkSqlJob has no argument or output 'sql'"):
            _ = job.sql
        return job.id

    assert outputs_of(program) == "7"
