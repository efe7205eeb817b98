"""Pulumi's property bags to job specs and back: floats, nulls, unknown values, outputs, and the provider's own key."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dli_provider.job.declarations import FIELDS, WIRED
from dli_provider.job.diff import changed
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import RunState
from dli_provider.job.values import NAME_CHARACTERS, NAME_LENGTH, plain
from dli_provider.plan.live_job import LastSeen, Observed, Record
from dli_provider.pulumi.property_bags import GONE, NotKnown
from dli_provider.pulumi.property_bags import OUTPUTS as OUTPUTS
from dli_provider.pulumi.property_bags import PROVIDER as PROVIDER
from dli_provider.pulumi.property_bags import Bag as Bag
from dli_provider.run.lifecycle import Outcome
from dli_provider.secrets import KnownSecrets, for_people, secret_values


def arguments(bag: Bag) -> tuple[dict[str, object], frozenset[str]]:
    """The arguments in a bag with a value, and the names of those whose value is not known yet."""
    given = {
        key: value
        for key, value in bag.items()
        if value is not None and key not in OUTPUTS and key != PROVIDER
    }
    unknown = frozenset(key for key, value in given.items() if _has_unknown(value))
    return {key: plain(value) for key, value in given.items() if key not in unknown}, unknown


def spec(bag: Bag) -> JobSpec:
    """The job that a bag from the state describes. Never fails: the state may be older than today's rules."""
    values, _ = arguments(bag)
    known = {key: value for key, value in values.items() if key in FIELDS}
    try:
        return JobSpec.model_validate(known)
    except ValidationError as error:
        ill = {str(found["loc"][0]) for found in error.errors(include_input=False)}
    sound = JobSpec.model_validate({name: value for name, value in known.items() if name not in ill})
    return sound.model_copy(update={name: known[name] for name in ill})


def record(bag: Bag) -> Record:
    """What the state remembers of a job beyond its arguments."""
    return Record(
        tuple(bag.get("savepoints") or ()),
        bool(bag.get("start_empty")),
        bag.get("pause_seconds"),
        bool(bag.get("unclaimed")),
        bag.get("nonce"),
        bag.get("place"),
        bool(bag.get(GONE)),
        bool(bag.get("never_up")),
        tuple(bag.get("undeclared") or ()),
    )


def seen(bag: Bag) -> LastSeen:
    """What the state says of how the job was last seen."""
    started: Any = plain(bag.get("start_time"))
    return LastSeen(
        (bag.get("status") or "").lower(),
        bag.get("status_desc") or "",
        bag.get("has_savepoint"),
        bag.get("checkpoint_path"),
        # A number comes back from the engine as a double, and the names of savepoints hold it as it is at DLI.
        started,
        bag.get("unchanged_since") or "",
    )


def _status_desc(seen: LastSeen, *in_hand: Bag) -> str:
    """DLI's words about a status, as a state may keep them: what the list of jobs says comes without their SQL."""
    said = seen.status_desc
    return for_people(said, KnownSecrets(secret_values(in_hand))) if said else ""


def outputs(inputs: Bag, outcome: Outcome, *in_hand: Bag) -> dict[str, Any]:
    """The bag to keep: every argument, and what came of it. What is not set is left out, to keep the state small. What
    is secret `in_hand` beside the arguments is not kept."""
    facts = {
        # As text: a number travels as a double, which has no room for the last digits of a long one.
        "job_id": str(outcome.job_id),
        "status": outcome.seen.status,
        "status_desc": _status_desc(outcome.seen, inputs, *in_hand),
        "savepoints": list(outcome.record.savepoints),
        "has_savepoint": outcome.seen.has_savepoint,
        "checkpoint_path": outcome.seen.checkpoint_path,
        "start_time": outcome.seen.start_time,
        "unchanged_since": outcome.seen.unchanged_since or None,
        "start_empty": outcome.record.start_empty or None,
        "pause_seconds": outcome.record.paused,
        "unclaimed": outcome.record.unclaimed or None,
        "nonce": outcome.record.nonce,
        "place": outcome.record.place,
        "never_up": outcome.record.never_up or None,
        "undeclared": list(outcome.record.undeclared) or None,
    }
    kept = {key: value for key, value in inputs.items() if key not in OUTPUTS}
    return {**kept, **{key: value for key, value in facts.items() if value is not None}}


def lost(bag: Bag) -> dict[str, Any]:
    """The bag to keep of a job that is gone: all that the state knows of it, so that another can take its place."""
    return {**bag, "status": GONE, "status_desc": "it was deleted, and not by this stack", GONE: True}


def refreshed(bag: Bag, live: Observed) -> dict[str, Any]:
    """The declared arguments as the live job has them; what means the same to DLI keeps its declared form."""
    inputs = {key: value for key, value in bag.items() if key not in OUTPUTS}
    declared = None
    for name in WIRED.keys() & inputs.keys():
        actual = getattr(live.spec, name)
        if inputs[name] == actual:
            continue  # nearly always; only for the others is it worth while to read the bag
        declared = declared or spec(inputs)
        if not WIRED[name].same(getattr(declared, name), actual) and _says_another(declared, live.spec, name):
            inputs[name] = actual
    wanted = inputs.get("desired_state", "running")
    other_query = inputs.get("sql_body") != bag.get("sql_body")
    if wanted == "running" and (live.run_state.was_stopped or (other_query and _has_not_run(bag, live))):
        inputs["desired_state"] = "stopped"
    elif wanted == "stopped" and live.run_state.runs:
        inputs["desired_state"] = "running"
    return {key: value for key, value in inputs.items() if value is not None}


def _says_another(declared: JobSpec, actual: JobSpec, name: str) -> bool:
    """Whether a deployment would send this argument once more. It sends no setting that has only moved, say from an
    argument into the query; were that taken for drift, the setting would be in neither, and seem new the next time."""
    change = changed(actual, declared, name)
    return change is None or change.impact is not Impact.NONE


def _has_not_run(bag: Bag, live: Observed) -> bool:
    """Whether a finished job has not run since its query changed, as where a deployment was cut off between the update
    and the run. It counts as stopped then: else the query would be taken for done, and nobody would run it."""
    if live.run_state is not RunState.FINISHED:
        return False
    ran = seen(bag).start_time
    if ran is not None:
        return live.start_time == ran
    # It ran when the state was written, which keeps no time then. DLI's are left: of the last run, and of any change.
    return live.start_time is None or (live.last_change or 0) > live.start_time


def everything(bag: Bag, live: Observed) -> dict[str, Any]:
    """All that DLI says of a job which this stack only looks up."""
    told = {name: getattr(live.spec, name) for name in WIRED}
    return {**bag, **{name: value for name, value in told.items() if value is not None}}


def auto_name(owner: str) -> str:
    """The name of a job whose program names none: the resource's name, and a few digits that keep stacks apart.

    It follows from the owner alone, so that an attempt that was cut off finds its own job again.
    """
    suffix = "-" + hashlib.sha256(owner.encode()).hexdigest()[:7]
    name = re.sub(f"[^{NAME_CHARACTERS}]", "-", owner.split("/", 2)[-1].split("::")[-1])
    # In bytes, which fits characters as well: DLI's pages disagree on which of the two are counted.
    room = NAME_LENGTH - len(suffix)
    return name.encode()[:room].decode(errors="ignore") + suffix


def _has_unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_has_unknown(item) for item in value)
    if isinstance(value, NotKnown):
        return True
    # All others are made by Pulumi's SDK, so where it is not loaded there are none; and loading it takes a tenth of a
    # second, for which the command line need not wait: it reads bags from a stack's state, where everything is known.
    runtime = sys.modules.get("pulumi.output")
    return runtime is not None and isinstance(value, runtime.Unknown)
