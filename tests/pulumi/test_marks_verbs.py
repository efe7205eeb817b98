"""What the marks of a job say to a deployment when they are cut short, unreadable, or of a version before."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from dli_provider.errors import Conflict, DliError, Refused
from dli_provider.plan.ownership import MARK, ownership_tags
from tests.support.story import OWNER, CutShort, Story

RENAMED = "shop/staging/orders"
NO = {"error_code": "DLI.0003", "error_msg": "no"}
UNKNOWN = {"error_code": "DLI.0023", "error_msg": "The resource was not found: job 7"}
UNKNOWN_TOO = {"error_code": "DLI.0002", "error_msg": "The object does not exist: job 7"}


def claimed_and_not_recorded(stack: Story, job_id: int, state: dict[str, Any], owner: str = RENAMED) -> None:
    """A rename of the stack is carried out, and the process is killed before the engine has recorded it."""
    verbs = stack.process()
    new = stack.check(verbs, state, owner=owner)
    verbs.diff(state, new)
    verbs.update(job_id, state, new)


def of_version_0_1_0(stack: Story, job_id: int, state: dict[str, Any]) -> dict[str, Any]:
    """The job and its state as version 0.1.0 made them: no nonce, no place."""
    with stack.api() as api:
        api.delete_tags(job_id, {MARK: api.tags(job_id)[MARK]})
        api.create_tags(job_id, {MARK: ownership_tags(OWNER)[MARK]})
    return {key: value for key, value in state.items() if key not in ("nonce", "place")}


def test_a_change_of_owner_that_was_taken_back_too_early_has_one_way_out(stack: Story) -> None:
    """The commit with the rename is reverted. Changes and deletions say the same, and it works."""
    job_id, state = stack.up()
    claimed_and_not_recorded(stack, job_id, state)
    verbs = stack.process()
    with pytest.raises(Conflict, match="cut off before it was recorded") as changed:
        verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
    with pytest.raises(Conflict, match="cut off before it was recorded") as deleted:
        stack.process().delete(job_id, state)
    assert changed.value.remedy == deleted.value.remedy
    assert (
        "under the new owner once, which records it, and only then take the change back"
        in changed.value.remedy
    )
    for owner in (RENAMED, OWNER):
        verbs = stack.process()
        state = verbs.update(job_id, state, stack.check(verbs, state, owner=owner))
    stack.process().delete(job_id, state)
    assert stack.live() == {}


def test_the_readable_marks_follow_wherever_a_change_of_owner_is_cut_off(stack: Story) -> None:
    for writes in range(1, 9):
        stack.dli.reset()
        with stack.api() as api:
            api.authorize_bucket("stream-state")
        job_id, state = stack.up()
        left = writes

        def count() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise CutShort

        verbs = stack.process()
        verbs.before_write = count
        try:
            verbs.update(job_id, state, stack.check(verbs, state, owner="store/staging/orders"))
        except CutShort:
            pass
        else:
            break
        verbs = stack.process()
        verbs.update(job_id, state, stack.check(verbs, state, owner="store/staging/orders"))
        with stack.api() as api:
            tags = api.tags(job_id)
        own = ownership_tags("store/staging/orders", state["nonce"])
        assert own.items() <= tags.items(), f"cut off before write {writes}"
    assert writes > 3


@pytest.mark.parametrize(("status", "body"), [(404, None), (403, NO), (404, UNKNOWN), (400, UNKNOWN_TOO)])
def test_marks_that_cannot_be_read_are_no_permission_to_delete(
    stack: Story, status: int, body: dict[str, str] | None
) -> None:
    """Another checkout has taken the job over meanwhile."""
    job_id, state = stack.up()
    with stack.api() as api:
        api.delete_tags(job_id, {MARK: api.tags(job_id)[MARK]})
        api.create_tags(job_id, {MARK: ownership_tags(OWNER, "0123456789ab")[MARK]})
    fault = stack.dli.add_fault("status", "tags_get", status=status, body=body, times=9)
    with pytest.raises(Conflict, match="whose it is now cannot be told"):
        stack.process().delete(job_id, state)
    stack.dli.remove_fault(fault)
    stack.process().delete(job_id, state)
    assert stack.told("another checkout's")
    assert stack.live() == {job_id: "job_running"}


def test_a_job_that_only_the_tags_do_not_know_is_not_gone(stack: Story) -> None:
    """Else it would be made a second time."""
    job_id, state = stack.up(tags={"team": "data"})
    fault = stack.dli.add_fault("status", "tags_get", status=404, body=UNKNOWN, times=99)
    found = stack.process().read(job_id, state)
    assert found
    assert found.outputs["status"] == "job_running"
    stack.dli.remove_fault(fault)
    stack.dli.add_fault("status", "tags_create", status=404, body=UNKNOWN, times=99)
    verbs = stack.process()
    with pytest.raises(DliError, match="the job is there, and DLI's tags do not know it") as refused:
        verbs.update(job_id, state, stack.check(verbs, state, tags={"team": "ops"}))
    assert "deleted" not in str(refused.value)
    assert stack.live() == {job_id: "job_running"}


@pytest.mark.parametrize("call", ["tags_get", "tags_create", "tags_delete"])
@pytest.mark.parametrize("times", [1, 99])
def test_a_rename_meets_tags_that_do_not_know_a_job_which_runs(stack: Story, call: str, times: int) -> None:
    job_id, state = stack.up(tags={"team": "data"})
    fault = stack.dli.add_fault("status", call, status=404, body=UNKNOWN, times=times)
    verbs = stack.process()
    new = stack.check(verbs, state, owner=RENAMED, tags={"team": "ops"})
    with suppress(Refused):  # never NotFound, which is what makes a job anew
        state = verbs.update(job_id, state, new)
    assert stack.live() == {job_id: "job_running"}
    stack.dli.remove_fault(fault)
    verbs = stack.process()
    state = verbs.update(job_id, state, stack.check(verbs, state, owner=RENAMED, tags={"team": "ops"}))
    with stack.api() as api:
        tags = api.tags(job_id)
    assert tags["team"] == "ops"
    assert ownership_tags(RENAMED, state["nonce"]).items() <= tags.items()


def test_where_there_are_no_tag_calls_at_all_the_state_decides(stack: Story) -> None:
    for call in ("tags_get", "tags_create", "tags_delete", "tags_filter"):
        stack.dli.add_fault("status", call, status=404, times=99)
    job_id, state = stack.up()
    stack.process().delete(job_id, state)
    assert stack.live() == {}


def test_an_old_state_does_not_forget_a_job_whose_change_of_owner_was_not_recorded(stack: Story) -> None:
    job_id, state = stack.up()
    old = of_version_0_1_0(stack, job_id, state)
    claimed_and_not_recorded(stack, job_id, old)
    with pytest.raises(Conflict, match="does not tell whether the resource was given"):
        stack.process().delete(job_id, old)
    assert stack.live() == {job_id: "job_running"}


def test_an_old_state_does_not_take_a_job_of_the_same_id_elsewhere_for_its_own(stack: Story) -> None:
    """A left-over project id, and a job there that bears no marks."""
    job_id = stack.by_hand()
    _, state = stack.up(name="other")
    old = {key: value for key, value in state.items() if key not in ("nonce", "place")}
    with pytest.raises(Conflict, match="the state does not say where it was made"):
        stack.process().delete(job_id, old | {"job_id": job_id})


def test_a_name_that_an_unmarked_job_has_can_be_had_by_adopting_it(stack: Story) -> None:
    job_id = stack.by_hand()
    with pytest.raises(Conflict) as taken:
        stack.up()
    assert f"take it over, with its state, with adopt='{job_id}'" in taken.value.remedy
    adopted, _ = stack.up(adopt=str(job_id))
    assert adopted == job_id
