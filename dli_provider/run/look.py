"""Looking at jobs: what DLI says of one, as the planner sees it; and finding one by its id or name.

Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from dli_provider.api.client import Client
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import (
    DliError,
    Forbidden,
    Misconfigured,
    NotFound,
    Throttled,
    Unauthenticated,
    Unavailable,
)
from dli_provider.job.declarations import FIELDS, WIRED
from dli_provider.job.document import beyond_arguments, live_values
from dli_provider.job.fields import JobSpec
from dli_provider.job.self_scaling import unscaled
from dli_provider.job.status import run_state
from dli_provider.likeness import closest
from dli_provider.plan.live_job import LastSeen, Observed, Record
from dli_provider.plan.ownership import RESERVED_PREFIX, Marks

UNREAD = (
    "tags cannot be read here, so the state alone says whose a job is: one that another stack or checkout has taken "
    "over is not recognised, nor are tags that were changed by hand"
)
SAYS_NOTHING_OF_TAGS = (Unavailable, Throttled, Unauthenticated)
"""Failures that say nothing about whether DLI takes, or tells, tags here."""

_REPORTED = frozenset(name for name, wire in WIRED.items() if wire.update)


@dataclass(frozen=True)
class Found:
    """A job that a person or a program named by id or name, and its tags; None where nobody can tell them."""

    live: LiveJob
    tags: dict[str, str] | None

    def seen_for(self, new: JobSpec) -> Observed:
        """The job as the planner sees it. What DLI does not report is taken to be as declared."""
        return observe(self.live, self.tags, new, Record(unclaimed=Marks.of(self.tags or {}).none))


def observe(live: LiveJob, tags: Mapping[str, str] | None, last: JobSpec, record: Record) -> Observed:
    """A live job; `last` is the spec last deployed, for the control fields and what DLI does not report.

    Which fields are reported differs between DLI's pages: one that is missing is not unset, it is just not reported.
    """
    told = _REPORTED.intersection(live.fields)
    values = {name: getattr(last, name) for name in FIELDS if name not in told}
    values |= live_values(live.fields)
    if tags is not None:
        values["tags"] = _of_the_user(tags) or None
    return Observed(
        unscaled(JobSpec.model_construct(**values), last),
        live.status,
        started=record.has_run(
            live.start_time is not None, live.status, live.has_savepoint, live.checkpoint_path
        ),
        has_savepoint=live.has_savepoint,
        checkpoint_path=live.checkpoint_path,
        tags=tags,
        record=record,
        start_time=live.start_time,
        savepoint_path=live.savepoint_path,
        last_change=live.last_change,
        unchanged_since=live.unchanged_since,
        beyond=beyond_arguments(live.config),
    )


def last_seen(live: LiveJob) -> LastSeen:
    """The part of a live job that is kept. The start of a run matters only once it has ended."""
    state = run_state(live.status)
    start = None if state.runs else live.start_time
    changed = "" if state.settled else live.unchanged_since
    return LastSeen(live.status, live.status_desc, live.has_savepoint, live.checkpoint_path, start, changed)


def look_for(api: Client, target: str, unread: Callable[[str], None] = lambda _: None) -> Found | None:
    """The job of this id or, where there is none, of this name, whosever it is; None where there is neither.

    `unread` is told where its tags are not known; see `tags_of`.
    """
    live = _by_id(api, target) or job_named(api, target, show_detail=True)
    return Found(live, tags_of(api, live.job_id, unread)) if live else None


def unknown_job(api: Client, target: str) -> NotFound:
    """The error for a job that a person named and DLI does not have."""
    reason = "DLI has no job with this id or name in this project"
    meant = None
    with suppress(DliError):  # a guess is a courtesy: that none can be made is not what is wrong
        meant = closest(target, (live.name for live in api.list_all()))
    remedy = "list them with `dli status --all`"
    return NotFound(target, reason, remedy=f"did you mean {meant}? Or {remedy}" if meant else remedy)


def job_named(api: Client, name: str, *, show_detail: bool = False) -> LiveJob | None:
    """The job of just this name, None where there is none."""
    # No page says whether DLI's filter is exact.
    found = api.list_all(name=name, show_detail=show_detail)
    return next((live for live in found if live.name == name), None)


def tags_of(
    api: Client, job_id: int, unread: Callable[[str], None] = lambda _: None
) -> dict[str, str] | None:
    """The tags of a job; None where nobody can tell: not every region has the calls, and reading tags is a permission
    of its own.

    Neither stops anybody, as the state still says whose the job is. `unread` is told what does not hold then. Raises
    NotFound where the job is gone.
    """
    try:
        return api.tags(job_id)
    except (Misconfigured, Forbidden) as refused:
        told: DliError = refused
    except NotFound as missing:
        # Tags are kept apart from jobs, so what they do not know may run all the same: the job itself is asked. Taken
        # for gone, it would be made a second time.
        api.get(job_id)
        told = missing
    unread(f"{UNREAD}: {'; '.join(told.reasons)}")
    return None


def _by_id(api: Client, target: str) -> LiveJob | None:
    if not (target.isascii() and target.isdigit()):
        return None
    try:
        return api.get(int(target))
    except NotFound:
        return None


def _of_the_user(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith((RESERVED_PREFIX, "_sys_"))}
