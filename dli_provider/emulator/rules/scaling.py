"""DLI's own scaling of a job: when it may, and to how many CUs.

DLI user guide, 'Enabling Dynamic Scaling for Flink Jobs': DLI stops the job with a savepoint and runs it again from
there with other CUs. On what load it does so is not said, so here it goes up and down by turns.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

_ENABLE: Final = "flink.dli.job.scale.enable"
_INTERVAL: Final = "flink.dli.job.scale.interval"
_MOST: Final = "flink.dli.job.cu.max"
_LEAST: Final = "flink.dli.job.cu.min"
_NEEDED: Final = ("checkpoint_enabled", "log_enabled", "obs_bucket")
_TYPES: Final = ("flink_opensource_sql_job", "flink_jar_job")


class Scaling(NamedTuple):
    """How often DLI looks whether to scale (seconds), and between how many CUs. `most` 0: those it began with."""

    interval: float
    least: int
    most: int

    def next_size(self, present: int, initial: int) -> int:
        """The CUs of the next run: more while more are allowed, else the fewest."""
        most = max(self.most or initial, self.least)
        return most if present < most else self.least


def scaling_of(definition: dict[str, Any]) -> Scaling | None:
    """What a job's runtime_config asks for; `None` when DLI never scales it."""
    asked = _pairs(definition["runtime_config"])
    if asked.get(_ENABLE, "").lower() != "true" or definition["job_type"] not in _TYPES:
        return None
    if not all(definition[name] for name in _NEEDED):
        return None  # without a place for savepoints and checkpoints there is nothing to go on from
    minutes, least, most = (
        _number(asked.get(key, ""), default) for key, default in ((_INTERVAL, 30), (_LEAST, 2), (_MOST, 0))
    )
    return Scaling(60.0 * max(1, minutes), max(2, least), most)


def scaled(definition: dict[str, Any], cu_number: int) -> dict[str, Any]:
    """What another number of CUs changes in a definition: the parallelism follows the CUs that compute."""
    compute = max(1, definition["cu_number"] - definition["manager_cu_number"])
    other = max(1, cu_number - definition["manager_cu_number"])
    parallel = max(1, definition["parallel_number"] * other // compute)
    return {"cu_number": cu_number, "parallel_number": parallel}


def _pairs(text: Any) -> dict[str, str]:
    """The JSON text of `[{"key", "value"}]`; anything else asks for nothing."""
    try:
        entries = json.loads(text or "[]")
        return {str(entry["key"]): str(entry["value"]) for entry in entries}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default
