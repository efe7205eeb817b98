"""The sample jobs on a real Flink and a real Kafka: what a restart loses and repeats, seen in the topics themselves."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dli_provider.emulator.runners.flink.runner import runner_factory
from dli_provider.emulator.server import Emulator
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.feed import Feed
from dli_provider.flink.judging import Judge, SqlChange
from dli_provider.flink.kafka import Broker
from dli_provider.flink.provision import Distribution
from tests.flink.counting import until
from tests.flink.dli import Dli

pytestmark = [pytest.mark.flink, pytest.mark.slow]

RELEASES = Path(__file__).parents[2] / "stacks" / "releases" / "dev"
LONG = 3600  # seconds between two checkpoints: none is taken while a test runs


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    try:
        broker = Broker.start(os.environ, tmp_path_factory.mktemp("kafka"))
    except FlinkError as error:
        pytest.skip(f"NO REAL KAFKA, SO NOTHING IS PROVEN ABOUT OFFSETS: {error}")
    with broker:
        yield broker


@pytest.fixture
def client(flink: Cluster, kafka: Broker, tmp_path: Path) -> Iterator[Dli]:
    """A local DLI on both, whose topics are empty."""
    with Emulator.start(tmp_path / "dli.db", engine=runner_factory(flink, kafka)) as local:
        yield Dli(local.url)
        local.reset()


def sample(name: str) -> str:
    """A sample job's SQL; the broker that it names cannot be reached from anywhere."""
    return re.sub(
        r"@\{(\w+)\}", lambda found: {"prefix": "dev"}.get(found[1], "nowhere.invalid:1"), text(name)
    )


def text(name: str) -> str:
    return (RELEASES / f"{name}.sql").read_text()


def from_the_first(name: str) -> str:
    """The same where a start without a savepoint begins with the first record, so that it is known what is repeated.

    The sample begins where Kafka was told last that its group was: Flink tells it after a checkpoint, sometime.
    """
    sql = sample(name)
    assert "'group-offsets'" in sql
    return sql.replace("'group-offsets'", "'earliest-offset'")


def started(client: Dli, name: str, **definition: Any) -> int:
    job_id = client.create(name=name, sql_body=sample(name), **definition)
    again(client, job_id)
    return job_id


def again(client: Dli, job_id: int, *, resume: bool = False) -> None:
    client.run(job_id, resume=resume)
    job = client.wait(job_id, "job_running", "job_submit_fail")
    assert job["status"] == "job_running", job["status_desc"]


def stopped(client: Dli, job_id: int, *, savepoint: bool) -> None:
    client.stop(job_id, savepoint=savepoint)
    client.wait(job_id, "job_cancel_success")


def orders(names: range, at: str, customers: int = 7) -> list[dict[str, Any]]:
    return [
        {
            "topic": "dev.orders",
            "key": str(each),
            "value": {
                "order_id": f"o-{each}",
                "customer_id": each % customers,
                "amount": 1,
                "currency": "EUR",
                "ordered_at": f"2026-01-05T{at}:00.000Z",
            },
        }
        for each in names
    ]


def values(kafka: Broker, topic: str) -> list[Any]:
    return [json.loads(each["value"]) for each in kafka.read(topic)]


def enriched(kafka: Broker) -> Counter[str]:
    """How often each order is in the topic that one job writes and the next one reads."""
    return Counter(each["order_id"] for each in values(kafka, "dev.orders_enriched"))


def once(names: range) -> Counter[str]:
    return Counter(f"o-{each}" for each in names)


def test_one_job_feeds_the_next_and_only_a_stateless_restart_repeats(client: Dli, kafka: Broker) -> None:
    """`order_enrichment` writes what `hourly_revenue` reads; both are restarted while events go on coming."""
    kafka.write(orders(range(20), "10:05"))
    writer = started(client, "order_enrichment", parallel_number=2, checkpoint_interval=LONG)
    reader = started(client, "hourly_revenue", checkpoint_interval=1)
    assert client.get(writer)["status_desc"] == "Stand-ins: customers (jdbc)."
    assert client.get(reader)["status_desc"] == ""
    until(lambda: enriched(kafka), lambda seen: len(seen) == 20)

    # Both stop with a savepoint. What comes meanwhile is read from the place that the savepoint holds.
    stopped(client, writer, savepoint=True)
    stopped(client, reader, savepoint=True)
    kafka.write(orders(range(20, 40), "10:50"))
    again(client, writer, resume=True)
    again(client, reader, resume=True)
    seen = until(lambda: enriched(kafka), lambda seen: len(seen) == 40)
    assert seen == once(range(40)), "no order is lost, and none written twice"

    # Without one, every order is written again.
    stopped(client, writer, savepoint=False)
    kafka.write(orders(range(40, 50), "10:55"))
    client.update(writer, sql_body=from_the_first("order_enrichment"))
    again(client, writer)
    repeated = once(range(50)) + once(range(40))
    seen = until(lambda: enriched(kafka), lambda seen: seen.total() >= repeated.total())
    assert seen == repeated

    # The hour ends when every partition has seen a later one. Its sums have each order as often as it came.
    kafka.write(orders(range(1000, 1064), "12:30", customers=64))
    hours = until(
        lambda: [each for each in values(kafka, "dev.hourly_revenue") if "10:00:00" in each["hour_start"]],
        lambda hours: sum(each["orders"] for each in hours) >= repeated.total(),
    )
    assert sum(each["orders"] for each in hours) == repeated.total()
    assert sum(each["revenue"] for each in hours) == repeated.total()
    keys = Counter(each["key"] for each in kafka.read("dev.hourly_revenue"))
    assert set(keys.values()) == {1}, "the upsert sink has each row once"


def movements(numbers: range, article: str = "lamp") -> list[dict[str, Any]]:
    """Each of another weight, so that a sum tells how often each is in it: a digit to the base of four."""
    return [
        {
            "topic": "dev.stock_movements",
            "key": article,
            "value": {
                "article": article,
                "warehouse": "HAM",
                "quantity": 4**number,
                "moved_at": f"2026-01-05T10:00:{number:02}.000Z",
            },
        }
        for number in numbers
    ]


def on_hand(kafka: Broker) -> list[int]:
    """What the upsert sink has been told of the article, in order."""
    return [each["on_hand"] for each in values(kafka, "dev.stock_levels") if each["article"] == "lamp"]


def counted(total: int) -> list[int]:
    """How often each movement is in a sum."""
    return [total // 4**number % 4 for number in range(15) if total >= 4**number]


def test_sums_survive_a_savepoint_a_killed_task_manager_and_a_killed_broker(
    client: Dli, flink: Cluster, kafka: Broker
) -> None:
    kafka.write(movements(range(3)))
    job = started(
        client,
        "stock_levels",
        parallel_number=2,
        checkpoint_interval=1,
        restart_when_exception=True,
        resume_checkpoint=True,
    )
    until(lambda: on_hand(kafka), lambda seen: bool(seen) and counted(seen[-1]) == [1] * 3)
    stopped(client, job, savepoint=True)
    before = on_hand(kafka)
    kafka.write(movements(range(3, 6)))
    again(client, job, resume=True)
    until(lambda: on_hand(kafka), lambda seen: counted(seen[-1]) == [1] * 6)
    assert on_hand(kafka)[: len(before)] == before
    told = on_hand(kafka)
    assert told == sorted(set(told)), "no sum is told twice"

    broker = kafka.pid
    assert broker is not None
    os.kill(broker, signal.SIGKILL)
    assert kafka.read("dev.stock_levels"), "whoever asks does not notice"
    assert kafka.pid not in (None, broker)
    os.kill(flink.pids()["taskmanager"], signal.SIGKILL)
    kafka.write(movements(range(6, 9)))
    until(lambda: client.get(job)["restart_times"], bool)
    until(lambda: on_hand(kafka), lambda seen: counted(seen[-1]) == [1] * 9)

    # From nothing: each movement is added up once more, and the sink is told every sum again.
    stopped(client, job, savepoint=False)
    before = on_hand(kafka)
    client.update(job, sql_body=from_the_first("stock_levels"))
    again(client, job)
    sums = [(4**number - 1) // 3 for number in range(1, 10)]
    until(lambda: on_hand(kafka), lambda seen: seen == before + sums)


def test_no_option_leads_to_another_broker_or_loads_a_class(client: Dli, kafka: Broker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.1)
        servers = f"'properties.bootstrap.servers' = '127.0.0.1:{elsewhere.getsockname()[1]}'"
        sql = (
            f"CREATE TABLE a (v STRING) WITH ('connector' = 'kafka', 'topic' = 'in', {servers},"
            " 'scan.startup.mode' = 'earliest-offset', 'format' = 'raw',\n"
            "  'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.mechanism' = 'PLAIN',"
            " 'properties.sasl.jaas.config' = 'com.sun.security.auth.module.JndiLoginModule required;',"
            " 'properties.interceptor.classes' = 'no.such.Class');\n"
            f"CREATE TABLE b WITH ('topic' = 'out', {servers}) LIKE a;\n"
            f"INSERT INTO b SELECT v FROM a /*+ OPTIONS({servers}, 'properties.client.id' = 'x') */;"
        )
        kafka.write([{"topic": "in", "value": "a line"}])
        job_id = client.create(sql_body=sql)
        again(client, job_id)
        assert client.get(job_id)["status_desc"] == (
            "Left out, as Kafka here asks for none of it: properties.security.protocol, properties.sasl.mechanism,"
            " properties.sasl.jaas.config, properties.interceptor.classes."
        )
        until(lambda: [each["value"] for each in kafka.read("out")], lambda seen: seen == ["a line"])
        with pytest.raises(TimeoutError):
            elsewhere.accept()
        client.run(
            hinted := client.create(
                name="hinted",
                sql_body=sql.replace("'properties.client.id' = 'x'", "'connector' = 'kafka'"),
            )
        )
        assert "another connector" in client.wait(hinted, "job_submit_fail")["status_desc"]


def test_a_program_of_ones_own_feeds_topics_and_goes_on_where_it_was(kafka: Broker, tmp_path: Path) -> None:
    program = tmp_path / "writes.py"
    program.write_text(
        "import json, os, time\n"
        "since = float(os.environ['FEED_SINCE'] or 0)\n"
        "for each in (1, 2, 3):\n"
        "    if each > since:\n"
        "        line = {'topic': 'fed', 'key': 'k', 'value': each, 'at': each * 1000}\n"
        "        print(json.dumps(line), flush=True)\n"
        "time.sleep(600)\n"
    )
    for _ in range(2):
        with Feed(f"{sys.executable} {program}", kafka):
            until(lambda: values(kafka, "fed"), lambda seen: len(seen) == 3)
    assert values(kafka, "fed") == [1, 2, 3]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("{'topic': 'beside', 'value': 'x' * 2_000_000}", "larger than"),
        ("{'topic': 'no topic', 'value': 1}", "Topic name is invalid"),
        ("{'topic': 'beside', 'value': float('nan')}", "NaN"),
    ],
    ids=["too large", "no topic", "no JSON"],
)
def test_a_record_that_kafka_never_takes_ends_the_feed_and_is_not_tried_for_ever(
    kafka: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: str, why: str
) -> None:
    """Those beside it were written again every second, and for one that is no JSON the broker ended each time."""
    kafka.create({"beside": False})
    before, broker = len(values(kafka, "beside")), kafka.pid
    program = tmp_path / "writes.py"
    program.write_text(
        "import json, sys, time\n"
        f"lines = [json.dumps(each) for each in ({{'topic': 'beside', 'value': 1}}, {bad})]\n"
        "sys.stdout.write('\\n'.join(lines) + '\\n')\nsys.stdout.flush()\ntime.sleep(600)\n"
    )
    with Feed(f"{sys.executable} {program}", kafka) as feed:
        until(lambda: feed._thread.is_alive(), lambda alive: not alive)
    assert kafka.pid == broker
    assert len(values(kafka, "beside")) - before <= 1
    assert "The program that feeds Kafka is ended" in caplog.text
    assert why in caplog.text


def test_a_broker_ends_with_whoever_started_it_even_by_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom dli_provider.flink.kafka import Broker\n"
        "broker = Broker.start(os.environ, Path(sys.argv[1]))\nprint(broker.pid, flush=True)\ntime.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        os.kill(pid, 0)
        starter.kill()
    until(lambda: Path(f"/proc/{pid}").exists(), lambda there: not there)


def test_what_the_planner_says_of_the_committer_is_so(
    client: Dli, kafka: Broker, distribution: Distribution
) -> None:
    """A first HAVING moves the sink away from the aggregation: the id of the committer, which is in every savepoint,
    also without transactions, is gone. A filter over a plain sink leaves it where it is."""
    kafka.write(orders(range(20), "10:05"))
    for table, insert, added, verdict in (
        (
            "totals (customer_id BIGINT, n BIGINT, PRIMARY KEY (customer_id) NOT ENFORCED) WITH ('connector' = "
            "'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json', 'topic' = 'dev.totals',",
            "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id",
            " HAVING COUNT(*) > 1",
            "incompatible",
        ),
        (
            "totals (order_id STRING, n BIGINT) WITH ('connector' = 'kafka', 'format' = 'json', 'topic' = 'dev.once',",
            "SELECT order_id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY PROCTIME()) AS n"
            " FROM orders) WHERE n = 1",
            " AND amount > 0",
            "carried",
        ),
    ):
        at = "'properties.bootstrap.servers' = 'nowhere.invalid:1')"
        old = (
            "CREATE TABLE orders (order_id STRING, customer_id BIGINT, amount BIGINT) WITH ('connector' = 'kafka', "
            "'format' = 'json', 'topic' = 'dev.orders', 'properties.group.id' = 'g', "
            f"'scan.startup.mode' = 'earliest-offset', {at};\nCREATE TABLE {table} {at};\nINSERT INTO totals {insert}"
        )
        with contextlib.closing(Judge("flink", os.environ, lambda: distribution)) as judge:
            found = judge.verdict(SqlChange(old, old + added))
        assert found.name == verdict, found.because
        job_id = client.create(name=verdict, sql_body=old)
        again(client, job_id)
        stopped(client, job_id, savepoint=True)
        client.update(job_id, sql_body=old + added)
        client.run(job_id, resume=True)
        job = client.wait(job_id, "job_running", "job_submit_fail")
        assert (job["status"] == "job_running") is (verdict == "carried"), job["status_desc"]
