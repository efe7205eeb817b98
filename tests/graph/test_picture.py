"""The graph of jobs and tables: what is in it, what a change does to it, and that every layout is sound."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.graph.edges import Missed, edges, missed
from dli_provider.graph.layers import Placed, laid_out
from dli_provider.graph.mermaid import is_drawn, mermaid
from dli_provider.graph.paragraphs import lines, readers
from dli_provider.graph.picture import ArrowFate, DrawnJob, Graph, Tone, draw, readers_outside
from dli_provider.graph.svg import LARGEST, svg, too_large
from dli_provider.sql import Flow, flow

EVIL = '"]; click x "javascript:alert(1)" %% ``` <script>alert(1)</script> \n end #quot; \x00'


def sql(reads: str, writes: str, columns_in: str = "a INT, b INT", columns_out: str = "a INT, b INT") -> str:
    def table(name: str, columns: str, topic: str) -> str:
        return f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'kafka', 'topic' = '{topic}');\n"

    return (
        table("s", columns_in, reads) + table("t", columns_out, writes) + "INSERT INTO t SELECT a, 1 FROM s;"
    )


def job(name: str, reads: str, writes: str, **more: object) -> DrawnJob:
    seen = flow(sql(reads, writes))
    return DrawnJob(name, seen, seen, **more)  # type: ignore[arg-type]


def plain(text: str) -> str:
    return text


CHANGED = DrawnJob(
    "clean",
    flow(sql("raw", "clean")),
    flow(sql("raw", "clean", columns_out="a INT, c INT")),
    "RESTART, state carried",
    Tone.WARN,
)
READER = job("sums", "clean", "sums", outside=True)


def told(graph: Graph) -> set[tuple[str, str, str, ArrowFate]]:
    return {(graph.box(a.source).name, graph.box(a.target).name, a.note, a.fate) for a in graph.arrows}


def test_a_column_that_goes_away_is_on_the_way_to_its_reader() -> None:
    assert told(draw([CHANGED, READER], plain)) == {
        ("kafka raw", "clean", "", ArrowFate.STAYS),
        ("clean", "kafka clean", "gains c; loses b", ArrowFate.STAYS),
        ("kafka clean", "sums", "still reads b", ArrowFate.STAYS),
        ("sums", "kafka sums", "", ArrowFate.STAYS),
    }


def test_new_and_gone_tables_are_told_apart() -> None:
    moved = DrawnJob("clean", flow(sql("raw", "clean")), flow(sql("raw", "better")))
    gone = DrawnJob("old", flow(sql("raw", "old")), None)
    assert {(a, b, fate) for a, b, _, fate in told(draw([moved, gone], plain))} == {
        ("kafka raw", "clean", ArrowFate.STAYS),
        ("clean", "kafka clean", ArrowFate.GONE),
        ("clean", "kafka better", ArrowFate.NEW),
        ("kafka raw", "old", ArrowFate.GONE),
        ("old", "kafka old", ArrowFate.GONE),
    }


def test_what_another_job_takes_over_is_not_missed() -> None:
    old = {"one": flow(sql("raw", "clean")), "sums": flow(sql("clean", "sums"))}
    handed_over = {"two": old["one"], "sums": old["sums"]}
    assert list(missed(handed_over, edges(old, handed_over))) == []
    nobody = {"sums": old["sums"]}
    assert list(missed(nobody, edges(old, nobody))) == [Missed("one", "sums", "kafka clean", ("a", "b"))]


def test_two_writers_of_a_topic_do_not_hide_each_other() -> None:
    """Rows of the one that goes on come without the column, whatever the other writes."""
    old = {
        "one": flow(sql("raw", "clean")),
        "two": flow(sql("raw2", "clean")),
        "sums": flow(sql("clean", "sums")),
    }
    new = {**old, "one": flow(sql("raw", "clean", columns_out="a INT"))}
    assert list(missed(new, edges(old, new))) == [Missed("one", "sums", "kafka clean", ("b",))]


def test_outside_of_a_change_are_only_its_readers_with_what_they_share() -> None:
    others = {
        "sums": sql("clean", "sums"),
        "twin": sql("raw", "other"),
        "talks_of_it": "-- reads clean\n" + sql("a", "b"),
        "open": "SELECT 'clean",
    }
    (found,) = readers_outside([CHANGED], others)
    assert found.after is not None
    assert (found.name, [*found.after.reads], [*found.after.writes]) == ("sums", [("kafka", "clean")], [])
    assert readers(draw([CHANGED, found], plain)) == ("sums reads kafka clean, which clean writes",)


def test_a_job_whose_sql_is_not_understood_is_named() -> None:
    graph = draw([DrawnJob("odd", None, flow("INSERT INTO"))], plain)
    assert graph.unread == ("odd",)
    assert "The SQL of odd is not understood; arrows may be missing." in list(lines(graph))


def test_in_words() -> None:
    assert list(lines(draw([CHANGED, READER], plain))) == [
        "clean: RESTART, state carried",
        "  reads  kafka raw",
        "  writes kafka clean, gains c; loses b -> sums",
        "sums",
        "  reads  kafka clean, still reads b",
        "  writes kafka sums",
    ]


def test_every_text_is_made_fit_and_no_key_says_more() -> None:
    secret = flow(sql("raw", "hunter2.clean"))
    graph = draw(
        [DrawnJob("hunter2", secret, secret, "hunter2")], lambda text: text.replace("hunter2", "***")
    )
    assert "hunter2" not in repr(graph) + mermaid(graph) + svg(graph, "shop")


LABEL = r'"(?:[\w \-:;,()/=>+.…]|#\d+;|<br>)*"'
MERMAID = re.compile(
    rf"flowchart LR|  [jt]\d+(\[{LABEL}\]|\(\[{LABEL}\]\))|  [jt]\d+ (-->|==>|-\.->)(\|{LABEL}\|)? [jt]\d+"
    r"|  classDef \w+ [\w#:,\- ]+|  class [jt\d,]+ \w+"
)


@pytest.mark.parametrize("name", [EVIL, "1. first", "- x", "end", "a`b", "", "Ünïcode 任务"])
def test_a_name_stays_a_name(name: str) -> None:
    quoted = flow(sql("raw", name.replace("'", "''")))
    graph = draw([DrawnJob(name, quoted, quoted, name, Tone.BAD, outside=True)], plain)
    for line in mermaid(graph).splitlines():
        assert MERMAID.fullmatch(line), line
    drawing = ElementTree.fromstring(svg(graph, name))
    tags = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert tags <= {"svg", "title", "style", "defs", "marker", "path", "g", "rect", "text"}


def boxes_of(layout: Placed, size: tuple[float, float]) -> list[tuple[float, float]]:
    return [(place.x, place.y) for place in layout.places.values()]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_boxes_never_overlap_and_rows_flow_to_the_right(pairs: list[tuple[int, int]]) -> None:
    size = (100.0, 40.0)
    drawn = [(str(a), str(b)) for a, b in pairs]
    keys = sorted({key for line in drawn for key in line})
    layout = laid_out(dict.fromkeys(keys, size), dict.fromkeys(drawn, 50.0), gap=10)
    assert set(layout.places) == set(keys)
    assert set(layout.ways) == set(drawn)
    places = boxes_of(layout, size)
    for index, (x, y) in enumerate(places):
        assert 50 - 1e-6 <= x <= layout.width - 50 + 1e-6
        assert 20 - 1e-6 <= y <= layout.height - 20 + 1e-6
        assert all(abs(x - x2) >= 100 or abs(y - y2) >= 40 for x2, y2 in places[index + 1 :])
    # Without circles no line leads back.
    forward = {(a, b) for a, b in drawn if int(a) < int(b)}
    layout = laid_out(dict.fromkeys(keys, size), dict.fromkeys(forward, 50.0), gap=10)
    assert all(layout.places[a].x < layout.places[b].x for a, b in forward)


def test_a_thousand_jobs_in_a_row() -> None:
    chain = [(str(number), str(number + 1)) for number in range(1000)]
    layout = laid_out({str(number): (10.0, 10.0) for number in range(1001)}, dict.fromkeys(chain, 5.0), gap=5)
    assert [place.x for place in layout.places.values()] == sorted(
        place.x for place in layout.places.values()
    )


def test_what_is_too_large_is_not_drawn() -> None:
    many = draw([job(f"j{number}", f"t{number}", f"t{number + 1}") for number in range(LARGEST // 2)], plain)
    assert too_large(many) == f"{LARGEST + 1} boxes are too many to draw; up to {LARGEST} are"
    assert too_large(draw([CHANGED, READER], plain)) == ""
    wide = draw([job(f"j{number}", "raw", f"t{number}") for number in range(300)], plain)
    assert is_drawn(many)
    assert not is_drawn(wide), "600 arrows: mermaid draws 500"


def test_nothing_to_draw() -> None:
    assert svg(draw([], plain), "empty").startswith("<svg ")
    assert mermaid(Graph()) == "flowchart LR\n"
    assert list(lines(Graph())) == []


def test_a_job_that_reads_what_it_writes() -> None:
    loop = Flow({("kafka", "x"): {}}, {("kafka", "x"): {}})
    drawing = svg(draw([DrawnJob("loop", loop, loop)], plain), "loop")
    assert drawing.count("<path d=") == 3, "the tip of the arrows, there, and back"
