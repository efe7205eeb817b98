"""Jobs as DLI reports them, as values."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType

from dli_provider.api.decoding import (
    Fields,
    UnreadableError,
    as_fields,
    integer,
    member,
    objects,
    required_id,
    text,
    truth,
)
from dli_provider.secrets import KnownSecrets, for_people, secret_values


@dataclass(frozen=True)
class LiveJob:
    """A job as DLI reported it just now (DLI API reference, 'Querying Job Details', 'Querying the Job List').

    `status` is DLI's own text in small letters, equal to a member of `Status` unless it is newer than this program.
    Times are epoch milliseconds, None when unset. `fields` holds everything reported, under DLI's names and in
    the wire's types, with the content of `job_config` beside the rest, and `config` that content alone; both may hold
    SQL and so are not shown in the repr. Entries of a list without `show_detail` have few fields. None in
    `has_savepoint` means that DLI did not say.
    """

    job_id: int
    name: str
    status: str
    status_desc: str = ""
    job_type: str = ""
    fields: Fields = field(default_factory=dict, repr=False)
    config: Fields = field(default_factory=dict, repr=False)
    has_savepoint: bool | None = None
    savepoint_path: str | None = None
    checkpoint_path: str | None = None
    create_time: int | None = None
    start_time: int | None = None
    update_time: int | None = None
    restart_times: int = 0

    @property
    def last_change(self) -> int | None:
        """When DLI last tells of anything that changed: it has no time for a status of its own."""
        return max(filter(None, (self.create_time, self.start_time, self.update_time)), default=None)

    @property
    def unchanged_since(self) -> str:
        """The same in words, "" where DLI tells of nothing."""
        if self.last_change is None:
            return ""
        return f"{datetime.fromtimestamp(self.last_change / 1000, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class JobPage:
    """Some of the jobs found; `total` is how many there are in all, or None where DLI does not say."""

    jobs: tuple[LiveJob, ...]
    total: int | None


def created_job_id(body: object) -> int:
    """The id in the answer to create."""
    return required_id(member(body, "job"), "job_id")


def update_time(body: object) -> int | None:
    """The time in the answer to update."""
    return integer(member(member(body, "job"), "update_time"))


def job_detail(body: object) -> LiveJob:
    """The job in the answer to get."""
    return live_job(as_fields(member(body, "job_detail"), "job_detail"))


def job_page(body: object) -> JobPage:
    """The page in the answer to list."""
    page = as_fields(member(body, "job_list"), "job_list")
    jobs = tuple(live_job(entry) for entry in objects(page.get("jobs")))
    return JobPage(jobs, integer(page.get("total_count")))


def live_job(entry: Fields) -> LiveJob:
    """A job from the detail or from an entry of the list. What is within `job_config` varies: both count."""
    config = entry.get("job_config")
    if isinstance(config, str):
        with suppress(ValueError):
            config = json.loads(config)
    fields = dict(config) if isinstance(config, dict) else {}
    outer = {key: value for key, value in entry.items() if key != "job_config"}
    # A null outside must not hide the value inside.
    fields |= {key: value for key, value in outer.items() if value is not None or key not in fields}
    # In one letter case, so that a job is not taken for one in a status that nobody knows.
    status, said = text(fields.get("status")).strip().lower(), text(fields.get("status_desc"))
    # Every decision begins with the status; a job without one cannot be handled as if it had some.
    if not status:
        raise UnreadableError("the answer holds no status of the job")
    return LiveJob(
        job_id=required_id(fields, "job_id"),
        name=text(fields.get("name")),
        status=status,
        # What the job itself gives away is looked for only where DLI has something to say.
        status_desc=for_people(said, KnownSecrets(secret_values(fields))) if said else "",
        job_type=text(fields.get("job_type")),
        fields=MappingProxyType(fields),
        config=MappingProxyType(dict(config) if isinstance(config, dict) else {}),
        has_savepoint=truth(fields.get("has_savepoint")),
        savepoint_path=text(fields.get("savepoint_path")) or None,
        checkpoint_path=text(fields.get("checkpoint_path")) or None,
        create_time=integer(fields.get("create_time")) or None,
        # 0 is how DLI says "never".
        start_time=integer(fields.get("start_time")) or None,
        update_time=integer(fields.get("update_time")) or None,
        restart_times=integer(fields.get("restart_times")) or 0,
    )
