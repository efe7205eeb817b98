"""`dli compare`: what is equal, or differs as it should, is left out unless it is asked for."""

from __future__ import annotations

import pytest

from dli_provider.cli.compare import lay_out
from dli_provider.promotion.stack_comparison import Compared, Difference, DifferenceKind

FOUND = (
    Compared("equal", "1f0c", "1f0c", None, 33, ()),
    Compared(
        "meant",
        "1f0c",
        "1f0c",
        None,
        32,
        (Difference("meant", "cu_number", DifferenceKind.ENVIRONMENT, "", "2", "8"),),
    ),
    Compared(
        "odd",
        "1f0c",
        "1f0c",
        None,
        31,
        (
            Difference("odd", "queue_name", DifferenceKind.ENVIRONMENT, "", "a", "b"),
            Difference("odd", "parallel_number", DifferenceKind.OTHERWISE, "nobody said so", "1", "2"),
        ),
    ),
)


def shown(capsys: pytest.CaptureFixture[str], *, every: bool) -> str:
    lay_out("dev", "prod", FOUND, every=every)
    return capsys.readouterr().out


def test_only_what_nobody_meant_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, every=False)
    assert "parallel_number" in text
    for hidden in ("equal", "meant ", "queue_name", "same"):
        assert hidden not in text
    assert text.splitlines()[-1] == "1 UNINTENDED, 0 release, 2 environment; --all shows all"


def test_all_of_it_is_shown_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, every=True)
    for there in ("equal", "meant", "cu_number", "queue_name", "parallel_number", "same"):
        assert there in text
