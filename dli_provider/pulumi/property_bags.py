"""Pulumi's property bags by their keys: what is an argument, what is an output, and whether anything differs.

Knows no field and no type: this is all that is needed of a job where nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Bag = Mapping[str, Any]

JOB_TYPES = frozenset({"pulumi-python:dynamic/dli:FlinkSqlJob", "dli:index:FlinkSqlJob"})
"""The type of a job in a stack's state: by the first door, and by the second."""


class NotKnown:
    """A value that only the deployment finds out, as the second door has it. The first has the SDK's `Unknown`."""


PROVIDER = "__provider"
"""The key under which Pulumi keeps the serialized provider in every bag."""


def from_the_other_door(olds: Bag, news: Bag) -> bool:
    """For a dynamic resource: whether the state was written by the second door, so that it lacks the provider. Only an
    update puts that there, without which the engine could neither read nor delete the resource."""
    return PROVIDER in news and PROVIDER not in olds


OUTPUTS = (
    "job_id",
    "status",
    "status_desc",
    "savepoints",
    "has_savepoint",
    "checkpoint_path",
    "start_time",
    "unchanged_since",
    "start_empty",
    "pause_seconds",
    "unclaimed",
    "nonce",
    "place",
    "gone",
    "never_up",
    "undeclared",
)
"""What a job has beyond its arguments."""

GONE = "gone"
"""The output, and the status, of a job that somebody else has deleted: kept for what is known of its state."""

_RUNS = "job_running"
_NO_ARGUMENTS = frozenset({*OUTPUTS, PROVIDER})


def same_arguments(olds: Bag, news: Bag) -> bool:
    """Whether two bags hold just the same arguments, all of them known. What is equal has been checked before."""
    return bool(olds) and _arguments(olds) == _arguments(news)


def nothing_to_do(olds: Bag, news: Bag) -> bool:
    """Whether there is nothing to do and nothing to say: a job runs that is to run, just as it is declared.

    Every other case is for the planner; this one comes a thousand times, and the planner has no other answer to it.
    """
    wanted = news.get("desired_state") in (None, "running")
    return (
        wanted and olds.get("status") == _RUNS and not olds.get("start_empty") and same_arguments(olds, news)
    )


def _arguments(bag: Bag) -> dict[str, Any]:
    # Outputs lie in the same bag, and differ from one deployment to the next.
    return {k: v for k, v in bag.items() if v is not None and k not in _NO_ARGUMENTS}
