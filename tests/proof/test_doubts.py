"""What a rehearsal cannot see, said from the texts."""

from __future__ import annotations

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


def test_a_query_that_keeps_state_is_known_by_its_sink() -> None:
    plain = script("SELECT auction, price FROM bid WHERE price > 3")
    assert of(plain, plain).stateful == frozenset()
    kept = script("SELECT auction, COUNT(*) FROM bid GROUP BY auction")
    assert of(kept, kept).stateful == {"snk"}


def test_a_changed_bound_of_a_column_or_of_a_small_count_is_tried_for_sure() -> None:
    assert (
        of(
            script("SELECT auction, price FROM bid WHERE price > 3"), script("SELECT auction, price FROM bid")
        ).untried
        == ()
    )
    assert of(script(COUNTS.format(3)), script(COUNTS.format(50))).untried == ()


def test_a_changed_bound_of_a_sum_or_of_a_large_count_may_be_out_of_reach() -> None:
    assert of(script(SUMS.format(1000)), script(SUMS.format(2000))).untried == ("1000", "2000")
    assert of(script(COUNTS.format(3)), script(COUNTS.format(5000))).untried == ("5000",)
    assert of(script(SUMS.format(1000)), script(SUMS.format(1000))).untried == ()


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
