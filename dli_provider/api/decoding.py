"""Reads what DLI reports, tolerantly: null, 0 and "" may all mean "none", numbers and truths may be text.

Knows nothing of HTTP and of errors in answers; a payload without what it must hold raises `UnreadableError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_INTEGER = re.compile(r"-?[0-9]{1,19}")

Fields = Mapping[str, object]


class UnreadableError(ValueError):
    """A payload lacks what every such payload holds. Raised as Unavailable where the call is known."""


def member(value: object, key: str) -> object:
    """What an object holds under a key; None where it is no object or does not hold it."""
    return value.get(key) if isinstance(value, dict) else None


def as_fields(value: object, name: str) -> Fields:
    """An object that has to be there. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError(f"the answer holds no {name}")
    return value


def objects(value: object) -> tuple[Fields, ...]:
    """The objects of a list; none where it is null or missing."""
    return tuple(entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def required_id(value: object, key: str) -> int:
    """The number under which DLI knows something. Raises UnreadableError."""
    number = integer(member(value, key))
    if number is None:
        raise UnreadableError(f"the answer holds no {key}")
    return number


def text(value: object) -> str:
    """A text; "" where it is null or missing."""
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """A whole number, or its digits as text; None for anything else."""
    # For Python True is the whole number 1.
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) else None


def truth(value: object) -> bool | None:
    """A boolean that may travel as text ("true", "True"); None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None
