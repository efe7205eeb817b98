"""What is said of a job: its row in a table, and times."""

import json

from dli_provider.job.self_scaling import ENABLE
from dli_provider.workspace.job_status import DeclaredJob, history, row_of
from tests.support.planned_jobs import live


def test_a_row_says_only_what_dli_says() -> None:
    row = row_of(live("job_init"), None, {}, 0.0)
    assert (row.since, row.read, row.cu, row.savepoints, row.wrong) == (None, None, None, 0, False)


def test_a_savepoint_that_dli_and_the_stack_both_know_is_counted_once() -> None:
    saved = live("job_running", has_savepoint=True, savepoint_path="obs://a/b/")
    for known, count, newest in (
        ((), 1, "obs://a/b/"),
        (("obs://a/b/",), 1, "obs://a/b/"),
        (("obs://a/c/",), 2, "obs://a/c/"),
    ):
        row = row_of(saved, DeclaredJob("orders", "running", known), {}, 0.0)
        assert (row.savepoints, row.savepoint) == (count, newest)


def test_of_a_job_that_dli_scales_its_history_says_so() -> None:
    config = json.dumps([{"key": ENABLE, "value": "true"}])
    scaled = live("job_running", fields={"cu_number": 8, "runtime_config": config})
    line = "DLI scales it by itself, 8 CUs now; each time begins another run"
    assert line in [what for _, what in history(scaled, {})]
    plain = live("job_running", fields={"cu_number": 8})
    assert [*history(plain, {})] == []
