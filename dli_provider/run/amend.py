"""A job's definition and tags, changed for certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import DliError, NotFound, Refused, TimedOut, Unavailable
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import live_values
from dli_provider.run.delivery import ask
from dli_provider.run.handle import JobHandle
from dli_provider.run.waiting import Deadline


def update(job: JobHandle, document: Mapping[str, object], *, patient: bool = True) -> None:
    """Send an update; if its answer is lost, the job tells whether it arrived.

    `patient`: a refusal is one for now, as the job is as this update needs it; asked again until DLI is free.
    """
    try:
        send = partial(_send, job, document)
        if patient:
            ask(job, send)
        else:
            job.about_to_change()
            send()
    except Unavailable:
        if not holds(job.look(), document):
            raise


def see_updated(job: JobHandle, document: Mapping[str, object], undo: Mapping[str, object]) -> None:
    """Wait until DLI shows an update that it took: until then a run might begin with the old definition.

    Raises TimedOut where the old definition was shown all the time. What DLI shows in another form than it was sent in
    is no sign of the old one, so only that is waited for to go.
    """
    old = {name: undo[name] for name in document if name in undo and undo[name] != document[name]}
    # What an update before this one asked for may come only now, and tells nothing of this one: where a change was
    # sent in two parts, the first to arrive was taken for both.
    before = {name for sent in job.notes.sent if sent is not document for name in sent}
    old = {name: value for name, value in old.items() if name not in before} or old

    def is_old(live: LiveJob) -> bool:
        return bool(old) and holds(live, old)

    if old and is_old(job.known()):
        patience = Deadline(job.sightings.patience, job.clock)
        try:
            job.wait(lambda live: not is_old(live), "taking the new definition", patience)
        except TimedOut as late:
            raise TimedOut(
                job.subject,
                f"DLI said yes to the update ({', '.join(old)}), and showed the old definition for "
                f"{patience.seconds:.0f} s, when last seen at {job.sightings.when()}",
                remedy="deploy again with `pulumi up --refresh`; should it stay so, ask DLI's support",
            ) from late


def _send(job: JobHandle, document: Mapping[str, object]) -> None:
    try:
        job.api.update(job.id, document)
    except DliError as failure:
        if not failure.certainly_not_done:
            job.notes.sent.append(document)
        raise
    job.notes.sent.append(document)


def was_sent(job: JobHandle, document: Mapping[str, object]) -> bool:
    """Whether this update was made, or may have been; a look may be too old to show it."""
    return any(document is sent for sent in job.notes.sent)


def holds(live: LiveJob, document: Mapping[str, object]) -> bool:
    """Whether the job is as an update with this document makes it."""
    has = live_values(live.fields, document)
    return all(WIRED[name].same(WIRED[name].decode(sent), has.get(name)) for name, sent in document.items())


def change_tags(job: JobHandle, remove: Mapping[str, str], add: Mapping[str, str]) -> None:
    """Remove and add tags, each with its value; an answer that is lost is looked for."""
    # In this order: DLI knows one value for a key, and a value that changes is removed and added.
    if remove:
        gone = remove.items()
        _tag(job, lambda: job.api.delete_tags(job.id, remove), lambda tags: not gone & tags.items())
    if add:
        _tag(job, lambda: job.api.create_tags(job.id, add), lambda tags: add.items() <= tags.items())


def tags_now(job: JobHandle) -> dict[str, str]:
    """The tags of the job. Raises NotFound only where the job itself is gone."""
    with _of_tags_alone(job):
        return job.api.tags(job.id)


def _tag(job: JobHandle, call: Callable[[], None], arrived: Callable[[Mapping[str, str]], bool]) -> None:
    try:
        with _of_tags_alone(job):
            call()
    except Unavailable:
        if not arrived(tags_now(job)):
            raise


@contextmanager
def _of_tags_alone(job: JobHandle) -> Iterator[None]:
    """Tags are kept apart from jobs, so what they do not know may run all the same: only the job's own call says that
    it is gone. Taken for gone, it would be forgotten, and made a second time."""
    try:
        yield
    except NotFound as missing:
        job.api.get(job.id)
        remedy = "deploy again later; if it stays, quote the request id to support"
        reason = "the job is there, and DLI's tags do not know it"
        raise missing.also(reason, remedy=remedy, kind=Refused) from missing
