"""What consents to losing state, what is refused without it, and the ways out."""

from __future__ import annotations

from collections.abc import Iterable

from dli_provider.job.control import consent_to_state_loss
from dli_provider.job.diff import Change, diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan.plan import Refusal
from dli_provider.sql import StateFate

NO_SAVEPOINT = Refusal(
    "the job must be stopped and no savepoint can be taken: it needs checkpoint_enabled and obs_bucket",
    "consent to losing its state with upgrade_mode='stateless', or with allow_state_loss for a change of its query",
)
NOTHING_TO_RESTORE = Refusal(
    "the job is at rest and there is no savepoint or checkpoint to run it from",
    "name one with from_savepoint, or start it empty with upgrade_mode='stateless'",
)


def consented(old: JobSpec, new: JobSpec) -> bool:
    """Whether losing state was consented to: for every restart, or just now for just this query."""
    # A consent that stood in the program before was for an earlier change; it says nothing of this one.
    fresh = new.allow_state_loss != old.allow_state_loss
    return new.upgrade_mode == "stateless" or (fresh and covers_query(new))


def covers_query(new: JobSpec) -> bool:
    """Whether the consent in the program is one to changing the query to just what it is now."""
    return new.sql_body is not None and new.allow_state_loss == consent_to_state_loss(new.sql_body)


def names_savepoint(old: JobSpec, new: JobSpec) -> bool:
    """Whether the program names a savepoint to start from that it did not name before."""
    # One that was named before has been started from already: the job's state is newer by now.
    return bool(new.from_savepoint) and new.from_savepoint != old.from_savepoint


def unfit(old: JobSpec, new: JobSpec) -> dict[str, str]:
    """The arguments whose change the state of a running job cannot survive, each with the reason and the ways out.

    Empty where losing it was consented to, and where only the live job can tell: a stopped job may have no state.
    """
    changed = diff(old, new)
    replaced = changed.impact is Impact.REPLACE
    if replaced or old.desired_state == "stopped" or consented(old, new) or names_savepoint(old, new):
        return {}
    return {
        change.field: f"{change.field}: {change.because}. What to do: {_ways_out(new)}."
        for change in _unusable(changed.changes)
    }


def does_not_fit(changes: Iterable[Change], new: JobSpec) -> Refusal:
    """The refusal of changes that state cannot survive."""
    why = "; ".join(change.because for change in _unusable(changes))
    return Refusal(f"the state does not fit the new definition: {why}", _ways_out(new))


def no_state_for(new: JobSpec, job_id: int, changes: Iterable[Change], *, gone: bool) -> Refusal:
    """The refusal of a job that would take the place of another without its state."""
    if gone:
        reason = f"job {job_id} was deleted, and no savepoint of its state is known"
    else:
        lost = (change for change in changes if change.state_fate >= StateFate.INCOMPATIBLE)
        why = "; ".join(f"{change.field}: {change.because}" for change in lost) or "no savepoint is known"
        reason = f"another job takes its place, and cannot go on from its state: {why}"
    # A query that DLI takes from a template has no digest to consent to.
    digest = consent_to_state_loss(new.sql_body) if new.sql_body else ""
    # A consent that stands already was given for an earlier change, and does not count again.
    fresh = digest and digest != new.allow_state_loss
    just = f"allow_state_loss={digest!r} for just this time, or " if fresh else ""
    return Refusal(
        reason,
        f"name a savepoint or checkpoint with from_savepoint; or consent to starting empty with {just}"
        "upgrade_mode='stateless' for every change",
    )


def _unusable(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.state_fate is StateFate.INCOMPATIBLE]


def _ways_out(new: JobSpec) -> str:
    consent = consent_to_state_loss(new.sql_body or "")
    return (
        "keep the query as it was; or deploy it as a second job and switch over; or consent to starting empty with "
        f"allow_state_loss={consent!r} for just this change, or upgrade_mode='stateless' for every change"
    )
