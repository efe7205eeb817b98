"""Which addresses the SQL of a job names; whatever stands beside them is never told."""

from __future__ import annotations

import pytest

from dli_provider.sql import addresses

CASES = {
    "brokers": (
        {"connector": "kafka", "properties.bootstrap.servers": "K1:9092, k2:9093"},
        ["k1:9092", "k2:9093"],
    ),
    "brokers with their protocol": (
        {
            "connector": "upsert-kafka",
            "properties.bootstrap.servers": "SASL_SSL://k1:9092,SASL_SSL://k2:9093",
        },
        ["k1:9092", "k2:9093"],
    ),
    "a schema registry": (
        {"connector": "kafka", "format": "avro-confluent", "avro-confluent.url": "http://registry"},
        ["registry:80"],
    ),
    "MySQL": ({"connector": "jdbc", "url": "jdbc:mysql://u:p4ss@db:3307/x?password=s3cret"}, ["db:3307"]),
    "two of PostgreSQL": (
        {"connector": "jdbc", "url": "jdbc:postgresql://db1,db2:5433/x"},
        ["db1:5433", "db2:5433"],
    ),
    "the usual port": ({"connector": "jdbc", "url": "jdbc:postgresql://db/x"}, ["db:5432"]),
    "Oracle": ({"connector": "jdbc", "url": "jdbc:oracle:thin:scott/tiger@//o:1521/x"}, ["o:1521"]),
    "SQL Server": ({"connector": "jdbc", "url": "jdbc:sqlserver://s:1433;password=s3cret"}, ["s:1433"]),
    "Redis": ({"connector": "redis", "host": "r"}, ["r:6379"]),
    "Elasticsearch": (
        {"connector": "elasticsearch-7", "hosts": "http://e1:9200;https://e2"},
        ["e1:9200", "e2:443"],
    ),
    "changes of MySQL": ({"connector": "mysql-cdc", "hostname": "m", "port": "3308"}, ["m:3308"]),
    "MongoDB": ({"connector": "mongodb", "uri": "mongodb://u:p4ss@m1:1,m2:2/x"}, ["m1:1", "m2:2"]),
    "HBase": ({"connector": "hbase-2.2", "zookeeper.quorum": "z1,z2:2181"}, ["z1:2181", "z2:2181"]),
    "IPv6": ({"connector": "jdbc", "url": "jdbc:mysql://[::1]:3306/x"}, ["[::1]:3306"]),
    "nothing outside": ({"connector": "datagen"}, []),
}
UNCLEAR = {
    "a log-in with a mark that ends it": {"connector": "mongodb", "uri": "mongodb://u:1/4@h:1/x"},
    "a placeholder": {"connector": "kafka", "properties.bootstrap.servers": "{{ kafka }}"},
    "no port anywhere": {"connector": "kafka", "properties.bootstrap.servers": "k1"},
    "Oracle's description": {"connector": "jdbc", "url": "jdbc:oracle:thin:@(DESCRIPTION=(HOST=o))"},
}


def table(options: dict[str, str]) -> str:
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in options.items())
    return f"CREATE TABLE t (a INT) WITH ({listed}); CREATE VIEW v AS SELECT a FROM t;"


@pytest.mark.parametrize(("options", "expected"), CASES.values(), ids=CASES.keys())
def test_an_address_that_can_be_read(options: dict[str, str], expected: list[str]) -> None:
    found = addresses(table(options))
    assert (list(found.known), found.unclear) == (expected, ())


@pytest.mark.parametrize("options", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_what_cannot_be_read_is_said_without_its_value(options: dict[str, str]) -> None:
    found = addresses(table(options))
    (key,) = options.keys() - {"connector"}
    assert found.known == ()
    assert found.unclear == (f"{key} of table t is no address that can be read",)


def test_sql_that_cannot_be_read() -> None:
    assert addresses("CREATE TABLE t (a INT) WITH ('x").unclear == ("the SQL could not be read",)
