"""Every step that can be planned can be carried out, and taken back."""

from __future__ import annotations

import inspect
from typing import Any, cast

import pytest

from dli_provider.plan import steps
from dli_provider.plan.steps import Lasting, Step
from dli_provider.run.carry_out import apply, revert
from dli_provider.run.handle import JobHandle


class _Job:
    """Whatever is asked of it, it is nobody's job."""

    subject = "orders (job 7)"


JOB = cast(JobHandle, _Job())
KINDS = [
    kind
    for _, kind in inspect.getmembers(steps, inspect.isclass)
    if hasattr(kind, "describe") and hasattr(kind, "writes") and kind is not Step
]


def test_there_are_steps() -> None:
    assert len(KINDS) == 16


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_carried_out_in_a_way_of_its_own(kind: type[Any]) -> None:
    assert kind in apply.registry


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_taken_back_in_a_way_of_its_own_unless_it_lasts(kind: type[Any]) -> None:
    assert kind in revert.registry or (
        issubclass(kind, Lasting) and revert.dispatch(kind) is revert.registry[Lasting]
    )
    assert not (issubclass(kind, Lasting) and kind in revert.registry)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_data(kind: type[Any]) -> None:
    assert kind.__dataclass_params__.frozen
    assert kind.__dataclass_params__.eq
    assert isinstance(kind.disturbs, bool)


def test_a_step_that_nobody_knows_is_a_loud_failure() -> None:
    class Unheard:
        disturbs = False

        def describe(self) -> str:
            return "do something new"

        def writes(self) -> tuple[steps.Write, ...]:
            return ()

    for act in (apply, revert):
        with pytest.raises(TypeError, match=r"orders \(job 7\): nothing here .* Unheard"):
            act(Unheard(), JOB)
