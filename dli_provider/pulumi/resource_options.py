"""What the options of a resource say: whom it belongs to, and how long to wait for it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from typing import Any

import pulumi

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def owner_of(resource_name: str, opts: pulumi.ResourceOptions | None) -> pulumi.Input[str]:
    """Who declares a resource. Those of one name are told apart as Pulumi does it, by the types of all parents."""
    stack = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    parent = opts.parent if opts else None
    if parent is None:
        return f"{stack}/{resource_name}"
    name = f"{parent.pulumi_resource_name}.{resource_name}"
    # The output itself would make the resource wait for its parent, and a component waits for its children.
    known: Awaitable[Any] = parent.urn.future()
    urn: pulumi.Output[str] = pulumi.Output.from_input(known)
    return urn.apply(lambda text: f"{stack}/{text.split('::')[2]}::{name}")


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
