"""What is wrong with one argument, said for people. Turns pydantic's findings into sentences; never echoes a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from dli_provider.job.declarations import FIELDS


@dataclass(frozen=True)
class Violation:
    """One thing wrong with one argument: `reason` is a sentence that names the argument and says what to do."""

    property: str
    reason: str


_PHRASES = {
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "int_type": "must be a whole number, not text or a fraction",
    "invalid_key": "must be text, as every key",
    "less_than_equal": "must be at most {le:g}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "mapping_type": "must be a mapping",
    "model_type": "must be a mapping",
    "string_too_long": "must be at most {max_length} characters",
    "string_type": "must be text, in quotes",
    "extra_forbidden": "is not known; take it out",
    "value_error": "{error}",
}
"""Every kind of finding that the types of a job's fields can lead to."""


def ill_formed(error: ValidationError) -> tuple[Violation, ...]:
    """The single-argument violations that pydantic found."""
    found = []
    for item in error.errors(include_input=False, include_url=False):
        name, *inside = (str(part) for part in item["loc"])
        where = ".".join([name, *(part for part in inside if part != "[key]")])
        found.append(Violation(name, f"{where} {_PHRASES[item['type']].format(**item.get('ctx', {}))}"))
    return tuple(found)


def misnamed(names: Iterable[str]) -> tuple[Violation, ...]:
    """A violation for each name that is no argument of a job, with the likeliest that is."""
    found = []
    for name in sorted(set(names) - FIELDS.keys()):
        close = get_close_matches(name, FIELDS, 1, cutoff=0.5)
        remedy = f"did you mean {close[0]}?" if close else "take it out"
        found.append(Violation(name, f"{name} is not an argument of a job; {remedy}"))
    return tuple(found)
