"""A deployment with faults: carried out, judged by what is true at DLI, and then carried on with, all faults gone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dli_provider.emulator.job_views import JobView
from dli_provider.errors import DliError, RollbackFailed, RolledBack, StateLoss
from tests.contract.dli_project import DliProject
from tests.contract.plugin_state import PluginState
from tests.contract.pulumi_state import PulumiState
from tests.contract.scenarios import Reference
from tests.contract.tried_faults import READ_TIMEOUT, TriedFault
from tests.contract.truth import State, differences, started_empty, state_of
from tests.support.declared import Inputs

UNWATCHED: Inputs = {"health_window": 0.0}
NEVER_STRUCK = "never struck"
"""The verdict where no fault came to pass, so that nothing was tried."""
_TIMEOUTS = ("create_timeout", "update_timeout", "delete_timeout")
_DROP = "drop_builtin_savepoint_on_failed_start"


@dataclass(frozen=True)
class Trial:
    """`refresh`: the deployment that carries on refreshes first. `drops`: a failed start uses DLI's savepoint up.
    `door`: by which the job is declared."""

    reference: Reference
    faults: tuple[TriedFault, ...]
    refresh: bool = False
    drops: bool = False
    door: str = "dynamic"

    def __str__(self) -> str:
        and_then = "refresh" if self.refresh else "no refresh"
        drops = ", failed starts drop savepoints" if self.drops else ""
        return f"{self.reference.scenario}: {' and '.join(map(str, self.faults))}{drops}; then {and_then}, {self.door}"

    @property
    def excused(self) -> bool:
        """Whether nobody could do better than say what is left."""
        kinds = {fault.kind for fault in self.faults}
        never_stops = "stop_fail" in kinds and any(f.lasting and f.call == "stop" for f in self.faults)
        return never_stops or any(fault.excuses for fault in self.faults)

    @property
    def _slow(self) -> bool:
        return any(fault.kind == "slow" for fault in self.faults)

    def carry_out(self) -> str:
        """The verdict. Fails where the promise is broken."""
        verdict = self._attempt()
        # Where calls hang, the clock takes a call that a busy machine answers late for one that hangs, too. A wait can
        # then be over before the call that was to go wrong: nothing was tried. Elsewhere only sleeping moves the clock.
        if verdict == NEVER_STRUCK and self._slow:
            verdict = self._attempt()
        return verdict

    def _attempt(self) -> str:
        scenario, dli_project = self.reference.scenario, DliProject(self.reference.dli, door=self.door)
        lasting = any(fault.lasting or fault.kind == "expire_credentials" for fault in self.faults)
        # What cannot succeed need not be tried for long: neither a call, nor a rollback.
        controls: Inputs = dict.fromkeys(_TIMEOUTS, 3.0 if lasting else 60.0)
        patience: Inputs = {"retry_attempts": 2 if lasting else 3}
        patience |= {"read_timeout": READ_TIMEOUT, "hanging": 10.0} if self._slow else {}
        stack = scenario.prepare(dli_project, controls | UNWATCHED)
        before, cursor = dli_project.job(), dli_project.dli.cursor()
        orders = [fault.order(dli_project.dli, dli_project.project) for fault in self.faults]
        if self.drops:
            orders.append(dli_project.dli.add_fault(_DROP, "run", times=None, project=dli_project.project))
        failure: DliError | None = None
        try:
            dli_project.deploy(
                lambda lifecycle: scenario.carry_out(lifecycle, stack, controls=controls), **patience
            )
        except DliError as error:
            failure = error
        struck = {fault.id: fault.struck for fault in dli_project.dli.faults()}
        for order in orders:
            dli_project.dli.remove_fault(order)
        if not any(struck[order.id] for order in orders[: len(self.faults)]):
            return NEVER_STRUCK
        try:
            verdict = judge(self, before, dli_project.job(), failure, kept=kept_by(stack))
            self._again(dli_project, stack, controls | UNWATCHED)
            check_end(self.reference, before, dli_project.job())
            if not {"savepoint_fail", "stop_fail"} & {fault.kind for fault in self.faults}:
                check_writes(dli_project, cursor)
        except (AssertionError, DliError) as broken:
            raise AssertionError(f"{broken!r}\nafter {failure!r}\n{history(dli_project, cursor)}") from broken
        return verdict

    def _again(self, dli_project: DliProject, stack: PulumiState, controls: Inputs) -> None:
        """What the user does next: the same deployment."""
        scenario = self.reference.scenario
        try:
            dli_project.deploy(
                lambda lifecycle: scenario.carry_out(
                    lifecycle, stack, refresh=self.refresh, controls=controls
                )
            )
        except StateLoss as refused:
            # A refresh forgets the query from which the consent goes, so DLI's is asked for: it is named, and given.
            named = re.search(r"allow_state_loss='(\w+)'", refused.remedy)
            if not (scenario.consented and self.refresh and named):
                raise
            controls = controls | {"allow_state_loss": named[1]}
            dli_project.deploy(lambda lifecycle: scenario.carry_out(lifecycle, stack, controls=controls))


def kept_by(stack: PulumiState) -> str:
    """The job that the state has as one that did not come up; "" where it has none."""
    return str(stack.job_id) if isinstance(stack, PluginState) and stack.init_errors else ""


def check_end(reference: Reference, before: JobView | None, end: JobView | None) -> None:
    """Whatever happened before: now the job is as declared, once, and goes on from its state."""
    wanted = reference.after
    if wanted is None:
        assert end is None, "it was not deleted"
        return
    assert end is not None, "the job is gone"
    assert end.status == wanted.status, end.status
    assert not differences(end.definition, wanted.definition)
    assert users(end) == users(wanted)
    if before is None:
        lived = [run for run in end.runs if run.running_since and run.outcome != "exception"]
        assert len(lived) == 1, "state of the first run was thrown away"
    elif reference.scenario.consented:
        assert end.lineage != before.lineage, "state that the query cannot use was carried on"
    else:
        assert not started_empty(end, before), "it was started empty"
        assert end.lineage == before.lineage


def check_writes(dli_project: DliProject, cursor: int) -> None:
    """No write was repeated blindly: nothing was run while it ran, nor stopped while it was at rest."""
    for entry in dli_project.dli.writes(cursor, project=dli_project.project):
        # Today's family has one code for both.
        blind = {"run": ("DLI.13006", "DLI.0007"), "stop": ("DLI.15002", "DLI.0007")}.get(entry.call, ())
        assert entry.error_code not in blind, entry.call


def users(job: JobView) -> dict[str, str]:
    """The tags of the program, without ours."""
    return {key: value for key, value in job.tags.items() if not key.startswith("pulumi_")}


def history(dli_project: DliProject, cursor: int) -> str:
    """What a failure is understood by."""
    entries = dli_project.dli.requests(cursor, project=dli_project.project)
    calls = [
        f"{entry.call}{f'({entry.faults}{entry.error_code})' if entry.faults or entry.error_code else ''}"
        for entry in entries
    ]
    runs = [
        (run.number, run.outcome, run.resumed_from and run.resumed_from["path"])
        for job in dli_project.dli.jobs(dli_project.project)
        for run in job.runs
    ]
    return f"statuses {[job.status for job in dli_project.dli.jobs(dli_project.project)]}\nruns {runs}\ncalls {calls}"


def judge(
    trial: Trial, before: JobView | None, after: JobView | None, failure: DliError | None, *, kept: str = ""
) -> str:
    """The end state of a deployment, by name. Fails if it is none of those allowed, or the error tells another one.

    `kept` is the id of a new job that is not well and is in the state all the same: only the second door can have it.
    """
    reference = trial.reference
    if failure is None:
        return _succeeded(reference, before, after)
    if reference.after is None:
        return "TOLD_NOT_DELETED" if after else "GONE, without an answer"
    if before is None and kept:
        assert after is not None, "the state has a job that is not there"
        assert str(after.job_id) == kept
        assert "the job was made, and is kept" in failure.text()
        return "KEPT"
    if before is None:
        return _not_created(trial, after, failure)
    assert after is not None, "the job is gone"
    if isinstance(failure, RollbackFailed):
        assert trial.excused, "the old definition could have been put back"
        assert not started_empty(after, before) or reference.scenario.consented
        return "TOLD_STUCK"
    assert not differences(after.definition, before.definition), "it is a mixture"
    assert users(after) == users(before), "its tags are a mixture"
    state = state_of(after, before)
    if isinstance(failure, RolledBack):
        assert after.status == "job_running"
        again = "runs again" in failure.text()
        if reference.scenario.consented and "from empty state" in failure.text():
            assert state is State.EMPTY
            return "OLD_RUNNING_EMPTY_BY_CONSENT"
        assert state is (State.CARRIED if again else State.UNTOUCHED), f"told {failure.text()}, but {state}"
        return "OLD_RUNNING_FROM_STATE" if again else "OLD_RUNS_ON"
    assert state is (State.UNTOUCHED if before.status == "job_running" else State.AT_REST), state
    return "REFUSED_UNTOUCHED" if after.run == before.run else "OLD_AT_REST"


def _succeeded(reference: Reference, before: JobView | None, after: JobView | None) -> str:
    if reference.after is None:
        assert after is None
        return "GONE"
    assert after is not None
    assert after.status == reference.after.status
    assert not differences(after.definition, reference.after.definition)
    assert users(after) == users(reference.after)
    state, promised = state_of(after, before), state_of(reference.after, reference.before)
    assert state is promised, state
    return f"NEW, {state.value}"


def _not_created(trial: Trial, after: JobView | None, failure: DliError) -> str:
    if after is None:
        assert "could not be removed" not in failure.text() or trial.excused
        return "NOTHING_LEFT"
    told = str(after.job_id) in failure.text() or "is not known" in failure.text()
    assert told, f"a job is left, and that is not told: {failure.text()}"
    assert trial.excused, "it could have been removed"
    return "TOLD_LEFT"
