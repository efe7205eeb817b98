"""Generated rows: the same for a seed, valid as changes, on both sides of what a query compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest

from dli_provider.proof.generator import Batch, MadeRow, generate
from dli_provider.sql import Unparsable, Unreadable
from tests.sql.pairs import pairs

BID = """
CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price DECIMAL(10, 2), channel STRING, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'kafka', 'topic' = 'bid', 'format' = 'json');
"""
SINK = "CREATE TABLE snk (a BIGINT, b BIGINT) WITH ('connector' = 'print');\n"


def rows(batches: Iterable[Batch], source: str = "bid") -> Iterator[MadeRow]:
    return (row for batch in batches if source in batch.source.names for row in batch.rows)


def values(sql: str, column: str, source: str = "bid") -> list[object]:
    made = generate([sql], 7)
    return [row.values[column] for row in rows((*made.standing, *made.before, *made.after), source)]


def query(text: str) -> str:
    return f"{BID}{SINK}INSERT INTO snk {text};"


def test_a_seed_makes_the_same_rows_again() -> None:
    sql = query("SELECT auction, COUNT(*) FROM bid GROUP BY auction")
    assert generate([sql], 3) == generate([sql], 3)
    assert generate([sql], 3) != generate([sql], 4)


@pytest.mark.parametrize(
    ("condition", "literals"),
    [
        ("price > 20", [20]),
        ("20 < price", [20]),
        ("price BETWEEN 20 AND 300", [20, 300]),
        ("price IN (20, 300)", [20, 300]),
        ("COALESCE(price, 0) > 20", [20]),
        ("CASE price WHEN 20 THEN TRUE ELSE FALSE END", [20]),
    ],
)
def test_rows_are_on_both_sides_of_a_literal(condition: str, literals: list[int]) -> None:
    found = set(values(query(f"SELECT auction, bidder FROM bid WHERE {condition}"), "price"))
    assert {f"{each + beside}.00" for each in literals for beside in (-1, 0, 1)} <= found


def test_a_literal_reaches_a_column_through_the_name_that_a_view_gives_it() -> None:
    view = "CREATE TEMPORARY VIEW v AS SELECT auction AS a, price AS worth FROM bid;"
    sql = f"{BID}{SINK}{view} INSERT INTO snk SELECT a, a FROM v WHERE worth > 20;"
    assert {"19.00", "20.00", "21.00"} <= set(values(sql, "price"))


def test_texts_are_the_literal_differ_in_case_only_and_differ_otherwise() -> None:
    found = set(values(query("SELECT auction, bidder FROM bid WHERE channel = 'Web'"), "channel"))
    assert {"Web", "wEB"} <= found
    assert found - {"Web", "wEB", None}


def test_columns_that_are_joined_share_their_values() -> None:
    auction = BID.replace("bid (", "auction (").replace("auction BIGINT", "id BIGINT").replace("'bid'", "'a'")
    joined = "SELECT b.auction, a.id FROM bid b JOIN auction a ON b.auction = a.id"
    sql = f"{BID}{auction}{SINK}INSERT INTO snk {joined};"
    assert len(set(values(sql, "auction")) & set(values(sql, "id", "auction"))) >= 10


def test_a_joined_key_is_in_one_source_before_the_switch_and_in_the_other_after_it() -> None:
    auction = BID.replace("bid (", "auction (").replace("auction BIGINT", "id BIGINT").replace("'bid'", "'a'")
    joined = "SELECT b.auction, a.id FROM bid b JOIN auction a ON b.auction = a.id"
    made = generate([f"{BID}{auction}{SINK}INSERT INTO snk {joined};"], 7)
    bids = {row.values["auction"] for row in rows(made.before)}
    auctions = {row.values["id"] for row in rows(made.before, "auction")}
    assert (bids - auctions) & {row.values["id"] for row in rows(made.after, "auction")}
    assert (auctions - bids) & {row.values["auction"] for row in rows(made.after)}


def test_a_key_gets_as_many_rows_before_the_switch_as_a_query_counts() -> None:
    sql = query("SELECT auction, COUNT(*) AS c FROM bid GROUP BY auction HAVING COUNT(*) > 90")
    counted = Counter(row.values["auction"] for row in rows(generate([sql], 7).before))
    assert max(counted.values()) > 90


def test_both_halves_share_keys_and_each_has_some_of_its_own() -> None:
    made = generate([query("SELECT auction, COUNT(*) FROM bid GROUP BY auction")], 7)
    before, after = ({row.values["auction"] for row in rows(half)} for half in (made.before, made.after))
    assert len(before & after) > 5
    assert after - before


def test_time_passes_the_edges_of_windows_and_some_rows_are_late() -> None:
    windows = (
        "FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end"
    )
    made = generate([query(f"SELECT COUNT(*), SUM(auction) {windows}")], 7)
    moments = [str(row.values["ts"]) for half in (made.before, made.after) for row in rows(half)]
    assert len({moment[:13] for moment in moments}) >= 4, "the hours that the rows lie in"
    assert any(later < earlier for earlier, later in pairwise(moments))
    assert "None" not in moments


def test_rows_fit_both_types_that_a_column_has() -> None:
    old = query("SELECT auction, bidder FROM bid")
    made = generate([old, old.replace("channel STRING", "channel INT")], 7)
    found = {row.values["channel"] for row in rows(made.before)} - {None}
    assert found
    assert all(isinstance(each, int) for each in found)


def test_a_table_that_is_looked_up_stands_before_all_else_with_one_row_a_key() -> None:
    dim = "CREATE TABLE dim (id BIGINT, label STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'jdbc');"
    bid = BID.replace("ts TIMESTAMP(3),", "ts TIMESTAMP(3), pt AS PROCTIME(),")
    asked = "SELECT b.auction, d.id FROM bid b JOIN dim FOR SYSTEM_TIME AS OF b.pt AS d ON b.auction = d.id"
    made = generate([f"{bid}{dim}{SINK}INSERT INTO snk {asked};"], 7)
    keys = [row.values["id"] for row in rows(made.standing, "dim")]
    assert keys
    assert len(keys) == len(set(keys))
    assert {row.values["auction"] for row in rows(made.before)} - {*keys}, "one that is not found"
    assert "pt" not in next(rows(made.before)).values


@pytest.mark.parametrize(
    ("connector", "kinds"),
    [("mysql-cdc", {"+I", "-U", "+U", "-D"}), ("upsert-kafka", {"+I", "+U", "-D"})],
)
def test_changes_follow_from_what_came_before(connector: str, kinds: set[str]) -> None:
    acc = "CREATE TABLE bid (id BIGINT, owner STRING, bal BIGINT, PRIMARY KEY (id) NOT ENFORCED)"
    grouped = "INSERT INTO snk SELECT COUNT(*), SUM(bal) FROM bid GROUP BY owner;"
    made = generate([f"{acc} WITH ('connector' = '{connector}');{SINK}{grouped}"], 7)
    held: dict[object, object] = {}
    found = [*rows((*made.before, *made.after))]
    assert {row.kind for row in found} == kinds
    for row in found:
        key = row.values["id"]
        assert (key in held) == (row.kind != "+I" and not (row.kind == "+U" and connector == "mysql-cdc"))
        if row.kind in ("-U", "-D") and connector == "mysql-cdc":
            assert held[key] == row.values, "what is taken back is what was there"
        if row.kind in ("-U", "-D"):
            del held[key]
        else:
            held[key] = row.values
    assert not held, "at last all is taken back, so that whatever was kept of it comes out"


def test_rows_can_be_made_for_nearly_all_of_the_corpus() -> None:
    failed = []
    for pair in pairs():
        try:
            generate([pair.before, pair.after], 1)
        except (Unparsable, Unreadable):
            failed.append(pair.name)
    assert len(failed) <= 5, failed
