"""What a change of a job's SQL does to the job and to its state."""

from __future__ import annotations

import hashlib

from dli_provider.spec.onchange import Impact, StateFate, Verdict
from dli_provider.spec.sql import same_meaning


def classify(old_sql: str, new_sql: str) -> Verdict:
    """The verdict for a change from one SQL text to another."""
    if same_meaning(old_sql, new_sql):
        return Verdict(Impact.NONE, "only comments, white space or the case of key words differ in the SQL")
    return Verdict(Impact.RESTART, "the query changes", StateFate.AT_RISK)


def consent(sql: str) -> str:
    """What `allow_state_loss` must be to consent to this very SQL: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(sql.encode()).hexdigest()[:12]
