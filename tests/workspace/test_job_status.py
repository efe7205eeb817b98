"""What is said of a job: its row in a table, and times."""

import pytest

from dli_provider.workspace.job_status import age, row_of
from tests.support.planned_jobs import live


@pytest.mark.parametrize(
    ("ago", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3725, "1h 2m"), (90000, "1d 1h"), (86400 * 3, "3d"), (None, "-")],
)
def test_an_age_is_told_in_its_two_largest_units(ago: int | None, text: str) -> None:
    now = 1_700_000_000.0
    assert age(None if ago is None else int((now - ago) * 1000), now) == text


def test_a_row_says_only_what_dli_says() -> None:
    row = row_of(live("job_init"), None, {}, 0.0)
    assert (row.since, row.read, row.cu, row.savepoints, row.wrong) == (None, None, None, 0, False)
