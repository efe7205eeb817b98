"""A review in words that all who show it share: one line or cell for each part. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dli_provider.graph.paragraphs import readers
from dli_provider.review.report import (
    Action,
    FieldChange,
    Finding,
    JobReview,
    QueueUse,
    Report,
    ReportedRehearsal,
    Severity,
)
from dli_provider.sql import StateFate
from dli_provider.times import lasting

STATE = {
    StateFate.NONE: "not touched",
    StateFate.CARRIED: "carried",
    StateFate.AT_RISK: "at risk",
    StateFate.INCOMPATIBLE: "incompatible",
    StateFate.DROPPED: "dropped",
}
HEADINGS = ("job", "action", "what changes", "state", "restored from", "pause", "CU")
QUEUE_HEADINGS = ("queue", "CU before", "CU after", "of which other jobs", "capacity")


def noteworthy(report: Report) -> list[JobReview]:
    """The jobs that there is something to say of; the rest are counted."""
    return [
        job
        for job in report.jobs
        if job.action is not Action.NONE or job.drift or job.sql or job.refusal or job.unsettled
    ]


def row(job: JobReview) -> tuple[str, ...]:
    """A job in a table, under HEADINGS."""
    source = "-" if job.refusal else job.restored_from.partition("; else")[0] or "-"
    return (job.name, action(job), causes(job), state(job), source, pause(job), cu(job))


def action(job: JobReview) -> str:
    """What happens, in a word; one that will be refused says so."""
    if job.refusal and job.action is Action.NONE:
        return "REFUSED"
    return f"{job.verb}, REFUSED" if job.refusal else job.verb


def causes(job: JobReview) -> str:
    """The arguments that cause it, with their values."""
    if job.action is Action.CREATE:
        return "a new job"
    if job.action is Action.DELETE:
        return "it is no longer declared"
    # Only what costs something; cosmetic changes stand in the details.
    told = [f"{each.field} {_values(each, job)}" for each in job.changes if each.impact]
    # Without a change of an argument, drift is what there is to say.
    if job.drift and not told:
        told = [f"drift: {each.field} is {each.live}, was {each.deployed}" for each in job.drift]
    if job.unsettled and not told:
        told = [job.unsettled]
    if job.adopts and not told:
        return "not of any stack yet"
    return "; ".join(told) or "-"


def state(job: JobReview) -> str:
    """What becomes of Flink's state, in a word or two."""
    fate = "none yet" if job.action is Action.CREATE and job.state is StateFate.NONE else STATE[job.state]
    return f"{fate}; {job.rehearsal.verdict}" if job.rehearsal else fate


def pause(job: JobReview) -> str:
    """For how long the job stands still."""
    if not job.pauses or job.refusal:
        return "-"
    return f"about {lasting(job.pause.seconds)}" if job.pause else "unknown"


def cu(job: JobReview) -> str:
    """CUs before and after."""
    before, after = f"{job.cu_before:g}", f"{job.cu_after:g}"
    return before if before == after else f"{before} -> {after}"


def change(each: FieldChange, job: JobReview) -> str:
    """One argument's change, and what that means."""
    return f"{each.field}: {_values(each, job)} ({each.because})"


def _values(each: FieldChange, job: JobReview) -> str:
    """The old and the new value; of the query how many lines really change."""
    if each.field == "sql_body" and job.sql and not job.sql.cosmetic:
        return f"+{job.sql.added} -{job.sql.removed} line{'s' if job.sql.added + job.sql.removed > 1 else ''}"
    return f"{each.old} -> {each.new}"


def facts(job: JobReview) -> Iterator[tuple[str, str]]:
    """What there is to say of a job beyond its row: (what, in words)."""
    yield from _what_changes(job)
    yield from _what_becomes_of_state(job)
    yield from _how(job)
    yield from _as_it_is(job)


def _what_changes(job: JobReview) -> Iterator[tuple[str, str]]:
    if job.refusal:
        yield "refused", f"{job.refusal}. What to do: {job.remedy}."
    for each in job.changes:
        yield "change", change(each, job)
    if job.left:
        yield "left alone", f"{', '.join(job.left)}: not declared, and left as the job has it"
    if job.late:
        yield "known later", f"{', '.join(job.late)}: only the deployment will tell the value"


def _what_becomes_of_state(job: JobReview) -> Iterator[tuple[str, str]]:
    # What is refused is not done, so nothing becomes of the state; which rules decided that is still worth knowing.
    if job.action is not Action.NONE and not job.refusal:
        yield "state", job.because if job.state is StateFate.NONE else f"{STATE[job.state]}: {job.because}"
    for rule in job.deciding:
        yield "decided by", f"{rule.rule}: {rule.because}"
    if job.rehearsal:
        yield "rehearsal", rehearsal(job.rehearsal)
    if job.restored_from and not job.refusal:
        yield "restored from", job.restored_from


def rehearsal(held: ReportedRehearsal) -> str:
    """What a rehearsal showed, on what, and how long it took."""
    said = [f"{held.verdict}: {held.because}", *held.notes]
    if held.consented:
        said.append("consented to with keep_state")
    elif held.remedy:
        said.append(f"what to do: {held.remedy}")
    ran = f"{held.rows} generated rows, seed {held.seed}, Flink {held.flink_version}, {held.seconds:.1f} s"
    return f"{'; '.join(said)} ({ran})"


def _how(job: JobReview) -> Iterator[tuple[str, str]]:
    if job.pauses and not job.refusal:
        yield "pause", _pause(job)
    if job.steps and not job.refusal:
        yield "steps", " -> ".join(job.steps)
    if job.fallback:
        yield "else", f"should DLI refuse that while the job runs, it is restarted: {job.fallback}"


def _as_it_is(job: JobReview) -> Iterator[tuple[str, str]]:
    for drift in job.drift:
        yield "drift", f"{drift.field} is {drift.live}; as deployed it was {drift.deployed}"
    if job.unsettled:
        yield "not settled", job.unsettled
    if job.status:
        yield "now", f"{job.status}, job {job.job_id}" + (f", on {job.queue}" if job.queue else "")
    if job.digest:
        yield "digest", job.digest


def _pause(job: JobReview) -> str:
    if job.pause is None:
        return "not known yet; the first restart will tell"
    return f"about {lasting(job.pause.seconds)}, as {job.pause.basis}"


@dataclass(frozen=True)
class GroupedFinding:
    """What a rule says of one or more jobs alike."""

    severity: Severity
    rule: str
    subjects: str
    reason: str
    remedy: str


def grouped(findings: Iterable[Finding]) -> list[GroupedFinding]:
    """Findings that say the same of several jobs, said once; in their order."""
    groups: dict[tuple[Severity, str, str, str], list[str]] = {}
    for each in findings:
        groups.setdefault((each.severity, each.rule, each.reason, each.remedy), []).append(each.subject)
    return [
        GroupedFinding(level, rule, _few(names), reason, remedy)
        for (level, rule, reason, remedy), names in groups.items()
    ]


def _few(names: Sequence[str], most: int = 8, between: str = ", ") -> str:
    shown = between.join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def queue(use: QueueUse) -> tuple[str, ...]:
    """A queue in a table, under QUEUE_HEADINGS."""
    over = " (too small)" if use.capacity is not None and use.after > use.capacity else ""
    capacity = "unknown" if use.capacity is None else f"{use.capacity}{over}"
    return (use.name, f"{use.before:g}", f"{use.after:g}", f"{use.others:g}", capacity)


def quiet(report: Report) -> str:
    """How many jobs there is nothing to say of; "" for none."""
    count = len(report.jobs) - len(noteworthy(report))
    return f"{count} job{'s' if count != 1 else ''} unchanged." if count else ""


def read_outside(report: Report) -> str:
    """Who reads what the jobs that change write, and is not changed itself; "" where nobody does."""
    found = readers(report.graph) if report.graph else ()
    return f"Outside of this change: {_few(found, between='; ')}." if found else ""


def drifted(jobs: Iterable[JobReview], *, refreshed: bool) -> str:
    """What the deployment does about drift; "" where there is none."""
    if not any(job.drift for job in jobs):
        return ""
    if refreshed:
        return (
            "Jobs have drifted from what was deployed; the deployment puts that right, as part of its plan."
        )
    return (
        "Jobs have drifted from what was deployed. The deployment does not look first (options: refresh: always in "
        "Pulumi.yaml would), so what nobody declares anew stays as it is."
    )
