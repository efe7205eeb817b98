"""What the sample shop writes into a real Kafka: the columns that its jobs read, with keys, late orders and a thief."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from dli_provider.emulator.runners.flink.confinement import confined
from dli_provider.emulator.runners.flink.kafka_tables import CONNECTORS, led_here
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.sql import BUILT_IN_CONNECTORS, outline
from stacks.shop_events import LATEST, ShopEvent, events, iso

BEGIN = 1_790_000_000.0
RELEASES = Path(__file__).parents[2] / "stacks" / "releases" / "dev"


@pytest.fixture(scope="module")
def hour() -> list[ShopEvent]:
    return list(islice(events(BEGIN), 6000))


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_it_goes_on_where_it_was_with_nothing_made_twice_or_left_out(hour: list[ShopEvent]) -> None:
    for number in (1, 500, 3001):
        assert list(islice(events(hour[number].sent), 200)) == hour[number : number + 200]
    assert [each.sent for each in hour] == sorted(each.sent for each in hour)
    assert hour[0].sent >= BEGIN
    orders = [each.value["order_id"] for each in hour if each.topic == "orders"]
    assert len(set(orders)) == len(orders)


def test_it_writes_just_what_the_sample_jobs_read_and_none_of_them_writes(
    tmp_path: Path, hour: list[ShopEvent]
) -> None:
    read, written, columns = set[str](), set[str](), {}
    for file in RELEASES.glob("*.sql"):
        sql = file.read_text()
        script, sinks = outline(sql), re.findall(r"INSERT INTO (\w+)", sql)
        for statement in confined(sql, ObsFolders(tmp_path), BUILT_IN_CONNECTORS | CONNECTORS):
            for topic in led_here([statement], "127.0.0.1:1").topics:
                name = topic.removeprefix("@{prefix}.")
                columns[name] = {each.name for each in script.tables[name].columns}
                (written if name in sinks else read).add(name)
    fed: dict[str, ShopEvent] = {each.topic: each for each in hour}
    assert set(fed) == read - written
    for topic, event in fed.items():
        assert set(event.value) == columns[topic] - {"processed_at"}


def test_a_few_orders_come_late_and_some_after_their_hour(hour: list[ShopEvent]) -> None:
    late = [each.sent - moment(each.value["ordered_at"]) for each in hour if each.topic == "orders"]
    assert min(late) >= -0.001
    assert max(late) <= LATEST + 0.001
    share = sum(each > 60 for each in late) / len(late)
    assert 0.001 < share < 0.05
    assert sum(each > 5 for each in late) > 2 * sum(each > 60 for each in late)


def test_customers_and_articles_come_again_under_their_keys(hour: list[ShopEvent]) -> None:
    keys = Counter(each.key for each in hour if each.topic == "stock_movements")
    assert keys.most_common(1)[0][1] > 20
    assert len(keys) > 20
    assert any(each.value["quantity"] > 0 for each in hour if each.topic == "stock_movements")
    customers = Counter(each.value["customer_id"] for each in hour if each.topic == "orders")
    assert customers.most_common(1)[0][1] > 10
    assert len(customers) > 300


def test_somebody_guesses_at_cards(hour: list[ShopEvent]) -> None:
    """Declined three times or more and then accepted, within ten minutes: what fraud_alerts looks for."""
    attempts = defaultdict(list)
    for each in hour:
        if each.topic == "payments":
            assert each.key == each.value["card_hash"]
            assert each.sent - moment(each.value["paid_at"]) < 10, "its watermark waits no longer"
            attempts[each.key].append((moment(each.value["paid_at"]), each.value["outcome"]))
    caught = 0
    for paid in attempts.values():
        outcomes = [outcome for _, outcome in sorted(paid)]
        caught += outcomes[:3] == ["DECLINED"] * 3 and outcomes[-1] == "APPROVED"
    assert caught > 3


def test_a_moment_is_written_as_these_topics_have_it() -> None:
    assert iso(0.5) == "1970-01-01T00:00:00.500Z"
