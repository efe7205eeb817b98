"""Plans for creating and deleting a job, and the parts that all plans share. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dli_provider.job.diff import diff
from dli_provider.job.document import create_document, update_document, update_only_fields
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.status import Status
from dli_provider.job.values import NAME_LENGTH
from dli_provider.plan import start_from
from dli_provider.plan.live_job import Observed
from dli_provider.plan.ownership import fits, savepoint_directory
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.refusal import (
    agreed_without,
    consent_to,
    consented,
    keeps_state,
    mistaken,
    no_state_for,
    would_lack,
)
from dli_provider.plan.steps import (
    AuthorizeBucket,
    CreateJob,
    DeleteJob,
    FoundAtRest,
    HaltJob,
    NoteSavepoint,
    Step,
    StopJob,
    TakeSavepoint,
    UpdateJob,
)
from dli_provider.plan.undeclared import still_undeclared
from dli_provider.sql import StateFate


@dataclass(frozen=True)
class Former:
    """The job whose place a new one takes: one that was deleted, or that DLI cannot change into what is wanted.

    `savepoints` are those that are known, newest first. `gone`: it was deleted by somebody else. `nonce` is its own.
    `undeclared` is what it has, or had, and no program said.
    """

    job_id: int
    spec: JobSpec = field(repr=False)
    savepoints: tuple[str, ...] = ()
    ran: bool = True
    gone: bool = False
    nonce: str | None = None
    undeclared: tuple[str, ...] = ()


def plan_create(new: JobSpec, former: Former | None = None) -> Plan:
    """Create the job, and run it if it is to run: from the state of the `former` one where it fits.

    Refused where there was state, it cannot be restored, and nobody consented to losing it; and where the former one
    has settings that the new one would be without.
    """
    lost = still_undeclared(former.undeclared, new) if former else ()
    if former is None or not lost:
        return _plan_create(new, former)
    old = former.spec
    if agreed_without(old, new, lost):
        # Of the state this consents to all that the one for just this change does, unless that is to be kept.
        consent = None if keeps_state(old, new) else consent_to(old, new) or None
        return _plan_create(new.model_copy(update={"allow_state_loss": consent}), former)
    plan = _plan_create(new, former)
    refusal = would_lack(old, new, former.job_id, lost, gone=former.gone)
    if plan.refusal:
        refusal = replace(refusal, reason=f"{plan.refusal.reason}; and {refusal.reason}")
    return replace(plan, refusal=refusal)


def _plan_create(new: JobSpec, former: Former | None) -> Plan:
    assert new.name is not None, "a name is chosen before a plan is made"
    steps: list[Step] = [*authorize(new), CreateJob(create_document(new), new.owner)]
    if late := update_only_fields(new):
        steps.append(UpdateJob(update_document(new, late), {}))
    if former is None or not former.ran:
        source = start_from.given(new) or start_from.empty("a new job has no state", StateFate.NONE)
        state = StateFate.CARRIED if new.from_savepoint else StateFate.NONE
        return Plan(new.name, Impact.NONE, (), (*steps, *_run(new, source)), state, "a new job")
    source, refusal = _from_former(new, former)
    steps += _run(new, source)
    return Plan(new.name, Impact.NONE, (), tuple(steps), source.fate, source.because, refusal)


def plan_move(old: JobSpec, new: JobSpec, *, ran: bool) -> Plan:
    """Create the job in another place than the one that it is left in, with its state, which does not move along."""
    plan = plan_create(new, Former(0, old, ran=ran))
    if plan.refusal is None or mistaken(diff(old, new).changes):
        return plan
    reason = "the job is made anew in another place, and its state stays in the one it is left in"
    return replace(plan, refusal=replace(plan.refusal, reason=reason))


def state_at_rest(live: Observed) -> tuple[str, ...]:
    """What another job can go on from of one that does not run, the newest first."""
    # What DLI saved when it stopped the job is newer than whatever we remember: somebody may have stopped it by hand.
    stopped = live.savepoint_path if live.has_savepoint is not False else None
    noted = live.noted_savepoint if fits(live.noted_savepoint or "", live.spec.sql_body) else None
    saved = (stopped, live.saved, noted, *live.record.savepoints)
    # One that failed while it ran left its last checkpoint behind, newer than any savepoint.
    failed = live.status == Status.RUNNING_EXCEPTION
    ordered = (live.checkpoint_path, *saved) if failed else (*saved, live.checkpoint_path)
    return tuple(dict.fromkeys(filter(None, ordered)))


def _run(new: JobSpec, source: start_from.Source) -> list[Step]:
    return start_from.start(source, health_window=0.0) if new.desired_state == "running" else []


def _from_former(new: JobSpec, former: Former) -> tuple[start_from.Source, Refusal | None]:
    """Where the new job takes its state from, and why it must not be made so."""
    if source := start_from.newly_given(former.spec, new):
        return source, None
    difference = diff(former.spec, new)
    fits = difference.state_fate < StateFate.INCOMPATIBLE
    mixed = difference.state_fate is StateFate.INCOMPATIBLE and keeps_state(former.spec, new)
    if refusal := mistaken(difference.changes):
        return start_from.empty("it is not made"), refusal
    if mixed and former.savepoints:
        first, *spares = former.savepoints
        because = (
            f"state restored from savepoint {first}, mixed with what the new query keeps, as was consented to"
        )
        return start_from.Source(StateFate.AT_RISK, because, True, first, tuple(spares)), None
    if fits and former.savepoints and new.upgrade_mode != "stateless":
        first, *spares = former.savepoints
        because = f"state restored from savepoint {first}"
        fate = max(StateFate.CARRIED, difference.state_fate)
        return start_from.Source(fate, because, True, first, tuple(spares)), None
    if consented(former.spec, new):
        return start_from.empty("state is dropped, as was consented to"), None
    if source := start_from.given(new):
        return source, None
    # A job that is not to run loses nothing yet; from what it is run is for whoever runs it to say.
    if new.desired_state == "stopped" and fits:
        return start_from.empty("it is not run"), None
    lost = start_from.empty("its state would be lost")
    saved = bool(former.savepoints)
    return lost, no_state_for(former.spec, new, former.job_id, gone=former.gone and fits, saved=saved)


def plan_park(job_id: int, old: JobSpec, new: JobSpec, live: Observed, stamp: str) -> Plan:
    """Bring the job whose place another is about to take to rest, with its state saved and, last of all, under a name
    that does not stand in the way. Taken back, it runs again as it did: nothing of it is gone before the other runs.
    """
    steps: list[Step] = []
    parked = is_parked(job_id, old, live)
    spares = tuple(filter(None, (live.noted_savepoint, *live.record.savepoints, live.checkpoint_path)))
    if live.run_state.may_run:
        # As at a restart: without a savepoint it is not stopped, unless losing state was consented to.
        steps += _savepoint(old, live, stamp, required=not consented(old, new))
        steps.append(StopJob(live.can_save, spares, not live.can_save, new.health_window))
    elif (new if parked else old).desired_state == "running" and live.started:
        # An earlier attempt was cut off after this. A refresh may have noted since that the job is stopped.
        steps.append(FoundAtRest(live.status, spares, new.health_window))
    # Renamed even where the new one has another name: by this a later attempt knows how far this one came.
    name = parked_name(old.name or "", job_id)
    steps.append(UpdateJob({"name": name}, {"name": parked_as(old.name or "", job_id, new.name) or old.name}))
    because = "it is kept until the job that takes its place runs"
    return Plan(old.name or "", Impact.REPLACE, (), tuple(steps), StateFate.CARRIED, because)


def is_parked(job_id: int, old: JobSpec, live: Observed) -> bool:
    """Whether the job was brought to rest and renamed, to make way for one that takes its place."""
    return live.spec.name == parked_name(old.name or "", job_id) and not live.run_state.may_run


def parked_name(name: str, job_id: int) -> str:
    """The name of a job that another takes the place of, for as long as it is kept. By the id no two are alike."""
    suffix = _parked(job_id)
    kept = name.removesuffix(suffix)  # of one that has such a name already
    return kept.encode()[: NAME_LENGTH - len(suffix)].decode(errors="ignore") + suffix


def parked_as(name: str, job_id: int, wanted: str | None = None) -> str:
    """The name that a parked job had before, of which its present one may have kept only the beginning; "" where it is
    no such name. `wanted` is the one that the job which takes its place is to have."""
    if not name.endswith(_parked(job_id)):
        return ""
    return wanted if wanted and parked_name(wanted, job_id) == name else name.removesuffix(_parked(job_id))


def _parked(job_id: int) -> str:
    return f"-old-{job_id}"


def plan_save(old: JobSpec, live: Observed, stamp: str) -> Plan:
    """Save the state of a job that runs on, where that can be done."""
    steps = tuple(_savepoint(old, live, stamp, required=False))
    return Plan(old.name or "", Impact.NONE, (), steps, StateFate.CARRIED, "its state is saved")


def _savepoint(old: JobSpec, live: Observed, stamp: str, *, required: bool) -> list[Step]:
    if not (live.can_save and live.run_state.runs):
        return []
    bucket, sql = live.spec.obs_bucket or "", live.spec.sql_body or ""
    directory = savepoint_directory(bucket, old.name or "", stamp, live.start_time, sql)
    return [TakeSavepoint(directory, required), NoteSavepoint(directory, live.noted_savepoint)]


def plan_delete(name: str, live: Observed) -> Plan:
    """Stop the job where DLI takes a stop, then delete it.

    DLI deletes jobs of any status, and stops them itself first ('Deleting a Job'). So one that is on its way to another
    status, or in one that nobody knows, is not waited for: it might never arrive. Nor is one asked to stop once more
    that did not stop when it was asked to.
    """
    steps: list[Step] = [DeleteJob()]
    if live.run_state.runs or live.status == Status.SUBMITTING:
        steps.insert(0, HaltJob())
    return Plan(
        name, Impact.REPLACE, (), tuple(steps), StateFate.DROPPED, "the job and its state are deleted"
    )


def authorize(new: JobSpec) -> list[Step]:
    """Let DLI write to the bucket, where there is one."""
    return [AuthorizeBucket(new.obs_bucket)] if new.obs_bucket else []
