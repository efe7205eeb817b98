"""A job brought into being exactly once, whatever answers get lost; and deleted."""

from __future__ import annotations

from collections.abc import Mapping

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import Conflict, DliError, Misconfigured, NotFound, Throttled, Unavailable
from dli_provider.plan.ownership import (
    ASKED_TO_REPLACE,
    BEGUN,
    OTHER_DOOR,
    Marks,
    may_continue,
    ownership_tags,
)
from dli_provider.run.amend import change_tags
from dli_provider.run.handle import JobHandle
from dli_provider.run.look import job_named, tags_of
from dli_provider.run.waiting import Deadline, polls
from dli_provider.times import time_of_day

_TRIES = 3


class _MayBeOurs(Conflict):
    """An answer of ours was lost, and what is there does not say whether it came of that call."""


class FoundOwn(Exception):
    """The job was created by an attempt of ours whose answer never arrived, or by an earlier one that was cut off."""

    def __init__(self, live: LiveJob) -> None:
        super().__init__(live.job_id)
        self.live = live


def create(job: JobHandle, document: Mapping[str, object], owner: str | None) -> None:
    """Create the job.

    DLI has no idempotency token, but names are unique: a name that is taken is either our own attempt (it carries our
    marks and is not done; raises FoundOwn) or a job that is not to be touched (raises Conflict with its id).
    """
    document = _marked(document, job, owner)
    for attempt in range(1, _TRIES + 1):
        try:
            job.created(job.api.create(document))
        except Conflict as taken:
            # The list may lag behind the name that is taken, which may be by our own lost call.
            if found := _found_at_length(job, owner, taken):
                raise FoundOwn(found) from taken
            job.notes.taken = True
            raise _unlisted(job, taken) from taken
        except (Unavailable, Throttled) as unanswered:
            # That it is not listed proves nothing yet: the list may lag.
            job.notes.adrift = job.notes.adrift or not unanswered.certainly_not_done
            if found := _ours(job, owner, None, awaits_marks=job.notes.adrift):
                raise FoundOwn(found) from unanswered
            if attempt == _TRIES:
                raise
            job.clock.sleep(attempt)
        else:
            job.notes.adrift = False
            return


def finish(job: JobHandle) -> None:
    """Take off the sign that the job is being made. Where this fails, the next change of the job does it."""
    if job.notes.begun is not None:
        take_off(job, {BEGUN: job.notes.begun})


def take_off(job: JobHandle, signs: Mapping[str, str], instead: Mapping[str, str] | None = None) -> None:
    """Take tags off that say what was under way, and put others there instead. Where this fails, the next change of
    the job does it."""
    try:
        change_tags(job, signs, instead or {})
    except Misconfigured:
        return  # a region without tag calls
    except DliError as refused:
        job.say(f"the tag {', '.join(signs)} could not be taken off: {'; '.join(refused.reasons)}")


def remove_created(job: JobHandle, owner: str | None) -> None:
    """Take a creation back: delete the job, if it was created at all."""
    if job.notes.adrift:
        try:
            found = _found_at_length(job, owner, None, own_only=True)
        except _MayBeOurs:
            raise
        except Conflict:
            found = None  # not this attempt's: names are unique
        if found is None and job.notes.taken:
            raise _unlisted(job, None)
        job.job_id = found.job_id if found else None
        job.notes.absent_at = "" if found else time_of_day(job.clock.wall())
    if job.job_id is not None:
        delete(job)


def delete(job: JobHandle) -> None:
    """Delete the job and wait until it is gone; a job that is gone already is fine."""
    job.about_to_change()
    job.made = None  # from here on, not found means gone
    try:
        job.api.delete(job.id)
    except NotFound:
        return
    try:
        job.wait(lambda _: False, "deleting")
    except NotFound:
        return


def _marked(document: Mapping[str, object], job: JobHandle, owner: str | None) -> Mapping[str, object]:
    """The document with the marks of its owner and of this attempt, and the moment at which it was begun."""
    own = ownership_tags(owner, job.notes.nonce)
    if not own:
        return document
    job.notes.begun = own[BEGUN] = str(int(job.clock.wall()))
    given = document.get("tags")
    listed = given if isinstance(given, list) else []
    return {**document, "tags": [*listed, *({"key": key, "value": value} for key, value in own.items())]}


def _found_at_length(
    job: JobHandle, owner: str | None, taken: Conflict | None, *, own_only: bool = False
) -> LiveJob | None:
    """Look for our own job until it is listed with its marks; None where it was constantly absent. Raises Conflict for
    a job that is not to be touched."""
    deadline = Deadline(job.sightings.patience, job.clock)
    for _ in polls(deadline):
        # Tags, too, may not show yet. Where no answer of ours was lost, a job without marks is none of ours.
        awaits_marks = job.notes.adrift and deadline.remaining > 0
        if found := _ours(job, owner, taken, own_only=own_only, awaits_marks=awaits_marks):
            return found
    return None


def _unlisted(job: JobHandle, taken: Conflict | None) -> Conflict:
    kind = _MayBeOurs if job.notes.adrift else Conflict
    return kind(
        job.name,
        [
            *(taken.reasons if taken else ()),
            f"DLI says that the name is taken, and listed no such job for {job.sightings.patience:g} s: it is not "
            "known whose it is",
        ],
        remedy="deploy again, which goes on with the job if its tags say that it is this resource's; else choose "
        "another name",
        request_id=taken.request_id if taken else "",
        code=taken.code if taken else "",
    )


def _ours(
    job: JobHandle,
    owner: str | None,
    taken: Conflict | None,
    *,
    own_only: bool = False,
    awaits_marks: bool = False,
) -> LiveJob | None:
    """Our own job of this name, None where there is no job of the name. Raises Conflict for one to leave alone.

    `own_only`: not even one that an earlier attempt of this resource began. `awaits_marks`: a job without marks counts
    as not there yet.
    """
    namesake = job_named(job.api, job.name)
    if namesake is None:
        return None
    tags = tags_of(job.api, namesake.job_id)
    if tags is None:
        # Nobody can tell whose the job is, so it is not taken for ours.
        raise _unknown(job, namesake, taken)
    marks = Marks.of(tags)
    if awaits_marks and marks.none:
        return None
    if namesake.job_id == job.notes.former:
        raise _taken(job, namesake, marks, owner, taken)
    live = job.api.get(namesake.job_id) if marks.is_of(owner) else namesake
    if marks.is_of(owner) and marks.nonce is not None and marks.nonce == job.notes.nonce:
        return live
    if not own_only and may_continue(
        marks,
        owner,
        ran=live.start_time is not None,
        made=_made(live),
        now=job.clock.wall(),
        patience=job.timeout,
    ):
        return live
    raise _taken(job, live, marks, owner, taken)


def _made(live: LiveJob) -> float | None:
    """When the job was made, in epoch seconds, where DLI says it."""
    return None if live.create_time is None else live.create_time / 1000


def _unknown(job: JobHandle, live: LiveJob, taken: Conflict | None) -> Conflict:
    """A job of the wanted name of which nobody can tell whose it is, as its tags cannot be read."""
    return Conflict(
        job.name,
        f"a job of this name exists already: id {live.job_id}, status {live.status}; whose it is cannot be told, as "
        "tags cannot be read here; it is not touched",
        remedy=f"if it is this stack's own, take it over with adopt={str(live.job_id)!r}; {ASKED_TO_REPLACE}; else "
        "choose another name",
        request_id=taken.request_id if taken else "",
        code=taken.code if taken else "",
    )


def _taken(
    job: JobHandle, live: LiveJob, marks: Marks, owner: str | None, taken: Conflict | None
) -> Conflict:
    """A job of the wanted name that is not to be touched, whose it is, and the ways out."""
    adopt = f"adopt={str(live.job_id)!r}"
    who, remedy = marks.whose, "choose another name, or delete that job first if nobody needs it"
    if marks.none:
        remedy = f"if it is to be this resource's, take it over, with its state, with {adopt}; else {remedy}"
    if marks.is_of(owner):
        who = f"this very resource ({owner}), made by another checkout or before the state was lost"
        remedy = (
            f"{OTHER_DOOR}; to take it over, declare {adopt}; {ASKED_TO_REPLACE}, and restart it with a new "
            "restart_nonce; or have it made anew, from its state, with delete_before_replace=True"
        )
    elif marks.same_stack(owner):
        who = f"another resource of {marks.whose}"
        remedy = (
            "where the resource was renamed, say so with aliases=[pulumi.Alias(name=<its former name>)], or take "
            f"the job over with {adopt}; else choose another name"
        )
    found = f"a job of this name exists already: id {live.job_id}, status {live.status}, of {who}; it is not touched"
    kind, lost = Conflict, ""
    if marks.none and job.notes.adrift:
        kind, lost = (
            _MayBeOurs,
            "the answer to this deployment's own call was lost: it is not known whose it is",
        )
    return kind(
        job.name,
        [found, *([lost] if lost else [])],
        remedy=remedy,
        request_id=taken.request_id if taken else "",
        code=taken.code if taken else "",
    )
