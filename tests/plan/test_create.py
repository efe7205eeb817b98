"""Plans that create and delete, step by step."""

from __future__ import annotations

import pytest

from dli_provider.job.status import Status, run_state
from dli_provider.plan.create import plan_create, plan_delete
from dli_provider.plan.steps import (
    AuthorizeBucket,
    CreateJob,
    DeleteJob,
    HaltJob,
    ImportSavepoint,
    RunJob,
    UpdateJob,
)
from tests.support.planned_jobs import declared, observed

OPERATORS = {"operator_list": [{"id": "e2" * 16, "parallelism": 2}]}


def test_a_job_is_created_and_run() -> None:
    authorize, create, run = plan_create(declared()).steps
    assert authorize == AuthorizeBucket("state")
    assert isinstance(create, CreateJob)
    assert create.document["name"] == "orders"
    assert run == RunJob(resume_savepoint=False, health_window=0.0)


def test_a_job_that_is_not_to_run_is_only_created() -> None:
    plan = plan_create(declared(desired_state="stopped", obs_bucket=None, checkpoint_enabled=None))
    assert [type(step) for step in plan.steps] == [CreateJob]


def test_what_only_an_update_takes_is_sent_before_the_run() -> None:
    _, create, update, run = plan_create(declared(operator_config=OPERATORS)).steps
    assert isinstance(create, CreateJob)
    assert isinstance(update, UpdateJob)
    assert isinstance(run, RunJob)
    assert "operator_config" not in create.document
    assert list(update.document) == ["operator_config"]
    assert update.undo == {}


def test_a_job_may_begin_from_a_given_savepoint() -> None:
    plan = plan_create(declared(from_savepoint="obs://b/one/"))
    assert plan.steps[-2:] == (ImportSavepoint("obs://b/one/"), RunJob(True, 0.0))


@pytest.mark.parametrize("status", Status)
def test_a_job_is_stopped_before_it_is_deleted_where_dli_takes_a_stop(status: Status) -> None:
    """DLI deletes a job of any status; one that is on its way to another might never arrive, and one that did not stop
    would have to be waited for once more."""
    stops = run_state(status).runs or status is Status.SUBMITTING
    steps = plan_delete("orders", observed(status=status.value)).steps
    assert steps == ((HaltJob(), DeleteJob()) if stops else (DeleteJob(),))
