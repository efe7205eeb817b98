"""What somebody else changed, as a review shows it: masked, and of no job that is deleted. Pure."""

from __future__ import annotations

from dli_provider.job.diff import Change
from dli_provider.plan.drift import changes_back, status_drift
from dli_provider.review.mask import SECRET, Mask
from dli_provider.review.report import Drift
from dli_provider.review.subject import Subject


def drift_of(subject: Subject, mask: Mask) -> tuple[Drift, ...]:
    """Every declared argument, and the status, in which the live job differs. Tags only where they were read."""
    if subject.deployed is None or subject.op == "delete":
        return ()
    if subject.live is None:
        return (Drift("job", "there", "gone"),)
    status = status_drift(subject.deployed, subject.live)
    found = (Drift("status", subject.deployed.desired_state or "running", status[0]),) if status else ()
    changes = changes_back(subject.live.spec, subject.deployed)
    return (*found, *(_shown(change, subject, mask) for change in changes))


def _shown(change: Change, subject: Subject, mask: Mask) -> Drift:
    if change.field == "sql_body":
        return Drift(change.field, "as deployed", "another query")
    if change.field in subject.secret:
        return Drift(change.field, SECRET, SECRET)
    return Drift(change.field, mask.value(change.field, change.new), mask.value(change.field, change.old))
