"""How a command gets at DLI: with the settings of a stack, or with those of the environment.

What it joins is imported when it is used: whoever only asks for help waits for nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from dli_provider.errors import DliError, NotFound, Unauthenticated

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.settings import Settings
    from dli_provider.workspace.stack import Recorded, Stack


def misspelt() -> Iterator[str]:
    """What to warn of before any command: environment variables that look like ours and are none."""
    from dli_provider.settings import misspelt_variables

    yield from misspelt_variables(os.environ)


def selected(name: str | None) -> Stack | None:
    """The stack of this name; None without a name."""
    from dli_provider.workspace.stack import Stack

    return Stack.select(name) if name else None


def connected(stack: Stack | None) -> Client:
    """A client for the DLI of the stack, or of the environment (`DLI_ENDPOINT`, `HW_REGION_NAME` ...). Close it.

    Raises Conflict where the stack's jobs were made in another place: here they would all seem to be deleted.
    """
    from dli_provider.connect import connect
    from dli_provider.settings import Settings

    return connect(in_its_place(stack) if stack else Settings.from_config(lambda _: None, os.environ))


def in_its_place(stack: Stack) -> Settings:
    """The settings of a stack. Raises Conflict where one of its jobs was made in another place, and not left there on
    purpose."""
    from dli_provider.run.guard import Places

    settings = stack.settings()
    places = Places(settings.place, settings.moved_from)
    for job in stack.recorded():
        made_in = job.outputs.get("place")
        if not job.external and not places.moved_from(made_in):
            places.require(f"{job.outputs.get('name') or job.name} (job {job.id})", made_in)
    return settings


def estranged_jobs(api: Client, recorded: Sequence[Recorded]) -> dict[str, str]:
    """What those jobs of a stack are that are not its own any more, by id: `is stack shop/prod's now`.

    One list shows which jobs bear the stack's readable marks; only the others are looked at one by one.
    """
    # Half a second, which whoever asks only for help need not wait for.
    from dli_provider.plan.ownership import readable_marks
    from dli_provider.pulumi import job_properties
    from dli_provider.run import guard
    from dli_provider.run.look import tags_of

    owned = [(job, job_properties.spec(job.outputs).owner) for job in recorded if not job.external]
    stacks = {tuple(readable_marks(owner).items()) for _, owner in owned if owner}
    try:
        marked = {live.job_id for tags in stacks for live in api.list_all(tags=dict(tags))}
    except Unauthenticated:
        raise
    except DliError:
        # Not every region finds jobs by their tags, and all the rest is worth knowing without.
        return {}
    found = {}
    for job, owner in owned:
        if not (owner and job.id.isdigit()) or int(job.id) in marked:
            continue
        record = job_properties.record(job.outputs)
        with suppress(NotFound):
            api.get(int(job.id))  # what the tag calls say of a job that is gone is not documented
            tags = tags_of(api, int(job.id))
            if what := guard.estranged(tags, owner, record.nonce, unclaimed=record.unclaimed):
                found[job.id] = what
    return found
