"""What becomes of a job that Pulumi asks to delete, verb by verb as the engine calls them, against the local DLI."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dli_provider.errors import Conflict, FailedToStart, StateLoss
from tests.support.declared import SQL, SQL_INCOMPATIBLE, consent
from tests.support.story import OWNER, Story

STAGING = "shop/staging/orders"
B = "shop/dev/b"


def from_savepoint(refused: StateLoss) -> str:
    """The savepoint that the remedy names."""
    found = re.search(r"from_savepoint='(obs://[^']+)'", refused.remedy)
    assert found, refused.text()
    return found[1]


def saved(stack: Story) -> tuple[int, dict[str, Any], str]:
    """A running job of which the state knows a savepoint."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, state, restart_nonce="1")
    verbs.diff(state, new)
    state = verbs.update(job_id, state, new)
    (savepoint,) = state["savepoints"]
    return job_id, state, savepoint


def delete_by_hand(stack: Story, job_id: int, state: dict[str, Any]) -> dict[str, Any]:
    with stack.api() as api:
        api.delete(job_id)
    return stack.gone(job_id, state)


# -- another resource wants the job, or its name ----------------------------------------------------------------------


def test_a_job_is_not_forgotten_for_one_that_was_to_take_it_over_and_failed(stack: Story) -> None:
    """With --continue-on-error the old resource goes although the new one could not be made."""
    job_id, state = stack.up()
    verbs = stack.process()
    stack.check(verbs, {}, owner=B, adopt="orders")
    with pytest.raises(Conflict, match="shop/dev/b was to take it over, and has not"):
        verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


@pytest.mark.parametrize("asked", [True, False], ids=["refused", "not asked"])
def test_a_job_is_not_deleted_for_one_that_wants_its_name_and_has_not_got_it(
    stack: Story, asked: bool
) -> None:
    """A resource is renamed without an alias: its creation is refused, or never asked for as another one failed."""
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {}, owner=B)
    if asked:
        with pytest.raises(Conflict, match="of this name exists"):
            verbs.create(new)
    with pytest.raises(Conflict, match="shop/dev/b is to be made under its name, and is not") as refused:
        verbs.delete(job_id, state)
    assert "not touched, and not forgotten" in refused.value.text()
    assert "aliases=[pulumi.Alias(name='orders')] or adopt='orders'" in refused.value.remedy
    assert stack.live() == {job_id: "job_running"}
    # The way out that is named.
    verbs = stack.process()
    made, _ = stack.make(verbs, owner=B, adopt="orders")
    verbs.delete(job_id, state)
    assert (made, stack.live()) == (job_id, {job_id: "job_running"})


def test_a_job_whose_name_nobody_needs_any_more_goes(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    made, _ = stack.make(verbs, owner=B, name="others")
    verbs.delete(job_id, state)
    assert stack.live() == {made: "job_running"}


def test_a_job_is_not_deleted_where_the_one_that_takes_its_place_was_not_made(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    new = stack.check(verbs, {}, name="orders2")
    fault = stack.dli.add_fault("submit_fail", "run", times=1)
    with pytest.raises(FailedToStart):
        verbs.create(new)
    stack.dli.remove_fault(fault)
    with pytest.raises(Conflict, match="the one that takes its place was not made"):
        verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


# -- made beside it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"name": "orders2"}, {"name": "orders2", "owner": STAGING}, {"name": None, "owner": STAGING}],
    ids=["named", "named, stack renamed", "named by Pulumi, stack renamed"],
)
def test_a_job_beside_which_an_empty_one_was_made_runs_on_until_its_state_is_used(
    stack: Story, changes: dict[str, Any]
) -> None:
    """Tainted, and under another name: both run, and the old one is the only one that has the state."""
    job_id, state = stack.up(**({"name": None} if changes["name"] is None else {}))
    before = next(one for one in stack.dli.jobs("p1") if one.job_id == job_id)
    verbs = stack.process()
    made, after = stack.make(verbs, **changes)
    with pytest.raises(StateLoss) as refused:
        verbs.delete(job_id, state)
    assert f"job {made} was made beside it and started empty" in refused.value.text()
    assert "it is not deleted, and runs on" in refused.value.text()
    savepoint = from_savepoint(refused.value)
    assert stack.live() == {job_id: "job_running", made: "job_running"}
    # The next deployment has it as a pending deletion, and asks as well.
    verbs = stack.process()
    verbs.diff(after, stack.check(verbs, after, **changes))
    with pytest.raises(StateLoss, match="started empty"):
        verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running", made: "job_running"}
    # The way out that is named.
    verbs = stack.process()
    new = stack.check(verbs, after, **changes, from_savepoint=savepoint)
    verbs.diff(after, new)
    verbs.update(made, after, new)
    verbs.delete(job_id, state)
    (left,) = stack.dli.jobs("p1")
    assert (left.job_id, left.status, left.lineage) == (made, "job_running", before.lineage)


@pytest.mark.parametrize(
    "consented", [{"upgrade_mode": "stateless"}, {"allow_state_loss": "digest"}], ids=str
)
def test_a_job_beside_which_an_empty_one_was_made_goes_with_consent(
    stack: Story, consented: dict[str, str]
) -> None:
    job_id, state = stack.up()
    if "allow_state_loss" in consented:
        consented = {"allow_state_loss": consent(SQL, SQL)}
    verbs = stack.process()
    made, _ = stack.make(verbs, name="orders2", **consented)
    verbs.delete(job_id, state)
    assert stack.live() == {made: "job_running"}
    assert stack.told("its state is in obs://stream-state/savepoints/orders/")


def test_a_tainted_job_is_not_deleted_for_one_that_its_state_does_not_fit(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process()
    made, _ = stack.make(verbs, name="orders2", sql_body=SQL_INCOMPATIBLE)
    with pytest.raises(StateLoss):
        verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running", made: "job_running"}


def test_a_job_that_never_ran_has_nothing_to_lose(stack: Story) -> None:
    job_id, state = stack.up(desired_state="stopped")
    verbs = stack.process()
    made, _ = stack.make(verbs, name="orders2")
    verbs.delete(job_id, state)
    assert stack.live() == {made: "job_running"}


def test_a_job_that_pulumi_names_keeps_its_state_where_it_goes_first_and_its_stack_was_renamed(
    stack: Story,
) -> None:
    """Tainted with delete_before_replace: the new one has another name, as the owner is another."""
    job_id, state = stack.up(name=None)
    (before,) = stack.dli.jobs("p1")
    verbs = stack.process()
    new = stack.check(verbs, {}, name=None, owner=STAGING)
    assert new["name"] != state["name"]
    verbs.delete(job_id, state)
    made, _ = verbs.create(new)
    (after,) = stack.dli.jobs("p1")
    assert (after.job_id, after.name, after.status) == (int(made), new["name"], "job_running")
    assert after.lineage == before.lineage


def test_a_replaced_job_that_could_not_be_deleted_yet_goes_with_the_next_deployment(stack: Story) -> None:
    job_id, state = stack.up()
    changes = {"job_type": "flink_sql_job", "upgrade_mode": "stateless"}
    verbs = stack.process()
    new = stack.check(verbs, state, **changes)
    verbs.diff(state, new)
    made, after = verbs.create(new)
    verbs = stack.process()
    verbs.diff(after, stack.check(verbs, after, **changes))
    verbs.delete(job_id, state)
    assert stack.live() == {int(made): "job_running"}


# -- gone -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refreshed", [False, True])
def test_a_job_deleted_by_hand_and_tainted_is_not_forgotten_with_its_savepoints(
    stack: Story, refreshed: bool
) -> None:
    job_id, state, savepoint = saved(stack)
    gone = delete_by_hand(stack, job_id, state)
    state = gone if refreshed else state
    verbs = stack.process()
    made, after = stack.make(verbs, restart_nonce="1")
    with pytest.raises(StateLoss) as refused:
        verbs.delete(job_id, state)
    assert f"job {made} was made beside it and started empty" in refused.value.text()
    named = from_savepoint(refused.value)
    assert named == f"{savepoint.rstrip('/')}/", "as the argument takes it"
    verbs = stack.process()
    new = stack.check(verbs, after, restart_nonce="1", from_savepoint=named)
    verbs.diff(after, new)
    verbs.update(made, after, new)
    assert stack.told(savepoint)
    verbs.delete(job_id, state)
    assert stack.told(f"it is gone already; the state knew of its savepoints {savepoint}")


@pytest.mark.parametrize("verb", ["destroy", "park"])
def test_the_savepoints_of_a_job_deleted_by_hand_are_told_before_they_are_forgotten(
    stack: Story, verb: str
) -> None:
    job_id, state, savepoint = saved(stack)
    delete_by_hand(stack, job_id, state)
    verbs = stack.process()
    if verb == "park":
        stack.check(verbs, {})
    verbs.delete(job_id, state)
    assert stack.told(f"it is gone already; the state knew of its savepoints {savepoint}")


def test_a_job_that_is_gone_is_forgotten_once_another_goes_on_from_its_savepoint(stack: Story) -> None:
    """The deployment was killed before it could forget the old one."""
    job_id, state, savepoint = saved(stack)
    gone = delete_by_hand(stack, job_id, state)
    verbs = stack.process()
    new = stack.check(verbs, gone, restart_nonce="1")
    verbs.diff(gone, new)
    made, after = verbs.create(new)
    assert stack.imported() == savepoint
    verbs = stack.process()
    verbs.diff(after, stack.check(verbs, after, restart_nonce="1"))
    verbs.delete(job_id, gone)
    assert stack.told("it is gone already")
    assert stack.live() == {int(made): "job_running"}


def test_what_was_made_in_the_place_of_a_job_that_is_gone_can_be_adopted_where_the_state_does_not_know_it(
    stack: Story,
) -> None:
    """The deployment was killed before it was recorded."""
    job_id, state, _ = saved(stack)
    gone = delete_by_hand(stack, job_id, state)

    def again(**changes: Any) -> tuple[str, dict[str, Any]]:
        verbs = stack.process()
        read = verbs.read(job_id, gone)
        assert read
        news = stack.check(verbs, gone, restart_nonce="1", **changes)
        assert verbs.diff(gone, news).replaces
        # The engine checks anew what it is going to replace.
        made = verbs.create(stack.check(verbs, {}, restart_nonce="1", **changes))
        if changes:
            verbs.delete(job_id, gone)
        return made

    made, _ = again()
    adopted, _ = again(adopt=made)
    assert adopted == made
    assert stack.live() == {int(made): "job_running"}


# -- whose it is not, and where it is not -----------------------------------------------------------------------------


def test_nothing_is_made_beside_a_job_that_another_checkout_has_by_now(stack: Story) -> None:
    job_id, state = stack.up()
    stack.up(adopt="orders")
    verbs = stack.process()
    new = stack.check(verbs, state, job_type="flink_sql_job", upgrade_mode="stateless", name="orders2")
    assert verbs.diff(state, new).replaces
    with pytest.raises(Conflict, match=f"it is another checkout's of {OWNER} now"):
        verbs.create(new)
    assert stack.live() == {job_id: "job_running"}


def test_a_job_in_the_place_that_was_left_is_named_though_the_new_one_has_its_id(stack: Story) -> None:
    _, state = stack.up()
    left = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    verbs = stack.process(movedFrom="elsewhere/p1")
    new = stack.check(verbs, left, name="orders2", upgrade_mode="stateless")
    verbs.diff(left, new)
    made, _ = verbs.create(new)
    verbs.delete(int(made), {**left, "job_id": made})
    assert stack.told(f"job {made} is left in elsewhere/p1, where it may run: stop it there")
    assert not stack.told("it stays")


def _made_first(delete: Callable[[], None], create: Callable[[], object]) -> None:
    create()
    delete()


def _deleted_first(delete: Callable[[], None], create: Callable[[], object]) -> None:
    delete()
    create()


@pytest.mark.parametrize("order", [_made_first, _deleted_first])
def test_a_tainted_job_in_the_place_that_was_left_needs_consent_too(
    stack: Story, order: Callable[[Callable[[], None], Callable[[], object]], None]
) -> None:
    job_id, state = stack.up()
    left = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    verbs = stack.process(movedFrom="elsewhere/p1")
    new = stack.check(verbs, {}, name="orders2")
    with pytest.raises(StateLoss, match="its state stays in the one it is left in"):
        order(lambda: verbs.delete(job_id, left), lambda: verbs.create(new))
    verbs = stack.process(movedFrom="elsewhere/p1")
    new = stack.check(verbs, {}, name="orders3", upgrade_mode="stateless")
    order(lambda: verbs.delete(job_id, left), lambda: verbs.create(new))
