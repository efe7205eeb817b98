"""A copy for review never reads with, or writes to, what the real jobs use; what cannot be kept apart is refused."""

import pytest

from dli_provider.promotion.pipeline import in_order
from dli_provider.promotion.problems import Problems
from dli_provider.promotion.release_jobs import StackJob
from dli_provider.promotion.review_stack import for_review
from dli_provider.sql import with_options

WRITER = """-- 'topic' = 'enriched' in a comment stays
CREATE TABLE s (a INT) WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.group.id' = 'g');
CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'enriched');
INSERT INTO t SELECT a FROM s WHERE 'topic' = 'enriched';
"""
READER = """CREATE TABLE s (a INT)
WITH ('connector' = 'kafka', 'topic' = 'enriched;other', 'properties.group.id' = 'h');
CREATE TABLE t (a INT, PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'it''s');
INSERT INTO t SELECT a FROM s;
"""


def job(name: str, sql: str) -> StackJob:
    return StackJob(name, {"name": name, "cu_number": 2}, sql, secret=False)


def test_a_copy_has_names_groups_and_topics_of_its_own() -> None:
    writer, reader = for_review([job("w", WRITER), job("r", READER)], "pr-1")
    assert (writer.name, writer.arguments) == ("w-pr-1", {"name": "w-pr-1", "cu_number": 2})
    assert writer.sql_body == WRITER.replace("'g'", "'g.pr-1'").replace(
        "'topic' = 'enriched');", "'topic' = 'pr-1.enriched');"
    )
    assert "'topic' = 'pr-1.enriched;other', 'properties.group.id' = 'h.pr-1'" in reader.sql_body
    assert "'topic' = 'pr-1.it''s'" in reader.sql_body


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "CREATE TABLE s (a INT) WITH ('connector' = 'datagen'); CREATE TABLE t (a INT) WITH "
            "('connector' = 'jdbc', 'url' = 'u', 'table-name' = 'x'); INSERT INTO t SELECT a FROM s;",
            "it writes to jdbc",
        ),
        (
            "CREATE TABLE s (a INT) WITH ('connector' = 'mysql-cdc', 'server-id' = '5400'); CREATE TABLE t (a INT) "
            "WITH ('connector' = 'print'); INSERT INTO t SELECT a FROM s;",
            "a second reader with this id would throw the first one out",
        ),
        (WRITER.replace("FROM s", "FROM s /*+ OPTIONS('properties.group.id'='g') */"), "a hint sets a topic"),
        ("INSERT INTO t SELEC", "its SQL is not understood"),
    ],
)
def test_what_cannot_be_kept_apart_is_refused(sql: str, words: str) -> None:
    with pytest.raises(Problems, match=words):
        for_review([job("j", sql)], "pr-1")


@pytest.mark.parametrize(
    "key", ["group.id", "group-id", "connector.group.id", "connector.properties.group-id", "kafka_group_id"]
)
def test_a_consumer_group_is_kept_apart_in_every_spelling(key: str) -> None:
    sql = WRITER.replace("properties.group.id", key)
    (copy,) = for_review([job("w", sql)], "pr-1")
    assert f"'{key}' = 'g.pr-1'" in copy.sql_body


def test_a_job_that_writes_nowhere_is_fine() -> None:
    sql = (
        "CREATE TABLE s (a INT) WITH ('connector' = 'datagen'); "
        "CREATE TABLE t (a INT) WITH ('connector' = 'blackhole'); INSERT INTO t SELECT a FROM s;"
    )
    assert for_review([job("j", sql)], "pr-1")[0].sql_body == sql


def test_an_edit_touches_nothing_but_the_options() -> None:
    sql = "CREATE TABLE IF NOT EXISTS `c`.d (a INT COMMENT 'k') WITH (\n 'k' = 'v' -- why\n, 'l' = 'w'); SET 'k' = 'v';"
    seen = []

    def change(table: str, key: str, value: str) -> str:
        seen.append((table, key, value))
        return f"it's {value}" if key == "l" else value

    assert with_options(sql, change) == sql.replace("'w'", "'it''s w'")
    assert seen == [("c.d", "k", "v"), ("c.d", "l", "w")]


def test_jobs_are_declared_after_those_that_they_wait_for() -> None:
    jobs = (job("a", ""), job("b", ""), job("c", ""))
    found = in_order(jobs, {"a": ("c", "gone"), "nobody": ("a",)})
    names = [each.name for each in found]
    assert names.index("c") < names.index("a")
    assert {each.name: each.after for each in found} == {"a": ("c",), "b": (), "c": ()}
    with pytest.raises(Problems, match="in a circle"):
        in_order(jobs, {"a": ("b",), "b": ("a",)})
