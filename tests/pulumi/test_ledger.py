"""What one process knows of its resources: asked and noted in one, from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from dli_provider.pulumi.ledger import Fate, Ledger

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
    fated = held.fate(7, B, "orders")
    assert (fated.fate, fated.owner, fated.nonce) == (Fate.HANDED_ON, A, "nonce")
    assert held.fate(7, A, "orders").fate is Fate.UNWANTED
    taken = Ledger()
    assert taken.take_over(7, B) == ""
    assert taken.hold(7, A, None) == B
    fated = taken.fate(7, A, "orders")
    assert (fated.fate, fated.owner) == (Fate.AWAITED, B)
    taken.make(B, 7, succeeds=False)
    fated = taken.fate(7, A, "orders")
    assert (fated.fate, fated.owner) == (Fate.HANDED_ON, B)


def test_a_name_is_of_the_first_that_has_it() -> None:
    ledger = Ledger()
    assert [ledger.namesake("orders", owner) for owner in (A, B, A)] == ["", A, ""]


def test_what_is_replaced_is_told_once_and_is_its_heirs_no_more_when_that_has_a_job() -> None:
    ledger, olds, wanted = Ledger(), {"job_id": 7, "name": "orders"}, {"name": "orders"}
    ledger.declare(B, wanted)
    ledger.hold(7, B, None)
    ledger.replace(B, olds)
    fated = ledger.fate(7, B, "orders")
    assert (fated.fate, fated.owner, fated.wanted) == (Fate.MAKES_WAY, B, wanted)
    assert not ledger.may_adopt(B)
    found = ledger.predecessor(B, wanted)
    assert found
    assert (found.olds, found.retired) == (olds, False)
    assert ledger.predecessor(B, wanted) is None
    assert ledger.fate(7, B, "orders").fate is Fate.AWAITED, "its creation failed"
    ledger.make(B, 8, succeeds=True)
    assert ledger.fate(8, B, "orders").fate is Fate.STAYS
    assert ledger.fate(7, B, "orders").fate is Fate.REPLACED


def test_what_was_made_beside_a_job_is_not_its_heir() -> None:
    ledger = Ledger()
    ledger.declare(A, {"name": "other"})
    ledger.predecessor(A, {"name": "another"})
    ledger.make(A, 8, succeeds=False)
    fated = ledger.fate(7, A, "orders")
    assert (fated.fate, fated.has, fated.wanted) == (Fate.LEFT_BEHIND, 8, {"name": "another"})
    later = Ledger()
    later.declare(A, {"name": "another"})
    later.hold(8, A, None)
    assert later.fate(7, A, "orders").fate is Fate.LEFT_BEHIND, "nor in the next deployment"


def test_an_owner_of_another_stack_is_a_former_one_and_one_of_the_same_stack_is_another_resource() -> None:
    former = "shop/old/a"
    ledger = Ledger()
    ledger.declare(B, {"name": "orders"})
    assert ledger.fate(7, former, "other").fate is Fate.UNWANTED
    assert ledger.fate(7, former, "orders").owner == B, "by the name of its job"
    fated = ledger.fate(7, A, "orders")
    assert (fated.fate, fated.owner) == (Fate.AWAITED, B)
    assert ledger.fate(7, A, "other").fate is Fate.UNWANTED
    ledger.declare(A, {"name": "other"})
    fated = ledger.fate(7, former, "orders")
    assert (fated.fate, fated.owner) == (Fate.MAKES_WAY, A), "by the name of the resource"
    assert ledger.fate(7, A, "orders").fate is Fate.MAKES_WAY, "the name comes free"


def test_a_destroy_checks_nothing_so_nobody_wants_anything() -> None:
    ledger = Ledger()
    ledger.hold(7, A, None)
    assert ledger.fate(7, A, "orders").fate is Fate.UNWANTED
