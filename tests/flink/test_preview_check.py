"""`dli:check = flink`: what Flink's planner refuses, `pulumi preview` refuses, with the place and without secrets."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from dli_provider.emulator.server import Emulator
from dli_provider.errors import Invalid
from dli_provider.flink.cluster import Cluster
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.provision import Distribution
from dli_provider.pulumi.sql_check import KEY, CheckingFlink, Say, SqlCheck
from tests.flink.counting import counter, sql
from tests.support.pulumi_project import PulumiProject

NOPE = sql("a", query="SELECT k, nope FROM ticks")
CACHE = """CREATE TABLE cache (k INT, v STRING) WITH ('connector' = 'redis', 'password' = 'hunter22');
CREATE TABLE shown (k INT) WITH ('connector' = 'print', 'password' = 'hunter22', 'owner' = 'hunter22');
INSERT INTO shown SELECT k FROM cache;
"""


@pytest.mark.flink
def test_jobs_share_one_gateway_and_secrets_are_masked(flink: Cluster) -> None:
    started, said = list[Say](), list[str]()

    def start(say: Say) -> Cluster:
        started.append(say)
        return flink

    gateway = CheckingFlink(start)
    first, second = SqlCheck(said.append, gateway), SqlCheck(said.append, gateway)
    assert first.refusals(sql("a"), {}) == []
    (refusal,) = second.refusals(NOPE, {})
    assert refusal == "sql_body, line 3, column 30: Column 'nope' not found in any table"
    for _ in range(2):
        (refusal,) = first.refusals(CACHE, {})
        assert refusal.startswith("sql_body, line 3, column 1: Unsupported options found for 'print'")
        assert "hunter22" not in refusal
    assert said == ["dli:check: tables of 'redis' are planned with a stand-in, their options unchecked"]
    assert len(started) == 1


def test_without_java_the_remedy_is_told_and_nothing_passes_unchecked() -> None:
    tried = []

    def start(_: Say) -> Cluster:
        tried.append(1)
        raise FlinkError("no java on PATH, and JAVA_HOME is not set. Install it.")

    check = SqlCheck(print, CheckingFlink(start))
    for _ in range(2):
        (refusal,) = check.refusals(sql("a"), {})
        assert refusal == (
            "sql_body cannot be checked with Flink, as dli:check asks: no java on PATH, and JAVA_HOME is not set."
            " Install it. To go on unchecked: pulumi config rm dli:check"
        )
    assert tried == [1]


def test_another_check_is_refused() -> None:
    with pytest.raises(Invalid, match="checked by 'flink' only"):
        SqlCheck.of("spark", print)


@pytest.mark.engine
@pytest.mark.flink
def test_a_preview_refuses_what_flink_refuses_and_plans_only_what_changes(
    distribution: Distribution, tmp_path: Path
) -> None:
    with Emulator.start(tmp_path / "dli.db") as dli:
        environ = {"DLI_ENDPOINT": dli.url, "HW_PROJECT_ID": "0123456789abcdef0123456789abcdef"}
        cache = {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))}
        project = PulumiProject.make(tmp_path / "site", environ | cache | {"TMPDIR": str(tmp_path)})
        project.declare(counts=counter("a"))
        project.up()

        # What does not change is not planned: without Java it goes through.
        project.config(KEY, "flink")
        project.environ["JAVA_HOME"] = str(tmp_path)
        assert project.up().changes == {"unchanged": 2}
        project.declare(counts=counter("a", sql_body=NOPE))
        assert "does not run. Flink needs Java 17" in project.preview(fails=True).text

        project.environ.pop("JAVA_HOME")
        told = project.preview(fails=True)
        assert "sql_body, line 3, column 30: Column 'nope' not found in any table" in told.text
        project.declare(counts=counter("a", sql_body=sql("b")), more=counter("c") | {"name": "more"})
        assert project.preview().changes == {"create": 1, "update": 1, "unchanged": 1}
    left = [each for each in psutil.process_iter(["cmdline"]) if f"{tmp_path}/dli-check-" in str(each.info)]
    assert psutil.wait_procs(left, timeout=60)[1] == []
