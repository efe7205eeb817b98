"""What somebody else changed: the live job against what was last deployed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dli_provider.lifecycle.observed import Observed
from dli_provider.lifecycle.runstate import RunState
from dli_provider.review.mask import SECRET, Mask
from dli_provider.review.report import Drift
from dli_provider.review.subject import Subject
from dli_provider.spec.fields import WIRED, is_declared
from dli_provider.spec.job import JobSpec


def drift_of(subject: Subject, mask: Mask) -> tuple[Drift, ...]:
    """Every declared argument, and the status, in which the live job differs. Tags only where they were read."""
    if subject.deployed is None or subject.op == "delete":
        return ()
    if subject.live is None:
        return (Drift("job", "there", "gone"),)
    return (*_status(subject.deployed, subject.live), *_fields(subject, subject.deployed, subject.live, mask))


def _status(deployed: JobSpec, live: Observed) -> Iterator[Drift]:
    at_rest = live.run_state in (RunState.STOPPED, RunState.FAILED, RunState.FINISHED, RunState.IN_ARREARS)
    if deployed.desired_state == "running" and (at_rest or live.run_state is RunState.STUCK):
        yield Drift("status", "running", live.status)
    elif deployed.desired_state == "stopped" and live.run_state is RunState.RUNNING:
        yield Drift("status", "stopped", live.status)


def _fields(subject: Subject, deployed: JobSpec, live: Observed, mask: Mask) -> Iterator[Drift]:
    for name, wire in WIRED.items():
        before, now = getattr(deployed, name), getattr(live.spec, name)
        if not is_declared(deployed, name) or wire.same(before, now):
            continue
        if name == "sql_body":
            yield Drift(name, "as deployed", "another query")
        elif name in subject.secret:
            yield Drift(name, SECRET, SECRET)
        else:
            yield Drift(name, mask.value(name, before), mask.value(name, now))
