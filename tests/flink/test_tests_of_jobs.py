"""`dli test` on a real Flink: the sample jobs' tests, and every way in which a case can go."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from dli_provider.cli import cli
from dli_provider.flink import java
from dli_provider.flink.provision import Distribution
from dli_provider.promotion.artefact import Artefact
from dli_provider.promotion.layout import Layout
from dli_provider.workspace.testing import ProofBench
from tests.support.json_documents import valid

pytestmark = pytest.mark.flink
ROOT = Path(__file__).parent.parent.parent

SQL = """
CREATE TABLE orders (id INT, shop STRING, amount INT) WITH ('connector' = 'kafka', 'topic' = 'o', 'format' = 'json');
CREATE TABLE totals (shop STRING, total INT, seen TIMESTAMP(3), PRIMARY KEY (shop) NOT ENFORCED)
  WITH ('connector' = 'upsert-kafka', 'topic' = 't', 'key.format' = 'json', 'value.format' = 'json');
INSERT INTO totals SELECT shop, SUM(amount), CAST(NULL AS TIMESTAMP(3)) FROM orders GROUP BY shop;
"""
CASES = """\
# Kept.
- name: right
  given: &rows
    orders: |
      id | shop | amount
      1  | a    | 1
      2  | a    | 2
  expect:
    totals: |
      shop | total
      a    | 3
- name: wrong # kept too
  given: *rows
  expect:
    totals: |
      shop | total
      a    | 4
      b    | 1
- name: no number
  given:
    orders: |
      id | shop | amount
      1  | a    | one
  expect: {totals: ""}
- name: no column
  given: *rows
  expect:
    totals: |
      shop | totl
      a    | 3
- name: read nowhere
  given: {order: "id"}
  expect: {totals: ""}
- name: carried on
  upgrade: {from: old.sql}
  given: *rows
  then:
    - given:
        orders: |
          id | shop | amount
          3  | a    | 4
          4  | b    | 5
  expect:
    totals: |
      shop | total
      a    | 7
      b    | 5
- name: carried on as changes, from git
  upgrade: {from: HEAD}
  given: *rows
  then:
    - given: {orders: "id | shop | amount\\n3 | a | 4"}
  expect: {totals: "op | shop | total\\n+U | a | 7"}
- name: carried on, from a digest
  upgrade: {from: DIGEST}
  given: *rows
  then:
    - given: {orders: "id | shop | amount\\n3 | a | 4"}
  expect: {totals: "shop | total\\na | 7"}
- name: not carried on
  upgrade: {from: other.sql}
  given: *rows
  then: [{given: {orders: "id | shop | amount\\n3 | a | 4"}}]
  expect: {totals: ""}
- name: gone
  upgrade: {from: 0123456789ab}
  given: *rows
  then: [{given: {orders: "id | shop | amount\\n3 | a | 4"}}]
  expect: {totals: ""}
"""
CLOCK = SQL.replace("CAST(NULL AS TIMESTAMP(3))", "MAX(CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3)))")
CLOCK_CASES = """\
- name: left out
  given: {orders: "id | shop | amount\\n1 | a | 1"}
  expect: {totals: "shop | total\\na | 1"}
- name: looked at
  given: {orders: "id | shop | amount\\n1 | a | 1"}
  expect: {totals: "shop | total | seen\\na | 1 | 2026-01-01T00:00:00"}
"""


def dli(*words: str) -> Result:
    return CliRunner().invoke(cli, ["test", *words])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distribution: Distribution) -> Path:
    """A project of its own: no stack, no engine, nothing but a release and its tests."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    for name, sql, cases in (("sums", SQL, CASES), ("clock", CLOCK, CLOCK_CASES)):
        for folder in ("releases/dev", "tests"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / f"releases/dev/{name}.sql").write_text(sql)
        (tmp_path / f"releases/dev/{name}.yaml").write_text("")
        (tmp_path / f"tests/{name}.yaml").write_text(cases.replace("DIGEST", Artefact(sql, "").digest))
    (tmp_path / "old.sql").write_text(SQL.replace("SUM(amount)", "SUM( amount )"))
    (tmp_path / "other.sql").write_text(
        SQL.replace("GROUP BY shop", "GROUP BY shop, id").replace("SELECT shop, ", "SELECT DISTINCT shop, ")
    )
    for words in ("init -q", "add .", "-c user.name=n -c user.email=e@example.com commit -qm one"):
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_way_in_which_a_case_can_go(project: Path) -> None:
    ran = dli("--json", "--junit", "out.xml")
    assert ran.exit_code == 1, ran.output
    told = valid("test", ran.stdout)
    cases = {each["case"]: each for each in told["cases"]}
    assert {name: each["verdict"] for name, each in cases.items()} == {
        "left out": "passed",
        "looked at": "broken",
        "right": "passed",
        "wrong": "failed",
        "no number": "broken",
        "no column": "broken",
        "read nowhere": "broken",
        "carried on": "passed",
        "carried on as changes, from git": "passed",
        "carried on, from a digest": "passed",
        "not carried on": "broken",
        "gone": "broken",
    }
    assert cases["wrong"]["differences"] == [
        {
            "sink": "totals",
            "compared": "as the table that it is by then, by shop",
            "columns": ["shop", "total"],
            "rows": [
                {"mark": "-", "cells": ["a", "4"]},
                {"mark": "+", "cells": ["a", "3"]},
                {"mark": "-", "cells": ["b", "1"]},
            ],
            "hints": [],
        }
    ]
    (no_number,), (no_column,), (nowhere,) = (
        cases[name]["faults"] for name in ("no number", "no column", "read nowhere")
    )
    assert no_number == "tests/sums.yaml:23:19: orders.amount: 'one' is no INT"
    assert no_column.startswith(
        "tests/sums.yaml:30:14: totals.totl: there is no such column; it has [shop, total"
    )
    assert nowhere.startswith("tests/sums.yaml:32:18: order: the SQL does not read it; it reads [orders]")
    (refused,) = cases["not carried on"]["faults"]
    assert "after the upgrade from other.sql: " in refused
    assert "no commit of git that has releases/dev/sums.sql" in cases["gone"]["faults"][0]
    (clock,) = cases["looked at"]["faults"]
    assert "cannot tell: what comes out depends on when it runs, or on chance (CURRENT_TIMESTAMP)" in clock
    suites = ElementTree.parse("out.xml").getroot()
    assert {
        suite.get("name"): [suite.get(key) for key in ("tests", "failures", "errors")] for suite in suites
    } == {
        "clock": ["2", "0", "1"],
        "sums": ["10", "1", "5"],
    }
    assert {each["job"]: (each["verdict"], each["passed"], each["failed"]) for each in told["jobs"]} == {
        "clock": ("failed", 1, 1),
        "sums": ("failed", 4, 6),
    }


def test_what_came_is_written_in_the_place_of_what_was_expected(project: Path) -> None:
    ran = dli("sums", "-k", "WRONG", "--update")
    assert ran.exit_code == 1, ran.output
    assert "- >a<" not in ran.stdout
    assert "  - a    | >4<" in ran.stdout
    assert "  + a    | >3<" in ran.stdout
    cases = CASES.replace("DIGEST", Artefact(SQL, "").digest)
    wanted = cases.replace("      a    | 4\n      b    | 1\n", "      a    | 3\n")
    assert Path("tests/sums.yaml").read_text() == wanted
    assert ProofBench(Layout.here()).records() == {}, "one case says nothing of a job"
    again = dli("-k", "sums: wrong")
    assert again.exit_code == 0, again.output
    assert "1 job: 1 passed" in again.stderr


COUNTS = """
CREATE FUNCTION loud AS 'dli.Loud';
CREATE TABLE v (page STRING, who ROW<name STRING>, seen TIMESTAMP(3), c AS UPPER(page), WATERMARK FOR seen AS seen)
  WITH ('connector' = 'kafka', 'topic' = 'v', 'format' = 'json');
CREATE TABLE n (page STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'n', 'format' = 'json');
INSERT INTO n SELECT loud(page), COUNT(*)
FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(seen), INTERVAL '1' MINUTE)) GROUP BY page, window_start, window_end;
"""
COUNT_CASES = """\
- name: late
  given: {v: v.csv}
  time: end
  expect: {n: n.csv}
- name: open
  given: {v: "page | seen\\na | 2026-01-01T10:00:00"}
  expect: {n: "page | n\\nA! | 1"}
- name: zone
  given: {v: "page | seen\\na | 2026-01-01T10:00:00Z"}
  expect: {n: ""}
- name: computed
  given: {v: "c | seen\\na | 2026-01-01T10:00:00"}
  expect: {n: ""}
- name: field
  given: {v: "who | seen\\n{'nme': 'a'} | 2026-01-01T10:00:00"}
  expect: {n: ""}
"""
LOUD = """package dli;
public class Loud extends org.apache.flink.table.functions.ScalarFunction {
    public String eval(String text) { return text == null ? null : text.toUpperCase() + "!"; }
}
"""


def packed(folder: Path, distribution: Distribution) -> Path:
    """A jar with a function."""
    (folder / "Loud.java").write_text(LOUD)
    assert java.compile_sources(
        java.find(os.environ), [folder / "Loud.java"], distribution.core, folder / "classes"
    )
    with zipfile.ZipFile(folder / "loud-1.jar", "w") as jar:
        jar.write(folder / "classes/dli/Loud.class", "dli/Loud.class")
    return folder / "loud-1.jar"


def test_what_strangers_run_into_is_explained(
    project: Path, distribution: Distribution, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (project / "releases/dev/visits.sql").write_text(COUNTS)
    (project / "releases/dev/visits.yaml").write_text("udf_jar_url: obs://jars/shop/loud-1.jar\n")
    (project / "tests/visits.yaml").write_text(COUNT_CASES.replace("'nme': 'a'", '\\"nme\\": \\"a\\"'))
    (project / "tests/v.csv").write_text(
        "page,seen\na,2026-01-01T10:00:00\na,2026-01-01T10:02:00\na,2026-01-01T10:00:01\n"
    )
    (project / "tests/n.csv").write_text("page,n\nA!,2\nA!,1\n")
    ran = dli("visits", "-k", "late")
    assert "come from loud-1.jar, which is not here: copy it to tests/loud-1.jar" in ran.stdout
    shutil.copy(packed(tmp_path_factory.mktemp("jar"), distribution), project / "tests")
    ran = dli("visits", "--update")
    for line in (
        "tests/n.csv:1: n, as the rows of the step, in any order",
        "1 row was late, behind the watermark, and left out",
        "event time goes on with later rows, or where the case says so: a window closes with `time: end`",
        "v.seen: '2026-01-01T10:00:00Z' is no TIMESTAMP(3): write it as 2026-01-31T10:00:00, without a zone",
        "v.c: it is computed from other columns: give those, of [page, who, seen]",
        "it has no field nme, but [name]",
    ):
        assert line in ran.stdout, ran.stdout
    assert (project / "tests/n.csv").read_text() == "page,n\nA!,1\nA!,1\n"
    assert not (project / "n.csv").exists()
    assert dli("visits", "-k", "late").exit_code == 0
    bench = ProofBench(Layout.here())
    (before,) = bench.jobs(["visits"])
    with (project / "tests/loud-1.jar").open("ab") as jar:
        jar.write(b"more")
    (after,) = bench.jobs(["visits"])
    assert before.matter != after.matter, "another jar may compute otherwise"


def test_the_sample_jobs_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distribution: Distribution
) -> None:
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = dli()
    assert ran.exit_code == 0, ran.output
    bench = ProofBench(Layout.here())
    assert bench.untested() == []
    for job in bench.jobs():
        record = bench.tested(job)
        assert record is not None
        assert (record.verdict, record.digest, record.failed) == ("passed", job.digest, 0)
    # Another text of the job, or of its cases, has not been tested.
    (tmp_path / "stacks/releases/dev/stock_levels.yaml").write_text("parallel_number: 1\n")
    (tmp_path / "stacks/tests/fraud_alerts.yaml").write_text('- name: a\n  expect: {fraud_alerts: ""}\n')
    fresh = ProofBench(Layout.here())
    assert [job.job for job in fresh.jobs() if fresh.tested(job) is None] == ["fraud_alerts", "stock_levels"]
