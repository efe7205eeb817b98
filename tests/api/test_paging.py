"""A list that is read page by page while jobs come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dli_provider.api.job_answers import JobPage, LiveJob
from dli_provider.api.paging import PAGE, every_job


@dataclass
class ListedJobs:
    """Jobs newest first, as DLI lists them; `between` happens before each call but the first."""

    jobs: list[int]
    between: Callable[[ListedJobs], None] = lambda _: None
    total: bool = True
    calls: int = 0
    lost: set[int] = field(default_factory=set)

    def page(self, offset: int) -> JobPage:
        if self.calls:
            self.between(self)
        self.calls += 1
        shown = self.jobs[offset : offset + PAGE]
        jobs = tuple(LiveJob(job_id, f"job {job_id}", "job_running") for job_id in shown)
        return JobPage(jobs, len(self.jobs) if self.total else None)

    def delete(self, *places: int) -> None:
        for place in sorted(places, reverse=True):
            self.lost.add(self.jobs.pop(place))

    def listed(self) -> list[int]:
        return [job.job_id for job in every_job(self.page)]


def project(size: int, **given: object) -> ListedJobs:
    return ListedJobs([*range(size, 0, -1)], **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 251, 1000])
def test_a_list_that_stands_still_is_read_once(size: int) -> None:
    quiet = project(size)
    assert quiet.listed() == quiet.jobs
    assert quiet.calls == max(1, -(-size // PAGE))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 251])
def test_without_a_total_a_list_of_more_than_a_page_is_read_twice(size: int) -> None:
    quiet = project(size, total=False)
    assert quiet.listed() == quiet.jobs
    # The second time in halves of a page, down to an empty one.
    most = {0: 1, 1: 2, 99: 2, 100: 6, 101: 9, 251: 13}
    assert quiet.calls <= most[size]


def test_no_job_is_lost_where_others_are_deleted_between_the_pages() -> None:
    """Ten jobs that are listed already go before each page: 231 of 251 were found."""
    doomed = iter(range(3))

    def ten_go(each: ListedJobs) -> None:
        if next(doomed, None) is not None:
            each.delete(*range(10))

    busy = project(251, between=ten_go)
    found = busy.listed()
    assert len(found) == len(set(found))
    assert set(busy.jobs) <= set(found)
    assert busy.calls < 12


def test_no_job_is_lost_where_others_are_created_between_the_pages() -> None:
    new = iter(range(10_000, 10_003))

    def one_comes(each: ListedJobs) -> None:
        if (job := next(new, None)) is not None:
            each.jobs.insert(0, job)

    busy = project(251, between=one_comes)
    found = busy.listed()
    assert len(found) == len(set(found))
    assert set(range(1, 252)) <= set(found)


def test_a_deletion_that_a_creation_hides_in_the_total_is_noticed() -> None:
    """The total is the same before every page, but between two of them it was not."""
    happens = iter(["delete", "create"])

    def next_one(each: ListedJobs) -> None:
        what = next(happens, "")
        if what == "delete":
            each.delete(5)
        elif what == "create":
            each.jobs.insert(0, 10_000)

    busy = project(251, between=next_one)
    assert set(busy.jobs) - {10_000} <= set(busy.listed())


def test_a_list_that_never_stands_still_has_an_end() -> None:
    new = iter(range(10_000, 99_999))
    restless = project(251, between=lambda each: each.jobs.insert(0, next(new)))
    assert set(range(1, 252)) <= set(restless.listed())
    assert restless.calls < 50


def test_a_list_that_knows_no_offset_has_an_end() -> None:
    same = JobPage(tuple(LiveJob(job_id, "a", "job_init") for job_id in range(PAGE)), None)
    assert [job.job_id for job in every_job(lambda _: same)] == [*range(PAGE)]


@given(
    st.integers(0, 450),
    st.booleans(),
    st.lists(st.tuples(st.lists(st.floats(0, 1), max_size=PAGE // 2), st.integers(0, 30)), max_size=12),
)
def test_what_is_there_throughout_is_listed(
    size: int, total: bool, changes: list[tuple[list[float], int]]
) -> None:
    pending = iter(changes)
    new = iter(range(10_000, 99_999))

    def change(each: ListedJobs) -> None:
        goes, comes = next(pending, ([], 0))
        each.delete(*{int(place * (len(each.jobs) - 1)) for place in goes if each.jobs})
        each.jobs[:0] = [next(new) for _ in range(comes)]

    busy = project(size, between=change, total=total)
    found = busy.listed()
    assert len(found) == len(set(found))
    assert set(range(1, size + 1)) - busy.lost <= set(found)
