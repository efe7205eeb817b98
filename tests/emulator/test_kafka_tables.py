"""Tables of Kafka are led to the one broker here: which topics they need, and which of their options are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from dli_provider.emulator.runners.flink.confinement import confined
from dli_provider.emulator.runners.flink.kafka_tables import CONNECTORS, KafkaTables, led_here
from dli_provider.emulator.runners.flink.obs_folders import ObsFolders
from dli_provider.flink.failures import StatementError
from dli_provider.sql import BUILT_IN_CONNECTORS

HERE = "127.0.0.1:9999"
RELEASES = Path(__file__).parents[2] / "stacks" / "releases" / "dev"


def led(tmp_path: Path, sql: str) -> KafkaTables:
    """As a run does it: what leads out of the folder is refused first."""
    return led_here(confined(sql, ObsFolders(tmp_path), BUILT_IN_CONNECTORS | CONNECTORS), HERE)


def table(options: str, connector: str = "kafka") -> str:
    return f"CREATE TABLE t (a STRING) WITH ('connector' = '{connector}', {options})"


@pytest.mark.parametrize(
    ("job", "topics"),
    [
        ("order_enrichment", {"@{prefix}.orders": False, "@{prefix}.orders_enriched": False}),
        ("hourly_revenue", {"@{prefix}.orders_enriched": False, "@{prefix}.hourly_revenue": True}),
        ("stock_levels", {"@{prefix}.stock_movements": False, "@{prefix}.stock_levels": True}),
        ("fraud_alerts", {"@{prefix}.payments": False, "@{prefix}.fraud_alerts": False}),
    ],
)
def test_the_sample_jobs_need_their_topics_and_lose_nothing_but_the_brokers_name(
    tmp_path: Path, job: str, topics: dict[str, bool]
) -> None:
    sql = (RELEASES / f"{job}.sql").read_text()
    found = led(tmp_path, sql)
    assert (found.topics, found.left_out) == (topics, ())
    before = confined(sql, ObsFolders(tmp_path), BUILT_IN_CONNECTORS | CONNECTORS)
    assert [(each.line, each.text.count("\n")) for each in found.statements] == [
        (each.line, each.text.count("\n")) for each in before
    ]
    written = " ".join(" ".join(each.text for each in found.statements).split())
    assert written == " ".join(" ".join(each.text for each in before).split()).replace(
        "@{kafka_brokers}", HERE
    )


@pytest.mark.parametrize(
    ("options", "topics"),
    [
        ("'topic' = 'a;b ; c'", {"a", "b", "c"}),
        ("'topic-pattern' = 'a.*'", set()),
        ("'topic' = 'it''s'", {"it's"}),
    ],
)
def test_a_list_of_topics_is_several_and_a_pattern_is_none(
    tmp_path: Path, options: str, topics: set[str]
) -> None:
    assert set(led(tmp_path, table(options)).topics) == topics


def test_a_topic_that_is_upserted_anywhere_is_compacted(tmp_path: Path) -> None:
    for order in ((0, 1), (1, 0)):
        both = [
            "CREATE TABLE u (a STRING) WITH ('connector' = 'upsert-kafka', 'topic' = 'x')",
            "CREATE TABLE v (a STRING) WITH ('connector' = 'kafka', 'topic' = 'x')",
        ]
        assert led(tmp_path, ";".join(both[at] for at in order)).topics == {"x": True}


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("group.id", True),
        ("auto.offset.reset", True),
        ("isolation.level", True),
        ("max.poll.records", True),
        ("fetch.min.bytes", True),
        ("transaction.timeout.ms", True),
        ("acks", True),
        ("sasl.jaas.config", False),
        ("sasl.oauthbearer.token.endpoint.url", False),
        ("sasl.client.callback.handler.class", False),
        ("security.protocol", False),
        ("ssl.truststore.location", False),
        ("config.providers", False),
        ("config.providers.file.class", False),
        ("interceptor.classes", False),
        ("metric.reporters", False),
        ("key.deserializer", False),
        ("partition.assignment.strategy", False),
        ("partitioner.class", False),
        ("client.dns.lookup", False),
        ("connector.auth.open", False),
        ("GROUP.ID", False),
        ("group.id.x", False),
        ("", False),
    ],
)
def test_only_how_a_client_reads_and_writes_is_kept(tmp_path: Path, key: str, kept: bool) -> None:
    option = f"'properties.{key}' = 'hunter2'"
    found = led(tmp_path, table(f"'topic' = 'x', {option}, 'format' = 'raw'"))
    assert (option in found.statements[0].text) == kept
    assert found.left_out == (() if kept else (f"properties.{key}",))
    assert kept or "hunter2" not in found.statements[0].text


@pytest.mark.parametrize(
    "sql",
    [
        table("'properties.bootstrap.servers' = 'evil:1'"),
        table("'properties.bootstrap.servers' = 'evil:1'", "upsert-kafka"),
        table("'properties.bootstrap.servers' = 'evil:1'", "KAFKA"),
        "CREATE TABLE t WITH ('properties.bootstrap.servers' = 'evil:1') LIKE b",
        "CREATE TABLE t WITH ('properties.sasl.jaas.config' = 'evil') LIKE b",
        # A table of Kafka that is LIKE this one would have its options.
        table(
            "'properties.bootstrap.servers' = 'evil:1', 'properties.sasl.jaas.config' = 'evil'", "blackhole"
        ),
        table("'properties.bootstrap.servers' = 'evil:1'", "redis"),
        "INSERT INTO t SELECT * FROM s /*+ OPTIONS('properties.bootstrap.servers' = 'evil:1') */",
        "INSERT INTO t /*+ OPTIONS(`properties.bootstrap.servers` = 'evil:1') */ SELECT * FROM s",
        "INSERT INTO t /*+ OPTIONS('properties.sasl.jaas.config' = 'evil') */ SELECT 1"
        " FROM s /*+ OPTIONS('properties.bootstrap.servers' = 'evil:1', 'scan.startup.mode' = 'latest-offset') */",
        "CREATE TABLE t WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = 'evil:1') AS"
        " SELECT * FROM s /*+ OPTIONS('properties.bootstrap.servers' = 'evil:2') */",
        "CREATE TABLE t (a STRING) WITH ('connector' = 'kafka', -- 'x'\n'properties.bootstrap.servers' = 'evil:1'\n)",
    ],
)
def test_wherever_it_stands_a_broker_is_the_one_here(tmp_path: Path, sql: str) -> None:
    (statement,) = led(tmp_path, sql).statements
    assert "evil" not in statement.text
    assert HERE in statement.text
    assert statement.text.count("\n") == sql.count("\n")
    again = led(tmp_path, statement.text)
    assert (again.statements[0].text, again.left_out) == (statement.text, ()), "it is still SQL, and led here"


def test_a_table_of_another_system_is_left_as_it_is(tmp_path: Path) -> None:
    sql = table("'topic'  = 'x', 'number-of-rows' = '1'", "datagen")
    found = led(tmp_path, sql)
    assert (found.statements[0].text, found.topics) == (sql, {})


@pytest.mark.parametrize(
    "hint", ["'connector' = 'kafka'", "`connector` = 'kafka', 'topic' = 'x'", "connector = 'filesystem'"]
)
@pytest.mark.parametrize("there", [BUILT_IN_CONNECTORS, BUILT_IN_CONNECTORS | CONNECTORS])
def test_a_hint_brings_no_connector_back(tmp_path: Path, hint: str, there: frozenset[str]) -> None:
    """A stand-in is put where a table is defined: what it stands for would lead to the system itself."""
    sql = f"INSERT INTO t SELECT * FROM s /*+ OPTIONS({hint}) */"
    with pytest.raises(StatementError, match="not run here: a hint that gives a table another connector"):
        confined(sql, ObsFolders(tmp_path), there)


def test_an_option_that_has_to_be_decoded_is_refused_and_not_led_here(tmp_path: Path) -> None:
    with pytest.raises(StatementError, match="not written as 'key' = 'value'"):
        led(tmp_path, table("U&'properties.bootstrap\\002Eservers' = 'evil:1'"))
