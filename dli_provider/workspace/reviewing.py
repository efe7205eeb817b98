"""The review of a stack: joins what the engine says of it with what DLI says of its jobs, and has that judged.

Reads, and changes nothing.
Jobs are read with few calls that list many; one by one only those that a list leaves open.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from dli_provider.connect import connect
from dli_provider.errors import Conflict, DliError, Invalid, NotFound, Unauthenticated
from dli_provider.flink.judging import Consulted
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import run_state
from dli_provider.plan.live_job import Observed, Record, remembered
from dli_provider.plan.ownership import Marks, may_continue
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.property_bags import GONE
from dli_provider.review.assemble import StackUnderReview, Surroundings, assemble
from dli_provider.review.mask import Mask
from dli_provider.review.rehearsed import ReviewedJobs, with_rehearsals
from dli_provider.review.report import JobReview, Report, ReportedRehearsal
from dli_provider.review.reviewed import Reviewed
from dli_provider.review.ruleset import KEY, RuleSet
from dli_provider.review.size import cu_of
from dli_provider.review.subject import Subject, adopting
from dli_provider.run.lifecycle import Lifecycle, found_as
from dli_provider.run.look import Found, observe, tags_of
from dli_provider.settings import JUDGE, judge_mode
from dli_provider.workspace import Tell
from dli_provider.workspace.access import in_its_place, secrets_of
from dli_provider.workspace.job_owners import owners_of
from dli_provider.workspace.stack import Previewed, Recorded, Stack

if TYPE_CHECKING:
    from dli_provider.api.client import Client
    from dli_provider.api.job_answers import LiveJob

Rehearse: TypeAlias = Callable[[ReviewedJobs, Tell], Mapping[str, ReportedRehearsal]]
"""Holds the rehearsals of the jobs of a review, and answers them by resource."""

_AT_ONCE = 16
"""Shorter values of such variables are flags and numbers."""


@dataclass(frozen=True)
class ProjectJobs:
    """Every job of a project of DLI's as it is at this moment, and how many CUs each queue has."""

    jobs: Mapping[int, LiveJob] = field(repr=False)
    capacity: Mapping[str, int | None]


def review_stack(
    stack: Stack,
    say: Tell,
    *,
    offline: bool = False,
    refresh: bool | None = None,
    environ: Mapping[str, str] | None = None,
    rehearse: Rehearse | None = None,
    keep: Callable[[Reviewed], None] | None = None,
) -> tuple[Report, ReviewedJobs]:
    """The review of one stack, and each of its jobs with its own; with the rehearsals that `rehearse` holds of them.

    `refresh` says whether the deployment will look at the live jobs first; None leaves it to the project. `environ` is
    added to the environment that its program runs in. `keep` is given what a deployment is to be bound to.
    """
    with Consulted(judge_mode(stack.config.get(JUDGE), os.environ), os.environ, say):
        found = _reviewed(stack, say, offline=offline, refresh=refresh, environ=environ)
        if keep:
            # While whoever judged can be asked: later the text would judge, and the deployment with it.
            keep(Reviewed.of(found[1]))
    if rehearse is None:
        return found
    return with_rehearsals(*found, rehearse(found[1], say), mask_of(stack))


def _reviewed(
    stack: Stack, say: Tell, *, offline: bool, refresh: bool | None, environ: Mapping[str, str] | None
) -> tuple[Report, tuple[tuple[Subject, JobReview], ...]]:
    refreshed = stack.refreshes if refresh is None else refresh

    def tell(what: str) -> None:
        say(f"stack {stack.name}: {what}")

    if offline:
        subjects, around = _offline(stack, tell)
    else:
        subjects, around = _online(stack, tell, refresh=refreshed, environ=environ)
    settings, rules = stack.settings(), RuleSet.of(stack.name, stack.config.get(KEY))
    place = StackUnderReview(
        stack.name, settings.endpoint, settings.project_id, offline, refreshed and not offline
    )
    return assemble(place, subjects, around, rules, mask_of(stack))


def mask_of(stack: Stack) -> Mask:
    """What hides the secrets of a stack."""
    return Mask.of([*secrets_of(stack), *stack.settings().secrets])


def _offline(stack: Stack, say: Tell) -> tuple[tuple[Subject, ...], Surroundings]:
    """The jobs as the stack's state has them. No call is made, not even by the preview."""
    say("previewing")
    # Without a refresh whatever the project's options say: a refresh is the provider asking DLI.
    previewed = stack.previewed(refresh=False)
    recorded = {job.urn: job for job in stack.recorded()}
    subjects = []
    for each in previewed:
        job = recorded.get(each.was)
        live = _remembered(job) if job and not job.outputs.get(GONE) else None
        subjects.append(_subject(each, job, live, refreshed=False))
    return tuple(subjects), Surroundings()


def _online(
    stack: Stack, say: Tell, *, refresh: bool, environ: Mapping[str, str] | None = None
) -> tuple[tuple[Subject, ...], Surroundings]:
    """The jobs as they are at this moment. `refresh`: the deployment will look at them too before it plans.

    `environ` is added to the environment that the program runs in.
    """
    say("previewing, and reading the live jobs")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # The preview takes longest, so it begins first; all else happens meanwhile.
        preview = pool.submit(stack.previewed, refresh=refresh, environ=environ)
        with connect(in_its_place(stack)) as api:
            looking = pool.submit(_look, api, say)
            recorded = {job.urn: job for job in stack.recorded()}
            # Still before the preview is done: this needs only what is recorded, and is done when the preview is.
            sight = _completed(looking.result(), recorded.values(), api, pool)
            previewed = preview.result()
            changing = [each for each in previewed if each.op != "same"]
            say(f"looking closer at {len(changing)} of {len(previewed)} jobs")
            tags = dict(pool.map(lambda each: (each.urn, _tags(each, recorded, sight, api)), previewed))
            wanted = [each for each in previewed if _adopts(each) and "adopt" not in each.unknown]
            adopted = dict(pool.map(lambda each: (each.urn, _to_adopt(each, api)), wanted))
            # A resource whose creation was cut off has no id yet.
            owners = owners_of(api, [*recorded.values()], sight.jobs, stack.owner)
            for line in filter(None, (owners.unread, *owners.kept)):
                say(line)
            others = owners.others
            own = {int(job.id) for job in recorded.values() if job.id.isdigit()}
            own |= {found.live.job_id for found in adopted.values() if isinstance(found, Found)}
            taken = _taken(sight, own, previewed, api)
            sql = {
                job.name: str(job.fields.get("sql_body") or "")
                for job in sight.jobs.values()
                if job.job_id not in own
            }
            around = Surroundings(_others(sight, own), sight.capacity, taken, sql)
    subjects = []
    for each in previewed:
        job = recorded.get(each.was)
        live = _observed(job, sight, tags[each.urn]) if job else None
        subject = _subject(each, job, live, refreshed=refresh)
        if job and job.id in others:
            subject = replace(subject, refused=_anothers(subject, others[job.id]))
        subjects.append(_adopting(subject, adopted[each.urn]) if each.urn in adopted else subject)
    return tuple(subjects), around


def _anothers(subject: Subject, what: str) -> Conflict:
    """Why a deployment will not touch a job that the state lists."""
    return Conflict(
        subject.name,
        f"job {subject.job_id} {what}; it is not touched",
        remedy="take the resource out of the program, which leaves the job alone",
    )


def _look(api: Client, say: Callable[[str], None]) -> ProjectJobs:
    jobs = {job.job_id: job for job in api.list_all(show_detail=True)}
    try:
        return ProjectJobs(jobs, {queue.name: queue.cu_count for queue in api.queues()})
    except Unauthenticated:
        raise
    except DliError as refused:
        # To list queues is a permission of its own, and not every endpoint has the call. A review that does not know
        # how large the queues are is better than none.
        say(
            f"the queues cannot be read ({'; '.join(refused.reasons)}): whether the jobs fit into them is not checked"
        )
        return ProjectJobs(jobs, {})


def _completed(
    sight: ProjectJobs, recorded: Iterable[Recorded], api: Client, pool: ThreadPoolExecutor
) -> ProjectJobs:
    """With the jobs that the list did not show, or not in full, read one by one."""
    wanted = [int(job.id) for job in recorded if job.id.isdigit()]
    missing = [each for each in wanted if each not in sight.jobs or "sql_body" not in sight.jobs[each].fields]
    found = dict(zip(missing, pool.map(lambda each: _get(api, each), missing), strict=True))
    jobs = {key: job for key, job in sight.jobs.items() if key not in found}
    return ProjectJobs({**jobs, **{key: live for key, live in found.items() if live}}, sight.capacity)


def _get(api: Client, job_id: int) -> LiveJob | None:
    with suppress(NotFound):
        return api.get(job_id)
    return None


def _tags(
    each: Previewed, recorded: Mapping[str, Recorded], sight: ProjectJobs, api: Client
) -> Mapping[str, str] | None:
    """The tags of a job whose plan depends on them: it has tags of its own, or a note of where its state lies."""
    job = recorded.get(each.was)
    live = sight.jobs.get(int(job.id)) if job and job.id.isdigit() else None
    if live is None or each.op in ("same", "create", "read"):
        return None  # nothing is planned for it, and tags cost a call for each job
    has_tags = bool((each.old or {}).get("tags") or (each.new or {}).get("tags"))
    if not has_tags and run_state(live.status).runs:
        # It neither compares tags nor needs the note of its savepoint: its state is saved when it is stopped.
        return None
    # Where tags cannot be read the plan is made without them, as the deployment's would be.
    with suppress(NotFound):
        return tags_of(api, live.job_id)
    return None


def _adopts(each: Previewed) -> bool:
    """Whether the resource is really new. One whose job was lost is created again, whatever it once adopted."""
    return each.op == "create" and not each.was and ("adopt" in (each.new or {}) or "adopt" in each.unknown)


def _to_adopt(each: Previewed, api: Client) -> Found | DliError | None:
    """The job that a new resource adopts; why it cannot; None where it is to be created."""
    try:
        found = Lifecycle(api, lambda *_: None).find(job_properties.spec(each.new or {}))
    except (NotFound, Conflict, Invalid) as refused:
        return refused
    # The list leaves the SQL of long jobs out, and without it there would be nothing to compare with.
    if found and "sql_body" not in found.live.fields:
        return replace(found, live=api.get(found.live.job_id))
    return found


def _adopting(subject: Subject, found: Found | DliError | None) -> Subject:
    if isinstance(found, DliError):
        return replace(subject, refused=found)
    if found is None and subject.new:
        # There is nothing to adopt, and the program says to create the job then.
        return replace(subject, new=subject.new.model_copy(update={"adopt": None}))
    return adopting(subject, found) if found else subject


def _others(sight: ProjectJobs, own: set[int]) -> dict[str, float]:
    """CUs by queue of the jobs that run and are not of this stack."""
    found: defaultdict[str, float] = defaultdict(float)
    for job_id, live in sight.jobs.items():
        if job_id not in own and not run_state(live.status).at_rest:
            spec = observe(live, None, JobSpec(), Record()).spec
            found[spec.queue_name or ""] += cu_of(spec)
    return dict(found)


def _taken(sight: ProjectJobs, own: set[int], previewed: Iterable[Previewed], api: Client) -> dict[str, str]:
    """Names of other jobs that this stack wants to give to its own, each with whose it is."""
    wanted = {each.new.get("name"): job_properties.spec(each.new) for each in previewed if each.new}
    found = {}
    for job_id, live in sight.jobs.items():
        if job_id in own or live.name not in wanted:
            continue
        with suppress(NotFound):
            new, marks, ran = (
                wanted[live.name],
                Marks.of(tags_of(api, job_id) or {}),
                live.start_time is not None,
            )
            if may_continue(
                marks, new.owner, ran=ran, made=None, now=time.time(), patience=new.create_timeout
            ):
                continue  # an earlier attempt of this stack, which it will go on with
        found[live.name] = f"job {job_id}, {live.status}"
    return found


def _observed(
    job: Recorded, sight: ProjectJobs, tags: Mapping[str, str] | None
) -> tuple[Observed, LiveJob] | None:
    live = sight.jobs.get(int(job.id)) if job.id.isdigit() else None
    if live is None:
        return None
    last, record = job_properties.spec(job.outputs), job_properties.record(job.outputs)
    return found_as(live, tags, last, record)[0], live


def _remembered(job: Recorded) -> tuple[Observed, None]:
    last, seen = job_properties.spec(job.outputs), job_properties.seen(job.outputs)
    return remembered(last, seen, job_properties.record(job.outputs)), None


def _subject(
    each: Previewed, job: Recorded | None, seen: tuple[Observed, LiveJob | None] | None, *, refreshed: bool
) -> Subject:
    live = seen[0] if seen else None
    deployed = job_properties.spec(job.outputs) if job else None
    old, bag = deployed, job.outputs if job else {}
    if refreshed and job and live:
        # A deployment that looks first plans from what it saw, so its old arguments are those of the live job.
        bag = {**bag, **job_properties.refreshed(bag, live)}
        old = job_properties.spec(job_properties.refreshed(job.outputs, live))
    # A value that only the deployment will know is taken to stay: anything else would be a guess, and the review names
    # these arguments as known later.
    kept = {name: bag[name] for name in each.unknown if name in bag}
    new = job_properties.spec({**kept, **each.new}) if each.new is not None else None
    if new and new.adopt and not _adopts(each):
        # It was adopted long ago, or created again since; what remains in the program means nothing any more.
        new = new.model_copy(update={"adopt": None})
    return Subject(
        resource=each.name,
        op=each.op,
        old=old,
        new=new,
        live=live,
        deployed=deployed,
        unknown=each.unknown,
        job_id=job.id if job else "",
        status=live.status if live else "",
        protect=each.protect,
        secret=each.secret | (job.secret if job else frozenset()),
        paused=job_properties.record(job.outputs).paused if job else None,
        savepoints=job_properties.record(job.outputs).savepoints if job else (),
        undeclared=job_properties.record(job.outputs).undeclared if job else (),
    )
