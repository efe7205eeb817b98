"""How many CUs a job takes up, and what that adds up to on each queue. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import ceil

from dli_provider.job.declarations import effective
from dli_provider.job.fields import JobSpec
from dli_provider.job.wire import RESOURCES
from dli_provider.review.report import JobReview, QueueUse
from dli_provider.review.subject import Subject

_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(G|M)", re.IGNORECASE)
_GB_PER_CU = 4.0


def cu_of(spec: JobSpec) -> float:
    """CUs of a job: as declared, or, where its resources are declared one by one, what they come to.

    1 CU is 1 vCPU and 4 GB (DLI API reference, 'Creating a SQL Job'); the greater of the two counts.
    """
    # Of a live job it is what DLI says, which may be of another form.
    config = RESOURCES.decode(spec.resource_config)
    if effective(spec, "resource_config_version") != "v2" or not isinstance(config, Mapping):
        return float(str(effective(spec, "cu_number")))
    # As many TaskManagers as it takes to have a slot for each task.
    managers = ceil((config.get("parallel_number") or 1) / (config.get("max_slot") or 1))
    parts = [("jobmanager_resource_spec", 1), ("taskmanager_resource_spec", managers)]
    return sum(count * _one(config.get(name) or {}) for name, count in parts)


def _one(resources: Mapping[str, object]) -> float:
    memory = _MEMORY.match(str(resources.get("memory") or "4G"))
    gigabytes = float(memory[1]) / (1024 if memory[2].upper() == "M" else 1) if memory else _GB_PER_CU
    # A queue is full when either runs out.
    return max(float(str(resources.get("cpu") or 1.0)), gigabytes / _GB_PER_CU)


def queue_uses(
    reviewed: Iterable[tuple[Subject, JobReview]],
    others: Mapping[str, float],
    capacity: Mapping[str, int | None],
) -> tuple[QueueUse, ...]:
    """The queues that these jobs are on, by name. `others` are CUs of jobs that are not of this stack."""
    before: defaultdict[str, float] = defaultdict(float, others)
    after: defaultdict[str, float] = defaultdict(float, others)
    names: set[str] = set()
    for subject, job in reviewed:
        # A job may move: before it weighs on the queue it is on, afterwards on the declared one.
        now = (subject.live.spec.queue_name if subject.live else None) or job.queue
        names |= {now, job.queue}
        before[now] += job.cu_before
        after[job.queue] += job.cu_after
    return tuple(
        QueueUse(name, before[name], after[name], others.get(name, 0), capacity.get(name))
        for name in sorted(filter(None, names))
    )
