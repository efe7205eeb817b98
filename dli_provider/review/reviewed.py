"""Reviewed is what runs: keeps what a review said of each job, and refuses a deployment that does something else.

What is kept holds no value of a job, only digests, by which a change is noticed and its field named. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from dli_provider.errors import Invalid, NotReviewed
from dli_provider.job.declarations import WIRED, effective, is_declared
from dli_provider.job.diff import diff
from dli_provider.job.fields import JobSpec
from dli_provider.job.status import run_state
from dli_provider.plan.live_job import Observed
from dli_provider.plan.plan import Plan
from dli_provider.review.report import JobReview
from dli_provider.review.subject import Subject
from dli_provider.sql import TEXT, StateFate

_DEFINITION = "streaming/sql-jobs"
_LENGTH = 16
VERSION = 1
_AGAIN = "review it again (dli review --save), or deploy without dli:reviewed"
_ACTIONS = ("NONE", "ADOPT", "IN_PLACE", "CREATE", "RUN", "STOP", "RESTART", "REPLACE", "DELETE")


@dataclass(frozen=True)
class ReviewedJob:
    """What was said of one job: `digests` of its plans in order, `live` and `wanted` of each field's value."""

    name: str
    action: str
    impact: str
    state: str
    status: str = ""
    digests: tuple[str, ...] = ()
    live: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    computed_by: str = ""
    """Who judged the change of SQL, if there is one."""


@dataclass(frozen=True)
class Reviewed:
    """A saved review. `entries` are by owner ("project/stack/resource"), so it may hold several stacks."""

    entries: Mapping[str, ReviewedJob]

    @classmethod
    def of(cls, reviewed: Iterable[tuple[Subject, JobReview]]) -> Reviewed:
        """What is to be kept of a review."""
        # By owner and not by name: two stacks in one file may have jobs of one name.
        return cls({subject.owner: _entry(subject, job) for subject, job in reviewed})

    @classmethod
    def parse(cls, text: str, where: str) -> Reviewed:
        """A saved review, from its file `where`. Raises Invalid."""
        entries = _parsed(text)
        if entries is None:
            raise Invalid(
                f"dli:reviewed, {where}",
                "it is no review that this version has saved",
                remedy=f"save it anew: dli review --save {where}",
            )
        return cls(entries)

    @property
    def by_text(self) -> bool:
        """Whether changes of SQL were judged by the text: then the deployment may not know better."""
        return any(entry.computed_by == TEXT for entry in self.entries.values())

    def text(self) -> str:
        """The content of the file."""
        jobs = {owner: asdict(entry) for owner, entry in sorted(self.entries.items())}
        return json.dumps({"version": VERSION, "jobs": jobs}, indent=1) + "\n"

    def require(self, spec: JobSpec, plan: Plan, live: Observed | None, new: JobSpec | None) -> None:
        """Raises NotReviewed, with every reason, unless this plan for this live job is just what was reviewed.

        `spec` says whose job it is; `new` is what it is to become, None where it is deleted.
        """
        entry = self.entries.get(spec.owner or "")
        if entry is None:
            raise NotReviewed(plan.subject, "the review does not know this job", remedy=_AGAIN)
        digest = digest_of([plan])
        moved = [*_moved(entry, live)] if live else []
        # A plan that does nothing is always allowed, as long as the job is the one that was looked at.
        if not moved and (not digest or digest in entry.digests):
            return
        reasons = [*moved, *(() if digest in entry.digests else _differs(entry, plan, new))]
        raise NotReviewed(plan.subject, reasons, remedy=_AGAIN)

    def refuse_worse(self, plan: Plan, new: JobSpec) -> None:
        """Raises NotReviewed in a preview, where the live job is not known, if the plan is worse than what was reviewed
        or has another target."""
        entry = self.entries.get(new.owner or "")
        # A preview does not look at the live job. The update will, and asks for the very plan that was reviewed; here
        # only what is worse than that can be reported.
        if not plan.steps:
            return
        if entry is None:
            raise NotReviewed(plan.subject, "the review does not know this job", remedy=_AGAIN)
        reasons = [*_worse(entry, plan), *_retargeted(entry, new)]
        if reasons:
            raise NotReviewed(plan.subject, reasons, remedy=_AGAIN)


def _parsed(text: str) -> dict[str, ReviewedJob] | None:
    try:
        held = json.loads(text)
        jobs = held["jobs"] if held["version"] == VERSION else None
        return jobs and {
            who: ReviewedJob(**{**each, "digests": tuple(each["digests"])}) for who, each in jobs.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _entry(subject: Subject, job: JobReview) -> ReviewedJob:
    return ReviewedJob(
        job.name,
        job.verb,
        job.impact.name,
        job.state.name,
        job.status,
        tuple(digest_of([plan]) for plan in subject.plans()),
        _told(subject.live) if subject.live else {},
        _wanted(subject.named) if subject.new else {},
        _computed_by(subject),
    )


def _computed_by(subject: Subject) -> str:
    changes = diff(subject.old, subject.named).changes if subject.old and subject.new else ()
    return next((change.computed_by for change in changes if change.computed_by), "")


def _told(live: Observed) -> dict[str, str]:
    values = {name: getattr(live.spec, name) for name in WIRED if is_declared(live.spec, name)}
    return field_digests(
        {name: WIRED[name].encode(value) for name, value in values.items() if name != "tags"}
    )


def _wanted(new: JobSpec) -> dict[str, str]:
    return field_digests({name: effective(new, name) for name in WIRED if is_declared(new, name)})


def _moved(entry: ReviewedJob, live: Observed) -> Iterator[str]:
    """How the live job differs from the one that was reviewed."""
    # A job that was on its way when it was reviewed was judged as arrived, so its arrival is no surprise.
    before = run_state(entry.status)
    if before.settled and before is not live.run_state:
        yield f"the live job was {entry.status} when it was reviewed, and is {live.status}"
    now = _told(live)
    changed = [
        name for name in WIRED if name in {*now, *entry.live} and now.get(name) != entry.live.get(name)
    ]
    if changed:
        yield f"the live job was changed since it was reviewed: {', '.join(changed)}"


def _differs(entry: ReviewedJob, plan: Plan, new: JobSpec | None) -> Iterator[str]:
    """How the plan differs from the one that was reviewed."""
    found = [*_worse(entry, plan), *_retargeted(entry, new)]
    # Digests also cover wording and steps, so they may differ where nothing is worse; then the plan itself is named.
    yield from found or [f"the plan is another than was reviewed: {plan.headline()}"]


def _retargeted(entry: ReviewedJob, new: JobSpec | None) -> Iterator[str]:
    wanted = _wanted(new) if new else {}
    changed = [
        name
        for name in WIRED
        if name in {*wanted, *entry.wanted} and wanted.get(name) != entry.wanted.get(name)
    ]
    if changed:
        yield f"the program wants something else than was reviewed: {', '.join(changed)}"


def _worse(entry: ReviewedJob, plan: Plan) -> Iterator[str]:
    verb = plan.verb if plan.verb != "NONE" and plan.steps else "NONE"
    # Taking over somebody's job has to be reviewed as that, even where nothing is changed by it.
    adopted = verb.startswith("ADOPT") and not entry.action.startswith("ADOPT")
    if adopted or _rank(verb) > _rank(entry.action):
        yield f"reviewed was {_said(entry.action)}, and the plan is {verb}"
    if plan.state > StateFate[entry.state]:
        was, now = (fate.lower().replace("_", " ") for fate in (entry.state, plan.state.name))
        yield f"state was reviewed as {was}, and is {now}"


def _rank(verb: str) -> int:
    return _ACTIONS.index(verb.removeprefix("ADOPT and "))


def _said(action: str) -> str:
    return "no change" if action == "NONE" else action


def digest_of(plans: Iterable[Plan]) -> str:
    """Sixteen hex digits; "" where nothing is done.

    What is said of a plan counts, and the definitions that it sends. What changes from one moment to the next does
    not: times, and notes that earlier deployments left.
    """
    parts = [_facts(plan) for plan in plans if plan.steps or plan.refusal]
    return digest(parts) if parts else ""


def digest(value: object) -> str:
    """The digest of anything that JSON can hold."""
    # With sorted keys, so that the order in a program or answer does not count.
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
        # The fallback is part of what was agreed to: it may run without another question.
        _facts(plan.fallback) if plan.fallback else None,
    ]
