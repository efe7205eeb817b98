"""Whose the jobs of a stack are by now, by the marks that they bear. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dli_provider.errors import DliError, NotFound, Unauthenticated

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.workspace.stack import Recorded

_AT_ONCE = 16


@dataclass(frozen=True)
class JobOwners:
    """What the marks say of a stack's jobs, each by its id in the state.

    `others` are not its own any more: `is stack shop/prod's now`. `unclaimed` were adopted without a write and bear no
    marks yet, so nothing keeps another stack from adopting them too. `tags` are those that were read on the way.
    `unread` says what cannot be told, where tags cannot be read. `kept` says of each job that the stack has kept for
    one yet to be made, and that is in no state, what is to be done with it.
    """

    others: Mapping[str, str] = field(default_factory=dict)
    unclaimed: frozenset[str] = frozenset()
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unread: str = ""
    kept: tuple[str, ...] = ()


def owners_of(
    api: Client, recorded: Sequence[Recorded], there: Collection[int], stack: str = ""
) -> JobOwners:
    """What the marks of these jobs say; `there` are the jobs that DLI's list has. `stack` is "project/stack", for the
    jobs that it has kept.

    One list shows the tags of many jobs. A job is asked for its own only where the list leaves it out, or shows
    something that is not this stack's, as lists may lag behind.
    """
    jobs = [job for job in recorded if not job.external and job.id.isdigit()]
    listed = _listed(api) if jobs or stack else {}
    reading = _Reading(api, there)
    doubtful = [job for job in jobs if job.id not in listed or _stranger(job, listed[job.id])]
    # The first one alone: where it shows that tags cannot be read, the others need not be asked.
    asked = {job.id: reading.tags(job) for job in doubtful[:1]}
    if not reading.unread:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rest = doubtful[1:]
            asked |= zip((job.id for job in rest), pool.map(reading.tags, rest), strict=True)
    known_ids = {job.id for job in jobs}
    known = {key: tags for key, tags in {**listed, **asked}.items() if tags is not None}
    others = {job.id: _stranger(job, known[job.id]) for job in jobs if job.id in known}
    return JobOwners(
        {key: what for key, what in others.items() if what},
        frozenset(job.id for job in jobs if _unclaimed(job, known.get(job.id))),
        {job.id: known[job.id] for job in jobs if job.id in known},
        reading.unread,
        tuple(
            filter(None, (_kept(key, tags, stack) for key, tags in listed.items() if key not in known_ids))
        ),
    )


def _kept(job_id: str, tags: Mapping[str, str], stack: str) -> str:
    """What is to be said of a job that is in no state."""
    from dli_provider.plan.ownership import KEPT, REPLACED, Marks

    if not stack or KEPT not in tags or not Marks.of(tags).same_stack(f"{stack}/"):
        return ""
    if tags[KEPT] == REPLACED:
        return (
            f"job {job_id} of stack {stack} was replaced and could not be deleted, and is in no state: delete it in "
            "the DLI console"
        )
    return (
        f"job {job_id} is kept for stack {stack}, and is in no state: `pulumi up` takes it up where its resource is "
        "declared; else delete it in the DLI console, where it may be running"
    )


@dataclass
class _Reading:
    """Reads the tags of jobs one by one, and notes where that is not possible."""

    api: Client
    there: Collection[int]
    unread: str = ""

    def tags(self, job: Recorded) -> Mapping[str, str] | None:
        """The tags of a job; None of one that is gone, or where nobody can tell them."""
        # Half a second, which whoever only asks for help need not wait for.
        from dli_provider.run.look import tags_of

        with suppress(NotFound):
            if int(job.id) not in self.there:
                self.api.get(int(job.id))  # what the tag calls say of a job that is gone is not documented
            return tags_of(self.api, int(job.id), self._note)
        return None

    def _note(self, why: str) -> None:
        self.unread = why


def _listed(api: Client) -> dict[str, Mapping[str, str]]:
    """The tags of all jobs that DLI lists with any; nothing where the region has no such list."""
    try:
        return {str(job_id): tags for job_id, tags in api.tags_of_all() if tags}
    except Unauthenticated:
        raise
    except DliError:
        # Then each job is asked for its tags, which says why where that fails too.
        return {}


def _stranger(job: Recorded, tags: Mapping[str, str]) -> str:
    from dli_provider.pulumi import job_properties
    from dli_provider.run import guard

    owner, record = job_properties.spec(job.outputs).owner, job_properties.record(job.outputs)
    return guard.estranged(tags, owner, record.nonce, unclaimed=record.unclaimed) if owner else ""


def _unclaimed(job: Recorded, tags: Mapping[str, str] | None) -> bool:
    from dli_provider.plan.ownership import Marks
    from dli_provider.pulumi import job_properties

    return job_properties.record(job.outputs).unclaimed and Marks.of(tags or {}).none
