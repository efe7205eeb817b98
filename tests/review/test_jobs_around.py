"""What a review says of jobs beyond the change: who reads what it writes, and which columns they would miss."""

from __future__ import annotations

import io
import json

import pytest

from dli_provider.cli.render.data import data
from dli_provider.cli.render.markdown import markdown
from dli_provider.cli.render.terminal import text
from dli_provider.review.assemble import StackUnderReview, Surroundings, assemble
from dli_provider.review.mask import Mask
from dli_provider.review.report import Finding, Report, Severity
from dli_provider.review.ruleset import RuleSet
from dli_provider.review.subject import Subject
from tests.support.reviewed_jobs import html_page, subject

PLACE = StackUnderReview("shop-dev", "https://dli.example.com", "p1")


def sql(reads: str, writes: str, out: str = "a INT, b INT", read: str = "a INT, b INT") -> str:
    def table(name: str, columns: str, topic: str) -> str:
        return f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'kafka', 'topic' = '{topic}');\n"

    return table("s", read, reads) + table("t", out, writes) + "INSERT INTO t SELECT a, 1 FROM s;"


def named(name: str, op: str, **arguments: object) -> Subject:
    before = {"name": name, "owner": f"shop/dev/{name}", **(arguments.pop("before", {}) or {})}  # type: ignore[dict-item]
    return subject(op, before=before, **arguments)  # type: ignore[arg-type]


WRITER = named(
    "clean", "update", before={"sql_body": sql("raw", "clean")}, sql_body=sql("raw", "clean", "a INT, c INT")
)
STAYS = named("sums", "same", before={"sql_body": sql("clean", "sums")})
ELSEWHERE = {"theirs": sql("clean", "x"), "other": sql("y", "z")}


def report_of(*subjects: Subject, sql: dict[str, str] | None = None, rules: str | None = None) -> Report:
    around = Surroundings(sql=ELSEWHERE if sql is None else sql)
    return assemble(PLACE, subjects, around, RuleSet.of("dev", rules), Mask.of(["hunter2"]))[0]


def about_columns(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.rule == "columns-still-read"]


def test_a_column_that_another_job_reads_and_that_goes_away_is_a_finding() -> None:
    found = about_columns(report_of(WRITER, STAYS))
    assert [(each.subject, each.severity) for each in found] == [
        ("sums", Severity.WARNING),
        ("theirs", Severity.WARNING),
    ]
    assert found[0].reason == "it reads b of kafka clean, which clean will no longer write"
    assert [
        each.severity for each in about_columns(report_of(WRITER, rules='{"columns-still-read": "error"}'))
    ] == [Severity.ERROR]


def test_a_reader_that_is_changed_along_is_no_finding() -> None:
    reader = named(
        "sums",
        "update",
        before={"sql_body": sql("clean", "sums")},
        sql_body=sql("clean", "sums", read="a INT, c INT"),
    )
    assert about_columns(report_of(WRITER, reader, sql={})) == []


def test_a_deleted_writer_is_one() -> None:
    goes = named("clean", "delete", before={"sql_body": sql("raw", "clean")})
    assert [each.subject for each in about_columns(report_of(goes, STAYS, sql={}))] == ["sums"]


def test_readers_outside_of_the_change_are_named_in_every_layout() -> None:
    report, file = report_of(WRITER, STAYS), io.StringIO()
    text([report], file)
    said = "sums reads kafka clean, which clean writes; theirs reads kafka clean, which clean writes."
    assert said in " ".join(file.getvalue().split())
    assert said in markdown([report])
    assert said in html_page([report])
    drawn = json.loads(data([report]))["stacks"][0]["graph"]
    assert [(box["name"], box["outside"]) for box in drawn["boxes"] if box["is_job"]] == [
        ("clean", False),
        ("sums", True),
        ("theirs", True),
    ]


def test_the_markdown_has_a_drawing_and_the_page_another() -> None:
    report = report_of(WRITER, STAYS)
    _, _, after = markdown([report]).partition("```mermaid\n")
    assert after.startswith("flowchart LR\n")
    assert '"gains c; loses b"' in after.partition("```")[0]
    assert "still reads b" in html_page([report]).partition("<svg ")[2].partition("</svg>")[0]


def test_what_stays_is_not_drawn() -> None:
    """Neither is its SQL read: a project may have thousands of jobs."""
    report = report_of(STAYS)
    assert report.graph is None
    assert "mermaid" not in markdown([report])
    assert "<svg " not in html_page([report])


def test_a_drawing_that_is_too_large_gives_way_to_the_words() -> None:
    many = {f"reader-of-clean-{number}": sql("clean", f"x{number}") for number in range(400)}
    shown = markdown([report_of(WRITER, sql=many)])
    assert "It is too large for a comment: `dli graph --stack shop-dev` draws it." in shown
    assert len(shown) <= 65_536
    assert shown.count("```") % 2 == 0


@pytest.mark.parametrize("layout", [markdown, html_page, data])
def test_no_secret_is_drawn(layout: object) -> None:
    options = "'connector' = 'jdbc', 'url' = 'jdbc:mysql://root:{}@db/shop', 'table-name' = 'c'"
    table = f"CREATE TABLE {{}} (a INT) WITH ({options});"
    script = f"{table.format('s', 'hunter2')}{table.format('t', 'Zx9-hidden')}INSERT INTO t SELECT a FROM s;"
    drawn = named("clean", "create", sql_body=script)
    shown = layout([report_of(drawn, sql={})])  # type: ignore[operator]
    assert "db/shop" in shown
    assert "hunter2" not in shown
    assert "Zx9-hidden" not in shown
