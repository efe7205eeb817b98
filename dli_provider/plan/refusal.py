"""What consents to losing or mixing state, what is refused without it, and the ways out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

from dli_provider.job.declarations import WIRED
from dli_provider.job.diff import Change, diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan.ownership import query_mark, query_of
from dli_provider.plan.plan import Refusal
from dli_provider.sql import StateFate

NO_CONSENT: Final = MappingProxyType({"allow_state_loss": None, "keep_state": None})
"""The arguments that consent to one change, not set."""


def consent_to(old: JobSpec, new: JobSpec) -> str:
    """The value of `allow_state_loss` or `keep_state` that consents to just this change, and to no other.

    Empty for a query that DLI takes from a template: no text of ours tells which query that is.
    """
    if new.sql_body is None:
        return ""
    changes = diff(old, new).changes
    # Where the query changes, it is the old query's state that is given up for the new one, whatever else changes. But
    # a change that makes another job, or that only restarts it, would otherwise look like any other of the same query.
    least = Impact.RESTART if old.sql_body == new.sql_body else Impact.REPLACE
    named = [(c.field, c.old, c.new) for c in changes if c.impact >= least and c.field != "sql_body"]
    return _pair(query_mark(old.sql_body or ""), new.sql_body, named)


def _pair(old_query: str, sql_body: str, named: Sequence[object] = ()) -> str:
    # The old query by its mark, since after a change that was cut off only a savepoint's directory still names it.
    text = json.dumps([old_query, query_mark(sql_body), *named], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def offered(remedy: str, argument: str = "allow_state_loss") -> str | None:
    """The consent that a remedy offers, if it offers one."""
    found = re.search(rf"{argument}='([0-9a-f]{{12}})'", remedy)
    return found[1] if found else None


def no_savepoint(old: JobSpec, new: JobSpec) -> Refusal:
    """The refusal of a stop that would leave no state behind."""
    reason = (
        "the job must be stopped and no savepoint can be taken: it needs checkpoint_enabled and obs_bucket"
    )
    return Refusal(reason, f"consent to losing its state with {_consents(old, new)}")


def nothing_to_restore(old: JobSpec, new: JobSpec) -> Refusal:
    """The refusal of a start for which there is no state, though there was some."""
    reason = "the job is at rest and there is no savepoint or checkpoint to run it from"
    return Refusal(
        reason, f"name one with from_savepoint; or consent to starting empty with {_consents(old, new)}"
    )


def consented(old: JobSpec, new: JobSpec) -> bool:
    """Whether losing state was consented to: for every restart, or just now for just this change."""
    return new.upgrade_mode == "stateless" or (
        _fresh(old, new) and new.allow_state_loss == consent_to(old, new)
    )


def agreed_without(old: JobSpec, new: JobSpec, names: Sequence[str]) -> bool:
    """Whether a job that is made anew without these settings was consented to, just now and for just this change."""
    return _fresh(old, new) and new.allow_state_loss == _consent_without(old, new, names)


def _consent_without(old: JobSpec, new: JobSpec, names: Sequence[str]) -> str:
    # Not that for losing the state alone: whoever gave that had not been told of the settings. Where the query is a
    # template's there is none for its state, but what is made anew, and without what, is known all the same.
    anew = [(c.field, c.old, c.new) for c in diff(old, new).changes if c.impact is Impact.REPLACE]
    text = json.dumps([consent_to(old, new) or anew, *names], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _fresh(old: JobSpec, new: JobSpec) -> bool:
    # A consent that stood in the program before was for an earlier change; it says nothing of this one.
    return new.allow_state_loss is not None and new.allow_state_loss != old.allow_state_loss


def keeps_state(old: JobSpec, new: JobSpec) -> bool:
    """Whether it was consented to that just this change restores state which does not fit."""
    fresh = new.keep_state is not None and new.keep_state != old.keep_state
    return fresh and new.keep_state == consent_to(old, new)


def past_a_rehearsal(old: JobSpec, new: JobSpec) -> str:
    """The ways on from a rehearsal that shows other results than the new query should have."""
    consent = consent_to(old, new)
    keep = f"or consent to going on as shown with keep_state={consent!r}; " if consent else ""
    return (
        f"keep the query as it was; or deploy it as a second job and switch over; {keep}"
        f"or consent to starting empty with {_consents(old, new)}"
    )


def leaves_behind(directory: str, new: JobSpec) -> bool:
    """Whether the consent in the program is one to giving up the state in this savepoint of our own for the query that
    the program has now."""
    query = query_of(directory)
    return (
        query is not None and new.sql_body is not None and new.allow_state_loss == _pair(query, new.sql_body)
    )


def names_savepoint(old: JobSpec, new: JobSpec) -> bool:
    """Whether the program names a savepoint to start from that it did not name before."""
    # One that was named before has been started from already: the job's state is newer by now.
    return bool(new.from_savepoint) and new.from_savepoint != old.from_savepoint


def unfit(old: JobSpec, new: JobSpec) -> dict[str, str]:
    """The arguments whose change the state of a running job cannot survive, each with the reason and the ways out.

    Empty where that was consented to, and where only the live job can tell: a stopped job may have no state. What is
    wrong in itself, no consent mends.
    """
    changed = diff(old, new)
    unusable = _unusable(changed.changes)
    if (
        changed.impact is Impact.REPLACE
        or old.desired_state == "stopped"
        or consented(old, new)
        or keeps_state(old, new)
        or names_savepoint(old, new)
    ):
        unusable = [change for change in unusable if change.mistake]
    return {
        change.field: f"{change.field}: {change.because}. What to do: {_ways_out(old, new, [change])}."
        for change in unusable
    }


def mistaken(changes: Iterable[Change]) -> Refusal | None:
    """The refusal of values that are wrong in themselves, whatever becomes of the state."""
    mistakes = [change.because for change in changes if change.mistake]
    return Refusal("; ".join(mistakes), _CORRECT) if mistakes else None


def does_not_fit(changes: Iterable[Change], old: JobSpec, new: JobSpec) -> Refusal:
    """The refusal of changes that state cannot survive."""
    unusable = _unusable(changes)
    why = "; ".join(change.because for change in unusable)
    return Refusal(f"the state does not fit the new definition: {why}", _ways_out(old, new, unusable))


def changed_elsewhere(undone: Iterable[Change]) -> Refusal:
    """The refusal of a restart that would put back what somebody changed at DLI, and restore its state into that."""
    unusable = _unusable(undone)
    names, why = (", ".join(each) for each in zip(*((c.field, c.because) for c in unusable), strict=True))
    return Refusal(
        f"{names} is not at DLI what Pulumi's state has: it was changed there, or by a deployment that was cut off; a "
        f"restart puts it back, and the state that the job has by now does not fit that: {why}",
        "deploy with `pulumi up --refresh`, which shows this as a change and has its ways out; or first take what the "
        "job has now into the program",
    )


def no_state_for(old: JobSpec, new: JobSpec, job_id: int, *, gone: bool, saved: bool = False) -> Refusal:
    """The refusal of a job that would take the place of another, which was `old`, without its state. `saved`: there is
    a savepoint of that."""
    keep = ""
    if gone:
        reason = f"job {job_id} was deleted, and no savepoint of its state is known"
    else:
        lost = (change for change in diff(old, new).changes if change.state_fate >= StateFate.INCOMPATIBLE)
        why = "; ".join(f"{change.field}: {change.because}" for change in lost) or "no savepoint is known"
        reason = f"another job takes its place, and cannot go on from its state: {why}"
        keep = _keeping(old, new, diff(old, new).changes) if saved else ""
    return Refusal(
        reason,
        f"name a savepoint or checkpoint with from_savepoint; {keep}"
        f"or consent to starting empty with {_consents(old, new)}",
    )


def would_lack(old: JobSpec, new: JobSpec, job_id: int, names: Sequence[str], *, gone: bool) -> Refusal:
    """The refusal of a job that would take the place of another without these settings of it."""
    arguments = [name for name in names if name in WIRED]
    ways = [f"declare {' and '.join(arguments)} as the job has it"] if arguments else []
    if len(arguments) < len(names):
        ways.append("keep the job, as no argument can say the rest")
    # That of "stateless" is about state, and says nothing of settings.
    consent = _consent_without(old, new, names)
    if consent != new.allow_state_loss:
        state = ", and without state that it cannot take over," if consent_to(old, new) else ""
        # It may have been given after a preview, which knows the settings only as they were at the last refresh.
        present = new.allow_state_loss
        stale = present and _fresh(old, new) and present != consent_to(old, new)
        other = f" (the {present!r} that is set is for other settings or another change)" if stale else ""
        ways.append(f"consent to a job without it{state} with allow_state_loss={consent!r}{other}")
    has = "had" if gone else "has"
    reason = f"job {job_id} {has} what the program does not say, and one made anew would be without it: "
    return Refusal(reason + ", ".join(names), "; or ".join(ways))


def made_beside(old: JobSpec, new: JobSpec, heir: int, savepoints: Sequence[str], *, runs: bool) -> Refusal:
    """The refusal to delete a job beside which another, `new`, was made that started without its state."""
    known = f"; its savepoints are {', '.join(savepoints)}" if savepoints else "; no savepoint of it is known"
    stays = "it is not deleted, and runs on" if runs else "it is not forgotten"
    # As the argument takes it: a directory, with the "/" at its end.
    source = repr(f"{savepoints[0].rstrip('/')}/") if savepoints else "<a savepoint or checkpoint of it>"
    return Refusal(
        f"job {heir} was made beside it and started empty, so its state would be lost: {stays}{known}",
        f"give job {heir} from_savepoint={source}; or consent to its starting empty with {_consents(old, new)}",
    )


def _unusable(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.state_fate is StateFate.INCOMPATIBLE]


_CORRECT: Final = (
    "correct it: dli check shows all that Flink's planner says of the SQL; where DLI takes what Apache's Flink does "
    "not, have the text judged alone (dli:judge, or DLI_JUDGE=text)"
)


def _ways_out(old: JobSpec, new: JobSpec, unusable: Sequence[Change]) -> str:
    # Nobody means to lose state for a slip of the pen.
    if any(change.mistake for change in unusable):
        return _CORRECT
    return (
        "keep the query as it was; or deploy it as a second job and switch over; or name a savepoint that fits with "
        f"from_savepoint; {_keeping(old, new, unusable)}or consent to starting empty with {_consents(old, new)}"
    )


def _keeping(old: JobSpec, new: JobSpec, changes: Iterable[Change]) -> str:
    """The way out that restores state which does not fit, with what is mixed then."""
    consent, present = consent_to(old, new), new.keep_state
    if not consent or consent == present:
        return ""  # as for losing state
    other = f" (the {present!r} that is set is for another change)" if present else ""
    mixed = "; ".join(dict.fromkeys(change.mixed for change in changes if change.mixed))
    comes = (
        f"what was kept and what is new are mixed from then on: {mixed}"
        if mixed
        else "Flink is expected to refuse it, and the old definition is put back then"
    )
    return f"or restore the state all the same with keep_state={consent!r}{other} ({comes}); "


def _consents(old: JobSpec, new: JobSpec) -> str:
    """What consents to this change: the digest of just this one, and the mode for all."""
    every = "upgrade_mode='stateless' for every change"
    consent, present = consent_to(old, new), new.allow_state_loss
    # Not offered where there is none, nor where it was there before: it was given for an earlier change of this kind.
    if not consent or consent == present:
        return every
    other = f" (the {present!r} that is set is for another change)" if present else ""
    return f"allow_state_loss={consent!r} for just this change{other}, or {every}"
