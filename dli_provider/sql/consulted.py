"""Whom the judge of SQL consults before it goes by the text: Flink's planner, installed by who can ask it.

A process has one, so that a change has one verdict in one run, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dli_provider.sql.change import Settings, SqlVerdict

Consulted = Callable[[str, str, "tuple[Settings, Settings]", str], "SqlVerdict | None"]
"""Old and new SQL, the settings given to both, and the version of Flink; `None` where it has nothing to say."""

_consulted: list[Consulted] = []


def consult(judge: Consulted | None) -> None:
    """From now on `classify` asks this judge first; `None`: nobody."""
    _consulted[:] = [judge] if judge else []


def asked(old_sql: str, new_sql: str, given: tuple[Settings, Settings], version: str) -> SqlVerdict | None:
    """What the one that is consulted says, if there is one and it knows."""
    return _consulted[0](old_sql, new_sql, given, version) if _consulted else None
