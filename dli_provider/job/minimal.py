"""The fewest arguments that declare just a given job: what DLI would fill in by itself is left out. Pure."""

from __future__ import annotations

from dli_provider.job.declarations import WIRED, effective
from dli_provider.job.fields import JobSpec


def minimal(spec: JobSpec) -> dict[str, object]:
    """The arguments, in the order of the fields, in natural form. A job declared with them means the same to DLI.

    Left out is what equals DLI's documented default or the value that an update would put back, what follows from other
    arguments, what jobs of this type do not have, and the slots where they are what DLI computes.
    """
    job_type, version = effective(spec, "job_type"), effective(spec, "resource_config_version")
    found: dict[str, object] = {}
    for name, wire in WIRED.items():
        value = getattr(spec, name)
        unused = job_type not in wire.jobs or (wire.resources and wire.resources != version)
        if wire.derived:
            as_usual = value in (None, effective(spec.model_copy(update={name: None}), name))
        else:
            as_usual = wire.same(value, None) or wire.same(value, wire.decode(wire.cleared))
        if not (unused or as_usual):
            found[name] = value
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
