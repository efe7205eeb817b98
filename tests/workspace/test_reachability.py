"""`dli doctor --sql`: what DLI says of each address is told as it is, and what it does not say too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dli_provider.api.client import Client
from dli_provider.connect import connect
from dli_provider.emulator.server import Emulator
from dli_provider.settings import Settings
from dli_provider.workspace.reachability import Reach, Reached, Using, reached
from tests.api.scripted import Reply, Server, client, refusal, reply

PROJECT = "reach"
BEGUN = reply({"is_success": True, "message": "", "task_id": 1})


def kafka(servers: str) -> str:
    return (
        f"CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = '{servers}');"
    )


JOB = Using("orders", "q_stream_dev", kafka("k1:9092"))


@pytest.fixture(scope="module")
def dli() -> Iterator[Emulator]:
    with Emulator.start() as started:
        yield started


@pytest.fixture
def api(dli: Emulator) -> Iterator[Client]:
    dli.reset()
    with connect(Settings(dli.url, PROJECT)) as api:
        yield api


def word(text: str) -> Reply:
    return reply({"is_success": True, "message": "", "connectivity": text})


def asked(api: Client, *jobs: Using) -> list[Reached]:
    return list(reached(api, jobs or (JOB,), lambda _: None))


def test_each_address_once_for_each_queue(dli: Emulator, api: Client) -> None:
    dli.cut_off(PROJECT, "k2")
    jobs = (
        Using("b", "q_stream_dev", kafka("k1:9092,k2:9092")),
        Using("a", "q_stream_dev", kafka("k1:9092")),
        Using("c", "q_stream_prod", kafka("k1:9092")),
    )
    found = asked(api, *jobs)
    assert [(each.reach, each.said) for each in found] == [
        (Reach.REACHABLE, "k1:9092 from queue q_stream_dev (of a, b): reachable"),
        (Reach.UNREACHABLE, "k2:9092 from queue q_stream_dev (of b): not reachable"),
        (Reach.REACHABLE, "k1:9092 from queue q_stream_prod (of c): reachable"),
    ]
    assert "datasource connection" in found[1].remedy
    assert sum(entry.call == "connection_test" for entry in dli.requests()) == 3


def test_what_cannot_be_asked(api: Client) -> None:
    found = asked(
        api,
        Using("later", "q", None),
        Using("shared", "", kafka("k1:9092")),
        Using("secret", "q", kafka("u:s3cret@k1:9092/x")),
    )
    assert [each.reach for each in found] == [Reach.UNKNOWN] * 3
    assert "k1:9092" in found[1].said
    assert "s3cret" not in str(found)


def test_a_region_without_the_test_is_said_once() -> None:
    missing = refusal("APIGW.0101", "The API does not exist.", 404)
    with Server([missing] * 2) as server, client(server.url) as api:
        (one,) = asked(api, Using("orders", "q", kafka("k1:9092,k2:9092")))
    assert one.reach is Reach.UNKNOWN
    assert "does not offer its connectivity test here" in one.said


def test_a_queue_that_is_not_there_and_a_right_that_is_missing(dli: Emulator, api: Client) -> None:
    dli.set(any_queue=False)
    (one,) = asked(api, Using("orders", "nobodys", kafka("k1:9092")))
    assert one.reach is Reach.UNKNOWN
    assert "nobodys" in one.said
    with Server([refusal("DLI.0003", "Permission denied", 403)]) as server, client(server.url) as refused:
        (one,) = asked(refused)
    assert one.reach is Reach.UNKNOWN
    assert one.remedy


def test_a_word_that_no_page_explains_is_waited_for_and_then_said() -> None:
    with Server([BEGUN, word("TESTING"), word("reachable")]) as server, client(server.url) as api:
        assert [each.reach for each in asked(api)] == [Reach.REACHABLE]
    with Server([BEGUN, *[word("PARTIAL")] * 31]) as server, client(server.url) as api:
        (one,) = asked(api)
    assert one.reach is Reach.UNKNOWN
    assert "'PARTIAL'" in one.said
