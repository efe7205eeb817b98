"""What one process knows of its resources: asked and noted in one, from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from dli_provider.job.fields import JobSpec
from dli_provider.pulumi.ledger import Ledger

A, B = "shop/dev/a", "shop/dev/b"


def test_of_all_that_take_one_job_over_at_once_one_does() -> None:
    ledger, owners = Ledger(), [f"shop/dev/{number}" for number in range(16)]
    together = Barrier(len(owners))

    def take_over(owner: str) -> str:
        together.wait()
        return ledger.take_over(7, owner)

    with ThreadPoolExecutor(len(owners)) as pool:
        others = [*pool.map(take_over, owners)]
    assert others.count("") == 1
    (winner,) = {*others} - {""}
    assert others[owners.index(winner)] == ""


def test_whoever_comes_second_hears_of_the_first() -> None:
    held = Ledger()
    assert held.hold(7, A, "nonce") == ""
    assert held.take_over(7, B) == A
    assert held.holder(7, B) == (A, "nonce")
    assert held.holder(7, A) == ("", None)
    taken = Ledger()
    assert taken.take_over(7, B) == ""
    assert taken.hold(7, A, None) == B
    assert taken.awaited_holder(7, A) == B
    taken.make(B, 7, None)
    assert taken.awaited_holder(7, A) == ""
    assert taken.holder(7, A) == (B, None)


def test_a_name_is_of_the_first_that_has_it() -> None:
    ledger = Ledger()
    assert [ledger.namesake("orders", owner) for owner in (A, B, A)] == ["", A, ""]


def test_what_is_replaced_is_told_once_and_is_its_heirs_no_more_when_that_has_a_job() -> None:
    ledger, olds = Ledger(), {"job_id": 7, "name": "orders"}
    ledger.declare(B, {"name": "orders"})
    ledger.hold(7, B, None)
    ledger.replace(B, olds)
    assert ledger.holder(7, A) == ("", None)
    assert ledger.heir(7, A, "orders") == (B, {"name": "orders"})
    assert not ledger.may_adopt(B)
    found = ledger.predecessor(B)
    assert found
    assert (found.olds, found.retired) == (olds, False)
    assert ledger.predecessor(B) is None
    ledger.make(B, 8, JobSpec())
    assert ledger.was_given(8, B)
    assert ledger.made_beside(7, B) == JobSpec()
    assert ledger.made_beside(8, B) is None
    assert ledger.heir(7, B, "orders") is None
