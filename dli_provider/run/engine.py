"""Carries a plan out, step by step; takes it back when a step fails, and says what became of the job.

Decides nothing about jobs. Whatever happened, the job ends up running the old definition again, from its state; or it
is gone, if it was just being created; or the error says what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from dli_provider.api.job_answers import LiveJob
from dli_provider.errors import (
    DliError,
    Forbidden,
    Invalid,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    RollbackFailed,
    RolledBack,
    StateLoss,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from dli_provider.job.status import run_state
from dli_provider.plan.plan import Plan, Refusal
from dli_provider.plan.steps import ContinueWith, CreateJob, FoundAtRest, RunJob, Step, StopJob, UpdateJob
from dli_provider.run.belief import AFTERWARDS
from dli_provider.run.carry_out import apply, revert
from dli_provider.run.handle import JobHandle
from dli_provider.run.look import job_named
from dli_provider.run.waiting import Deadline, polls
from dli_provider.times import time_of_day

_PATIENCE = 300.0
"""Seconds for which a step of a rollback is tried again while DLI gives no usable answer."""
_NOES = 3
"""How often DLI may refuse a step of a rollback."""
_LASTING = 300.0
"""Seconds for which credentials have to last before a job is stopped: to start it again takes a minute or two, and so
does putting the old definition back."""
_GO_ON = "deploy again with `pulumi up --refresh`, which goes on from here whatever the program says by then"
"""What to do about a job that a failed change has left otherwise than the state has it. Without the refresh a program
that was put back meanwhile counts as unchanged, and the job stays as it is."""
_RUNS_IT = "see what it says with `dli logs`, mend it, and deploy again, which runs it"
"""What to do about a job that was made and did not come up."""
_CREATIONS = (CreateJob, ContinueWith)
_FINAL = (NotFound, StateLoss, QuotaExceeded, Forbidden, Misconfigured)


def execute(plan: Plan, job: JobHandle, *, rollback: bool = True, begun: Sequence[Step] = ()) -> Plan:
    """Carry out a plan; the plan that was carried out in the end, which may be its fallback.

    Raises StateLoss before the first write when the plan is refused. When a step fails, what was done is
    taken back (unless `rollback` is false), and the error is RolledBack or RollbackFailed if the job was
    stopped, else the step's own. `begun` are steps of an earlier plan that this one continues.
    """
    if plan.refusal:
        raise _refused(plan.refusal, job)
    if any(isinstance(step, StopJob) for step in plan.steps):
        _require_credentials(job)
    for step in plan.steps:
        begun = [*begun, step]
        job.under_way(step.describe())
        try:
            apply(step, job)
        except DliError as refused:
            if plan.fallback is None or not _not_while_it_runs(step, job, refused):
                raise take_back(begun, job, refused, rollback=rollback) from refused
            if plan.fallback.refusal:
                # The fallback is refused, so the fields already changed are put back, even with rollback_on_failure
                # off: nothing may stay of a change that cannot be made as a whole.
                raise take_back(begun, job, _refused(plan.fallback.refusal, job)) from refused
            job.say("DLI does not take this while the job runs; restarting it from a savepoint")
            return execute(plan.fallback, job, rollback=rollback, begun=begun)
    return plan


def _require_credentials(job: JobHandle) -> None:
    """Raises Unauthenticated, with nothing done yet, where the credentials end before a job that is stopped would
    surely run again. Warns where they only end before the deployment's own time does.

    Tokens tell when they end. That DLI takes the credentials still is shown by the call right before each stop: the
    note of the savepoint, or the look that the plan was made from. One that it takes no more ends the deployment there.
    """
    expire = job.api.credentials_expire
    if expire is None or (left := expire - job.clock.wall()) >= job.timeout:
        return
    said, needed = (
        f"the token expires at {time_of_day(expire)}, in {max(left, 0):.0f} s",
        min(_LASTING, job.timeout),
    )
    if left < needed:
        raise Unauthenticated(
            job.subject,
            f"{said}; a restart, and putting it back should it fail, may take {needed:.0f} s, so nothing is stopped",
            remedy="renew dli:token [HW_AUTH_TOKEN], then deploy again",
        )
    with job.once.first(said) as first:  # for all jobs
        if first:
            job.say(
                f"{said}; should it fail DLI by then, renew it and deploy with `pulumi up --refresh`, which goes "
                "on from there"
            )


def _not_while_it_runs(step: Step, job: JobHandle, refused: DliError) -> bool:
    """Whether a refusal means that a field may not be changed while the job runs, by what was asked: DLI's pages give
    more codes than one for it, and none is certain. A refusal that says what else is wrong is not one."""
    if not (isinstance(step, UpdateJob) and step.refusable):
        return False
    if isinstance(refused, WrongStatus):
        return True
    if not (refused.cause_unknown or isinstance(refused, Invalid)):
        return False
    # A name that is taken would be refused at rest as well, and the restart would be for nothing.
    name = step.document.get("name")
    with suppress(DliError):  # who may not list jobs gets to know it by the restart
        taken = job_named(job.api, name) if isinstance(name, str) else None
        return taken is None or taken.job_id == job.job_id
    return True


def _refused(refusal: Refusal, job: JobHandle) -> StateLoss:
    return StateLoss(job.subject, refusal.reason, remedy=refusal.remedy)


def take_back(begun: Sequence[Step], job: JobHandle, failure: DliError, *, rollback: bool = True) -> DliError:
    """Take back what was begun, last first; the error to raise."""
    job.renew_deadline()
    # A job that was just being created has no state to lose, and half a job is of no use: it goes, whatever the program
    # says of rollbacks. One that is whole, and only did not come up, stays where the state will know of it: so it can
    # be looked at, and the next deployment runs it.
    if any(isinstance(step, _CREATIONS) for step in begun):
        if job.notes.keeps and isinstance(begun[-1], RunJob):
            job.notes.kept = True
            return _with(failure, job, "the job was made, and is kept", remedy=_RUNS_IT)
        return _removed(begun, job, failure)
    if not rollback:
        nothing = "nothing was put back, because rollback_on_failure is off"
        way_back = "to go back to the old definition, deploy that with `pulumi up --refresh`"
        remedy = "; ".join(filter(None, (failure.remedy, way_back)))
        seen, saved = _seen_at_last(job), _saved_at(begun, job)
        state = [f"its state is in {saved}"] if saved and _is_down(job) else []
        return _with(failure, job, nothing, *seen, *state, remedy=remedy)
    if _stop_was_refused(begun, job, failure):
        # No failed rollback, for which somebody would be called at night: the run goes on as it did.
        left = [reason for step in reversed(begun[:-1]) for reason in _left(step, job)]
        kind, remedy = (RollbackFailed, _GO_ON) if left else (None, "")
        return _with(
            failure, job, "nothing was stopped", *left, *_seen_at_last(job), kind=kind, remedy=remedy
        )
    # Once it was asked to stop, the error is that of a rollback, which says whether the job runs again;
    # otherwise the job was never stopped, and the step's own error is enough.
    if any(step.disturbs for step in begun):
        job.say(f"failed: {'; '.join(failure.reasons)}; putting the old definition back")
        return _run_again(begun, job, failure)
    left = [reason for step in reversed(begun) for reason in _left(step, job)]
    seen = _seen_at_last(job)
    if left:
        return _with(failure, job, *left, *seen, kind=RollbackFailed, remedy=_GO_ON)
    rests = "it is at rest, with" if run_state(job.seen.status).at_rest else "it has"
    tried = any(isinstance(step, RunJob) for step in begun)
    return _with(failure, job, *([f"{rests} its old definition"] if tried else []), *seen)


def _stop_was_refused(begun: Sequence[Step], job: JobHandle, failure: DliError) -> bool:
    """Whether DLI has refused the stop itself for certain, with credentials that cannot look at the job any more."""
    # A stop that may have arrived is outstanding, until it was seen to have happened or not.
    *before, last = begun
    untouched = isinstance(last, StopJob) and not any(step.disturbs for step in before)
    refused = isinstance(failure, Unauthenticated) and not job.sightings.outstanding
    return untouched and refused and run_state(job.seen.status).runs


def give_up(found: LiveJob, job: JobHandle, failure: DliError) -> DliError:
    """Leave a job that an earlier attempt created, or remove it if it never ran; the error to raise."""
    # Without a first run there is no state that could go with it.
    if found.start_time is None:
        return take_back([ContinueWith(found.job_id)], job, failure)
    left = "it was created by an attempt that was cut off, and is left as it is"
    return _with(failure, job, left, remedy="deploy again, which finds it by its tags and goes on with it")


def _removed(begun: Sequence[Step], job: JobHandle, failure: DliError) -> DliError:
    for step in reversed(begun):
        left = _left(step, job)
        # What else cannot be taken back does not matter: DLI deletes jobs of any status.
        if left and isinstance(step, _CREATIONS):
            known = job.job_id is not None
            what = (
                "the job could not be removed again" if known else "whether the job was created is not known"
            )
            go_on = "deploy again, which finds the job by its tags and goes on with it"
            remedy = f"{go_on}; or delete job {job.job_id} in the DLI console" if known else go_on
            return _with(failure, job, what, *left, remedy=remedy)
    if job.job_id is not None:
        return _with(failure, job, "the job was removed again")
    nothing = f"nothing was created: no such job was listed up to {job.notes.absent_at}"
    return _with(failure, job, nothing if job.notes.absent_at else "nothing was created")


def _run_again(begun: Sequence[Step], job: JobHandle, failure: DliError) -> DliError:
    late: list[str] = []
    for number, step in reversed([*enumerate(begun, 1)]):
        left = _left(step, job)
        # As long as the old definition is not back, running the job again would run a mixture.
        if left and any(earlier.disturbs for earlier in begun[:number]):
            saved = _saved_at(begun, job)
            state = f"its state is in {saved}" if saved else "no savepoint was taken"
            return _with(
                failure,
                job,
                "putting the old definition back failed too",
                *left,
                *_seen_at_last(job),
                state,
                kind=RollbackFailed,
                remedy=f"{_GO_ON}; should that fail, run the job from there in the DLI console",
            )
        late += left
    late += _put_right_if_it_stops_yet(begun, job)
    runs = _how_it_runs(job)
    if late or (job.sightings.outstanding != "stop" and _is_down(job)):
        return _with(failure, job, *runs, *late, kind=RollbackFailed, remedy=_GO_ON)
    return _with(failure, job, *runs, kind=RolledBack)


def _saved_at(begun: Sequence[Step], job: JobHandle) -> str | None:
    """Where the state of a job lies. Where this attempt took no savepoint, an earlier one may have: what its steps
    would run the job from."""
    known = (spare for one in begun if isinstance(one, StopJob | FoundAtRest) for spare in one.spares)
    return job.notes.own_savepoint or next(known, None)


def _put_right_if_it_stops_yet(begun: Sequence[Step], job: JobHandle) -> list[str]:
    """A last look, some seconds after what DLI was asked for: it may be late with a stop, even with one that was asked
    for again because an answer was lost. Then the job is run again. What is left to do."""
    awaited = job.sightings.outstanding == "stop"
    if not awaited and job.sightings.last_seen_at is None:
        return []  # nothing was asked of it yet
    try:
        live = job.watched(AFTERWARDS if awaited else AFTERWARDS - job.sightings.waited)
    except DliError as unseen:
        return [f"whether it stops yet was not seen ({'; '.join(unseen.reasons)})"] if awaited else []
    state = run_state(live.status)
    # What failed or finished by itself after it had been put back is not run once more.
    if state.runs or not (awaited or state.was_stopped):
        return []
    job.say(f"it stopped late ({live.status}); running it again")
    return [reason for step in reversed(begun) if step.disturbs for reason in _left(step, job)]


def _seen_at_last(job: JobHandle) -> list[str]:
    """How the job is some seconds after the last that DLI was asked for, or was when it was seen last."""
    if job.job_id is None:
        return []
    if job.sightings.outstanding or job.notes.ran:
        job.clock.sleep(max(0.0, AFTERWARDS - job.sightings.waited))
    whole = job.deadline
    # A failed deployment is not held up for long by a DLI that does not answer.
    job.deadline = Deadline(AFTERWARDS, job.clock)
    try:
        job.look()
    except NotFound:
        return [f"DLI did not know it any more at {time_of_day(job.clock.wall())}"]
    except DliError:
        pass  # what was seen before is told, with its time
    finally:
        job.deadline = whole
    return _last_seen(job)


def _last_seen(job: JobHandle) -> list[str]:
    if job.sightings.last_seen_at is None:
        return []
    return [f"it was {job.seen.status} when last seen at {job.sightings.when()}"]


def _is_down(job: JobHandle) -> bool:
    """Whether the last look has shown that the job does not run, though it was to."""
    state = run_state(job.seen.status)
    return job.sightings.last_seen_at is not None and state.settled and not state.came_up


def _how_it_runs(job: JobHandle) -> list[str]:
    if job.notes.source:
        ran = "was run again" if _is_down(job) else "runs again"
        return [f"the old definition {ran}, from {job.notes.source}", *_last_seen(job)]
    if job.sightings.outstanding != "stop":
        runs_on = [] if _is_down(job) else ["it did not stop: the old definition runs on"]
        return [*runs_on, *_last_seen(job)]
    return [
        f"the old definition was {job.seen.status} when last seen at {job.sightings.when()}, "
        f"{job.sightings.waited:.0f} s after it was asked to stop; should it stop yet, `pulumi up --refresh` runs "
        "it from its savepoint"
    ]


def _left(step: Step, job: JobHandle) -> list[str]:
    """Take a step back; why that cannot be done, if so."""
    try:
        _patiently(lambda: revert(step, job), job)
    except DliError as second:
        what_to_do = [second.remedy] if isinstance(second, Unauthenticated) else []
        return [f"not taken back: {step.describe()} ({'; '.join([*second.reasons, *what_to_do])})"]
    return []


def _with(
    failure: DliError, job: JobHandle, *reasons: str, kind: type[DliError] | None = None, remedy: str = ""
) -> DliError:
    # Nothing else helps without credentials.
    first = failure.remedy if remedy and isinstance(failure, Unauthenticated) else ""
    ways_out = "; then ".join(filter(None, (first, remedy)))
    return failure.also(*reasons, remedy=ways_out, subject=job.subject, kind=kind)


def _patiently(undo: Callable[[], None], job: JobHandle) -> None:
    """A rollback is not given up for a passing fault: it is what stands between the user and a stopped job."""
    deadline, noes = Deadline(min(_PATIENCE, job.timeout), job.clock), 0
    for _ in polls(deadline):
        job.about_to_change()  # so that every try fetches the job first
        try:
            return undo()
        except _FINAL:
            raise
        except DliError as error:
            noes += not isinstance(error, (Unavailable, Throttled))
            if noes == _NOES or not deadline.remaining:
                raise
    return None
