"""What is said of a job: its row in a table, and times."""

import json

from dli_provider.job.self_scaling import ENABLE
from dli_provider.workspace.job_status import history, row_of
from tests.support.planned_jobs import live


def test_a_row_says_only_what_dli_says() -> None:
    row = row_of(live("job_init"), None, {}, 0.0)
    assert (row.since, row.read, row.cu, row.savepoints, row.wrong) == (None, None, None, 0, False)


def test_of_a_job_that_dli_scales_its_history_says_so() -> None:
    config = json.dumps([{"key": ENABLE, "value": "true"}])
    scaled = live("job_running", fields={"cu_number": 8, "runtime_config": config})
    line = "DLI scales it by itself, 8 CUs now; each time begins another run"
    assert line in [what for _, what in history(scaled, {})]
    plain = live("job_running", fields={"cu_number": 8})
    assert [*history(plain, {})] == []
