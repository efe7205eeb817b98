"""DLI's own scaling of a job: what `runtime_config` asks for, and which CUs of a live job are its doing. Pure.

DLI user guide, 'Enabling Dynamic Scaling for Flink Jobs': DLI stops the job with a savepoint and runs it again from
there with other CUs, as often as every interval, within bounds. It does not say which fields of the job it changes for
that, so both that follow from the CUs are taken to be its.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dli_provider.job.declarations import effective
from dli_provider.job.fields import JobSpec
from dli_provider.job.values import flink_settings

ENABLE: Final = "flink.dli.job.scale.enable"
INTERVAL: Final = "flink.dli.job.scale.interval"
MOST: Final = "flink.dli.job.cu.max"
LEAST: Final = "flink.dli.job.cu.min"
PRIORITY: Final = "flink.dli.job.priority"
"""'Setting the Priority for a Flink Job': it is for jobs that DLI scales."""
MISSPELT: Final[Mapping[str, str]] = {
    "flink.dli.job.scale.cu.max": MOST,
    "flink.dli.job.scale.cu.min": LEAST,
}
"""Keys that are easily taken for the page's, and that key. They are read as it, in case that DLI does so too."""
SCALED: Final = ("cu_number", "parallel_number")
"""The fields that scaling changes."""
_FEWEST: Final = 2
_DIGITS: Final = 9


@dataclass(frozen=True)
class CuBounds:
    """How many CUs DLI may give a job that it scales; it began with `initial`."""

    initial: int
    least: int
    most: int


def setting(runtime_config: object, key: str) -> str | None:
    """What a configuration says under one of the page's keys, or else under what is easily taken for it."""
    given = flink_settings(runtime_config)
    spelt = (key, *(other for other, meant in MISSPELT.items() if meant == key))
    return next((given[name].strip() for name in spelt if name in given), None)


def scales(runtime_config: object) -> bool:
    """Whether a job with this configuration is scaled by DLI."""
    return (setting(runtime_config, ENABLE) or "").lower() == "true"


def number(text: str | None) -> int | None:
    """The whole number that a setting is; None for any other text."""
    given = text or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= _DIGITS else None


def scaling_of(spec: JobSpec) -> CuBounds | None:
    """Between how many CUs DLI scales a job; None where it does not.

    Under v2 a job is given no CUs, and no page says what of it is scaled.
    """
    if not scales(spec.runtime_config) or effective(spec, "resource_config_version") == "v2":
        return None
    initial = int(str(effective(spec, "cu_number")))
    least, most = (number(setting(spec.runtime_config, key)) for key in (LEAST, MOST))
    return CuBounds(
        initial, _FEWEST if least is None else least, max(initial, initial if most is None else most)
    )


def unscaled(live: JobSpec, declared: JobSpec) -> JobSpec:
    """The live job with the declared CUs where DLI's scaling has changed them, within the declared bounds.

    So they are neither drift nor put back: that would restart the job, for DLI to scale it again.
    """
    scaling = scaling_of(declared)
    if scaling is None or not scaling.least <= int(str(effective(live, "cu_number"))) <= scaling.most:
        return live
    return live.model_copy(update={name: getattr(declared, name) for name in SCALED})
