"""Where a job is, verb by verb as the engine calls them, against the local DLI."""

from __future__ import annotations

import pytest

from dli_provider.errors import Conflict, NotFound, StateLoss
from tests.support.declared import SQL, consent
from tests.support.story import Story


@pytest.mark.parametrize("moved_from", ["", "dli.vpc.example.org/p1"])
def test_the_same_place_under_another_name_keeps_its_job(stack: Story, moved_from: str) -> None:
    """A private endpoint, say, with dli:movedFrom or without: no job is made twice, and none is a dead end."""
    job_id, state = stack.up()
    state = {**state, "place": "dli.vpc.example.org/p1"}
    renamed = {"movedFrom": moved_from} if moved_from else {}
    verbs = stack.process(**renamed)
    new = stack.check(verbs, state)
    ahead = verbs.diff(state, new)
    assert (ahead.changes, ahead.replaces) == (True, ())
    assert stack.told(
        f"job {job_id}, recorded in dli.vpc.example.org/p1, is found here: that is local/p1 by another"
    )
    assert stack.process(**renamed).read(job_id, state)
    after = verbs.update(job_id, state, new)
    assert after["place"] == "local/p1"
    assert stack.live() == {job_id: "job_running"}
    stack.process(**renamed).delete(job_id, state)
    assert stack.live() == {}


@pytest.mark.parametrize("recorded", ["127.0.0.1:8765/p1", "localhost:9000/p1", "[::1]/p1"])
def test_a_local_dli_is_one_place_by_whatever_name_and_port_it_was_recorded(
    stack: Story, recorded: str
) -> None:
    """Also for a job that bears no nonce, as one adopted without a write."""
    job_id = stack.by_hand()
    _, state = stack.up(adopt="orders")
    state = {**state, "place": recorded}
    verbs = stack.process()
    new = stack.check(verbs, state)
    assert verbs.diff(state, new).replaces == ()
    assert verbs.update(job_id, state, new)["place"] == "local/p1"
    assert stack.live() == {job_id: "job_running"}


@pytest.mark.parametrize("nonce", [None, "b" * 12])
def test_an_equal_id_without_its_nonce_is_a_stranger(stack: Story, nonce: str | None) -> None:
    job_id, state = stack.up()
    state = {**state, "place": "cn-north-4/p1", "nonce": nonce}
    for verb in ("diff", "read", "update", "delete"):
        verbs = stack.process()
        new = stack.check(verbs, state)
        arguments = {"diff": (state, new), "update": (job_id, state, new)}.get(verb, (job_id, state))
        with pytest.raises(
            Conflict, match="it was made in cn-north-4/p1, and this deployment speaks to local/p1"
        ):
            getattr(verbs, verb)(*arguments)
    assert stack.live() == {job_id: "job_running"}


def test_an_equal_id_in_another_place_is_another_job(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    state = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    with pytest.raises(StateLoss, match="its state stays in the one it is left in"):
        verbs.diff(state, stack.check(verbs, state))
    new = stack.check(verbs, state, allow_state_loss=consent(SQL, SQL))
    assert verbs.diff(state, new).replaces == ("place",)
    assert stack.told("state is dropped, as was consented to")
    verbs.delete(job_id, state)
    assert stack.live() == {job_id: "job_running"}


def test_a_move_adopts_a_job_of_the_new_place_only_where_the_program_names_one_anew(stack: Story) -> None:
    job_id = stack.by_hand()
    _, state = stack.up(adopt=str(job_id))
    state = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    verbs = stack.process(movedFrom="elsewhere/p1")
    moved = {"adopt": "orders", "upgrade_mode": "stateless"}
    new = stack.check(verbs, state, **moved)
    assert verbs.diff(state, new).replaces == ("place",)
    adopted, _ = verbs.create(stack.check(verbs, {}, **moved))
    assert int(adopted) == job_id
    # The id is of the place that is left.
    verbs = stack.process(movedFrom="elsewhere/p1")
    moved["adopt"] = str(job_id)
    assert verbs.diff(state, stack.check(verbs, state, **moved)).replaces == ("place",)
    with pytest.raises(Conflict, match="a job of this name exists already"):
        verbs.create(stack.check(verbs, {}, **moved))


def test_a_job_that_is_not_found_here_is_in_the_place_left(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    unknown = {**state, "place": "elsewhere/p1", "job_id": job_id + 7}
    new = stack.check(verbs, unknown, upgrade_mode="stateless")
    assert verbs.diff(unknown, new).replaces == ("place",)


def test_a_refresh_says_what_is_left_in_another_place_and_does_not_forget_it(stack: Story) -> None:
    job_id, state = stack.up()
    verbs = stack.process(movedFrom="elsewhere/p1")
    left = {**state, "place": "elsewhere/p1", "nonce": "b" * 12}
    found = verbs.read(job_id, left)
    assert found
    assert found.outputs == left
    assert stack.told(f"job {job_id} is left in elsewhere/p1")


def test_a_look_up_says_where_it_looks(stack: Story) -> None:
    """Another place may have another job of the same id, and Pulumi does not tell which was found before."""
    job_id = stack.by_hand()
    assert stack.process().read(job_id, {})
    assert stack.told(f"orders: job {job_id} is looked up in local/p1")
    with pytest.raises(NotFound, match="DLI has no job of this id in local/p1"):
        stack.process().read(job_id + 7, {})
