"""A job's definition and tags, changed for certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Unavailable
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import live_values
from dli_provider.run.handle import JobHandle


def update(job: JobHandle, document: Mapping[str, object]) -> None:
    """Send an update."""
    job.about_to_change()
    job.api.update(job.id, document)


def update_once(job: JobHandle, document: Mapping[str, object]) -> None:
    """Send an update; if its answer is lost, the job tells whether it arrived."""
    try:
        update(job, document)
    except Unavailable:
        if not holds(job.look(), document):
            raise


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


def _tag(job: JobHandle, call: Callable[[], None], arrived: Callable[[Mapping[str, str]], bool]) -> None:
    try:
        call()
    except Unavailable:
        if not arrived(job.api.tags(job.id)):
            raise
