"""What consents to losing state: the word of the program, nothing else. Pure."""

from __future__ import annotations

from dli_provider.job.control import consent_to_state_loss
from dli_provider.job.fields import JobSpec


def consented(old: JobSpec, new: JobSpec) -> bool:
    """Whether losing state was consented to: for every restart, or just now for just this query."""
    fresh = new.allow_state_loss != old.allow_state_loss
    return new.upgrade_mode == "stateless" or (fresh and covers_query(new))


def covers_query(new: JobSpec) -> bool:
    """Whether the consent in the program is one to changing the query to just what it is now."""
    return new.sql_body is not None and new.allow_state_loss == consent_to_state_loss(new.sql_body)
