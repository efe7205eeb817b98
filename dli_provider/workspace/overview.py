"""What `dli status` and `dli logs` say of a job, from what DLI and the stack's state hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from dli_provider.api.decoding import integer
from dli_provider.api.job_answers import LiveJob
from dli_provider.job.status import run_state
from dli_provider.plan.ownership import SAVEPOINT_NOTE


@dataclass(frozen=True)
class Declared:
    """What a stack knows of a job: what it is to be, and how many of its savepoints are remembered."""

    name: str
    desired_state: str
    savepoints: int


@dataclass(frozen=True)
class Row:
    """One job. Times are epoch milliseconds, rates records per second; None is what nobody says."""

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

    @property
    def wrong(self) -> bool:
        """Whether the job is not as declared, or failed where nothing is."""
        state = run_state(self.status)
        if self.declared == "stopped":
            return state.may_run
        return state.falls_short_of_running if self.declared else state.in_trouble


GONE = "(gone)"


def row_of(live: LiveJob, declared: Declared | None, rates: Mapping[str, object]) -> Row:
    """The row of a job that DLI has; savepoints are those remembered, and DLI's own."""
    own = int(bool(live.has_savepoint))
    return Row(
        live.name,
        live.job_id,
        declared.desired_state if declared else None,
        live.status,
        since(live),
        live.update_time,
        live.restart_times,
        _rate(rates.get("total_read_rate")),
        _rate(rates.get("total_write_rate")),
        integer(live.fields.get("real_cu_number")) or integer(live.fields.get("cu_number")),
        own + (declared.savepoints if declared else 0),
        live.status_desc,
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
    yield from sorted((time, what) for time, what in known if time is not None)
    if live.restart_times:
        yield None, f"restarted by DLI {live.restart_times} times"
    if note := tags.get(SAVEPOINT_NOTE):
        yield None, f"last savepoint of the provider: {note}"
    if live.savepoint_path:
        yield None, f"savepoint of DLI: {live.savepoint_path}"
    if live.checkpoint_path:
        yield None, f"last checkpoint: {live.checkpoint_path}"


def _has_ended(live: LiveJob) -> bool:
    """Whether DLI counts the last run as over; a failed stop is the end of it too."""
    state = run_state(live.status)
    return state.settled and not state.runs


def moment(milliseconds: int | None) -> str:
    """A time as text, in UTC."""
    if milliseconds is None:
        return "-"
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def age(milliseconds: int | None, now: float) -> str:
    """How long ago a time is: `3d 4h`, `12m`, `8s`. `now` is in epoch seconds."""
    if milliseconds is None:
        return "-"
    seconds = max(0, int(now - milliseconds / 1000))
    parts = [
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "m"),
        (seconds % 60, "s"),
    ]
    first = next((index for index, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number}{unit}" for number, unit in parts[first : first + 2] if number) or "0s"


def _rate(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
