"""A `FlinkSqlJob` for the engine, around `job_verbs`: the dynamic resource's face is `dli_provider.resource`.

Arguments are compared with those that the state has, and all else is taken from its outputs. So a job may show all that
DLI says of it, as an imported one does, and what nobody has declared counts as no change.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from dli_provider.pulumi.job_verbs import JobVerbs, Unhealthy
from dli_provider.pulumi.plugin.detailed_diff import property_changes
from dli_provider.pulumi.plugin.faces import (
    Failures,
    FoundResource,
    InState,
    MadeResource,
    PropertyChanges,
    declared,
    owner_of,
)
from dli_provider.pulumi.plugin.structs import NOT_KNOWN
from dli_provider.pulumi.property_bags import OUTPUTS, Bag

TIMEOUTS = ("create_timeout", "update_timeout", "delete_timeout")
"""What the engine says by itself: the option `customTimeouts`."""
NO_ARGUMENTS = (*TIMEOUTS, "owner")
"""Arguments of the dynamic resource that the engine's calls take the place of."""


class JobFace:
    """The jobs of one provider."""

    def __init__(self, verbs: JobVerbs) -> None:
        self._verbs = verbs

    def check(self, urn: str, olds: Bag, news: Bag, secret: Set[str]) -> tuple[dict[str, Any], Failures]:
        """Refuse what DLI would refuse, everything at once, and name the job if the program does not."""
        olds = {key: value for key, value in olds.items() if key not in TIMEOUTS}
        given = {key: value for key, value in news.items() if key not in NO_ARGUMENTS}
        checked = self._verbs.check(olds, {**given, "owner": owner_of(urn, olds)}, secret)
        strange = [
            (name, f"{name} is no argument: use the option customTimeouts")
            for name in TIMEOUTS
            if name in news
        ]
        return checked.inputs, [*checked.failures, *strange]

    def diff(self, urn: str, was: InState, news: Bag, secret: Set[str]) -> PropertyChanges:
        """What an update changes; says what it will mean for the running job and its state."""
        olds, owner = _bag(was), owner_of(urn, was.inputs)
        ahead = self._verbs.diff(olds, {"owner": owner, **news}, secret)
        if not ahead.changes:
            return PropertyChanges()
        # Only here, as it takes a tenth of a second: most calls are about jobs that do not change.
        from dli_provider.job.declarations import FIELDS

        arguments = [name for name in FIELDS if name not in NO_ARGUMENTS]
        if olds.get("owner") != news.get("owner", owner):
            arguments.append("owner")
        changed = property_changes(olds, news, arguments, ahead.replaces, because="status")
        return PropertyChanges(changed, ahead.replaces)

    def foresee(self, was: InState | None, news: Bag) -> dict[str, Any]:
        """The outputs as far as a preview knows them."""
        open_ = dict.fromkeys(("status", "status_desc", "savepoints"), NOT_KNOWN)
        if was is None:
            return {**news, **open_, "job_id": NOT_KNOWN, "place": self._verbs.settings.place}
        return {**_bag(was, arguments=False), **news, **open_}

    def create(self, news: Bag, timeout: float) -> MadeResource:
        """Create the job exactly once, and run it if it is to run; or take over the one that is to be adopted."""
        try:
            job_id, outputs = self._verbs.create(_bounded(news, "create_timeout", timeout), keeps=True)
        except Unhealthy as made:
            return MadeResource(made.job_id, _kept(made.outputs), made.failure)
        return MadeResource(job_id, _kept(outputs))

    def update(self, was: InState, news: Bag, timeout: float) -> dict[str, Any]:
        """Bring the job to its new definition, or back to the old one."""
        bounded = _bounded(news, "update_timeout", timeout)
        return _kept(self._verbs.update(int(was.id), _bag(was), bounded))

    def read(self, urn: str, was: InState) -> FoundResource | None:
        """The job as it is now; or, where the state has none, whatever DLI says of the job of this id or name."""
        if not was.is_ours:
            # Only here, for what it takes to write a program: nearly all jobs that are read are the deployment's own.
            from dli_provider.pulumi.plugin.imported import look_up

            owner = owner_of(urn, {})
            seen = look_up(self._verbs, was.id, owner)
            return _imported(seen, owner) if was.is_imported else seen
        olds = _bag(was)
        read = self._verbs.read(int(was.id), olds)
        if read is None:
            return None
        inputs = declared(was, TIMEOUTS) if read.inputs is None else _kept(read.inputs)
        return FoundResource(was.id, inputs, _kept(read.outputs))

    def delete(self, was: InState, timeout: float) -> None:
        """Stop and delete the job; one that is gone already is fine."""
        self._verbs.delete(int(was.id), _bounded(_bag(was), "delete_timeout", timeout))


def _bag(was: InState, *, arguments: bool = True) -> dict[str, Any]:
    """The bag that the verbs know a job by: its arguments, and what came of it."""
    facts = {key: was.outputs[key] for key in OUTPUTS if key in was.outputs}
    # States of version 0.1.0 hold the job's id as a number, which may have lost its last digits.
    facts |= {"job_id": was.id} if "job_id" in facts else {}
    return {**(declared(was, TIMEOUTS) if arguments else {}), **facts}


def _imported(seen: FoundResource, owner: str) -> FoundResource:
    """A job that is only looked up, as the state keeps one that is imported: like one that was deployed, so that the
    next refresh finds nothing new. The engine does not check the inputs before it keeps them."""
    inputs = {**seen.inputs, "owner": owner}
    facts = {key: value for key, value in seen.outputs.items() if key in OUTPUTS}
    return replace(seen, inputs=inputs, outputs={**inputs, **facts})


def _bounded(bag: Bag, name: str, timeout: float) -> dict[str, Any]:
    return {**bag, name: timeout} if timeout else dict(bag)


def _kept(bag: Bag) -> dict[str, Any]:
    return {key: value for key, value in bag.items() if key not in TIMEOUTS}
