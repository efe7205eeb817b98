"""`dli:judge`: who judges changes of SQL in this process. Flink's part is loaded when the first change is judged."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dli_provider.resting import Turn, elsewhere
from dli_provider.sql import consult

if TYPE_CHECKING:
    from dli_provider.flink.judging import Consulted
    from dli_provider.settings import JudgeMode
    from dli_provider.sql import Settings, SqlVerdict


def consult_when_asked(mode: JudgeMode, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Have changes of SQL judged as `mode` says."""
    turn = Turn()
    begun: list[Consulted] = []

    def first(old: str, new: str, given: tuple[Settings, Settings], version: str) -> SqlVerdict | None:
        # A planner takes one change after the other, and comes up first, or is even fetched. Meanwhile the thread is
        # lent to others, whose jobs may be stopped and are waited for on it.
        with turn:
            if not begun:
                from dli_provider.flink.judging import Consulted

                begun.append(Consulted(mode, environ, say))
                atexit.register(begun[0].close)
            return elsewhere(lambda: begun[0].ask(old, new, given, version))

    consult(first)
