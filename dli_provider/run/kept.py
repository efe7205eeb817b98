"""Jobs that Pulumi has deleted from its state before those that take their places ran: found again.

Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from dli_provider.api.client import Client
from dli_provider.errors import Conflict, DliError, NotFound
from dli_provider.job.fields import JobSpec
from dli_provider.plan.adopt import as_it_is
from dli_provider.plan.create import parked_as
from dli_provider.plan.live_job import Record
from dli_provider.plan.ownership import KEPT, SAVEPOINT_NOTE, WAITS, Marks
from dli_provider.resting import Turn
from dli_provider.run.look import SAYS_NOTHING_OF_TAGS, observe, tags_of


@dataclass(frozen=True)
class KeptJob:
    """A job that was kept, and what is known of it: no state has it."""

    job_id: int
    spec: JobSpec = field(repr=False)
    record: Record


@dataclass
class KeptJobs:
    """The jobs of a project that were kept, listed once for all that a process creates."""

    api: Client
    _marks: dict[int, Marks] | None = None
    _names: dict[int, str] = field(default_factory=dict)
    """Where tags cannot be listed: the jobs that DLI's list has for kept, each with its name."""
    _listing: Turn = field(default_factory=Turn)

    def whose_place(self, new: JobSpec, passed: Collection[int]) -> KeptJob | None:
        """The job whose place `new` is to take, as the deployment was cut off or failed before the new one ran.

        `passed` are not looked at. Raises Conflict where only a name tells of one, so that nobody can say whose it is.
        """
        with self._listing:
            if self._marks is None:
                self._marks = self._list(self.api.about(new.name or "the list of kept jobs"))
        for job_id, marks in self._marks.items():
            if job_id in passed or not marks.is_of(new.owner):
                continue
            with suppress(NotFound):  # another deployment has put an end to it since it was listed
                if kept := self._kept(job_id, new):
                    return kept
        for job_id, name in self._names.items():
            if job_id not in passed and parked_as(name, job_id, new.name) == new.name:
                raise _unknown(new, job_id, name)
        return None

    def _list(self, api: Client) -> dict[int, Marks]:
        """What the jobs that wait for another are marked with."""
        try:
            return {job_id: Marks.of(tags) for job_id, tags in api.tags_of_all() if tags.get(KEPT) == WAITS}
        except SAYS_NOTHING_OF_TAGS:
            raise
        except DliError:
            # Not every region has that call, and to read tags is a permission of its own. The jobs themselves can be
            # listed by whoever makes any, and made without that look one could begin empty beside the one it succeeds.
            self._names = {live.job_id: live.name for live in api.list_all(tags={KEPT: WAITS})}
            return {}

    def _kept(self, job_id: int, new: JobSpec) -> KeptJob | None:
        live, tags = self.api.get(job_id), tags_of(self.api, job_id) or {}
        marks = Marks.of(tags)
        # The list may be older than what another deployment has done meanwhile.
        if tags.get(KEPT) != WAITS or not marks.is_of(new.owner):
            return None
        noted = tags.get(SAVEPOINT_NOTE)
        record = Record((noted,) if noted else (), nonce=marks.nonce, place=self.api.place)
        old = as_it_is(new, observe(live, tags, new, record))
        named = {
            "name": parked_as(live.name, job_id, new.name) or live.name,
            # One that was named before counts as used: what the job saved since is newer.
            "from_savepoint": new.from_savepoint,
        }
        return KeptJob(job_id, old.model_copy(update=named), record)


def _unknown(new: JobSpec, job_id: int, name: str) -> Conflict:
    return Conflict(
        new.name or name,
        f"job {job_id} ({name}) was stopped with its state saved, to make way for a job of this name; whose it is "
        "cannot be told, as tags cannot be read here; it is not touched, and nothing is made beside it",
        remedy="have reading tags granted, and deploy again, which goes on from its state; or delete it in the DLI "
        "console if nobody needs that",
    )
