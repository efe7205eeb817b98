"""`dli check`: what Flink's planner would refuse is found before anything is deployed, in the file it is written in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dli_provider.flink.provision import Distribution
from tests.flink.counting import counter, sql
from tests.support.json_documents import valid
from tests.support.pulumi_project import PulumiProject

pytestmark = pytest.mark.flink

BROKEN = """CREATE TABLE cache (k INT, v STRING) WITH ('connector' = 'redis', 'host' = 'cache');
CREATE TABLE totals (k INT, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 't', 'topics' = 'u',
  'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE shown (k INT, n BIGINT) WITH ('connector' = 'print');
INSERT INTO shown SELECT k, COUNT(*)
  FROM cache WHERE nope > 1 GROUP BY k;
INSERT INTO totals SELECT k, 1 FROM cache;
"""


def check(project: PulumiProject, *arguments: str) -> subprocess.CompletedProcess[str]:
    dli = Path(sys.executable).with_name("dli")
    environ = {**project.environ, "HOME": str(Path.home())}
    command = [str(dli), "check", *arguments]
    return subprocess.run(
        command, cwd=project.folder, env=environ, capture_output=True, text=True, timeout=180
    )


def test_each_refusal_is_told_with_file_line_and_column_and_stand_ins_are_named(
    distribution: Distribution, tmp_path: Path
) -> None:
    project = PulumiProject.make(tmp_path, {"DLI_ENDPOINT": "http://127.0.0.1:9", "HW_PROJECT_ID": "abc"})
    file = project.folder / "broken.sql"
    file.write_text(BROKEN)
    told = check(project, "broken.sql")
    assert told.returncode == 1
    first, second = told.stdout.splitlines()
    assert first == "broken.sql:6:20: Column 'nope' not found in any table"
    assert second.startswith(
        "broken.sql:7:1: Unsupported options found for 'kafka'. Unsupported options: topics"
    )
    assert "planned with a stand-in, its options unchecked: redis (broken.cache)" in told.stderr

    # Of a stack: the SQL is what the program declares, the place is where it was written.
    written = sql("fine").replace("'rows-per-second' = '100'", "'rows-per-second' = '@{rate}'")
    (project.folder / "counts.sql").write_text(written.replace("COUNT(*)", "COUNTS(k)"))
    project.declare(
        counts=counter("fine", sql_body=sql("fine").replace("COUNT(*)", "COUNTS(k)")),
        other=counter("other") | {"name": "other"},
    )
    told = check(project, "--stack", "test", "--json")
    assert told.returncode == 1, told.stderr
    facts = valid("check", told.stdout)
    (problem,) = facts["problems"]
    assert (facts["checked"], problem["file"], problem["line"], problem["job"]) == (
        2,
        "counts.sql",
        3,
        "counts",
    )
    assert "COUNTS" in problem["message"]

    (project.folder / "counts.sql").write_text(sql("fine"))
    assert check(project, "counts.sql").returncode == 0
    assert check(project, "counts.sql", "--stack", "test").returncode == 2
