"""Which jobs a change touches beyond those that it changes: who reads what they write, and the picture of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dli_provider.graph import picture
from dli_provider.graph.edges import Missed, edges, missed
from dli_provider.graph.picture import DrawnJob, Graph, Tone, before_and_after, readers_outside
from dli_provider.review import in_words
from dli_provider.review.mask import Mask
from dli_provider.review.report import Action, JobReview, Risk
from dli_provider.review.subject import Subject
from dli_provider.sql import flow

Reviewed = Iterable[tuple[Subject, JobReview]]
_CALM = (Action.IN_PLACE, Action.ADOPT, Action.RUN)


def touched(reviewed: Reviewed, others: Mapping[str, str]) -> tuple[DrawnJob, ...]:
    """The jobs that change, and those outside of the change that read what they write; `others` are further jobs of
    the project, SQL by name. Nothing is read where nothing changes."""
    jobs = list(reviewed)
    changing = [drawn(subject, job) for subject, job in jobs if _changes(job)]
    staying = {
        subject.name: subject.old.sql_body or "" for subject, job in jobs if not _changes(job) and subject.old
    }
    return (*changing, *readers_outside(changing, {**others, **staying}))


def whole(reviewed: Reviewed) -> tuple[DrawnJob, ...]:
    """All jobs of a stack, those that change with what happens to them."""
    return tuple(drawn(subject, job) for subject, job in reviewed)


def lost_columns(jobs: Iterable[DrawnJob]) -> tuple[Missed, ...]:
    """Columns that a job stops to write and another one goes on reading."""
    old, new = before_and_after(jobs)
    return tuple(missed(new, edges(old, new)))


def draw(jobs: Iterable[DrawnJob], mask: Mask) -> Graph:
    """The graph, without secrets."""
    # The name of a table may be an address, and an address may hold a log-in.
    return picture.draw(jobs, lambda text: mask.value("table", text))


def drawn(subject: Subject, job: JobReview) -> DrawnJob:
    """The job as the graph has it. Of a change that is refused, what it would do is drawn."""
    before = subject.old.sql_body if subject.old else None
    after = subject.becomes.sql_body if subject.becomes else None
    # A job that is adopted was there before, whatever the engine calls it.
    old = flow(before) if before else None
    new = old if after == before else flow(after) if after else None
    return DrawnJob(subject.name, old, new, _note(job), tone(job), outside=not _changes(job))


def tone(job: JobReview) -> Tone:
    """The colour of what happens to the job."""
    if job.risk >= Risk.STATE_LOSS:
        return Tone.BAD
    if job.risk > Risk.NONE:
        return Tone.WARN
    if job.action is Action.CREATE:
        return Tone.BUSY
    return Tone.GOOD if job.action in _CALM else Tone.REST


def _changes(job: JobReview) -> bool:
    return job.action is not Action.NONE or bool(job.refusal)


def _note(job: JobReview) -> str:
    if not _changes(job):
        return ""
    word = in_words.action(job)
    return f"{word}, state {in_words.state(job)}" if job.pauses and not job.refusal else word
