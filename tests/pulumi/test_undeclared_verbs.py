"""Settings of a live job that its program does not say, verb by verb against the local DLI: none is lost unsaid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dli_provider.errors import StateLoss
from dli_provider.plan.refusal import offered
from tests.support.story import Story

ODD: dict[str, Any] = {
    "edge_group_ids": ["62de1e1c-066e-48a8-a79d-f461a31b2ee1"],
    "operator_config": '{"operator_list":[{"id":"' + "e2" * 16 + '","parallelism":2}]}',
    "restart_when_exception": True,
    "runtime_config": "table.exec.state.ttl=1h\n",
}
"""One that runs on a queue has no edge groups, and its settings are to be in pairs: DLI has it all the same."""
NAMES = ("restart_when_exception", "edge_group_ids", "operator_config", "runtime_config")


def odd(stack: Story, job_id: int) -> None:
    stack.dli.change_job("p1", job_id, definition=ODD)


def test_an_adoption_names_what_it_leaves_and_the_state_remembers_it(stack: Story) -> None:
    odd(stack, stack.by_hand())
    verbs = stack.process()
    new = stack.check(verbs, {}, adopt="orders")
    assert stack.told(f"not declared, and left as the job has it: {', '.join(NAMES)}")
    _, state = verbs.create(new)
    assert state["undeclared"] == [*NAMES]
    # A preview of what makes another job is refused from there, without a call.
    verbs = stack.process()
    new = stack.check(verbs, state, job_type="flink_sql_job", upgrade_mode="stateless")
    with pytest.raises(StateLoss, match=f"without it: {NAMES[0]}") as refused:
        verbs.diff(state, new)
    assert offered(refused.value.remedy or "")


def test_the_very_values_can_be_declared_where_the_job_has_them(stack: Story) -> None:
    """Of no edge job, and of a version that is not to have CUs."""
    live: dict[str, Any] = {**ODD, "flink_version": "1.17"}
    stack.dli.change_job("p1", stack.by_hand(), definition=live)
    verbs = stack.process()
    new = stack.check(verbs, {}, adopt="orders", **live)
    assert stack.told("orders: resource_config_version must be v2 from Flink 1.17 on")
    assert stack.told("(only a warning, as the job is so already)")
    assert stack.told("orders: edge_group_ids is for flink_sql_edge_job only")
    cursor = stack.dli.cursor()
    _, state = verbs.create(new)
    assert stack.dli.writes(cursor) == [], "it is declared as it is, so nothing is changed"
    assert "undeclared" not in state
    # The same for a job that is to be new: nobody has seen DLI take it.
    made = stack.process().check({}, {**new, "adopt": None, "name": "another", "owner": "shop/dev/another"})
    assert [name for name, _ in made.failures] == ["resource_config_version"]


def test_a_replacement_that_would_lose_it_is_refused_before_anything_is_stopped(stack: Story) -> None:
    job_id, state = stack.up()
    odd(stack, job_id)
    verbs = stack.process()
    new = stack.check(verbs, state, job_type="flink_sql_job", upgrade_mode="stateless")
    assert verbs.diff(state, new).replaces
    with pytest.raises(StateLoss, match="one made anew would be without it") as refused:
        verbs.create(new)
    assert stack.live() == {job_id: "job_running"}
    consent = offered(refused.value.remedy or "")
    verbs = stack.process()
    new = stack.check(
        verbs, state, job_type="flink_sql_job", upgrade_mode="stateless", allow_state_loss=consent
    )
    verbs.diff(state, new)
    made, after = verbs.create(new)
    verbs.delete(job_id, state)
    assert stack.live() == {int(made): "job_running"}
    assert "undeclared" not in after


def test_a_job_that_somebody_deleted_is_not_made_anew_without_what_it_had(stack: Story) -> None:
    job_id, state = stack.up()
    odd(stack, job_id)
    found = stack.process().read(job_id, state)
    assert found
    assert found.outputs["undeclared"] == [*NAMES]
    with stack.api() as api:
        api.delete(job_id)
    gone = stack.gone(job_id, found.outputs)
    verbs = stack.process()
    new = stack.check(verbs, gone)
    with pytest.raises(StateLoss, match=f"job {job_id} had what the program does not say"):
        verbs.diff(gone, new)


@pytest.mark.parametrize(
    "wrong",
    [{"desc": "d" * 3000}, {"cu_number": 1000}, {"operator_config": "no JSON"}, {"dirty_data_strategy": "7"}],
)
def test_what_breaks_a_rule_is_not_sent_again_with_another_change(
    stack: Story, wrong: dict[str, Any]
) -> None:
    """It would be refused once the job is stopped, although nobody changes it."""
    job_id = stack.by_hand()
    stack.dli.change_job("p1", job_id, definition=wrong)
    verbs = stack.process()
    _, state = verbs.create(stack.check(verbs, {}, adopt="orders", **wrong))
    verbs = stack.process()
    new = stack.check(verbs, state, adopt="orders", **wrong, checkpoint_interval=77)
    cursor = stack.dli.cursor()
    verbs.update(job_id, state, new)
    (body,) = [one.body for one in stack.dli.writes(cursor) if one.call == "update"]
    assert not wrong.keys() & json.loads(body).keys()
    assert stack.live() == {job_id: "job_running"}
