"""The digest of a plan: two plans with one digest do the same to a job, for the same reasons. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from dli_provider.plan.plan import Plan

_DEFINITION = "streaming/sql-jobs"
_LENGTH = 16


def digest_of(plans: Iterable[Plan]) -> str:
    """Sixteen hex digits; "" where nothing is done.

    What is said of a plan counts, and the definitions that it sends. What changes from one moment to the next does
    not: times, and notes that earlier deployments left.
    """
    parts = [_facts(plan) for plan in plans if plan.steps or plan.refusal]
    return digest(parts) if parts else ""


def digest(value: object) -> str:
    """The digest of anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def field_digests(values: Mapping[str, object]) -> dict[str, str]:
    """A digest for each value, by which it is known again without being kept."""
    return {name: digest(value) for name, value in values.items()}


def _facts(plan: Plan) -> list[object]:
    return [
        plan.verb,
        plan.state.name,
        plan.refusal.reason if plan.refusal else "",
        [change.field for change in plan.changes],
        [step.describe() for step in plan.steps],
        [write.body for step in plan.steps for write in step.writes() if write.path.startswith(_DEFINITION)],
        _facts(plan.fallback) if plan.fallback else None,
    ]
