"""Jobs that Pulumi deletes from its state first: kept, with their state, until those that take their places run."""

from __future__ import annotations

from typing import Any

import pytest

from dli_provider.errors import Conflict, DliError, RolledBack
from dli_provider.pulumi.job_verbs import JobVerbs
from tests.support.story import CutShort, Story

NO = {"error_code": "DLI.0003", "error_msg": "no"}
ANEW = {"job_type": "flink_sql_job", "upgrade_mode": "stateless"}
"""A change that takes another job."""


def deleted_first(stack: Story, job_id: int, state: dict[str, Any], **changes: Any) -> JobVerbs:
    """What Pulumi does first of a tainted job with delete_before_replace."""
    verbs = stack.process()
    stack.check(verbs, {}, **changes)
    verbs.delete(job_id, state)
    return verbs


def refused_and_put_back(stack: Story, verbs: JobVerbs, **changes: Any) -> RolledBack:
    fault = stack.dli.add_fault("submit_fail", "run", times=1)
    with pytest.raises(RolledBack) as refused:
        verbs.create(stack.check(verbs, {}, **changes))
    stack.dli.remove_fault(fault)
    return refused.value


def cut_off_before_creating(verbs: JobVerbs, new: dict[str, Any]) -> None:
    """The process is killed once the old job is at rest and renamed."""
    with pytest.MonkeyPatch.context() as patch:
        from dli_provider.run.lifecycle import Lifecycle

        def killed(*_: object) -> None:
            raise CutShort

        patch.setattr(Lifecycle, "create", killed)
        with pytest.raises(CutShort):
            verbs.create(new)


@pytest.mark.parametrize("refused", [False, True], ids=["killed in between", "the new one refused"])
def test_a_kept_job_is_found_under_the_owner_that_takes_its_place(stack: Story, refused: bool) -> None:
    """Taint with delete_before_replace after a rename of the stack: no state has the job any more."""
    renamed = {"owner": "shop/staging/orders"}
    job_id, state = stack.up()
    (before,) = stack.dli.jobs("p1")
    verbs = deleted_first(stack, job_id, state, **renamed)
    if refused:
        refused_and_put_back(stack, verbs, **renamed)
    made, _ = stack.up(**renamed)
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.status) == (made, "orders", "job_running")
    assert (made != job_id, after.lineage) == (True, before.lineage)
    assert stack.told(
        f"job {job_id}, which Pulumi had deleted from its state before another was made, was kept"
    )


def test_a_job_that_was_put_back_is_found_whatever_name_the_new_one_gets(stack: Story) -> None:
    job_id, state = stack.up()
    (before,) = stack.dli.jobs("p1")
    refused_and_put_back(stack, deleted_first(stack, job_id, state))
    made, _ = stack.up(name="orders2")
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.lineage) == (made, "orders2", before.lineage)


def test_a_job_that_was_kept_and_is_gone_by_now_stands_in_nobodys_way(stack: Story) -> None:
    """The list of kept jobs is read once, and one of them is deleted before another resource is created."""
    job_id, state = stack.up()
    deleted_first(stack, job_id, state)
    verbs = stack.process()
    first, _ = stack.make(verbs)
    second, _ = stack.make(verbs, name="new", owner="shop/dev/new")
    assert stack.live() == {first: "job_running", second: "job_running"}


def test_a_list_of_kept_jobs_that_is_refused_lets_nothing_begin_empty(stack: Story) -> None:
    job_id, state = stack.up()
    deleted_first(stack, job_id, state)
    before = stack.live()
    for calls, said in ((("tags_filter",), "whose it is cannot be told"), (("tags_filter", "list"), "no")):
        faults = [stack.dli.add_fault("status", call, status=403, body=NO, times=9) for call in calls]
        with pytest.raises(DliError, match=said):
            stack.up()
        for fault in faults:
            stack.dli.remove_fault(fault)
        assert stack.live() == before
    made, _ = stack.up()
    assert stack.live() == {made: "job_running"}


def test_who_may_not_read_tags_can_still_make_a_job(stack: Story) -> None:
    for call in ("tags_filter", "tags_get", "tags_delete"):
        stack.dli.add_fault("status", call, status=403, body=NO, times=99)
    made, _ = stack.up()
    assert stack.live() == {made: "job_running"}


def test_a_job_that_cannot_be_marked_as_kept_keeps_its_name(stack: Story) -> None:
    """Else a later deployment would make an empty one, and never find it."""
    job_id, state = stack.up()
    fault = stack.dli.add_fault("status", "tags_create", status=403, body=NO, times=99)
    deleted_first(stack, job_id, state)
    assert stack.told("it could not be marked as kept")
    with pytest.raises(Conflict, match=f"id {job_id}, status job_cancel_success"):
        stack.up()
    stack.dli.remove_fault(fault)
    assert [(job.job_id, job.name) for job in stack.dli.jobs("p1")] == [(job_id, "orders")]


def test_a_job_that_cannot_be_marked_as_kept_is_replaced_by_the_deployment_that_stopped_it(
    stack: Story,
) -> None:
    job_id, state = stack.up()
    (before,) = stack.dli.jobs("p1")
    stack.dli.add_fault("status", "tags_create", status=403, body=NO, times=99)
    verbs = deleted_first(stack, job_id, state)
    made, _ = verbs.create(stack.check(verbs, {}))
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.lineage) == (int(made), "orders", before.lineage)


def test_a_kept_job_that_could_not_be_deleted_is_no_predecessor_any_more(stack: Story) -> None:
    """Else a job that is made anew, long after, would silently go on from its stale state."""
    job_id, state = stack.up()
    verbs = deleted_first(stack, job_id, state)
    fault = stack.dli.add_fault("status", "delete", status=400, times=9)
    made, state = verbs.create(stack.check(verbs, {}))
    stack.dli.remove_fault(fault)
    assert stack.told(f"job {job_id} was kept until now and could not be deleted")
    stack.process().delete(int(made), state)
    fresh, _ = stack.up()
    assert stack.live() == {job_id: "job_cancel_success", fresh: "job_running"}
    lineage = {job.job_id: job.lineage for job in stack.dli.jobs("p1")}
    assert lineage[fresh] != lineage[job_id]


def test_a_replacement_that_goes_on_leaves_another_checkouts_job_alone(stack: Story) -> None:
    """The first was cut off once the old job was renamed, and the name was free for the other checkout."""
    _, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, state, **ANEW)
    assert verbs.diff(state, new).replaces
    cut_off_before_creating(verbs, new)
    theirs, others = stack.up(**ANEW)
    verbs = stack.process()
    new = stack.check(verbs, state, **ANEW)
    verbs.diff(state, new)
    with pytest.raises(DliError, match=f"id {theirs}"):
        verbs.create(new)
    verbs = stack.process()
    verbs.update(theirs, others, stack.check(verbs, others, **ANEW, smn_topic="pager"))
    assert stack.live()[theirs] == "job_running"


def test_a_job_made_for_one_that_was_deleted_by_hand_is_gone_on_with_although_the_state_never_got_it(
    stack: Story,
) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, state, restart_nonce="1")
    state = verbs.update(job_id, state, new)
    with stack.api() as api:
        api.delete(job_id)
    gone, made = stack.gone(job_id, state), []
    for _ in range(2):
        verbs = stack.process()
        new = stack.check(verbs, gone, restart_nonce="1")
        assert verbs.diff(gone, new).replaces
        made.append(int(verbs.create(new)[0]))
    assert made[0] == made[1]
    assert stack.live() == {made[0]: "job_running"}
