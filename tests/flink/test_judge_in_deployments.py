"""`dli:judge`: what a preview says of a change of SQL is what Flink's planner says, and the same in a review of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dli_provider.downloads import cache_folder
from dli_provider.errors import Invalid
from dli_provider.flink import pins
from dli_provider.flink.judging import Consulted, JudgeMode
from dli_provider.flink.planner import NAME
from dli_provider.flink.provision import Distribution
from dli_provider.job.diff import diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.sql import classify

pytestmark = pytest.mark.flink

SOURCE = """CREATE TABLE bid (price BIGINT, channel STRING, x STRING) WITH ('connector' = 'kafka', 'topic' = 'bid',
  'properties.bootstrap.servers' = 'k1:9092', 'format' = 'json');
CREATE TABLE snk (k STRING, v BIGINT) WITH ('connector' = 'print');
"""
SUM = SOURCE + "INSERT INTO snk SELECT channel, SUM(price) FROM bid GROUP BY channel;"
FILTERED = SUM.replace("FROM bid", "FROM bid WHERE price > 2")
# The text cannot know that nobody reads the number of rows that the inner query counts.
UNREAD = SUM.replace("FROM bid", "FROM (SELECT price, channel, price + 1 AS more FROM bid)")
OWNER = "shop/prod/orders"


def job(sql: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "orders",
        "queue_name": "q",
        "sql_body": sql,
        "owner": OWNER,
        "desired_state": "running",
    } | more


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def verbs(distribution: Distribution, said: list[str]) -> JobVerbs:
    config = {"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1", "dli:judge": "flink"}
    return JobVerbs.configured(
        config.get, os.environ, tell=said.append, warn=said.append, before_write=lambda: None
    )


def test_a_refusal_names_the_operator_and_who_says_so(verbs: JobVerbs) -> None:
    failures = verbs.check(job(SUM), job(FILTERED)).failures
    ((_, reason),) = failures
    assert "the filter price > 2 is new" in reason
    assert f"(by {NAME})" in reason
    assert "allow_state_loss=" in reason


def test_a_typo_is_told_first_and_no_loss_of_state_is_offered_for_it(verbs: JobVerbs) -> None:
    ((_, reason),) = verbs.check(job(SUM), job(SUM.replace("FROM bid", "FROM bidz"))).failures
    assert "line 4, column 49: bidz is not defined; did you mean bid?" in reason
    assert "allow_state_loss" not in reason


def test_the_very_same_job_is_not_restarted(verbs: JobVerbs, said: list[str]) -> None:
    old, new = JobSpec(**_declared(SUM)), JobSpec(**_declared(UNREAD))
    assert verbs.check(job(SUM), job(UNREAD)).failures == []
    (change,) = diff(old, new).changes
    assert (change.impact, change.computed_by) == (Impact.NONE, NAME)
    assert "the very same job" in change.because


def _declared(sql: str) -> dict[str, Any]:
    return {key: value for key, value in job(sql).items() if key != "owner"}


def test_a_change_has_one_verdict_while_somebody_is_consulted(distribution: Distribution) -> None:
    before = classify(SUM, UNREAD)
    with Consulted("auto", os.environ, print):
        first, second = classify(SUM, UNREAD), classify(SUM, UNREAD)
        assert first is second
        assert first.computed_by == NAME
        assert classify(SUM, UNREAD, flink_version="1.12").computed_by == before.computed_by
    assert classify(SUM, UNREAD) == before


def test_a_judge_that_nobody_knows_is_refused() -> None:
    config = {"dli:endpoint": "http://127.0.0.1:9", "dli:projectId": "p1", "dli:judge": "flnk"}
    with pytest.raises(Invalid, match="auto, flink, text"):
        JobVerbs.configured(config.get, {}, tell=print, warn=print, before_write=lambda: None)


def test_where_flink_is_demanded_and_fails_it_is_said_and_the_text_judges(
    tmp_path: Any, said: list[str]
) -> None:
    environ = {**os.environ, "JAVA_HOME": str(tmp_path)}
    with Consulted("flink", environ, said.append):
        assert classify(SUM, FILTERED).computed_by == "the text"
        classify(SUM, UNREAD)
    (line,) = said
    assert "the text judges changes of SQL" in line


def test_a_deployment_fetches_no_older_planner_and_says_who_judges_where_flink_was_demanded(
    distribution: Distribution, tmp_path: Path
) -> None:
    # A machine with the newer Flink alone.
    cache = tmp_path / "dli-provider"
    cache.mkdir()
    for made in cache_folder(os.environ).iterdir():
        if pins.VERSION in made.name:
            (cache / made.name).symlink_to(made)
    modes: tuple[JudgeMode, ...] = ("auto", "flink")
    heard: dict[str, list[str]] = {mode: [] for mode in modes}
    for mode in modes:
        with Consulted(mode, {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, heard[mode].append):
            for sql in (FILTERED, UNREAD):
                assert classify(SUM, sql, flink_version="1.15").computed_by == NAME
    assert not [each for each in cache.iterdir() if pins.OLDER_PLANNER.version in each.name]
    assert heard["auto"] == []
    (line,) = heard["flink"]
    assert line.startswith("dli:judge: Flink 1.15.4's planner is not on this machine (`dli sql diff ")
    assert line.endswith(f"jobs of Flink 1.15 are judged by {NAME}")
