"""What `dli status` and `dli logs` say of jobs, from what DLI and the stack's state hold. Reads, and changes nothing.

A look at all jobs is one list of them, and one question for rates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dli_provider.api.decoding import integer
from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, NotFound, Unauthenticated
from dli_provider.job.status import overdue, run_state
from dli_provider.plan.ownership import SAVEPOINT_NOTE
from dli_provider.workspace.job_owners import JobOwners, owners_of

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.run.look import Found
    from dli_provider.workspace.stack import Stack


@dataclass(frozen=True)
class DeclaredJob:
    """What a stack knows of a job: what it is to be, and its savepoints, newest first."""

    name: str
    desired_state: str
    savepoints: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobRow:
    """One job. Times are epoch milliseconds, rates records per second; None where it is not known.

    `savepoint` is the newest that is known: noted on the job, remembered by its stack, or DLI's own.
    """

    job: str
    job_id: int
    declared: str | None
    status: str
    since: int | None = None
    changed: int | None = None
    restarts: int | None = None
    read: float | None = None
    written: float | None = None
    cu: int | None = None
    savepoints: int | None = None
    status_desc: str = ""
    estranged: str = ""
    unclaimed: bool = False
    unsettled: str = ""
    savepoint: str | None = None

    @property
    def wrong(self) -> bool:
        """Whether the job is not as declared, or not its stack's any more; or failed where nothing is declared; or in a
        status that should have passed."""
        if self.estranged or self.unsettled:
            return True
        state = run_state(self.status)
        if self.declared == "stopped":
            return state.may_run
        return state.falls_short_of_running if self.declared else state.in_trouble


GONE = "(gone)"


def rows(
    api: Client,
    stack: Stack | None,
    warn: Callable[[str], None],
    wall: Callable[[], float] = time.time,
) -> list[JobRow]:
    """The jobs of a stack, or all that DLI has, by name. The stack is read again: it may have changed.

    `warn` is told where nobody can say whose the jobs are by now, and of jobs that the stack has kept.
    """
    stack = stack.afresh() if stack else None
    declared = _declared(stack) if stack else None
    live = {job.job_id: job for job in api.list_all(show_detail=True)}
    chosen = live if declared is None else _chosen(api, live, declared)
    rates = _rates(api, list(chosen.values()), warn)
    now = wall()
    found = [row_of(job, (declared or {}).get(key), rates.get(key, {}), now) for key, job in chosen.items()]
    for key, known in (declared or {}).items():
        if key not in chosen:
            found.append(JobRow(known.name, key, known.desired_state, GONE, savepoints=len(known.savepoints)))
    if stack:
        owners = owners_of(api, stack.recorded(), live, stack.owner)
        for line in filter(None, (owners.unread, *owners.kept)):
            warn(line)
        found = [_owned(row, owners) for row in found]
    return sorted(found, key=lambda row: (row.job, row.job_id))


def _owned(row: JobRow, owners: JobOwners) -> JobRow:
    """The row with whose it is by now, and with the savepoint that is noted on the job."""
    key = str(row.job_id)
    noted = owners.tags.get(key, {}).get(SAVEPOINT_NOTE)
    return replace(
        row,
        estranged=owners.others.get(key, ""),
        unclaimed=key in owners.unclaimed,
        savepoint=noted or row.savepoint,
    )


def _chosen(api: Client, live: Mapping[int, LiveJob], declared: Iterable[int]) -> dict[int, LiveJob]:
    """Those that DLI has; what the list does not show, it is asked for before it is called gone."""
    found = {}
    for key in declared:
        with suppress(NotFound):
            found[key] = live.get(key) or api.get(key)
    return found


def _declared(stack: Stack) -> dict[int, DeclaredJob]:
    """The jobs that a stack owns, by DLI's id. Those that it only looks up are somebody else's to declare."""
    # It brings the whole model of a job along, which whoever looks at jobs without a stack need not wait for.
    from dli_provider.pulumi import job_properties

    return {
        int(job.id): DeclaredJob(
            job_properties.spec(job.outputs).name or job.name,
            job_properties.spec(job.outputs).desired_state,
            job_properties.record(job.outputs).savepoints,
        )
        for job in stack.recorded()
        if not job.external
    }


def _rates(api: Client, jobs: Sequence[LiveJob], warn: Callable[[str], None]) -> dict[int, Any]:
    """What each running job reads and writes; nothing where DLI does not say."""
    running = [job.job_id for job in jobs if job.status == "job_running"]
    try:
        return dict(api.metrics(running)) if running else {}
    except Unauthenticated:
        raise
    except DliError as missing:
        # Not every region has the call, which is deprecated, and a table without rates is better than none.
        warn(f"rates are not shown: {'; '.join(missing.reasons)}")
        return {}


def row_of(live: LiveJob, declared: DeclaredJob | None, rates: Mapping[str, object], now: float) -> JobRow:
    """The row of a job that DLI has; savepoints are those remembered, and DLI's own. `now` is in epoch seconds."""
    known = declared.savepoints if declared else ()
    # DLI's own may be the one that the stack remembers.
    own = int(bool(live.has_savepoint) and live.savepoint_path not in known)
    return JobRow(
        live.name,
        live.job_id,
        declared.desired_state if declared else None,
        live.status,
        since(live),
        live.update_time,
        live.restart_times,
        _rate(rates.get("total_read_rate")),
        _rate(rates.get("total_write_rate")),
        cus(live),
        own + len(known),
        live.status_desc,
        unsettled=overdue(live.status, live.unchanged_since, live.last_change, now),
        savepoint=next(iter(known), None) or live.savepoint_path or None,
    )


def since(live: LiveJob) -> int | None:
    """From when on the job has had its status, as far as DLI tells: the start or end of its last run."""
    if live.start_time is None:
        return live.create_time
    if not run_state(live.status).at_rest:
        return live.start_time
    duration = integer(live.fields.get("duration"))
    return live.start_time + duration if duration else None


def history(live: LiveJob, tags: Mapping[str, str]) -> Iterator[tuple[int | None, str]]:
    """What DLI remembers of the job's life, oldest first, each with its time. DLI keeps no list of statuses."""
    known = [
        (live.create_time, "created"),
        (live.start_time, "last run began"),
        (live.update_time, "last changed"),
    ]
    if live.start_time is not None and _has_ended(live):
        known.append((since(live), "last run ended"))
    yield from sorted((when, what) for when, what in known if when is not None)
    if live.restart_times:
        yield None, f"restarted by DLI {live.restart_times} times"
    if _scales(live):
        yield None, f"DLI scales it by itself, {cus(live)} CUs now; each time begins another run"
    if note := tags.get(SAVEPOINT_NOTE):
        yield None, f"last savepoint of the provider: {note}"
    if live.savepoint_path:
        yield None, f"savepoint of DLI: {live.savepoint_path}"
    if live.checkpoint_path:
        yield None, f"last checkpoint: {live.checkpoint_path}"


def _scales(live: LiveJob) -> bool:
    # These bring the whole model of a job along, which no look at all jobs needs.
    from dli_provider.job.document import live_values
    from dli_provider.job.self_scaling import scales

    config = live_values(live.fields, ["runtime_config"]).get("runtime_config")
    return isinstance(config, Mapping) and scales(config)


def _has_ended(live: LiveJob) -> bool:
    """Whether DLI counts the last run as over; a failed stop is the end of it too."""
    state = run_state(live.status)
    return state.settled and not state.runs


def job_called(api: Client, job: str) -> Found:
    """The job with this name or id. Raises NotFound."""
    # It brings the planner along, which no look at all jobs needs.
    from dli_provider.run.look import look_for, unknown_job

    found = look_for(api, job)
    if found is None:
        raise unknown_job(api, job)
    return found


def flink_logs(live: LiveJob) -> str | None:
    """Where Flink's own logs of a job are; None where it keeps none."""
    fields = live.fields
    if not (fields.get("log_enabled") and fields.get("obs_bucket")):
        return None
    bucket = str(fields["obs_bucket"]).removeprefix("obs://").rstrip("/")
    return f"obs://{bucket}/jobs/logs/"


def changes(
    api: Client, live: LiveJob, every: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[LiveJob]:
    """The job whenever its status is another than before, looked at every so many seconds; without end."""
    last = _status(live)
    while True:
        sleep(every)
        live = api.get(live.job_id)
        if _status(live) != last:
            last = _status(live)
            yield live


def _status(live: LiveJob) -> tuple[object, ...]:
    # A restart by DLI itself is news even where the status is the same again by the time we look.
    return live.status, live.status_desc, live.restart_times, cus(live)


def cus(live: LiveJob) -> int | None:
    """How many CUs a job has, which need not be those that were asked for."""
    return integer(live.fields.get("real_cu_number")) or integer(live.fields.get("cu_number"))


def _rate(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
