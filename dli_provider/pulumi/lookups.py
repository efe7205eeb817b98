"""Look-ups for programs: jobs, queues and quotas as DLI has them while the program runs. Nothing here writes.

They speak to the DLI of the stack that is being deployed, as its config (namespace `dli`) and the environment say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pulumi

from dli_provider.errors import DliError, Unauthenticated
from dli_provider.pulumi.messages import warn

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.queue_calls import Queue, Quota

T = TypeVar("T")


@dataclass(frozen=True)
class FoundJob:
    """A job in DLI's list (DLI API reference, 'Querying the Job List'); `id` is for `FlinkSqlJob.get`.

    `start_time` is in epoch milliseconds, None for a job that never ran.
    """

    id: str
    name: str
    status: str
    job_type: str
    queue_name: str
    start_time: int | None


def get_flink_sql_jobs(
    *,
    name: str | None = None,
    status: str | None = None,
    queue_name: str | None = None,
    job_type: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[FoundJob, ...]:
    """The Flink SQL jobs of the project that match all that is given, by name; jobs of any owner.

    Raises pulumi.RunError with DLI's reason.
    """
    return _asked(
        lambda api: jobs_of(
            api, name=name, status=status, queue_name=queue_name, job_type=job_type, tags=tags
        )
    )


def get_queue(name: str) -> Queue:
    """A queue: its `name`, `queue_type` (jobs need a `general` one) and size in CUs, `cu_count`.

    Raises pulumi.RunError where there is none. DLI API reference, 'Querying a Queue'.
    """
    return _asked(lambda api: api.queue(name))


def get_quotas() -> tuple[Quota, ...]:
    """How much of each type of resource the project may use, and uses. Huawei Cloud SDK for DLI, 'ShowQuota'.

    Empty, with a warning, where DLI does not say: no job depends on it, and not every region has the call. Raises
    pulumi.RunError where the credentials are refused.
    """
    return _asked(lambda api: quotas_of(api, warn))


# -- the same for both doors: DLI is asked, and a DliError is raised -------------------------------------------------


def jobs_of(
    api: Client,
    *,
    name: str | None = None,
    status: str | None = None,
    queue_name: str | None = None,
    job_type: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[FoundJob, ...]:
    """See `get_flink_sql_jobs`."""
    from dli_provider.job.wire import EVERY_JOB

    found = api.list_all(
        name=name, status=status, queue_name=queue_name, job_type=job_type, tags=tags, show_detail=True
    )
    return tuple(
        FoundJob(
            str(live.job_id),
            live.name,
            live.status,
            live.job_type,
            str(live.fields.get("queue_name") or ""),
            live.start_time,
        )
        for live in sorted(found, key=lambda live: live.name)
        # Whether DLI's filter takes names that only hold the text is not documented.
        if live.job_type in EVERY_JOB and name in (None, live.name)
    )


def quotas_of(api: Client, warn: Callable[[str], None]) -> tuple[Quota, ...]:
    """See `get_quotas`."""
    try:
        return api.quotas()
    except Unauthenticated:
        raise  # nothing else will be answered either
    except DliError as missing:
        reasons = "; ".join(missing.reasons)
        warn(f"get_quotas() is empty, as the quotas of the project cannot be read: {reasons}")
        return ()


def _asked(ask: Callable[[Client], T]) -> T:
    from dli_provider.connect import connect
    from dli_provider.settings import Settings

    config = pulumi.Config("dli")
    try:
        with connect(Settings.from_config(config.get, os.environ)) as api:
            return ask(api)
    except DliError as error:
        raise pulumi.RunError(error.text()) from None
