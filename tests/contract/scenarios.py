"""The deployments that faults and kills are tried on: what is deployed before, and what is asked for then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dli_provider.api.client import Client
from dli_provider.emulator.job_views import JobView
from dli_provider.emulator.server import Emulator
from dli_provider.run.lifecycle import Lifecycle
from tests.contract.brisk_clock import BriskClock
from tests.contract.dli_project import DliProject
from tests.contract.kinds import SAVEPOINT
from tests.contract.pulumi_state import PulumiState
from tests.support.declared import SQL, SQL_AT_RISK, SQL_INCOMPATIBLE, Inputs, consent, job

_OPERATORS = {"operator_list": [{"id": "e2" * 16, "parallelism": 2}]}
_TAGS = {"team": "ops", "tier": "1", "new": "yes"}


@dataclass(frozen=True)
class Scenario:
    """`before` is None where nothing is deployed yet, `wanted` where all is to go. `consented`: it may lose state."""

    name: str
    before: Inputs | None
    wanted: Inputs | None
    consented: bool = False

    def __str__(self) -> str:
        return self.name

    def prepare(self, dli_project: DliProject, controls: Inputs | None = None) -> PulumiState:
        """The stack before; its job has run for a while. `controls` are set in both programs."""
        if self.before is None:
            return dli_project.stack()
        controls = controls or {}
        stack = dli_project.started(self.before | {"desired_state": "running"} | controls)
        if self.wanted and "from_savepoint" in self.wanted:
            with dli_project.client(BriskClock()) as jobs:
                _save(jobs, stack.job_id)
        if self.before.get("desired_state") == "stopped":
            dli_project.up(stack, self.before | controls)
        return stack

    def carry_out(
        self,
        lifecycle: Lifecycle,
        stack: PulumiState,
        *,
        refresh: bool = False,
        controls: Inputs | None = None,
    ) -> None:
        """What the user asks for: `pulumi up` of the wanted job, or `pulumi destroy`."""
        if self.wanted is not None:
            stack.up(lifecycle, self.wanted | (controls or {}), refresh=refresh)
            return
        if refresh:
            stack.refresh(lifecycle)
        if stack.state is not None:
            stack.destroy(lifecycle)


def _save(jobs: Client, job_id: int) -> None:
    jobs.trigger_savepoint(job_id, SAVEPOINT)
    jobs.get(job_id)


_ALL = (
    Scenario("create", None, job(operator_config=_OPERATORS)),
    Scenario("change in place", job(), job(smn_topic="pager", resume_max_num=5, tags=_TAGS)),
    Scenario("rename", job(), job(name="orders_2", desc=None, smn_topic=None)),
    Scenario("restart", job(), job(sql_body=SQL_AT_RISK, parallel_number=4, desc=None, tags=_TAGS)),
    Scenario("move to another bucket", job(), job(obs_bucket="other-state")),
    Scenario("restart from a given savepoint", job(), job(from_savepoint=SAVEPOINT, parallel_number=4)),
    Scenario("restart empty", job(), job(sql_body=SQL_AT_RISK, upgrade_mode="stateless"), consented=True),
    Scenario(
        "restart empty, once",
        job(),
        job(sql_body=SQL_INCOMPATIBLE, allow_state_loss=consent(SQL, SQL_INCOMPATIBLE)),
        consented=True,
    ),
    Scenario("stop", job(), job(desired_state="stopped")),
    Scenario("run", job(desired_state="stopped"), job(sql_body=SQL_AT_RISK)),
    Scenario("change while stopped", job(desired_state="stopped"), job(desired_state="stopped", cu_number=6)),
    Scenario("delete", job(), None),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}


@dataclass(frozen=True)
class Reference:
    """A scenario carried out without any fault: the job before and after, and the calls that it took, in order."""

    scenario: Scenario
    dli: Emulator

    @cached_property
    def _done(self) -> tuple[JobView | None, JobView | None, tuple[str, ...]]:
        dli_project = DliProject(self.dli)
        stack = self.scenario.prepare(dli_project)
        before, cursor = dli_project.job(), self.dli.cursor()
        dli_project.deploy(lambda lifecycle: self.scenario.carry_out(lifecycle, stack))
        calls = tuple(entry.call for entry in self.dli.requests(cursor, project=dli_project.project))
        return before, dli_project.job(), calls

    @property
    def before(self) -> JobView | None:
        return self._done[0]

    @property
    def after(self) -> JobView | None:
        return self._done[1]

    @property
    def calls(self) -> tuple[str, ...]:
        return self._done[2]
