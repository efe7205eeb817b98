"""Whose job it is, verb by verb as the engine calls them, against the local DLI."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dli_provider.errors import Conflict, DliError, Forbidden, NotFound, RolledBack, StateLoss
from dli_provider.plan.ownership import LEFT_OVER
from dli_provider.workspace.by_hand import operate
from tests.support.declared import SQL, consent
from tests.support.story import OWNER, CutShort, Story


def test_a_replacement_that_adopts_the_very_job_never_deletes_it(stack: Story) -> None:
    """Taint, --replace and --target-replace of a job that was adopted without a write."""
    job_id = stack.by_hand()
    adopted, state = stack.up(adopt="orders")
    verbs = stack.process()
    again, _ = stack.make(verbs, adopt="orders")
    verbs.delete(adopted, state)
    assert adopted == again == job_id
    assert stack.live() == {job_id: "job_running"}
    assert stack.told("stays")


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_job_deleted_before_its_replacement_keeps_its_state_whatever_adopt_says(
    stack: Story, by: str
) -> None:
    """Taint with delete_before_replace of a job whose program still says `adopt`."""
    job_id, state = stack.up()
    adopt = str(job_id) if by == "id" else "orders"
    verbs = stack.process()
    new = stack.check(verbs, {}, adopt=adopt)
    verbs.delete(job_id, {**state, "adopt": adopt})
    made, after = verbs.create(new)
    assert stack.live() == {int(made): "job_running"}
    assert stack.imported()
    assert after["savepoints"]


def test_a_job_under_a_former_owner_keeps_its_state_too(stack: Story) -> None:
    """Taint with delete_before_replace after a rename of the stack: the state still names the old one."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {}, owner="shop/staging/orders")
    verbs.delete(job_id, state)
    made, _ = verbs.create(new)
    assert stack.live() == {int(made): "job_running"}
    assert stack.imported()


@pytest.mark.parametrize("deleted_first", [False, True])
def test_a_replacement_under_a_new_owner_leaves_no_job_behind(stack: Story, deleted_first: bool) -> None:
    """A change that takes another job, together with a rename of the stack."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(
        verbs,
        state,
        owner="shop/staging/orders",
        job_type="flink_sql_job",
        upgrade_mode="stateless",
    )
    assert verbs.diff(state, new).replaces
    if deleted_first:
        verbs.delete(job_id, state)
    made, _ = verbs.create(new)
    if not deleted_first:
        verbs.delete(job_id, state)
    assert stack.live() == {int(made): "job_running"}


def test_a_change_of_owner_that_cannot_be_marked_is_not_recorded(stack: Story) -> None:
    """Else the state would name an owner whose marks the job never got, and every later change would be refused."""
    job_id, state = stack.up()
    no = {"error_code": "DLI.0003", "error_msg": "no"}
    faults = [
        stack.dli.add_fault("status", call, status=403, body=no, times=99)
        for call in ("tags_get", "tags_delete")
    ]
    verbs = stack.process()
    with pytest.raises(Forbidden):
        verbs.update(job_id, state, stack.check(verbs, state, owner="shop/staging/orders"))
    for fault in faults:
        stack.dli.remove_fault(fault)
    verbs = stack.process()
    verbs.update(job_id, state, stack.check(verbs, state, owner="shop/staging/orders"))
    assert stack.live() == {job_id: "job_running"}


def test_a_preview_of_an_adoption_says_what_a_deletion_first_would_make_of_it(stack: Story) -> None:
    stack.up()
    stack.check(stack.process(), {}, adopt="orders")
    assert stack.told("should Pulumi replace it and delete it first, another is made from its state")


def test_a_change_of_owner_that_was_not_recorded_is_not_forgotten(stack: Story) -> None:
    """The job bears the new owner's marks, and the state, after a kill, still names the old one: then `destroy`."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, state, owner="shop/staging/orders")
    verbs.diff(state, new)
    verbs.update(job_id, state, new)
    with pytest.raises(Conflict, match="cut off before it was recorded"):
        stack.process().delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


def test_two_checkouts_that_adopt_one_job_are_told_apart_once_one_has_changed_it(stack: Story) -> None:
    job_id = stack.by_hand()
    _, first = stack.up(adopt="orders")
    _, second = stack.up(adopt="orders")
    verbs = stack.process()
    new = stack.check(verbs, second, adopt="orders", smn_topic="pager")
    after = verbs.update(job_id, second, new)
    stack.process().delete(job_id, first)
    assert stack.told("another checkout's")
    assert stack.live() == {job_id: "job_running"}
    stack.process().delete(job_id, after)
    assert stack.live() == {}


def test_a_job_adopted_without_a_write_still_goes_with_its_stack(stack: Story) -> None:
    job_id = stack.by_hand()
    _, state = stack.up(adopt="orders")
    stack.process().delete(job_id, state)
    assert stack.live() == {}


def test_the_sign_of_a_creation_goes_with_the_next_change(stack: Story) -> None:
    job_id, state = stack.up()
    with stack.api() as api:
        api.create_tags(job_id, {"pulumi_begun": "1700000000"})
        verbs = stack.process()
        verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
        assert "pulumi_begun" not in api.tags(job_id)


def test_a_job_deleted_first_is_put_back_where_the_new_one_does_not_come_up_and_taken_up_by_the_next_deployment(
    stack: Story,
) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {})
    verbs.delete(job_id, state)
    assert stack.told("its state is in obs://stream-state/savepoints/orders/")
    fault = stack.dli.add_fault("submit_fail", "run", times=1)
    with pytest.raises(RolledBack) as refused:
        verbs.create(new)
    stack.dli.remove_fault(fault)
    assert f"Pulumi's state does not have job {job_id} any more" in refused.value.text()
    assert f"the next `pulumi up` finds job {job_id}, and goes on from its state" in refused.value.remedy
    (put_back,) = stack.dli.jobs("p1")
    assert (put_back.job_id, put_back.name, put_back.status) == (job_id, "orders", "job_running")

    made, _ = stack.up()
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.status) == (made, "orders", "job_running")
    assert after.lineage == put_back.lineage
    assert not [tag for tag in after.tags if tag in ("pulumi_begun", "pulumi_kept")]


def test_a_job_deleted_first_is_gone_on_with_wherever_the_deployment_is_cut_off(stack: Story) -> None:
    """Killed before each write of deletion and creation; the engine knows of the deletion once that has returned."""
    for writes in range(1, 30):
        stack.dli.reset()
        with stack.api() as api:
            api.authorize_bucket("stream-state")
        job_id, state = stack.up()
        (before,) = stack.dli.jobs("p1")
        left, deleted = writes, False

        def count() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise CutShort

        verbs = stack.process()
        verbs.before_write = count
        new = stack.check(verbs, {})
        try:
            verbs.delete(job_id, state)
            deleted = True
            verbs.create(new)
        except CutShort:
            pass
        else:
            break
        verbs = stack.process()
        new = stack.check(verbs, {})
        if not deleted:
            verbs.delete(job_id, state)
        made, _ = verbs.create(new)
        (after,) = stack.dli.jobs("p1")
        told = f"cut off before write {writes}, {deleted=}"
        assert (after.job_id, after.name, after.status) == (int(made), "orders", "job_running"), told
        assert (after.job_id != job_id, after.lineage) == (True, before.lineage), told
    else:
        pytest.fail("it takes more writes")
    assert deleted


def test_a_job_whose_state_cannot_be_told_is_not_taken_out_of_the_way(stack: Story) -> None:
    """A region without the call for savepoints, where DLI does not tell what its own stop has saved."""
    job_id, state = stack.up()
    (before,) = stack.dli.jobs("p1")
    stack.dli.add_fault("status", "savepoint", status=404)
    verbs = stack.process()
    stack.check(verbs, {})
    with pytest.MonkeyPatch.context() as patch:
        from dli_provider.run import lifecycle

        patch.setattr(lifecycle, "_saved", lambda former, _job: former)
        with pytest.raises(DliError, match="no savepoint is known"):
            verbs.delete(job_id, state)
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.status) == (job_id, "orders", "job_running")
    assert after.lineage == before.lineage


def test_a_job_that_somebody_stopped_goes_on_from_what_dli_saved_then(stack: Story) -> None:
    """Not from an older savepoint that the state remembers."""
    job_id, state = stack.up()
    verbs = stack.process()
    state = verbs.update(job_id, state, stack.check(verbs, state, restart_nonce="1"))
    (older,) = state["savepoints"]
    with stack.api() as api:
        api.stop(job_id, trigger_savepoint=True)
        while api.get(job_id).savepoint_path in (None, older) or stack.live()[job_id] != "job_cancel_success":
            time.sleep(0.05)
        newest = api.get(job_id).savepoint_path
    verbs = stack.process()
    new = stack.check(verbs, {})
    verbs.delete(job_id, state)
    verbs.create(new)
    assert stack.imported() == newest


def test_a_job_that_was_deleted_by_hand_stays_known_until_another_takes_its_place(stack: Story) -> None:
    """Refused for as long as nobody consents, run after run, and found again where it is there after all."""
    job_id, state = stack.up()
    with stack.api() as api:
        api.delete(job_id)
    gone = stack.gone(job_id, state)
    assert (gone["gone"], gone["status"]) == (True, "gone")
    for _ in range(2):
        verbs = stack.process()
        found = verbs.read(job_id, gone)
        assert found
        assert found.outputs == gone
        with pytest.raises(
            StateLoss, match=f"job {job_id} was deleted, and no savepoint of its state is known"
        ):
            verbs.diff(gone, stack.check(verbs, gone))
    verbs = stack.process()
    new = stack.check(verbs, gone, allow_state_loss=consent(SQL, SQL))
    assert verbs.diff(gone, new).replaces == ("job_id",)
    assert stack.told(f"orders: CREATE - job {job_id} was deleted, and is made anew: state is dropped")
    made, after = verbs.create(new)
    verbs.delete(job_id, gone)
    assert "gone" not in after
    assert stack.live() == {int(made): "job_running"}


def test_a_job_that_was_taken_for_deleted_and_is_there_is_not_touched_until_it_is_found(stack: Story) -> None:
    job_id, state = stack.up()
    gone = {**state, "gone": True, "status": "gone"}
    verbs = stack.process()
    new = stack.check(verbs, gone, upgrade_mode="stateless")
    assert verbs.diff(gone, new).replaces == ("job_id",)
    with pytest.raises(Conflict, match="it is there again"):
        verbs.create(new)
    found = stack.process().read(job_id, gone)
    assert found
    assert "gone" not in found.outputs
    assert found.outputs["status"] == "job_running"


def test_a_job_that_is_gone_in_the_middle_of_a_change_names_the_way_to_have_it_anew(stack: Story) -> None:
    job_id, state = stack.up()
    with stack.api() as api:
        api.delete(job_id)
    stack.gone(job_id, state)
    verbs = stack.process()
    with pytest.raises(NotFound) as gone:
        verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
    assert "it was deleted, and not by this stack" in gone.value.text()
    assert "`pulumi up --refresh`" in gone.value.remedy


def test_a_job_that_two_resources_have_is_given_back_to_the_one_that_stays(stack: Story) -> None:
    """The other took it over in a deployment that did not look at this one (`--target`)."""
    job_id, first = stack.up()
    verbs = stack.process()
    _, second = stack.make(verbs, owner="shop/dev/b", adopt=str(job_id))
    verbs = stack.process()
    verbs.diff(first, stack.check(verbs, first))
    verbs.delete(job_id, second)
    assert stack.told(f"job {job_id} is {OWNER}'s now: left alone")
    verbs = stack.process()
    verbs.update(job_id, first, stack.check(verbs, first, smn_topic="pager"))
    assert stack.live() == {job_id: "job_running"}


def test_a_job_at_rest_whose_name_looks_like_that_of_one_replaced_can_be_replaced(stack: Story) -> None:
    stopped = {"name": "a-old-b", "desired_state": "stopped"}
    job_id, state = stack.up(**stopped)
    verbs = stack.process()
    new = stack.check(verbs, state, **stopped, job_type="flink_sql_job", upgrade_mode="stateless")
    assert verbs.diff(state, new).replaces
    made, _ = verbs.create(new)
    verbs.delete(job_id, state)
    assert [*stack.live()] == [int(made)]


def test_a_consent_that_stands_already_is_not_advised(stack: Story) -> None:
    agreed = consent(SQL, SQL)
    job_id, state = stack.up(allow_state_loss=agreed)
    with stack.api() as api:
        api.delete(job_id)
    gone, advised = stack.gone(job_id, state), []
    for allowed in ({"allow_state_loss": None}, {}):
        verbs = stack.process()
        new = {**stack.check(verbs, gone, allow_state_loss=agreed), **allowed}
        with pytest.raises(StateLoss) as refused:
            verbs.diff(gone, new)
        advised.append(refused.value.remedy)
    assert agreed in advised[0]
    assert agreed not in advised[1]
    assert "from_savepoint" in advised[1]


@pytest.mark.parametrize("status", [404, 403], ids=["not published", "forbidden"])
def test_tag_calls_that_are_missing_stop_no_deployment(stack: Story, status: int) -> None:
    """A job is adopted, changed and deleted; what is not protected then is said once, not for each job and call."""
    job_id = stack.by_hand()
    for call in ("tags_get", "tags_create", "tags_delete"):
        body = {"error_code": "DLI.0003", "error_msg": "no"} if status == 403 else None
        stack.dli.add_fault("status", call, status=status, body=body, times=99)
    verbs = stack.process()
    adopted, state = verbs.create(stack.check(verbs, {}, adopt="orders"))
    assert int(adopted) == job_id
    after = verbs.update(job_id, state, stack.check(verbs, state, adopt="orders", smn_topic="pager"))
    told = [line for line in stack.said if "tags cannot be read here" in line]
    assert len(told) == 1
    assert "the state alone says whose a job is" in told[0]
    stack.process().delete(job_id, after)
    assert stack.live() == {}


def test_a_name_that_is_taken_where_tags_cannot_be_read_names_the_ways_out(stack: Story) -> None:
    job_id, _ = stack.up()
    stack.dli.add_fault("status", "tags_get", status=404, times=99)
    with pytest.raises(Conflict, match="whose it is cannot be told") as refused:
        stack.up()
    assert f"adopt='{job_id}'" in refused.value.remedy
    assert "untaint" in refused.value.remedy
    assert stack.live() == {job_id: "job_running"}


def test_a_job_whose_sign_of_creation_could_not_be_taken_off_is_not_another_checkouts(stack: Story) -> None:
    """Story 4, when the last step of the creation failed: the job has run for more than a day."""
    stack.dli.add_fault("status", "tags_delete", status=400, times=1)
    job_id, state = stack.up()
    assert stack.told("pulumi_begun could not be taken off")
    with stack.api() as api:
        begun = api.tags(job_id)["pulumi_begun"]
        api.delete_tags(job_id, {"pulumi_begun": begun})
        api.create_tags(job_id, {"pulumi_begun": str(int(begun) - LEFT_OVER - 60)})
    with pytest.raises(Conflict, match="made by another checkout or before the state was lost"):
        stack.up()
    verbs = stack.process()
    verbs.update(job_id, state, stack.check(verbs, state, smn_topic="pager"))
    with stack.api() as api:
        assert "pulumi_begun" not in api.tags(job_id)


def test_a_job_with_more_words_than_the_pages_allow_can_be_adopted(stack: Story) -> None:
    """The newest official client lets a description have 2048 characters, where the pages say 512."""
    job_id, words = stack.by_hand(), "订" * 2048
    stack.dli.change_job("p1", job_id, definition={"desc": words, "runtime_config": "a=b"})
    adopted, state = stack.up(adopt="orders", desc=words, runtime_config="a=b")
    assert adopted == job_id
    assert stack.live() == {job_id: "job_running"}
    assert any("desc may be refused" in line for line in stack.said)
    assert any("runtime_config is text that DLI may not read" in line for line in stack.said)
    verbs = stack.process()
    assert not verbs.diff(
        state, stack.check(verbs, state, adopt="orders", desc=words, runtime_config="a=b")
    ).changes
    assert not stack.said


def test_a_savepoint_taken_by_hand_of_a_running_job_is_an_output_after_a_refresh(stack: Story) -> None:
    """Without a call more than a refresh makes anyway; and not any more once the job runs without that state."""
    job_id, state = stack.up()

    def refreshed(state: dict[str, Any]) -> dict[str, Any]:
        before = stack.dli.cursor()
        found = stack.process().read(job_id, state)
        assert found
        assert [entry.call for entry in stack.dli.requests(before)] == ["get"]
        return found.outputs

    with stack.api() as api:
        operate(
            api, "savepoint", "orders", None, lose_state=False, tell=stack.said.append, agree=lambda: None
        )
        taken = stack.said[-1]
        after = refreshed(state)
        assert after["savepoints"] == [taken]
        assert refreshed(after) == after
        operate(api, "restart", "orders", None, lose_state=True, tell=stack.said.append, agree=lambda: None)
    assert not refreshed(state)["savepoints"], "the run that it was taken in is over"
