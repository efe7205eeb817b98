"""What becomes of Flink's state, proven by Flink: the real Pulumi engine updates a job that really counts."""

from __future__ import annotations

import os
import signal

import pytest

from dli_provider.flink.cluster import Cluster
from tests.flink.counting import Counts, counter, first, last, one_more, sql, until
from tests.support.site import Site

pytestmark = [pytest.mark.flink, pytest.mark.engine]


def test_counts_go_on_through_every_update_and_restart_only_when_that_is_asked_for(
    site: Site, flink: Cluster
) -> None:
    counts = Counts(flink.output())
    site.pulumi.declare(counts=counter("one"))
    site.pulumi.up()
    assert set(first(counts.wait("one")).values()) == {1}, "a new job begins to count"

    # Another parallelism, and another name to print under, so that before and after can be told apart.
    site.pulumi.declare(counts=counter("two", parallel_number=2))
    site.pulumi.up()
    before, after = last(counts.under("one")), counts.wait("two")
    assert first(after) == one_more(before), "no tick was lost in the restart, and none counted twice"

    # A change of the SQL itself: the counts are shown otherwise.
    site.pulumi.declare(
        counts=counter(
            "three",
            sql_body=sql("three", query="SELECT k, COUNT(*) + 1000000 AS n FROM ticks GROUP BY k"),
            parallel_number=2,
        )
    )
    site.pulumi.up()
    before, after = last(counts.under("two")), counts.wait("three")
    assert first(after) == {key: 1_000_000 + count + 1 for key, count in before.items()}

    # A change that looks harmless and that Flink refuses: with another column, a projection comes before the state.
    refused = counter("four", sql_body=sql("four", "k INT, v BIGINT"), parallel_number=2)
    site.pulumi.declare(counts=refused)
    told = site.pulumi.up(fails=True)
    assert "rolled back" in told.text
    assert "Cannot map checkpoint/savepoint state" in told.text, "Flink's own reason is told"
    assert counts.under("four") == {}
    three = until(
        lambda: counts.under("three"), lambda seen: all(len(seen[key]) > len(after[key]) + 5 for key in after)
    )
    for key, shown in three.items():
        assert shown == list(range(shown[0], shown[0] + len(shown))), (
            f"the counts of {key} go on without a gap"
        )
    assert site.job().status == "job_running"

    # Only who says so loses state.
    site.pulumi.declare(
        counts=counter("five", sql_body=refused["sql_body"].replace("four", "five"), upgrade_mode="stateless")
    )
    site.pulumi.up()
    assert set(first(counts.wait("five")).values()) == {1}

    site.pulumi.destroy()
    assert not [job for job in flink.rest.get("/jobs/overview")["jobs"] if job["state"] == "RUNNING"]


def test_a_killed_task_manager_costs_no_count_and_a_refresh_shows_it(site: Site, flink: Cluster) -> None:
    counts = Counts(flink.output())
    site.pulumi.declare(counts=counter("kept"))
    site.pulumi.up()
    job_id = site.job().job_id
    counts.wait("kept", least=60)  # some two seconds: a checkpoint is there
    until(lambda: site.dli.savepoints(site.project_id) or _checkpointed(flink), bool)

    os.kill(flink.pids()["taskmanager"], signal.SIGKILL)
    before = counts.under("kept")
    until(lambda: site.job().restart_times, bool)
    after = until(
        lambda: {key: seen[len(before[key]) :] for key, seen in counts.under("kept").items()},
        lambda seen: all(len(more) > 5 for more in seen.values()),
    )
    for key, more in after.items():
        assert 1 < more[0] <= before[key][-1] + 1, f"{key} goes on from the checkpoint, not from nothing"
        assert more == list(range(more[0], more[0] + len(more)))

    site.pulumi.refresh()
    outputs = site.pulumi.outputs("counts")
    assert (outputs["job_id"], outputs["status"]) == (str(job_id), "job_running")
    assert "Restarted 1 times, last from obs://" in outputs["status_desc"]
    assert "TaskManager" in outputs["status_desc"]


def _checkpointed(flink: Cluster) -> bool:
    running = [job["jid"] for job in flink.rest.get("/jobs/overview")["jobs"] if job["state"] == "RUNNING"]
    return any(flink.rest.get(f"/jobs/{jid}/checkpoints")["counts"]["completed"] for jid in running)
