"""One cell of the upgrade matrix: a kind of change meets a job in some status. Prepared, planned, done, judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.errors import DliError, QuotaExceeded, RollbackFailed, StateLoss, TimedOut
from dli_provider.job.status import Status, run_state
from dli_provider.plan.plan import Plan
from dli_provider.plan.preview import foresee
from dli_provider.plan.steps import (
    ChangeTags,
    FoundAtRest,
    ImportSavepoint,
    RunJob,
    UpdateJob,
    Write,
)
from dli_provider.plan.update import plan_update
from dli_provider.pulumi import job_properties
from dli_provider.run.look import last_seen, observe
from tests.contract.brisk_clock import BriskClock
from tests.contract.dli_project import DliProject
from tests.contract.kinds import KINDS, SAVEPOINT
from tests.contract.pulumi_state import PulumiState
from tests.contract.truth import State, differences, state_of
from tests.support.declared import Inputs, job

WAITS_IN_VAIN = "waits for the job to settle, and times out"
_OTHER = {"running": "stopped", "stopped": "running"}


@dataclass(frozen=True)
class UpgradeCell:
    """`desired` is the desired state before and after; `saves` tells whether savepoints can be taken."""

    kind: str
    status: Status
    desired: tuple[str, str]
    mode: str
    saves: bool

    def __str__(self) -> str:
        return f"{self.status}, {self.circumstances}"

    @property
    def circumstances(self) -> str:
        """All but the kind of change and the status."""
        return f"{' to '.join(self.desired)}, {self.mode}, {'saves' if self.saves else 'cannot save'}"

    @property
    def old(self) -> Inputs:
        return job(saves=self.saves, upgrade_mode=self.mode, desired_state=self.desired[0])

    @property
    def new(self) -> Inputs:
        changes = KINDS[self.kind] | {"upgrade_mode": self.mode, "desired_state": self.desired[1]}
        # What never settles need not be waited for long.
        return job(saves=self.saves, **changes | ({"update_timeout": 0.2} if self.moving else {}))

    @property
    def moving(self) -> bool:
        return not run_state(self.status).settled

    @property
    def consented(self) -> bool:
        return self.mode == "stateless" or self.kind == "sql_consented"


def cells(kind: str) -> Iterator[UpgradeCell]:
    """Every status x desired state before and after x upgrade mode x whether savepoints can be taken.

    A job that is on its way is only waited for, whatever is wanted of it: each kind meets each such status in a fourth
    of the circumstances, and the next kind in others.
    """
    for number, cell in enumerate(_all_cells(kind)):
        if not cell.moving or (number + number // 16 + _turn(kind)) % 4 == 0:
            yield cell


def some_cells(kind: str) -> Iterator[UpgradeCell]:
    """In every status one of them, in other circumstances each."""
    by_status = groupby(cells(kind), key=lambda cell: cell.status)
    for number, found in enumerate([*group] for _, group in by_status):
        yield found[(number + _turn(kind)) % len(found)]


def _turn(kind: str) -> int:
    return [*KINDS].index(kind)


def _all_cells(kind: str) -> Iterator[UpgradeCell]:
    for status in Status:
        for before, other in _OTHER.items():
            for after in (before, other):
                for mode in ("savepoint", "stateless"):
                    for saves in (True, False):
                        yield UpgradeCell(kind, status, (before, after), mode, saves)


def carry_out(
    cell: UpgradeCell, dli: Emulator, declared: Mapping[bool, JobView], door: str = "dynamic"
) -> tuple[str, str]:
    """The plan as text and the verdict. Fails where something else happens than was planned, or promised.

    `declared` are jobs created as the cell declares its job after the change, by `saves`.
    """
    dli_project = DliProject(dli, door=door)
    stack = _prepared(cell, dli_project)
    before = dli_project.the_job()
    plan = None if cell.moving else _planned(cell, dli_project, stack)
    cursor = dli.cursor()
    failure: DliError | None = None
    try:
        # Past the preview: what that refuses must be refused here as well.
        dli_project.deploy(lambda lifecycle: stack.update(lifecycle, cell.new))
    except DliError as error:
        failure = error
    writes, planned = dli_project.writes(cursor, before.job_id), predicted(plan)
    undone = [] if failure is None or plan is None or plan.refusal else undoing(plan)
    assert writes == planned + undone, f"planned {planned}, undone {undone}, written {writes}, {failure!r}"
    after = dli_project.the_job()
    verdict = _refused(cell, before, after, failure) if failure else _done(cell, before, after, declared)
    return summary(plan), verdict


def review(judged: Iterable[tuple[UpgradeCell, str]]) -> Iterator[str]:
    """The plans of all cells, for a reader: by status, and once where they are the same in all circumstances."""
    for status, group in groupby(judged, key=lambda pair: pair[0].status):
        plans = [(cell.circumstances, plan) for cell, plan in group]
        if len({plan for _, plan in plans}) == 1:
            plans = [("always", plans[0][1])]
        yield from (f"{status}, {circumstances} -> {plan}" for circumstances, plan in plans)


def predicted(plan: Plan | None) -> list[Write]:
    """The writes that a plan promises. None: there is no plan for a job that does not settle.

    The local DLI refuses, as the documents say, to change name and desc while a job runs: then comes the fallback.
    """
    if plan is None or plan.refusal:
        return []
    writes = [write for step in plan.steps for write in step.writes()]
    return writes + predicted(plan.fallback) if plan.fallback else writes


def undoing(plan: Plan) -> list[Write]:
    """The writes that take a plan back whose run is refused, as is then the run of the old definition; or whose
    update is, and so is the restart instead of it."""
    writes: list[Write] = []
    for step in reversed(plan.steps):
        if isinstance(step, UpdateJob):
            # A refused update has changed nothing that could be taken back.
            writes += [] if plan.fallback else UpdateJob(step.undo, {}).writes()
        elif isinstance(step, FoundAtRest):
            writes += RunJob(resume_savepoint=True, health_window=0).writes()
        elif isinstance(step, ChangeTags):
            writes += ChangeTags(step.add, step.remove).writes()
        elif isinstance(step, ImportSavepoint) and step.present not in (None, step.directory):
            writes += ImportSavepoint(str(step.present)).writes()
    return writes


def summary(plan: Plan | None) -> str:
    """A plan in a line, without what depends on the time or on the wording of SQL changes."""
    if plan is None:
        return WAITS_IN_VAIN
    if plan.refusal:
        return f"{plan.verb}, REFUSED: {plan.refusal.reason.split(':')[0]}"
    steps = re.sub(r"obs://\S+/savepoints/\S+", "<own>", plan.details())
    later = ", the next start is empty" if plan.next_start_empty else ""
    line = f"{plan.verb}, state {plan.state.name.lower()}{later}: {steps}"
    return f"{line} | if refused: {summary(plan.fallback)}" if plan.fallback else line


def _prepared(cell: UpgradeCell, dli_project: DliProject) -> PulumiState:
    """The job in its status, and a stack whose last deployment was `cell.old`."""
    stack = dli_project.started(job(saves=cell.saves))
    with dli_project.client(BriskClock()) as jobs:
        if cell.kind == "from_savepoint":
            jobs.trigger_savepoint(stack.job_id, SAVEPOINT)
            jobs.get(stack.job_id)
        if cell.status is Status.INIT:
            dli_project.deploy(stack.destroy)
            stack = dli_project.started(job(saves=cell.saves, desired_state="stopped"))
        elif run_state(cell.status).at_rest:
            jobs.stop(stack.job_id, trigger_savepoint=cell.saves)
            jobs.get(stack.job_id)
        dli_project.dli.change_job(dli_project.project, stack.job_id, status=cell.status.value)
        found = last_seen(jobs.get(stack.job_id))
    stack.state = {**(stack.state or {}), **cell.old, **asdict(found)}
    return stack


def _planned(cell: UpgradeCell, dli_project: DliProject, stack: PulumiState) -> Plan:
    """The plan for the live job, which is also the plan that was previewed."""
    assert stack.state is not None
    old, new, record = (
        job_properties.spec(stack.state),
        job_properties.spec(cell.new),
        job_properties.record(stack.state),
    )
    with dli_project.client(BriskClock()) as jobs:
        live = observe(jobs.get(stack.job_id), jobs.tags(stack.job_id), old, record)
    plan = plan_update(old, new, live, dli_project.next_stamp)
    previewed = foresee(old, new, job_properties.seen(stack.state), record, frozenset())
    assert summary(previewed.plan) == summary(plan)
    return plan


RUN_AGAIN = {"sql_at_risk", "sql_incompatible", "sql_consented", "sql_mixed", "nonce", "from_savepoint"}
"""What makes a job that has read all its input read it once more."""


def _refused(cell: UpgradeCell, before: JobView, after: JobView, failure: DliError) -> str:
    for fact in ("status", "run", "savepoint", "tags"):
        assert getattr(after, fact) == getattr(before, fact), fact
    assert not differences(after.definition, before.definition)
    if isinstance(failure, (QuotaExceeded, RollbackFailed)):
        assert cell.status is Status.ARREARAGE_STOPPED
        return "in arrears, put back"
    if cell.moving:
        assert isinstance(failure, TimedOut)
        return "timed out, untouched"
    assert isinstance(failure, StateLoss), failure
    assert not cell.consented
    assert cell.kind == "sql_incompatible" or not cell.saves, "a savepoint could be had"
    return "refused, untouched"


def _done(cell: UpgradeCell, before: JobView, after: JobView, declared: Mapping[bool, JobView]) -> str:
    wrong = differences(after.definition, declared[cell.saves].definition)
    if cell.kind == "sql_cosmetic":
        wrong.pop("sql_body", None)  # not worth a restart: the text goes along with the next one
    assert not wrong, wrong
    users = {key: value for key, value in after.tags.items() if not key.startswith("pulumi_")}
    assert users == cell.new["tags"]
    state = state_of(after, before)
    if cell.desired[1] == "stopped":
        assert state is State.AT_REST, state
        assert run_state(after.status).at_rest
        if cell.saves and cell.status is not Status.INIT and not cell.consented:
            assert after.savepoint is not None
        return "stopped, state kept" if after.savepoint else "stopped, no state to keep"
    if cell.status is Status.FINISH and cell.desired[0] == "running" and cell.kind not in RUN_AGAIN:
        assert (after.status, after.run) == (Status.FINISH, before.run)
        return "finished, and not run again"
    assert after.status == Status.RUNNING
    if state is State.EMPTY:
        first, over = cell.status is Status.INIT, cell.status is Status.FINISH
        assert cell.consented or first or over
        return (
            "runs for the first time"
            if first
            else "runs empty, input was read"
            if over
            else "runs empty by consent"
        )
    if state is State.UNTOUCHED:
        return "runs on undisturbed"
    if cell.kind == "from_savepoint":
        assert (after.resumed_from or {})["path"] == SAVEPOINT.removeprefix("obs://").strip("/")
    assert after.lineage == before.lineage or cell.status is Status.INIT
    return "runs from its state"
