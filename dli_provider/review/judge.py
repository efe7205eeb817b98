"""From a job to be reviewed to what is said of it. The plan is the deployment's own; nothing is decided here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from dli_provider.job.diff import Change, diff
from dli_provider.job.fields import sql_verdict
from dli_provider.job.impact import Impact
from dli_provider.job.status import not_settled
from dli_provider.plan.drift import changes_back, status_drift
from dli_provider.plan.plan import Plan
from dli_provider.plan.steps import ImportSavepoint, RunJob, Step, StopJob, TakeSavepoint
from dli_provider.review.mask import SECRET, Mask
from dli_provider.review.report import Action, Deciding, FieldChange, JobReview, Pause, ReportedDrift, SqlDiff
from dli_provider.review.reviewed import digest_of
from dli_provider.review.size import cu_of
from dli_provider.review.subject import Subject
from dli_provider.sql import StateFate, same_meaning

_CONTEXT = 3
_OPS = {"create": Action.CREATE, "replace": Action.REPLACE, "delete": Action.DELETE}
_GONE = "DLI has no such job any more, so it cannot be updated"
_UNSEEN = "DLI was not asked, or what is adopted is known only later: what is done to the job is not known"
_FIND_OUT = "run `pulumi refresh`, then `pulumi up`: the job is made anew"


def review(subject: Subject, mask: Mask, usual_pause: float | None = None) -> JobReview:
    """The entry of one job. `usual_pause` is what other jobs of the stack took, in seconds."""
    plans = subject.plans()
    # A replacement has two plans, deleting and creating: the last one is about the job that there will be.
    last = plans[-1] if plans else None
    # A job that somebody deleted cannot be updated; Pulumi creates it again only once a refresh has found it missing.
    lost = subject.op == "update" and subject.gone
    refusal = _GONE if lost else last.refusal.reason if last and last.refusal else ""
    remedy = _FIND_OUT if lost else last.refusal.remedy if last and last.refusal else ""
    action = _action(subject, last)
    fate, because = _fate(subject, plans)
    before, after = _sizes(subject, refused=bool(refusal))
    changes = _all_changes(subject)
    return JobReview(
        resource=mask.text(subject.resource),
        name=mask.text(subject.name),
        job_id=subject.job_id,
        action=action,
        impact=_impact(subject, plans),
        state=fate,
        because=mask.text(because),
        deciding=tuple(_deciding(changes, subject, fate, mask)),
        changes=tuple(_field_change(change, subject, mask) for change in changes),
        late=tuple(sorted(subject.unknown)),
        steps=tuple(mask.text(step.describe()) for plan in plans for step in plan.steps),
        restored_from=mask.text(_restored_from(last.steps if last else ())),
        pause=_pause(subject, action, usual_pause),
        status=subject.status,
        unsettled=not_settled(subject.live.status, subject.live.unchanged_since) if subject.live else "",
        queue=_queue(subject),
        cu_before=before,
        cu_after=after,
        sql=_sql(subject, mask),
        drift=reported_drift(subject, mask),
        refusal=mask.text(refusal),
        remedy=mask.text(remedy),
        fallback=mask.text(last.fallback.because) if last and last.fallback else "",
        digest=digest_of(plans),
        adopts=subject.adopts,
        left=subject.left,
    )


def _action(subject: Subject, plan: Plan | None) -> Action:
    # For the engine an adoption is a creation; what it does to the job that exists, only the plan knows.
    if subject.op in _OPS and not subject.adopts:
        return _OPS[subject.op]
    if subject.adopts and not (plan and plan.steps):
        return Action.ADOPT
    if plan is None or not (plan.steps or plan.refusal):
        return Action.NONE
    verb = plan.verb.removeprefix("ADOPT and ")
    # Steps without a verb of their own, such as marking whose the job is, are writes all the same.
    return Action[verb] if verb != "NONE" else Action.IN_PLACE


def _impact(subject: Subject, plans: Sequence[Plan]) -> Impact:
    # Plans of a deletion and of a creation have no impact on a running job that goes on; for the reviewer it is gone.
    if subject.op in ("replace", "delete"):
        return Impact.REPLACE
    return max((plan.impact for plan in plans), default=Impact.NONE)


def _fate(subject: Subject, plans: Sequence[Plan]) -> tuple[StateFate, str]:
    # Nobody has looked at the job that is adopted, so the worst that an adoption may do has to be assumed.
    if subject.adopts and not plans:
        return StateFate.AT_RISK, _UNSEEN
    if not plans:
        return StateFate.NONE, "nothing is done to the job"
    if subject.op in ("replace", "delete") and subject.live and not subject.live.started:
        return StateFate.NONE, "it has never run, so there is no state"
    if subject.op == "delete":
        return StateFate.DROPPED, "the job is deleted, and its state with it"
    # The last plan is the one of the job that there will be: a replacement may go on from the state of the old one.
    return plans[-1].state, plans[-1].because


def _all_changes(subject: Subject) -> tuple[Change, ...]:
    if subject.old is None or subject.new is None or subject.op == "same":
        return ()
    changes = diff(subject.old, subject.named).changes
    # How a job that is adopted was declared before is not known, so only what differs to DLI is a change.
    return tuple(each for each in changes if each.impact or not subject.adopts)


def _deciding(changes: Sequence[Change], subject: Subject, fate: StateFate, mask: Mask) -> Iterator[Deciding]:
    """The rules with the worst verdict, which is the one that counts."""
    worst = max((change.state_fate for change in changes), default=StateFate.NONE)
    # The plan found what no change of an argument explains: the savepoint is of an older query than the live job's.
    if fate is StateFate.AT_RISK and worst < fate and subject.live:
        yield Deciding("saved state", "it was saved by another query than the job has now")
        return
    # No rule decided if state is untouched, or if the user chose to drop it.
    # Changes are judged INCOMPATIBLE at worst, plans also DROPPED, so the comparison ends at INCOMPATIBLE.
    if worst is StateFate.NONE or fate is StateFate.NONE or worst < min(fate, StateFate.INCOMPATIBLE):
        return
    for change in (change for change in changes if change.state_fate is worst):
        if change.field == "sql_body" and subject.old and subject.new:
            judged = sql_verdict(subject.old, subject.new)
            if judged.invalid:
                yield Deciding("sql: invalid", mask.text(judged.signed))
            for each in (each for each in judged.reasons if each.rule.fate is worst):
                yield Deciding(f"sql: {each.rule.id}", mask.text(each.because + judged.signature))
        else:
            yield Deciding(change.field, mask.text(change.because))


def _field_change(change: Change, subject: Subject, mask: Mask) -> FieldChange:
    old, new = _shown(change, subject, mask)
    return FieldChange(change.field, old, new, change.impact, mask.text(change.because))


def _shown(change: Change, subject: Subject, mask: Mask) -> tuple[str, str]:
    """The old and the new value; of a mapping only what differs, of the query how long it is."""
    old, new = change.old, change.new
    if change.field == "sql_body":
        return _lines(old), _lines(new)
    if change.field in subject.secret:
        return (SECRET if old is not None else "unset"), (SECRET if new is not None else "unset")
    # A mapping may be long, and only the keys that differ are of interest.
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        old, new = ({key: side[key] for key in keys if key in side} for side in (old, new))
    return mask.value(change.field, old), mask.value(change.field, new)


def _lines(sql: object) -> str:
    count = len(str(sql).splitlines()) if sql else 0
    return f"{count} line{'s' if count != 1 else ''}" if count else "unset"


def _sql(subject: Subject, mask: Mask) -> SqlDiff | None:
    old, new = (spec.sql_body if spec else None for spec in (subject.old, subject.new))
    unseen = (
        subject.adopts and old is None
    )  # without the present query, all of the new one would seem to be added
    if subject.op == "delete" or not new or old == new or unseen:
        return None
    masked = sql_diff(mask.sql(old or ""), mask.sql(new))
    # Two passwords look alike once they are masked; that something changes must show all the same.
    if masked is None and old and not same_meaning(old, new):
        return SqlDiff(("@ only values that are masked here differ",), 0, 0)
    return masked


def _restored_from(steps: Sequence[Step]) -> str:
    """Where the next run takes its state from, in words; "" where the job is not run."""
    runs = [step for step in steps if isinstance(step, RunJob)]
    if not runs:
        return ""
    # Only the last run counts: what an earlier one started is replaced by it.
    if not runs[-1].resume_savepoint:
        return "nothing: it starts empty"
    imported = [step.directory for step in steps if isinstance(step, ImportSavepoint)]
    if imported:
        source = imported[-1]
    elif any(isinstance(step, TakeSavepoint) for step in steps):
        source = "a savepoint taken on the way"
    else:
        stops = any(isinstance(step, StopJob) for step in steps)
        source = "the savepoint that the stop takes" if stops else "its savepoint at DLI"
    spares = [spare for spare in runs[-1].spares if spare != source]
    return source + (f"; else {', '.join(spares)}" if spares else "")


def _pause(subject: Subject, action: Action, usual: float | None) -> Pause | None:
    # A job that is stopped, or started for the first time, is not interrupted.
    if action not in (Action.RESTART, Action.REPLACE):
        return None
    # A job's own last pause says more than the others', which have state of other sizes.
    if subject.paused is not None:
        return Pause(subject.paused, "its own last restart")
    return Pause(usual, "the usual of this stack's jobs") if usual is not None else None


def _queue(subject: Subject) -> str:
    # A job that is deleted becomes nothing; it is shown on the queue that it leaves.
    spec = subject.becomes or subject.old
    return (spec and spec.queue_name) or ""


def _sizes(subject: Subject, *, refused: bool) -> tuple[float, float]:
    """CUs that the job takes up before and after; a job that does not run takes none."""
    runs = subject.live is not None and not subject.live.run_state.at_rest
    before = cu_of(subject.live.spec) if runs and subject.live else 0.0
    # What is refused leaves the job as it is.
    if refused or subject.op in ("same", "read"):
        return before, before
    wanted = subject.becomes
    return before, cu_of(wanted) if wanted and wanted.desired_state == "running" else 0.0


def reported_drift(subject: Subject, mask: Mask) -> tuple[ReportedDrift, ...]:
    """Every declared argument, and the status, in which the live job differs. Tags only where they were read."""
    # What is new has no deployment to differ from, and what goes need not be repaired.
    if subject.deployed is None or subject.op == "delete":
        return ()
    if subject.live is None:
        return (ReportedDrift("job", "there", "gone"),)
    status = status_drift(subject.deployed, subject.live)
    found = (
        (ReportedDrift("status", subject.deployed.desired_state or "running", status[0]),) if status else ()
    )
    changes = changes_back(subject.live.spec, subject.deployed)
    return (*found, *(_reported(change, subject, mask) for change in changes))


def _reported(change: Change, subject: Subject, mask: Mask) -> ReportedDrift:
    if change.field == "sql_body":
        return ReportedDrift(change.field, "as deployed", "another query")
    if change.field in subject.secret:
        return ReportedDrift(change.field, SECRET, SECRET)
    return ReportedDrift(
        change.field, mask.value(change.field, change.new), mask.value(change.field, change.old)
    )


def sql_diff(old: str, new: str) -> SqlDiff | None:
    """The difference of two masked texts; None where there is none."""
    if old == new:
        return None
    olds, news = old.splitlines(), new.splitlines()
    if same_meaning(old, new):
        return SqlDiff(("@ only comments, white space or the case of key words differ",), 0, 0)
    lines: list[str] = []
    added = removed = 0
    for group in SequenceMatcher(None, olds, news, autojunk=False).get_grouped_opcodes(_CONTEXT):
        lines.append(f"@ line {group[0][3] + 1}")
        for kind, old_from, old_to, new_from, new_to in group:
            before, after = olds[old_from:old_to], news[new_from:new_to]
            if kind == "equal":
                lines += [f" {line}" for line in before]
            # Such lines would hide those that matter, so they are folded.
            elif _alike(before, after):
                lines.append(_folded(before, after))
            else:
                added, removed = added + len(after), removed + len(before)
                lines += [*_signed("-", before), *_signed("+", after)]
    return SqlDiff(tuple(lines), added, removed)


def _alike(before: list[str], after: list[str]) -> bool:
    return same_meaning("\n".join(before), "\n".join(after))


def _folded(before: list[str], after: list[str]) -> str:
    count = max(len(before), len(after))
    return f"@ {count} line{'s' if count != 1 else ''} with changes of comments, white space or case only"


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    return (f"{sign}{line}" for line in lines)
