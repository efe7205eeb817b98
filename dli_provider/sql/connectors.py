"""What is known of connectors and their options, once for all: the judge, reviews, review stacks and stand-ins.

Two kinds of knowledge: what a connector does (keep state, lead outside, come with Flink), and what an option decides
(the place in a source, an operator, a log-in, only speed). From DLI's pages on connectors, Flink's own, and the corpus.
"""

from __future__ import annotations

import re

from dli_provider.sql.ast import Table

TRIAL_CONNECTORS = frozenset(["print", "datagen", "blackhole"])
"""For trying things out: they make up rows, or throw them away."""
BUILT_IN_CONNECTORS = TRIAL_CONNECTORS | {"filesystem"}
"""Every Flink has them, and they need no system elsewhere."""
FETCHED_CONNECTORS = frozenset(["kafka", "upsert-kafka", "jdbc"])
"""Apache's, which no release of Flink contains: they are fetched where SQL is shown to Flink."""
TOPIC_CONNECTORS = frozenset(["kafka"])
"""A copy of a job can be given a topic of its own there. Upserting or not, it is one system."""

_INSIDE = TRIAL_CONNECTORS | {"values", ""}
_APPEND_ONLY = frozenset(["kafka", "datagen"])
_APPEND_FORMATS = frozenset(
    ["json", "csv", "avro", "raw", "protobuf", "parquet", "orc", "avro-confluent", ""]
)
_KEEPS_NOTHING = frozenset(
    ["print", "blackhole", "jdbc", "elasticsearch-6", "elasticsearch-7", "hbase-1.4", "hbase-2.2"]
)
_LOOKED_UP = frozenset(
    ["jdbc", "redis", "hbase-1.4", "hbase-2.2", "hbase", "gaussdb", "rds", "dws", "mongodb"]
)

TOPIC_OPTIONS = ("topic", "connector.topic", "kafka_topic")
"""What names the topics of a table, in open-source SQL, in that of Flink 1.10, and in DLI's older SQL."""
EXCLUSIVE_OPTIONS = {
    "server-id": "a second reader with this id would throw the first one out",
    "slot.name": "a replication slot has one reader",
}
"""What only one reader may use, with the reason."""

_CREDENTIALS = re.compile(
    r"(properties\.)?(sasl|ssl|security)\.|.*(password|username|secret|token|access[._-]?key)|.*\.auth\."
)
_START = re.compile(r"scan\.startup\.|properties\.auto\.offset\.reset|connector\.startup-mode")
_GROUP = re.compile(r"(connector\.)?(properties\.)?(group\.id|group-id)|kafka_group_id")
_TUNING = re.compile(
    r"rows-per-second|properties\.(client\.id|fetch\.|max\.|receive\.|request\.|session\.|heartbeat\.|metadata\.)"
    r"|.*\.ignore-parse-errors|.*\.fail-on-missing-field|scan\.topic-partition-discovery\.interval"
    # How a CDC source reads its first picture, and how patiently: what is cut already keeps its bounds.
    r"|(scan\.incremental\.snapshot\.chunk\.size|scan\.snapshot\.fetch\.size|connect\.(timeout|max-retries)"
    r"|connection\.pool\.size|heartbeat\.interval)$"
)
_LOOKUP_TUNING = re.compile(
    r"lookup\.cache$|lookup\.(cache|partial-cache|full-cache)\.|lookup\.max-retries|connection\.|driver"
)
_SINK_TUNING = re.compile(
    r"sink\.buffer-flush\.|sink\.max-retries|print-identifier|standard-error|connection\.|driver"
    r"|properties\.(client\.id|linger\.|batch\.|compression\.|buffer\.|request\.|acks)"
    # When a file is begun anew; how far an open one has come is kept, whatever the rule.
    r"|sink\.rolling-policy\."
)
_SERVERS = re.compile(r"(connector\.)?properties\.bootstrap\.servers|kafka_bootstrap_servers")
_IDENTITY = re.compile(
    r"(connector\.)?topics?(-pattern)?|kafka_topic|path|stream|channel|queue|url|hostname|hosts|port|uri|scheme"
    r"|database(-name|\.name)?|schema-name|table-name|collection|index|region|endpoint|project[_-]?id|source\.path"
    r"|connector\.(url|table|path)|fields\..*\.(kind|start|end)|number-of-rows|slot\.name"
)
_FORMAT = re.compile(
    r"(key\.|value\.)?(format|fields(-include|-prefix)?)|(format|connector)\.type|encode|type"
)
_CHANGELOG = re.compile(r"debezium|canal|maxwell|ogg|changelog|cdc")


# -- connectors ----------------------------------------------------------------------------------------------------


def connector(table: Table) -> str:
    """The table's connector, in lower case; empty where it has none."""
    options = dict(table.options)
    return options.get("connector", options.get("connector.type", options.get("type", ""))).lower()


def leads_outside(table: Table) -> bool:
    """Whether there is a system behind the table, which others may read or write too."""
    return connector(table) not in _INSIDE


def upserts(table: Table) -> bool:
    """Whether the connector turns rows into changes by key, for which Flink keeps the last row of each key."""
    return connector(table) == "upsert-kafka"


def only_grows(table: Table) -> bool:
    """Whether the table only ever gets more rows, and its connector takes over neither filters nor columns."""
    options = dict(table.options)
    form = options.get("value.format", options.get("format", ""))
    return connector(table) in _APPEND_ONLY and form in _APPEND_FORMATS


def written_without_state(table: Table) -> bool:
    """Whether Flink keeps nothing of what it writes there: no transactions, no open files, no buffer in a savepoint."""
    return connector(table) in _KEEPS_NOTHING and "sink.parallelism" not in dict(table.options)


def reads_by_place(table: Table) -> bool:
    """Whether the fields of a row have no names, so that what stands before a column decides what it reads.

    Avro's files hold the names that its messages do not.
    """
    forms = {value for key, value in table.options if _FORMAT.fullmatch(key)}
    return "csv" in forms or ("avro" in forms and connector(table) != "filesystem")


def takes_changes(table: Table) -> tuple[object, ...]:
    """What decides in which form a sink is told of changes: with the old row, with the key alone, or not at all."""
    forms = [value for key, value in table.options if _FORMAT.fullmatch(key)]
    return (connector(table), table.primary_key, forms)


def commits(table: Table) -> bool:
    """Whether what is written may wait for a commit that is kept in the state."""
    options = dict(table.options)
    guarantee = options.get("sink.delivery-guarantee", "") + options.get("sink.semantic", "")
    return not always_keeps(table) or "exactly" in guarantee


def always_keeps(table: Table) -> bool:
    """Whether every savepoint holds something of what writes the table, also where no transactions are asked for: seen
    on a real Flink and a real Kafka."""
    return connector(table) in ("kafka", "upsert-kafka")


def is_looked_up(table: Table) -> bool:
    """Whether a join FOR SYSTEM_TIME AS OF asks the system row by row, without keeping anything."""
    return connector(table) in _LOOKED_UP


def is_store(table: Table) -> bool:
    """Whether the rows of the table lie somewhere, to be read once or looked up; a stream has no end."""
    watched = "source.monitor-interval" in dict(table.options)
    return is_looked_up(table) or (connector(table) == "filesystem" and not watched)


def identity(table: Table) -> tuple[tuple[str, ...], ...]:
    """What tells the outside tables behind a table from all others: the kind of system, then topic, path or the like.

    A list of topics is several tables. Addresses of brokers do not count: a topic is looked for in one cluster.
    """
    options = dict(table.options)
    # kafka and upsert-kafka may be two ways to one topic.
    kind = connector(table).removeprefix("upsert-")
    topics = next((options[key] for key in TOPIC_OPTIONS if key in options), None)
    if topics is not None:
        return tuple((kind, topic.strip()) for topic in topics.split(";") if topic.strip())
    return ((kind, *(value for key, value in sorted(options.items()) if _IDENTITY.fullmatch(key))),)


# -- options -------------------------------------------------------------------------------------------------------


def is_login(key: str) -> bool:
    """Whether the option only says who reads or writes, which no state depends on."""
    return _CREDENTIALS.match(key) is not None


def is_start(key: str) -> bool:
    """Whether the option says where a job begins to read that has no state yet."""
    return _START.match(key) is not None


def is_consumer_group(key: str) -> bool:
    """Whether the option names the group in whose name a source reads."""
    return _GROUP.fullmatch(key) is not None


def is_client(key: str) -> bool:
    """Whether the option only says by which number or name the server knows its reader."""
    return key == "server-id"


def adds_topics(table: Table, key: str, before: str, after: str) -> bool:
    """Whether the option lists the topics of Kafka, all those that it listed before and more."""
    olds, news = ({name.strip() for name in value.split(";")} - {""} for value in (before, after))
    return key == "topic" and connector(table) == "kafka" and bool(olds) and olds < news


def is_servers(key: str) -> bool:
    """Whether the option lists the servers of a cluster."""
    return _SERVERS.fullmatch(key) is not None


def is_identity(key: str) -> bool:
    """Whether the option is part of what tells one outside table from another."""
    return _IDENTITY.fullmatch(key) is not None


def tunes_source(key: str) -> bool:
    """Whether the option only makes a source faster, or more lenient."""
    return _TUNING.match(key) is not None


def tunes_lookup(key: str) -> bool:
    """Whether the option only makes look-ups faster."""
    return _LOOKUP_TUNING.match(key) is not None


def tunes_sink(table: Table, key: str) -> bool:
    """Whether the option only makes a sink faster."""
    # An upsert sink that gathers rows before it writes them is another operator than one that does not.
    buffers = key.startswith("sink.buffer-flush.") and upserts(table)
    return _SINK_TUNING.match(key) is not None and not buffers


def switches_changelog(key: str, before: str, after: str) -> bool:
    """Whether the option is a format that carried rows before and changes of rows after, or the other way round."""
    told = [_CHANGELOG.search(value) is not None for value in (before, after)]
    return _FORMAT.fullmatch(key) is not None and told[0] != told[1]
