"""The guard before the first write: what a user reads of a job that is another's, or elsewhere."""

from __future__ import annotations

import pytest

from dli_provider.errors import Conflict
from dli_provider.plan.ownership import ownership_tags
from dli_provider.run import guard
from dli_provider.run.guard import Places

OWNER = "shop/dev/orders"
A, B = "a" * 12, "b" * 12


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        (ownership_tags(OWNER, A), ""),
        (None, ""),
        ({}, "bears this stack's marks no more, so somebody let it go"),
        (ownership_tags("shop/prod/orders", B), "is stack shop/prod's now"),
        (ownership_tags("shop/dev/revenue", B), "is another resource's of stack shop/dev now"),
        (ownership_tags(OWNER, B), "is another checkout's of shop/dev/orders now"),
    ],
    ids=["ours", "no tag calls", "let go", "another stack's", "another resource's", "another checkout's"],
)
def test_what_a_job_is_by_now_is_told_and_refused(tags: dict[str, str] | None, what: str) -> None:
    assert guard.estranged(tags, OWNER, A, unclaimed=False) == what
    if not what:
        guard.require("orders", tags, OWNER, OWNER, A, unclaimed=False)
        return
    with pytest.raises(Conflict) as refused:
        guard.require("orders (job 7)", tags, OWNER, OWNER, A, unclaimed=False)
    assert "it is not touched" in refused.value.text()
    assert "adopt" in refused.value.remedy


def test_a_change_of_owner_that_was_not_recorded_has_one_way_out() -> None:
    """Another owner, and the nonce that the state has."""
    tags = ownership_tags("shop/staging/orders", A)
    with pytest.raises(Conflict, match="cut off before it was recorded") as changed:
        guard.require("orders", tags, OWNER, OWNER, A, unclaimed=False)
    with pytest.raises(Conflict, match="cut off before it was recorded") as deleted:
        guard.require_recorded("orders", tags, OWNER, OWNER, A)
    assert changed.value.text() == deleted.value.text()


def test_another_place_is_refused_with_both_places_and_both_ways_on() -> None:
    here = Places("cn-north-1/p2")
    here.require("orders", None)
    here.require("orders", "cn-north-1/p2")
    with pytest.raises(Conflict) as refused:
        here.require("orders (job 7)", "cn-north-4/p1")
    told = refused.value.text()
    assert "it was made in cn-north-4/p1, and this deployment speaks to cn-north-1/p2" in told
    assert "put the setting back" in told
    assert "set dli:movedFrom [DLI_MOVED_FROM] to cn-north-4/p1" in told


def test_only_the_place_that_is_named_was_left() -> None:
    moved = Places("cn-north-1/p2", "cn-north-4/p1")
    assert moved.moved_from("cn-north-4/p1")
    assert not moved.moved_from("cn-north-1/p2")
    assert not moved.moved_from(None)
    assert not moved.moved_from("cn-north-4/p9")
    with pytest.raises(Conflict):
        moved.require("orders", "cn-north-4/p9")


def test_every_job_has_a_nonce_of_its_own() -> None:
    assert guard.new_nonce() != guard.new_nonce()
