"""`opts.custom_timeouts` as arguments of a job, in seconds. Knows nothing else of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pulumi

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def timeouts_of(opts: pulumi.ResourceOptions | None) -> Mapping[str, object]:
    """The waits that `opts.custom_timeouts` bounds, in seconds by argument. Raises RunError for what is no duration.

    Pulumi does not hand `custom_timeouts` to dynamic providers, so they travel as arguments.
    """
    custom = opts.custom_timeouts if opts else None
    if custom is None:
        return {}
    given = {
        "create_timeout": custom.create,
        "update_timeout": custom.update,
        "delete_timeout": custom.delete,
    }
    return {key: _seconds(key, text) for key, text in given.items() if text is not None}


def _seconds(key: str, text: str) -> float:
    """The engine would refuse what is no duration too, but as a failure of the program and without saying where."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise pulumi.RunError(
            f"custom_timeouts, {key.removesuffix('_timeout')}: {text!r} is not a duration; "
            "write hours, minutes and seconds, as in '1h30m' or '90s'"
        )
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
