"""What an operator does to a job by hand, planned as deployments are, and how its stack sees it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import owner_of, savepoint_directory
from dli_provider.plan.plan import Plan
from dli_provider.plan.refusal import no_savepoint
from dli_provider.plan.steps import NoteSavepoint, TakeSavepoint
from dli_provider.plan.update import plan_update
from dli_provider.sql import StateFate

Verb = Literal["savepoint", "restart", "stop", "run"]


def plan_operation(verb: Verb, name: str, live: Observed, stamp: str, *, lose_state: bool = False) -> Plan:
    """What the verb does to a job whose status lasts; a plan without steps where there is nothing to do.

    `lose_state` consents to a restart, stop or start without its state.
    """
    if verb == "savepoint":
        return _savepoint(name, live, stamp)
    mode = "stateless" if lose_state else "savepoint"
    now = live.spec.model_copy(update={"name": name, "upgrade_mode": mode})
    # A job that failed counts as one that should run, as it does for the stack that declares it.
    rests = live.run_state.counts_as_stopped
    old = now.model_copy(update={"desired_state": "stopped" if rests else "running"})
    wanted: dict[str, object] = {"desired_state": "stopped" if verb == "stop" else "running"}
    if verb == "restart":
        wanted["restart_nonce"] = stamp
    plan = plan_update(old, now.model_copy(update=wanted), replace(live, spec=old), stamp)
    # What makes the planner restart the job is a nonce that no program has.
    return replace(plan, changes=())


def _savepoint(name: str, live: Observed, stamp: str) -> Plan:
    if not live.run_state.runs:
        return Plan(
            name,
            Impact.NONE,
            (),
            (),
            because=f"it is {live.status}, and only a job that runs has state to save",
        )
    bucket, sql = live.spec.obs_bucket or "", live.spec.sql_body or ""
    directory = savepoint_directory(bucket, name, stamp, live.start_time, sql)
    # The note is for a stack that comes after a crash. On a job that nobody owns it would only be litter.
    owned = "pulumi_stack" in (live.tags or {})
    note = (NoteSavepoint(directory, live.noted_savepoint),) if owned else ()
    steps = (TakeSavepoint(directory, required=True), *note)
    refusal = None if live.can_save else no_savepoint(live.spec, live.spec)
    return Plan(name, Impact.IN_PLACE, (), steps, StateFate.NONE, "the job runs on", refusal)


def seen_by_its_stack(verb: Verb, live: Observed, declared: JobSpec | None) -> str:
    """How the stack that owns the job will see what was done; `declared` is its job, None where that is not known."""
    tags = live.tags or {}
    if declared is None and "pulumi_stack" not in tags:
        return "no stack owns this job, as far as its tags tell: nobody will undo this"
    stack = "its stack" if declared is not None else owner_of(tags)
    if verb == "savepoint":
        return f"{stack} sees no difference; if this run ends without a newer savepoint, the job is run from this one"
    if verb == "restart":
        return f"{stack} sees no difference: the job runs as declared"
    after, argument = ("stopped", "running") if verb == "stop" else ("running", "stopped")
    undo = "runs it again from its savepoint" if verb == "stop" else "stops it again with a savepoint"
    if declared is None:
        return f"{stack} {undo} at its next `pulumi up` after a refresh, unless it declares desired_state={after!r}"
    if declared.desired_state == after:
        return f"{stack} declares desired_state={after!r}, so it sees no difference"
    return (
        f"{stack} declares desired_state={argument!r}: `pulumi up` after a refresh {undo}; "
        f"declare {after!r} to keep it so"
    )
