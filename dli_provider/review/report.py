"""What a review says, as data: one report for each stack, one entry for each job. Renderers only lay it out.

Every text in here is masked already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum

from dli_provider.graph.picture import Graph
from dli_provider.job.impact import Impact
from dli_provider.sql import StateFate


class Action(Enum):
    """What happens to a job, in a word."""

    NONE = "NONE"
    ADOPT = "ADOPT"
    IN_PLACE = "IN_PLACE"
    CREATE = "CREATE"
    RUN = "RUN"
    STOP = "STOP"
    RESTART = "RESTART"
    REPLACE = "REPLACE"
    DELETE = "DELETE"


class Risk(IntEnum):
    """How much a job has to lose, for sorting and for `--fail-on`."""

    NONE = 0
    RESTART = 1
    AT_RISK = 2
    STATE_LOSS = 3
    REPLACE = 4


class Severity(IntEnum):
    """How serious a finding is; an error fails the review."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Finding:
    """What a rule says of a job, or of a queue (`subject`)."""

    rule: str
    severity: Severity
    subject: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class FieldChange:
    """One argument that changes, or differs, and what that means."""

    field: str
    old: str
    new: str
    impact: Impact
    because: str


@dataclass(frozen=True)
class Deciding:
    """A rule that decided what becomes of the state: that of a field, or of the SQL (docs/sql-changes.md)."""

    rule: str
    because: str


@dataclass(frozen=True)
class ReportedDrift:
    """Where the live job is not as it was last deployed."""

    field: str
    deployed: str
    live: str


@dataclass(frozen=True)
class Pause:
    """How long the job will stand still, in seconds, and what that is known from."""

    seconds: float
    basis: str


@dataclass(frozen=True)
class SqlDiff:
    """`lines` begin with "+", "-", " " or, for lines left out, "@"; `added` and `removed` count what is not folded."""

    lines: tuple[str, ...]
    added: int
    removed: int

    @property
    def cosmetic(self) -> bool:
        """Whether nothing but the looks changes."""
        return not (self.added or self.removed)


@dataclass(frozen=True)
class ReportedRehearsal:
    """What a rehearsal of the job's change of SQL showed: on generated rows, so it is evidence. `verdict` is proven,
    differs, refused or cannot tell; `seconds` is what it took. `consented`: what it shows was consented to."""

    verdict: str
    because: str
    rows: int
    changes: int
    notes: tuple[str, ...]
    seed: int
    parallelism: int
    state_backend: str
    flink_version: str
    seconds: float
    consented: bool = False
    remedy: str = ""

    @property
    def proven(self) -> bool:
        """Whether the job goes on as if the new SQL had run all along."""
        return self.verdict == "proven"

    @property
    def objects(self) -> bool:
        """Whether it speaks against the deployment."""
        return self.verdict in ("differs", "refused") and not self.consented


_UNSEEN = frozenset(["sql: operator-may-be-gone", "sql: result-shape"])
"""The rules of the SQL by which operators outside of the query, such as a sink's committer, may lose their state."""


@dataclass(frozen=True)
class JobReview:
    """One job. `refusal` says why the deployment will refuse the change, with the ways out; "" if it will not.

    A job that a new resource `adopts` has the action of what is done to it besides, ADOPT where that is nothing; what
    the program does not declare of it is `left` as it is. `unsettled` says of a status that should
    pass that it has not.
    """

    resource: str
    name: str
    job_id: str
    action: Action
    impact: Impact
    state: StateFate
    because: str
    deciding: tuple[Deciding, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    late: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    restored_from: str = ""
    pause: Pause | None = None
    status: str = ""
    queue: str = ""
    cu_before: float = 0
    cu_after: float = 0
    sql: SqlDiff | None = None
    drift: tuple[ReportedDrift, ...] = ()
    refusal: str = ""
    remedy: str = ""
    fallback: str = ""
    digest: str = ""
    unsettled: str = ""
    adopts: bool = False
    left: tuple[str, ...] = ()
    rehearsal: ReportedRehearsal | None = None

    @property
    def verb(self) -> str:
        """What happens, as the plan calls it: `RESTART`, `ADOPT and RESTART`."""
        adopted = self.adopts and self.action is not Action.ADOPT
        return f"ADOPT and {self.action.value}" if adopted else self.action.value

    @property
    def proven(self) -> bool:
        """Whether a rehearsal showed that the job goes on as it should, and nothing is left that it could not see."""
        # Rehearsals write into memory: what a real sink keeps, and may lose with its operator, they know nothing of.
        unseen = any(each.rule in _UNSEEN for each in self.deciding)
        return self.rehearsal is not None and self.rehearsal.proven and not unseen

    @property
    def pauses(self) -> bool:
        """Whether the job stands still for a while."""
        return self.action in (Action.RESTART, Action.REPLACE)

    @property
    def risk(self) -> Risk:
        """How much there is to lose. A change that is refused counts as what it would do."""
        if self.action in (Action.REPLACE, Action.DELETE):
            return Risk.REPLACE
        # What is refused for the sake of its state counts as the loss that it would be.
        if self.refusal or self.state >= StateFate.INCOMPATIBLE:
            return Risk.STATE_LOSS
        # A rehearsal saw what the rules can only suspect.
        if self.rehearsal and self.rehearsal.objects:
            return Risk.STATE_LOSS
        if self.state is StateFate.AT_RISK and not self.proven:
            return Risk.AT_RISK
        return Risk.RESTART if self.action in (Action.RESTART, Action.STOP) else Risk.NONE


@dataclass(frozen=True)
class QueueUse:
    """CUs of the jobs that run on a queue, before and after; `others` of them are not of this stack."""

    name: str
    before: float
    after: float
    others: float
    capacity: int | None


@dataclass(frozen=True)
class Report:
    """The review of one stack; `jobs` are worst first. `refreshed`: what drifted is put right by the deployment.

    `graph` has the jobs that change and those that read what they write; None where no rows flow.
    """

    stack: str
    endpoint: str
    project_id: str
    offline: bool
    refreshed: bool
    jobs: tuple[JobReview, ...]
    queues: tuple[QueueUse, ...] = ()
    findings: tuple[Finding, ...] = ()
    digest: str = ""
    graph: Graph | None = None

    @property
    def changed(self) -> tuple[JobReview, ...]:
        """The jobs that something is to be done to, also where it will be refused."""
        return tuple(job for job in self.jobs if job.action is not Action.NONE or job.refusal)

    @property
    def risk(self) -> Risk:
        """The greatest risk of all jobs."""
        return max((job.risk for job in self.jobs), default=Risk.NONE)

    @property
    def severity(self) -> Severity | None:
        """The severity of the worst finding."""
        return max((finding.severity for finding in self.findings), default=None)


_ORDER = [
    Action.NONE,
    Action.ADOPT,
    Action.IN_PLACE,
    Action.CREATE,
    Action.RUN,
    Action.STOP,
    Action.RESTART,
]


def worst_first(jobs: Iterable[JobReview]) -> tuple[JobReview, ...]:
    """The jobs in the order in which a reviewer should read them."""

    def badness(job: JobReview) -> tuple[bool, int, int, int, str]:
        rank = _ORDER.index(job.action) if job.action in _ORDER else len(_ORDER)
        # What is refused comes first, since somebody has to act on it.
        return (not job.refusal, -job.risk, -rank, -len(job.drift), job.name)

    return tuple(sorted(jobs, key=badness))


THRESHOLDS: dict[str, Risk | None] = {
    "restart": Risk.RESTART,
    "at-risk": Risk.AT_RISK,
    "state-loss": Risk.STATE_LOSS,
    "replace": Risk.REPLACE,
    "never": None,
}
"""The risks from which on a review fails, by the word for them; the least first."""


LEVELS = "`dli rules --help` tells how a stack sets the level of a rule"
"""For whom a rule is in the way: its own remedy tells only how to satisfy it."""


def objections(reports: Iterable[Report], threshold: str) -> Iterator[str]:
    """Why the review says no, a sentence for each stack and reason; nothing with `never`."""
    least = THRESHOLDS[threshold]
    if least is None:
        return
    for report in reports:
        jobs = [job for job in report.jobs if job.risk >= least]
        if jobs:
            told = f"stack {report.stack}: {', '.join(job.name for job in jobs)}: {threshold} or worse"
            # Who has just consented to it would look for what is still missing: nothing is. A reviewer is to see it.
            passes = (
                "" if any(job.refusal for job in jobs) else "; nothing of it is refused: `pulumi up` does it"
            )
            yield told + passes
        shown = [job.name for job in report.jobs if job.rehearsal and job.rehearsal.objects]
        if shown:
            yield f"stack {report.stack}: a rehearsal speaks against {', '.join(shown)}"
        errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
        if errors:
            told = ", ".join(dict.fromkeys(f"{each.subject} ({each.rule})" for each in errors))
            yield f"stack {report.stack}: findings that are errors: {told}; {LEVELS}"
