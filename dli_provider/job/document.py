"""From a spec to DLI's create and update documents, back from what get returns, and from a job to its fewest arguments.

Pure translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dli_provider.job.declarations import FIELDS, WIRED, effective, is_declared
from dli_provider.job.fields import JobSpec
from dli_provider.job.self_scaling import SCALED, scaling_of
from dli_provider.job.wire import is_empty


def create_document(spec: JobSpec) -> dict[str, object]:
    """The body of DLI API reference, "Creating a SQL Job": what is declared, and what is derived from it.

    `run_mode` and `job_type` are always sent, for DLI's documented defaults of the two contradict each other.
    """
    return {
        name: wire.encode(effective(spec, name))
        for name, wire in WIRED.items()
        if wire.create and (is_declared(spec, name) or wire.derived)
    }


def update_only_fields(spec: JobSpec) -> frozenset[str]:
    """The declared fields that DLI takes only by an update, to be sent right after creation."""
    return frozenset(
        name for name, wire in WIRED.items() if wire.update and not wire.create and is_declared(spec, name)
    )


def update_document(spec: JobSpec, fields: Iterable[str]) -> dict[str, object]:
    """The body of DLI API reference, "Updating a SQL Job", for just these fields.

    A field that is not declared is sent with the value that undoes it: the documented default, "" or [].
    Fields that the update does not take, or that nothing undoes, are left out. DLI merges: what is left out
    stays.
    """
    wanted = set(fields)
    sent = {}
    for name, wire in WIRED.items():
        if wire.update and name in wanted:
            value = effective(spec, name)
            # DLI merges: what is left out would stay, so an argument taken out of the program is undone explicitly.
            on_the_wire = wire.cleared if value is None else wire.encode(value)
            # Some fields nothing undoes; to send null would change nothing.
            if on_the_wire is not None:
                sent[name] = on_the_wire
    return sent


def put_back(before: Mapping[str, object], now: Mapping[str, object]) -> dict[str, object]:
    """The values that a complete update gives to arguments which the program has taken out or set to nothing, where
    that is not just nothing."""
    named = (name for name in WIRED if before.get(name) is not None or now.get(name) is not None)
    out = (name for name in named if is_empty(now.get(name)))
    values = {name: WIRED[name].decode(WIRED[name].cleared) for name in out}
    return {name: value for name, value in values.items() if value is not None}


def complete_document(new: JobSpec, old: JobSpec | None = None) -> dict[str, object]:
    """The update that makes a stopped job just what `new` says.

    It holds all that `new` declares, and puts back what only `old` declared. Of a job that DLI scales it holds the CUs
    even where they are left to DLI's default: what they are just now is DLI's doing.
    """
    specs = [new] if old is None else [new, old]
    scaled = SCALED if any(map(scaling_of, specs)) else ()
    return update_document(
        new,
        (
            name
            for name, wire in WIRED.items()
            if wire.derived or name in scaled or any(getattr(spec, name) is not None for spec in specs)
        ),
    )


def live_values(detail: Mapping[str, object], fields: Iterable[str] | None = None) -> dict[str, object]:
    """What `job_detail` says of these fields (of all, if None), in natural form.

    See DLI API reference, "Querying Job Details". A field that is null, empty, absent or unreadable is
    left out. DLI's pages and clients differ in whether a field is in `job_detail` or its `job_config`, so
    both are looked at.
    """
    config = detail.get("job_config")
    places = [detail, config] if isinstance(config, Mapping) else [detail]
    # The first that says something: one of the two may hold the field as null.
    said: dict[str, object] = {}
    for place in reversed(places):
        said |= {name: value for name, value in place.items() if name in WIRED and not is_empty(value)}
    wanted = WIRED.keys() if fields is None else {*fields}
    found = {name: wire.decode(said[name]) for name, wire in WIRED.items() if name in said and name in wanted}
    return {name: value for name, value in found.items() if value is not None}


def same(field: str, declared: object, live: object) -> bool:
    """Whether a declared and a live value, both in natural form (None: not set), mean the same to DLI."""
    return FIELDS[field].same(declared, live)


_OWN = frozenset(
    {
        *("root_id", "real_cu_number", "config_url"),
        *("checkpoint_path", "savepoint_path", "has_savepoint"),
        *("graph_editor_enabled", "graph_editor_data", "executor_number", "executor_cu_number"),
    }
)
"""What `job_config` tells of a job that is no setting of it ("Querying Job Details")."""
_USUAL = {"feature": "basic"}
"""What stands there of every job that was made by the call for SQL jobs."""


def beyond_arguments(config: Mapping[str, object]) -> tuple[str, ...]:
    """The settings in the `job_config` of a live job that no argument can say, by DLI's names.

    What is empty, off, zero or none is taken for not set: DLI may tell of settings that are newer than we are.
    """
    return tuple(
        f"job_config.{name}"
        for name, value in sorted(config.items())
        if name not in WIRED
        and name not in _OWN
        and not (is_empty(value) or value in (False, 0, -1, _USUAL.get(name)))
    )


def minimal(spec: JobSpec, fields: Iterable[str] = WIRED) -> dict[str, object]:
    """The arguments, in the order of the fields, in natural form. A job declared with them means the same to DLI. Of
    all, or of these.

    Left out is what equals DLI's documented default or the value that an update would put back, what follows from other
    arguments, what DLI does not read under the version of resources, and the slots where they are what DLI computes.
    """
    version = effective(spec, "resource_config_version")
    found: dict[str, object] = {}
    for name in fields:
        wire, value = WIRED[name], getattr(spec, name)
        if value is None:
            continue
        # What DLI reports of them then is its own reckoning.
        unused = wire.resources and wire.resources != version
        if wire.derived:
            # Compared with what would be derived without it: then it need not be declared.
            as_usual = value == effective(spec.model_copy(update={name: None}), name)
        else:
            as_usual = wire.same(value, None) or wire.codec.same(value, wire.cleared)
        if not (unused or as_usual):
            found[name] = value
    # DLI reports the slots that it has computed as if they had been given.
    if spec.tm_slot_num is not None and spec.tm_slot_num == _computed_slots(spec):
        found.pop("tm_slot_num", None)
    return found


def _computed_slots(spec: JobSpec) -> int | None:
    """The slots of a TaskManager where none are given (DLI API reference, "Creating a SQL Job")."""
    total, manager, tasks, cus = (
        effective(spec, name) for name in ("cu_number", "manager_cu_number", "parallel_number", "tm_cus")
    )
    assert isinstance(total, int)
    assert isinstance(manager, int)
    assert isinstance(tasks, int)
    assert isinstance(cus, int)
    return max(1, tasks * cus // (total - manager)) if total > manager else None
