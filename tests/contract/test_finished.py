"""Jobs that have read all their input: another query runs, and runs once, wherever its deployment was cut off."""

from __future__ import annotations

import pytest

from tests.contract.dli_project import DliProject
from tests.contract.pulumi_state import PulumiState
from tests.support.declared import SQL_AT_RISK, job

OLD = job(health_window=0.0)
NEW = OLD | {"sql_body": SQL_AT_RISK}


class EndedHere(BaseException):
    """Not an Exception, so that nobody catches it."""


def finished(project: DliProject, *, refreshed: bool) -> PulumiState:
    """A stack whose job has finished; whether its state knows that."""
    project.dli.add_fault("finish", "run", times=None, project=project.project)
    stack = project.started(OLD)
    assert project.the_job().status == "job_finish"
    if refreshed:
        project.deploy(stack.refresh)
    return stack


@pytest.mark.parametrize("after", ["update", "run"])
@pytest.mark.parametrize("refreshed", [True, False], ids=["known to have finished", "not known"])
def test_cut_off_after(dli_project: DliProject, after: str, refreshed: bool) -> None:
    project, stack = dli_project, finished(dli_project, refreshed=refreshed)
    if not refreshed:
        assert stack.state is not None
        stack.state.pop("start_time", None)
        stack.state["status"] = "job_running"

    def is_done() -> None:
        found = project.the_job()
        if found.definition["sql_body"] == SQL_AT_RISK and len(found.runs) == (2 if after == "run" else 1):
            raise EndedHere

    with pytest.raises(EndedHere):
        project.up(stack, NEW, before_call=is_done)
    project.up(stack, NEW, refresh=True)
    project.up(stack, NEW, refresh=True)
    found = project.the_job()
    assert (found.status, len(found.runs)) == ("job_finish", 2)
    assert found.runs[-1].definition["sql_body"] == SQL_AT_RISK
