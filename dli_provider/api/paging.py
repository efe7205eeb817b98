"""All jobs of a list that is read page by page, while others are made and deleted. Pure but for the calls.

DLI counts its pages by rows: where a job is deleted that has been listed already, all after it move up, and the first
of the next page is never shown. So the list is read again where something moved, this time with every row on two pages;
until the rows are as many as DLI says, or until nothing new comes. In a list that stands still that costs no call.

Guaranteed: a job that is there from the first call to the last is listed, and once; unless more jobs than half a page,
all listed before it, are deleted between two calls, each time it is passed. A job that is made or deleted meanwhile may
be listed or not. A list that fits in one page is always whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dli_provider.api.job_answers import JobPage, LiveJob

PAGE = 100
"""Jobs in a page of the list, at most."""
_TIMES = 5
"""How often the list is read at most, however much it changes."""


def every_job(page: Callable[[int], JobPage]) -> Iterator[LiveJob]:
    """The jobs of all pages, as they come; `page` reads the one that begins at an offset."""
    known: set[int] = set()
    for reading in range(_TIMES):
        before, whole = len(known), _WholeList()
        for part in _pages(page, overlapping=reading > 0):
            whole.add(part)
            for job in part.jobs:
                if job.job_id not in known:
                    known.add(job.job_id)
                    yield job
        if whole.certain or (reading > 0 and len(known) == before):
            return


def _pages(page: Callable[[int], JobPage], *, overlapping: bool) -> Iterator[JobPage]:
    offset = longest = 0
    shown: set[int] = set()
    while True:
        part = page(offset)
        yield part
        rows = len(part.jobs)
        last = part.total is not None and offset + rows >= part.total
        # An empty page ends it too, since DLI need not give a total; and so does one that says again what was said, or
        # else a list that knows no offset would be read for ever.
        if last or shown.issuperset(job.job_id for job in part.jobs):
            return
        shown.update(job.job_id for job in part.jobs)
        longest = max(longest, rows)
        # Behind a page that is shorter than others nothing is left to lose.
        offset += (rows + 1) // 2 if overlapping and rows == longest else rows


class _WholeList:
    """Whether the pages of one reading hold the whole list for certain."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._totals: set[int | None] = set()
        self._rows: list[int] = []

    def add(self, part: JobPage) -> None:
        self._ids.update(job.job_id for job in part.jobs)
        self._totals.add(part.total)
        self._rows.append(len(part.jobs))

    @property
    def certain(self) -> bool:
        """One page is one moment. More are one if the list was always as long as what was found in it: where a deletion
        moved the rest up, either its length has changed, or a job is missing."""
        first, *others = self._rows
        if first < PAGE and not any(others):
            return True
        return self._totals == {len(self._ids)}
