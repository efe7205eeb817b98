"""Everything wrong with a job's arguments, said at once. What holds between them is in `constraints`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from dli_provider.job.constraints import CONSTRAINTS
from dli_provider.job.declarations import FIELDS, effective, is_declared, rests_on
from dli_provider.job.fields import JobSpec
from dli_provider.job.violation import Violation, ill_formed, misnamed

__all__ = ["Violation", "violations"]


def violations(values: Mapping[str, object], unknown: frozenset[str] = frozenset()) -> tuple[Violation, ...]:
    """Everything wrong with a job's arguments, each under its own property; empty when nothing is.

    `values` holds natural values by argument, None for "not declared". `unknown` names the arguments whose
    values are not known yet (outputs of resources still to be created): they are neither validated nor
    missed.
    """
    given = {name: value for name, value in values.items() if value is not None and name not in unknown}
    known = {name: value for name, value in given.items() if name in FIELDS}
    ill: tuple[Violation, ...] = ()
    try:
        spec = JobSpec.model_validate(known)
    except ValidationError as error:
        ill = ill_formed(error)
        unknown |= {violation.property for violation in ill}
        spec = JobSpec.model_validate({name: value for name, value in known.items() if name not in unknown})
    return (*misnamed(given.keys() | unknown), *ill, *_broken(spec, unknown))


def _broken(spec: JobSpec, unknown: frozenset[str]) -> Iterator[Violation]:
    """The constraints that do not hold, of those whose fields are all known and not all left to their defaults."""
    for constraint in CONSTRAINTS:
        basis = frozenset[str]().union(*(rests_on(spec, name) for name in constraint.reads))
        if basis & unknown or not (constraint.always or any(is_declared(spec, name) for name in basis)):
            continue
        for phrase in constraint.check(*(effective(spec, name) for name in constraint.reads)):
            yield Violation(constraint.property, f"{constraint.property} {phrase}")
