"""The order of jobs that read each other's tables follows from the columns between them."""

import pytest

from dli_provider.graph.edges import Edge, edges
from dli_provider.promotion.order import chosen, ordered, still_read
from dli_provider.promotion.problems import Problems
from dli_provider.sql import Flow, flow

KAFKA = "'connector' = '{kind}', 'topic' = '{topic}'"


def table(name: str, columns: str, topic: str, kind: str = "kafka") -> str:
    return f"CREATE TABLE {name} ({columns}) WITH ({KAFKA.format(kind=kind, topic=topic)});\n"


def job(
    read: str, written: str, columns_in: str = "a INT", columns_out: str = "a INT", kind: str = "kafka"
) -> Flow:
    return flow(
        table("s", columns_in, read)
        + table("t", columns_out, written, kind)
        + "INSERT INTO t SELECT a FROM s;"
    )


def chain(columns_out: str, columns_in: str) -> dict[str, Flow]:
    return {
        "writer": job("orders", "enriched", columns_out=columns_out),
        "reader": job("enriched", "sums", columns_in=columns_in),
    }


OLD = chain("a INT, b STRING", "a INT, b STRING")


def test_a_flow_is_what_goes_in_and_out() -> None:
    sql = (
        table("s", "a INT, b AS a + 1, m STRING METADATA VIRTUAL", "x;y")
        + table("t", "a INT, PRIMARY KEY (a) NOT ENFORCED", "z", "upsert-kafka")
        + "CREATE VIEW v AS SELECT a FROM s;\n"
        + "CREATE TABLE p (a INT) WITH ('connector' = 'print');\n"
        + "BEGIN STATEMENT SET; INSERT INTO t SELECT a FROM v; INSERT INTO p SELECT a FROM v; END;"
    )
    seen = flow(sql)
    assert set(seen.reads) == {("kafka", "x"), ("kafka", "y")}
    assert {where: list(schema) for where, schema in seen.reads.items()}["kafka", "x"] == ["a"]
    assert set(seen.writes) == {("kafka", "z")}
    assert seen.understood


def test_other_systems_are_told_by_what_names_their_tables() -> None:
    sql = (
        "CREATE TABLE s (a INT) WITH ('connector' = 'jdbc', 'url' = 'jdbc:mysql://db/shop', 'table-name' = 'c', "
        "'password' = 'hunter2'); CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'obs://b/c', "
        "'format' = 'csv'); INSERT INTO t SELECT a FROM s;"
    )
    assert flow(sql).reads == {
        ("jdbc", "c", "jdbc:mysql://db/shop"): flow(sql).reads["jdbc", "c", "jdbc:mysql://db/shop"]
    }
    assert list(flow(sql).writes) == [("filesystem", "obs://b/c")]
    assert "hunter2" not in repr(flow(sql))


@pytest.mark.parametrize("sql", ["INSERT INTO", "SELECT 'open", "INSERT INTO t SELECT a FROM (SELECT"])
def test_what_is_not_understood_is_said_to_be_so(sql: str) -> None:
    assert not flow(sql).understood


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ("a INT, b STRING", None),
        ("a INT, b STRING, c DATE", ("writer", "reader")),
        ("a INT", ("reader", "writer")),
        ("a BIGINT, b STRING", ("reader", "writer")),
    ],
)
def test_who_goes_first(out: str, expected: tuple[str, str] | None) -> None:
    new = chain(out, "a INT, b STRING")
    (edge,) = edges(OLD, new)
    assert edge.sequence == expected
    sequence, after, check = ordered(["reader", "writer", "other"], [edge])
    assert check.passed
    assert after == ({} if expected is None else {expected[1]: (expected[0],)}), "and other waits for nobody"
    assert expected is None or [job for job in sequence if job != "other"] == [*expected]


def test_the_reason_is_a_sentence() -> None:
    (edge,) = edges(OLD, chain("a INT, b STRING, c DATE", "a INT"))
    assert edge.because == "writer writes kafka enriched, which reader reads, and gains c: writer goes first"
    (edge,) = edges(OLD, OLD)
    assert edge.because.endswith("the columns stay, so the order does not matter")


def test_a_job_that_is_new_goes_before_those_that_read_it() -> None:
    (edge,) = edges({}, OLD)
    assert edge.sequence == ("writer", "reader")


def test_jobs_that_stay_do_not_take_part() -> None:
    between = edges(OLD, chain("a INT, b STRING, c DATE", "a INT, b STRING"))
    assert ordered(["writer"], between)[:2] == (("writer",), {})


def test_a_reader_that_stays_must_not_lose_what_it_reads() -> None:
    for columns_in, refused in (("a INT, b STRING", True), ("a INT", False)):
        new = chain("a INT", columns_in)
        checks = list(still_read(new, edges(OLD, new)))
        assert [check.passed for check in checks] == ([False] if refused else [])
    assert (
        "no longer writes b of kafka enriched; reader reads it still"
        in next(
            still_read(chain("a INT", "a INT, b STRING"), edges(OLD, chain("a INT", "a INT, b STRING")))
        ).reason
    )


def test_a_circle_is_told_and_a_given_order_overrules() -> None:
    circle = [Edge("a", "b", "kafka x", gains=("i",)), Edge("b", "a", "kafka y", gains=("j",))]
    _, after, check = ordered(["a", "b"], circle)
    assert not check.passed
    assert "choose with --order" in check.reason
    assert after == {}
    sequence, after, check = ordered(["a", "b", "c"], circle, ["b", "a"])
    assert check.passed
    assert (sequence.index("b") < sequence.index("a"), after) == (True, {"a": ("b",)})


def test_a_given_order_is_of_jobs_that_there_are_and_concerns_those_that_move() -> None:
    assert chosen(("reader", "writer"), {"reader", "writer"}, {"writer"}) == ("writer",)
    with pytest.raises(Problems, match="--order: there is no job raeder"):
        chosen(("raeder", "writer"), {"reader", "writer"}, {"writer"})


def test_a_given_order_goes_before_the_rule_and_leaves_the_others_alone() -> None:
    gains = Edge("writer", "reader", "topic enriched", gains=("c",))
    other = Edge("writer", "third", "topic enriched", gains=("c",))
    sequence, after, check = ordered(("reader", "third", "writer"), (gains, other), ("reader", "writer"))
    assert sequence.index("reader") < sequence.index("writer") < sequence.index("third")
    assert after == {"writer": ("reader",), "third": ("writer",)}
    assert check.passed
