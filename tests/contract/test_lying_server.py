"""A DLI that lags, flaps, comes late, sticks, loses answers, takes credentials no more and speaks in other codes, under
every plan: what is said is so ten seconds later, no job and no state is lost, and the next deployment converges or says
why not.

Seconds are those of the brisk clock, of which a hundredth passes at the local DLI.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.errors import DliError
from dli_provider.job.status import run_state
from dli_provider.plan.create import parked_as
from dli_provider.run.lifecycle import Lifecycle
from tests.contract.brisk_clock import BriskClock
from tests.contract.conftest import References, Tally
from tests.contract.crowd import each
from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.contract.scenarios import Reference, Scenario
from tests.contract.trial import UNWATCHED, check_end, history, judge, kept_by
from tests.support.declared import BUCKET, Inputs, job

pytestmark = pytest.mark.slow

_LATER = 10.0
_FEW = 5
"""Every so many-th plan is tried by the second door, too."""
_HONEST: dict[str, Any] = {
    "codes": "2020",
    "lag": 0.0,
    "flap": 0.0,
    "late_run": 0.0,
    "late_stop": 0.0,
    "late_savepoint": 0.0,
    "late_update": 0.0,
    "deprecated_calls": True,
    "resume_without_savepoint": "fresh",
}
PLANS = (
    "create",
    "change in place",
    "rename",
    "restart",
    "restart from a given savepoint",
    "restart empty",
    "stop",
    "run",
    "change while stopped",
    "delete",
    "restart empty, once",
)


class _Adoption(Scenario):
    """The job is there already, and runs; nobody's program has it yet."""

    def prepare(self, dli_project: DliProject, controls: Inputs | None = None) -> PulumiState:
        # By the first door, which leaves out the owner that a program leaves out.
        made = super().prepare(replace(dli_project, door="dynamic"), controls)
        stack = dli_project.stack()
        stack.state = made.state
        return stack

    def carry_out(
        self,
        lifecycle: Lifecycle,
        stack: PulumiState,
        *,
        refresh: bool = False,  # noqa: ARG002 (there is no state to refresh)
        controls: Inputs | None = None,
    ) -> None:
        assert stack.state is not None
        assert self.wanted is not None
        taking = stack.fresh()
        taking.adopt(lifecycle, self.wanted | (controls or {}), stack.job_id)
        stack.state = taking.state


MORE = (
    Scenario("restart for its nonce", job(), job(restart_nonce="monday")),
    Scenario("replace", job(), job(job_type="flink_sql_job", upgrade_mode="stateless"), consented=True),
    _Adoption("adopt and restart", job(owner=None), job(owner=None, parallel_number=2)),
)


@dataclass(frozen=True)
class Lie:
    """How DLI misleads: settings of the local DLI, with `delay` seconds where they take one, and lost answers."""

    name: str
    delay: float = 0.0
    settings: tuple[str, ...] = ()
    others: dict[str, Any] = field(default_factory=dict)
    faults: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    patience: float = 600.0
    untried: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.delay:g} s" if self.delay else self.name

    def begin(self, dli: Emulator) -> None:
        dli.set(**_HONEST | dict.fromkeys(self.settings, self.delay / 100) | self.others)


_Faults = tuple[tuple[str, str, dict[str, Any]], ...]
_LOST: _Faults = tuple(("cut_after", call, {}) for call in ("create", "update", "run", "stop", "savepoint"))
_LOST_SAVEPOINTS = tuple(
    ("savepoint_fail", call, {"how": "lost", "times": None}) for call in ("savepoint", "stop")
)
_STUCK = (
    ("run", "job_idle"),
    ("run", "job_submitting"),
    ("run", "JOB_WARMING_UP"),
    ("savepoint", "job_savepointing"),
    ("stop", "job_canceling"),
    ("stop", "job_idle"),
)


def _stuck(seconds: float, *cases: tuple[str, str]) -> _Faults:
    return tuple(("stuck", call, {"job_status": status, "seconds": seconds / 100}) for call, status in cases)


LIES = (
    *(Lie("lag", delay, ("lag",)) for delay in (0.3, 3.0, 20.0)),
    *(Lie("flap", delay, ("flap",)) for delay in (1.0, 3.0, 20.0)),
    *(Lie("late stop", delay, ("late_stop",)) for delay in (3.0, 18.0, 40.0)),
    *(Lie("late stop, seen late", delay, ("late_stop", "flap")) for delay in (3.0, 18.0, 20.0)),
    *(Lie("late run", delay, ("late_run",)) for delay in (3.0, 18.0, 40.0)),
    *(Lie("lost answers and lag", delay, ("lag",), faults=_LOST) for delay in (0.3, 3.0, 20.0)),
    *(Lie("codes of today and lag", delay, ("lag",), {"codes": "today"}) for delay in (0.3, 3.0, 20.0)),
    *(Lie("late savepoint", delay, ("late_savepoint",)) for delay in (3.0, 18.0, 40.0)),
    *(Lie("late update", delay, ("late_update",)) for delay in (3.0, 18.0, 40.0)),
    # Whether DLI shows what a creation sends after it is not known: there is no old value that it would show instead.
    Lie("update never carried out", 360_000.0, ("late_update",), untried=("create",)),
    *(
        Lie(f"{status} after {call}, for 20 s", faults=_stuck(20.0, (call, status)))
        for call, status in _STUCK
    ),
    *(
        Lie(f"{status} after {call}, for ever", patience=60.0, faults=_stuck(0.0, (call, status)))
        for call, status in _STUCK
    ),
    *(
        Lie(f"credentials end at call {number}", faults=(("expire_credentials", "*", {"nth": number}),))
        for number in (1, 2, 3, 4, 6, 8, 10, 12, 14)
    ),
    Lie("codes of today", others={"codes": "today"}),
    Lie("updates refused with is_success false", faults=(("is_success_false", "update", {}),)),
    Lie("deprecated calls gone", others={"deprecated_calls": False}),
    Lie("resumes nothing that is not there", others={"resume_without_savepoint": "refuse"}),
    Lie("savepoints said yes to and not taken", faults=_LOST_SAVEPOINTS),
)


@dataclass(frozen=True)
class _Cell:
    """One plan under one lie."""

    reference: Reference
    dli_project: DliProject
    stack: PulumiState
    before: JobView | None
    patience: float
    excused = True

    def __str__(self) -> str:
        return f"{self.reference.scenario}, {self.dli_project.door}"

    def deploy(self) -> DliError | None:
        try:
            self.dli_project.deploy(
                lambda lifecycle: self.reference.scenario.carry_out(
                    lifecycle, self.stack, refresh=False, controls=_time(self.patience)
                )
            )
        except DliError as failure:
            return failure
        return None

    def verdict(self, failure: DliError | None) -> str:
        """What was said, held against what is. Fails for a lie."""
        jobs = self.dli_project.dli.jobs(self.dli_project.project)
        if any(parked_as(job.name, job.job_id) for job in jobs) and len(jobs) > 1:
            # The one that takes its place is there already: the next deployment deletes one of them.
            assert failure is not None
            return "TOLD_KEPT"
        try:
            job, kept = self.dli_project.job(), kept_by(self.stack)
            return judge(self, self.before, job, failure, kept=kept)  # type: ignore[arg-type]
        except AssertionError as lie:
            raise AssertionError(f"{lie}\nafter {failure!r}\n{history(self.dli_project, 0)}") from lie

    def converge(self) -> None:
        """The next deployments, of a DLI that is honest again."""
        held = [job.status for job in self.dli_project.dli.jobs(self.dli_project.project)]
        failure = self.deploy()
        if failure and any(
            status.lower() in failure.text() for status in held if not run_state(status).settled
        ):
            return  # a job that DLI holds in a status for ever is beyond anybody, and named
        assert failure is None, f"the next deployment: {failure!r}\n{history(self.dli_project, 0)}"
        check_end(self.reference, self.before, self.dli_project.job())


@pytest.fixture(scope="module")
def planned(references: References, dli: Emulator) -> list[Reference]:
    """All plans, each carried out once by an honest DLI."""
    return [*map(references, PLANS), *(Reference(scenario, dli) for scenario in MORE)]


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_what_is_said_is_so_and_nothing_is_lost(lie: Lie, planned: list[Reference], tally: Tally) -> None:
    with Emulator.start(
        start_latency=0.02, stop_latency=0.01, savepoint_latency=0.01, records_per_second=100_000.0
    ) as dli:
        tried = [reference for reference in planned if str(reference.scenario) not in lie.untried]
        # By the second door every lie meets a few of the plans, and every plan some of the lies.
        again = tried[LIES.index(lie) % _FEW :: _FEW]
        cells = [_prepared(reference, dli, lie.patience) for reference in tried]
        cells += [_prepared(reference, dli, lie.patience, "plugin") for reference in again]
        lie.begin(dli)
        for cell in cells:
            for kind, call, rule in lie.faults:
                dli.add_fault(kind, call, project=cell.dli_project.project, **rule)
        said = each(cells, _Cell.deploy)
        time.sleep(_LATER / 100)
        dli.set(**_HONEST)
        for fault in dli.faults():
            dli.remove_fault(fault)
        verdicts = each(said, lambda both: both[0].verdict(both[1]))
        tally(f"lying server: {lie}", (verdict for _, verdict in verdicts))
        each([cell for cell, _ in said if cell.stack.state or cell.before is None], _Cell.converge)


def test_a_job_that_is_being_submitted_for_ever_is_deleted_within_minutes(planned: list[Reference]) -> None:
    with Emulator.start(start_latency=0.02, stop_latency=0.01) as dli:
        deletion = next(reference for reference in planned if str(reference.scenario) == "delete")
        cell = _prepared(deletion, dli, 1800.0)
        with cell.dli_project.client(BriskClock()) as jobs:
            jobs.stop(cell.stack.job_id, False)
            time.sleep(0.1)
            for call in ("run", "stop"):
                dli.add_fault(
                    "stuck", call, project=cell.dli_project.project, job_status="job_submitting", seconds=0.0
                )
            jobs.run(cell.stack.job_id, resume_savepoint=False)
        assert cell.dli_project.the_job().status == "job_submitting"
        began = time.monotonic()
        assert cell.deploy() is None
        assert time.monotonic() - began < 3.0, "three hundred seconds of its thirty minutes"
        assert cell.dli_project.job() is None


def _time(seconds: float) -> Inputs:
    return dict.fromkeys(("create_timeout", "update_timeout", "delete_timeout"), seconds)


def _prepared(reference: Reference, dli: Emulator, patience: float, door: str = "dynamic") -> _Cell:
    dli_project = DliProject(dli, door=door)
    dli.authorize(dli_project.project, BUCKET)
    stack = reference.scenario.prepare(dli_project, _time(patience) | UNWATCHED)
    time.sleep(_LATER / 100)  # a savepoint of the preparation is done by then
    return _Cell(reference, dli_project, stack, dli_project.job(), patience)
