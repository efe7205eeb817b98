"""What a rehearsal cannot see, said from the texts."""

from __future__ import annotations

import pytest

from dli_provider.proof.doubts import doubts
from dli_provider.proof.generator import sources
from dli_provider.proof.rehearsal import Doubts

BID = "CREATE TABLE bid (auction BIGINT, price BIGINT) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');"
SINK = "CREATE TABLE snk (a BIGINT, b BIGINT) WITH ('connector' = 'print');"


def of(old: str, new: str) -> Doubts:
    return doubts(old, new, sources([old, new]))


def script(query: str, bid: str = BID) -> str:
    return f"{bid}{SINK}INSERT INTO snk {query};"


SUMS = "SELECT auction, s FROM (SELECT auction, SUM(price) AS s FROM bid GROUP BY auction) WHERE s > {}"
COUNTS = "SELECT auction, c FROM (SELECT auction, COUNT(*) AS c FROM bid GROUP BY auction) WHERE c > {}"

FILTERED = "SELECT auction, price FROM bid WHERE {}"


def test_a_query_that_keeps_state_is_known_by_its_sink() -> None:
    plain = script("SELECT auction, price FROM bid WHERE price > 3")
    assert of(plain, plain).stateful == frozenset()
    kept = script("SELECT auction, COUNT(*) FROM bid GROUP BY auction")
    assert of(kept, kept).stateful == {"snk"}


@pytest.mark.parametrize(
    ("old", "new", "untried"),
    [
        (SUMS.format(1000), SUMS.format(2000), ("1000", "2000")),
        (COUNTS.format(3), COUNTS.format(5000), ("3", "5000")),
        (FILTERED.format("price * 7 > 50"), FILTERED.format("price * 7 > 60"), ("50", "60")),
        (FILTERED.format("ABS(price) > 3"), FILTERED.format("ABS(price) >= 3"), (">", ">=")),
        (FILTERED.format("CEIL(price) > 3"), FILTERED.format("FLOOR(price) > 3"), ("CEIL", "FLOOR")),
        (FILTERED.format("price > 3"), FILTERED.format("NOT (price > 3)"), ("NOT",)),
        # Other words for the same.
        (FILTERED.format("price BETWEEN 3 AND 5"), FILTERED.format("price >= 3 AND price <= 5"), ()),
        ("SELECT COUNT(*), 1 FROM bid", "SELECT COUNT(1), 1 FROM bid", ()),
        (FILTERED.format("t > INTERVAL '1' HOUR"), FILTERED.format("t > INTERVAL '60' MINUTES"), ()),
        (
            FILTERED.format("price > 3"),
            "SELECT b.auction, price AS p FROM (SELECT * FROM bid) b WHERE price > 3",
            (),
        ),
    ],
)
def test_what_only_one_text_has_may_be_out_of_reach_of_the_rows(
    old: str, new: str, untried: tuple[str, ...]
) -> None:
    assert of(script(old), script(new)).untried == untried


def test_a_source_that_moved_cannot_be_rehearsed() -> None:
    old = script("SELECT auction, price FROM bid")
    assert "another place" in of(old, old.replace("'topic' = 't'", "'topic' = 'u'")).blind[0]


def test_a_column_of_an_unknown_type_is_named() -> None:
    odd = script(
        "SELECT auction, price FROM bid", BID.replace("price BIGINT", "price BIGINT, m MULTISET<INT>")
    )
    assert "column m of bid" in of(odd, odd).blind[0]


def test_state_that_ages_is_noted() -> None:
    kept = script("SELECT auction, COUNT(*) FROM bid GROUP BY auction")
    assert of(kept, kept).notes == ()
    assert of(kept, f"SET 'table.exec.state.ttl' = '1 d';{kept}").notes


def test_what_a_real_sink_keeps_is_noted_as_not_rehearsed() -> None:
    kept = script("SELECT auction, COUNT(*) FROM bid GROUP BY auction")
    kafka = kept.replace("'connector' = 'print'", "'connector' = 'upsert-kafka'")
    assert of(kafka, kafka).notes == ("what snk itself keeps of what it has to write was not rehearsed",)
