"""DLI's calls on a real Flink: what Flink refuses is told as it tells it, and what DLI is asked for, Flink does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from dli_provider.emulator.runners.flink.runner import runner_factory
from dli_provider.emulator.server import Emulator
from dli_provider.emulator.store import StateFileError
from dli_provider.flink.cluster import Cluster
from tests.flink.counting import Counts, first, last, one_more, sql, until
from tests.flink.dli import PROJECT, Dli

pytestmark = pytest.mark.flink

TWO_SINKS = """SET 'table.exec.state.ttl' = '2 h';
CREATE TABLE ticks (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50',
  'fields.k.min' = '0', 'fields.k.max' = '3');
CREATE TABLE files (k INT) WITH ('connector' = 'filesystem', 'path' = 'obs://stream-state/out', 'format' = 'csv');
CREATE TABLE counts (k INT, n BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'sinks');
CREATE VIEW evens AS SELECT k FROM ticks WHERE k IN (0, 2);
EXECUTE STATEMENT SET BEGIN
  INSERT INTO files SELECT k FROM evens;
  INSERT INTO counts SELECT k, COUNT(*) FROM ticks GROUP BY k;
END;
"""


@pytest.mark.parametrize(
    ("broken", "line", "column", "words"),
    [
        (sql("x").replace("FROM ticks", "FRM ticks"), 3, 44, 'Encountered "FRM"'),
        (sql("x").replace("SELECT k, COUNT", "SELECT\n  nope, COUNT"), 4, 3, "Column 'nope' not found"),
        (sql("x").replace("n BIGINT", "n BIGINT, m INT"), 3, 1, "Different number of columns"),
        (
            sql("x").replace("'rows-per-second'", "'rows-a-second'"),
            3,
            1,
            "Unsupported options: rows-a-second",
        ),
        (sql("x") + "\nINSERT INTO nowhere SELECT k FROM ticks", 4, 1, "nowhere"),
        ("SELECT 1;\n" + sql("x"), 1, 1, "no part of a job"),
    ],
)
def test_sql_that_flink_refuses_fails_at_submission_with_its_words_and_place(
    dli: Emulator, broken: str, line: int, column: int, words: str
) -> None:
    client = Dli(dli.url)
    job_id = client.create(
        sql_body=broken.replace("COUNT(* AS", "COUNT(*) AS (") if "(* AS" in broken else broken
    )
    client.run(job_id)
    job = client.wait(job_id, "job_submit_fail", "job_running")
    assert job["status"] == "job_submit_fail"
    assert job["status_desc"].startswith(f"line {line}, column {column}: "), job["status_desc"]
    assert words in job["status_desc"]


def test_a_job_of_several_statements_is_one_job_of_flink_and_shows_what_flows(
    dli: Emulator, flink: Cluster
) -> None:
    client = Dli(dli.url)
    job_id = client.create(sql_body=TWO_SINKS, parallel_number=2)
    client.run(job_id)
    client.wait(job_id, "job_running")

    def flowing() -> dict[str, int]:
        jobs = client.post("/streaming/jobs/metrics", {"job_ids": [job_id]})["metrics"]["jobs"]
        metrics = jobs[0]["metrics"]
        return {each["name"]: each["records"] for each in [*metrics["sources"], *metrics["sinks"]]}

    until(flowing, lambda seen: seen.keys() == {"ticks", "filesystem", "counts"} and min(seen.values()) > 20)
    graph = requests.get(
        f"{dli.url}/v1.0/{PROJECT}/streaming/jobs/{job_id}/execute-graph", timeout=30
    ).json()["execute_graph"]
    assert graph["state"] == "RUNNING"
    parallel = {vertex["name"]: vertex["parallelism"] for vertex in graph["vertices"]}
    assert parallel.pop("end: Writer") == 1, "Flink's committer of files is always one"
    assert set(parallel.values()) == {2}
    config = flink.rest.get(f"/jobs/{graph['jid']}/checkpoints/config")
    assert (config["mode"], config["interval"]) == ("exactly_once", 1000)

    url = f"{dli.url}/v3/{PROJECT}/streaming/jobs/{job_id}/gen-graph"
    planned = requests.post(url, json={"sql_body": TWO_SINKS, "parallel_number": 3}, timeout=60).json()
    nodes = json.loads(planned["stream_graph"])["nodes"]
    assert {"Source", "Operator", "Sink"} == {node["type"] for node in nodes}
    assert any("StreamingFileWriter" in node["contents"] for node in nodes)
    assert any("GroupAggregate(groupBy=[k]" in node["contents"] for node in nodes)
    assert {node["parallelism"] for node in nodes if "Aggregate" in node["contents"]} == {3}

    client.stop(job_id, savepoint=False)
    client.wait(job_id, "job_cancel_success")
    assert list((flink.home / "obs" / "stream-state" / "out").iterdir()), "OBS is a folder"


def test_a_savepoint_lies_where_it_was_asked_for_and_can_be_imported(dli: Emulator, flink: Cluster) -> None:
    client, counts = Dli(dli.url), Counts(flink.output())
    job_id = client.create(sql_body=sql("saved"))
    client.run(job_id)
    counts.wait("saved")
    client.wait(job_id, "job_running")
    where = f"obs://stream-state/savepoints/{job_id}/one/"
    client.post(f"/streaming/jobs/{job_id}/savepoint", {"action": "TRIGGER", "savepoint_path": where})
    job = until(lambda: client.get(job_id), lambda seen: seen["has_savepoint"])
    assert job["savepoint_path"] == where
    assert (flink.home / "obs" / "stream-state" / "savepoints" / str(job_id) / "one" / "_metadata").is_file()
    client.stop(job_id, savepoint=False)
    client.wait(job_id, "job_cancel_success")

    other = client.create(name="other", sql_body=sql("imported"))
    client.post(f"/streaming/jobs/{other}/import-savepoint", {"job_id": other, "savepoint_path": where})
    client.run(other, resume=True)
    begun = first(counts.wait("imported"))
    assert all(1 < count <= last(counts.under("saved"))[key] + 1 for key, count in begun.items())


def test_a_job_that_dli_restarts_from_nothing_counts_from_one_and_only_as_often_as_allowed(
    dli: Emulator, flink: Cluster
) -> None:
    client, counts = Dli(dli.url), Counts(flink.output())
    failing = "SELECT k, COUNT(*) / (CASE WHEN COUNT(*) > 40 THEN 0 ELSE 1 END) AS n FROM ticks GROUP BY k"
    job_id = client.create(
        sql_body=sql("failing", query=failing),
        restart_when_exception=True,
        resume_checkpoint=False,
        resume_max_num=1,
    )
    client.run(job_id)
    job = until(
        lambda: client.get(job_id),
        lambda seen: seen["status"] == "job_running_exception" and seen["restart_times"] == 1,
    )
    assert "by zero" in job["status_desc"]
    seen = counts.under("failing")
    assert sum(count == 1 for each in seen.values() for count in each) == 2 * len(seen), "each began twice"


def test_jobs_go_on_without_a_gap_when_the_local_dli_is_stopped_and_started(
    flink: Cluster, tmp_path: Path
) -> None:
    counts, state = Counts(flink.output()), tmp_path / "stopped.db"
    with Emulator.start(state, engine=runner_factory(flink)) as local:
        client = Dli(local.url)
        job_id = client.create(sql_body=sql("stopped"))
        client.run(job_id)
        counts.wait("stopped")
        client.wait(job_id, "job_running")
    before = counts.under("stopped")
    with pytest.raises(StateFileError, match="belong to the flink runner"):
        Emulator.start(state)
    with Emulator.start(state, engine=runner_factory(flink)) as local:
        job = Dli(local.url).wait(job_id, "job_running")
        assert "the job goes on from left obs://" in job["status_desc"]
        after = until(
            lambda: {key: seen[len(before[key]) :] for key, seen in counts.under("stopped").items()},
            lambda seen: all(seen.values()),
        )
        assert first(after) == one_more(last(before))
        local.reset()
