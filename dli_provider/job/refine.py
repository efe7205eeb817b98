"""Where the cost of a change depends on its two values or on another field: one function per such field.

Each looks at the old and the new spec and gives a sharper verdict, or None to leave the declared one. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dli_provider.job.impact import Impact, Verdict
from dli_provider.sql import StateFate

if TYPE_CHECKING:
    from dli_provider.job.fields import JobSpec

_KEY_GROUPS = 128
"""Flink splits keyed state into at least this many key groups when a job first starts."""


def sql_body(old: JobSpec, new: JobSpec) -> Verdict | None:
    """Compares the two queries; a query that moves to or from a template cannot be compared."""
    if not new.sql_body:
        because = "the query comes from a template, which DLI reads only when a job is created"
        return Verdict(Impact.REPLACE, because, StateFate.DROPPED)
    if not old.sql_body:
        return None
    # Only a change of SQL needs the rules of SQL: most deployments have none.
    from dli_provider.sql import classify

    judged = classify(old.sql_body, new.sql_body)
    return Verdict(Impact.NONE if judged.cosmetic else Impact.RESTART, judged.because, judged.state_fate)


def template_id(_old: JobSpec, new: JobSpec) -> Verdict | None:
    """A template is ignored where the program declares the query itself."""
    if new.sql_body:
        return Verdict(Impact.NONE, "DLI ignores the template of a job that has a query of its own")
    return None


def obs_bucket(old: JobSpec, new: JobSpec) -> Verdict | None:
    """The bucket matters to a running job only if that job writes to it."""
    if old.checkpoint_enabled or new.checkpoint_enabled:
        because = "checkpoints move to another bucket while the savepoint still lies in the old one"
        return Verdict(Impact.RESTART, because, StateFate.AT_RISK)
    if old.log_enabled or new.log_enabled:
        return Verdict(
            Impact.RESTART, "logs are written to another bucket from the next start on", StateFate.CARRIED
        )
    return None


def parallel_number(old: JobSpec, new: JobSpec) -> Verdict | None:
    """State can be spread over no more tasks than it has key groups."""
    if (new.parallel_number or 1) > max(_KEY_GROUPS, old.parallel_number or 1):
        because = f"state that was first written with few tasks cannot be spread over more than {_KEY_GROUPS}"
        return Verdict(Impact.RESTART, because, StateFate.AT_RISK)
    return None


def idle_state_retention(old: JobSpec, new: JobSpec) -> Verdict | None:
    """Another retention reads the same state; one that appears or vanishes may change the state's format."""
    if old.idle_state_retention and new.idle_state_retention:
        return None
    because = "Flink refuses state when a retention is set for the first time or taken away"
    return Verdict(Impact.RESTART, because, StateFate.AT_RISK)


def desired_state(_old: JobSpec, new: JobSpec) -> Verdict | None:
    """Tells a stop from a start."""
    because = "stopped with a savepoint" if new.desired_state == "stopped" else "run from its savepoint"
    return Verdict(Impact.RESTART, because, StateFate.CARRIED)


def restart_nonce(_old: JobSpec, new: JobSpec) -> Verdict | None:
    """Taking the nonce away asks for nothing."""
    return None if new.restart_nonce else Verdict(Impact.NONE, "no restart is asked for any more")


def from_savepoint(_old: JobSpec, new: JobSpec) -> Verdict | None:
    """Taking the savepoint away asks for nothing."""
    return None if new.from_savepoint else Verdict(Impact.NONE, "the job goes on from its own state")
