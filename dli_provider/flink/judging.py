"""Who judges a change of SQL in this run: Flink's planner where it is to be had, else the rules of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Final, Literal, TypeAlias

from dli_provider.flink.failures import FlinkError
from dli_provider.flink.planner import NAME, Planner, PlannerAnswer, Script
from dli_provider.flink.provision import Distribution, obtain, present
from dli_provider.sql import (
    PlanFacts,
    Settings,
    SqlVerdict,
    consult,
    from_text,
    mistakes,
    verdict_of_plans,
)

JudgeMode: TypeAlias = Literal["auto", "flink", "text"]
"""`flink`: its planner, fetched if need be; `auto`: if it is on this machine already; `text`: the rules alone."""
MODES: Final[tuple[JudgeMode, ...]] = ("auto", "flink", "text")

# These Flinks plan and keep state by other rules than the planner that is here.
_TOO_OLD: Final = re.compile(r"1\.\d(\D.*)?|1\.1[0-2](\D.*)?")
# Faults of a script that no other Flink, catalog or function could mend.
_SURELY_WRONG: Final = re.compile(
    r"SqlParserException|ParseException|SqlParserEOFException"
    r"|Object '[^']*' not found(?! within)|Column '[^']*' not found in any table"
    r"|Column '[^']*' not found in table|Table '[^']*' not found"
)

# Where a parser found something, counted from the begin of its statement: `place` says it of the whole script.
_OWN_PLACE: Final = re.compile(r" at line \d+, column \d+\b")
_MISSING: Final = re.compile(r"(?:Object|Table) '([^']*)' not found")


@dataclass(frozen=True)
class SqlChange:
    """A change of a job's SQL, with the settings and the version of Flink that hold for each side."""

    before: str = field(repr=False)
    after: str = field(repr=False)
    settings: tuple[Settings, Settings] = ((), ())
    flink_version: str = ""


class Judge:
    """Gives each change one verdict. The planner is started when a change first needs it, and ends with `close`."""

    def __init__(
        self,
        mode: JudgeMode,
        environ: Mapping[str, str],
        fetch: Callable[[], Distribution] | None = None,
    ) -> None:
        self._mode, self._environ, self._fetch = mode, environ, fetch
        self._planner: Planner | None = None
        self._absent = mode == "text"

    def close(self) -> None:
        """End the planner."""
        if self._planner is not None:
            self._planner.close()

    def verdict(self, change: SqlChange) -> SqlVerdict:
        """The verdict. Raises `FlinkError` where `flink` is demanded."""
        by_text = _slip(change) or from_text(change.before, change.after, *change.settings)
        # A planner sees nothing of what changes only the looks.
        if by_text.invalid or by_text.cosmetic or self._absent or _TOO_OLD.fullmatch(change.flink_version):
            return by_text
        try:
            found = self._by_planner(change)
        except FlinkError:
            # In `auto` nobody asked for Flink: what fails once is not tried again for each change.
            if self._mode == "flink":
                raise
            self._absent = True
            return by_text
        if found is None:
            return by_text
        return found

    def _by_planner(self, change: SqlChange) -> SqlVerdict | None:
        planner = self._started()
        if planner is None:
            self._absent = True
            return None
        old, new = _planned(planner, change, stood_in=False)
        if _untold(old) or _untold(new):
            # DLI's connectors have options and formats that Apache's have not; a stand-in takes them all.
            old, new = _planned(planner, change, stood_in=True)
        if wrong := _mistake(change.after, old, new):
            return wrong
        facts = PlanFacts.read(old.told), PlanFacts.read(new.told)
        return verdict_of_plans(change.before, change.after, change.settings, *facts, NAME)

    def _started(self) -> Planner | None:
        if self._planner is None:
            if self._mode == "flink" and self._fetch is not None:
                distribution: Distribution | None = self._fetch()
            else:
                distribution = present(self._environ)
            if distribution is not None:
                self._planner = Planner(distribution, self._environ)
        return self._planner


def _slip(change: SqlChange) -> SqlVerdict | None:
    """The slips of the pen in the new text, before any word about state.

    What the old text has as well is none: a job runs with it.
    """
    before = {each.said for each in mistakes(change.before)}
    found = [each for each in mistakes(change.after) if each.said not in before]
    if not found:
        return None
    said = [f"line {each.line}, column {each.column}: {each.said}" for each in found]
    return SqlVerdict("\n".join(said), invalid=True)


_PLANNED_WITH: Final = (("parallelism.default", "1"),)
"""Ids of operators depend on who is chained to whom, and that on parallelism: on both sides the same one."""


def _planned(planner: Planner, change: SqlChange, *, stood_in: bool) -> tuple[PlannerAnswer, PlannerAnswer]:
    old, new = planner.answers(
        *(
            Script(sql, (*_PLANNED_WITH, *given), stood_in)
            for sql, given in ((change.before, change.settings[0]), (change.after, change.settings[1]))
        )
    )
    return old, new


def _untold(answer: PlannerAnswer) -> bool:
    """Whether a script was not planned, for a reason that may lie in a connector."""
    error = str(answer.told.get("error", ""))
    return bool(error) and not _SURELY_WRONG.search(error)


def _mistake(sql: str, old: PlannerAnswer, new: PlannerAnswer) -> SqlVerdict | None:
    """Why the new script is no valid SQL, where the old one is and so the planner knows all that they name."""
    error = str(new.told.get("error", ""))
    if "error" in old.told or not _SURELY_WRONG.search(error):
        return None
    missing = _MISSING.search(error)
    # A catalog may be there on DLI, and a definition behind its use may count there.
    if missing and re.search(
        rf"(?i)`?\b{re.escape(missing[1])}\b`?\s*\.|(TABLE|VIEW)[^;]*?\b{re.escape(missing[1])}\b`?\s*(\(|AS)",
        sql,
    ):
        return None
    line, column = new.place
    said = " ".join(error.partition(": ")[2].partition("Was expecting")[0].partition(" (at line ")[0].split())
    said = _OWN_PLACE.sub("", said)
    return SqlVerdict(f"line {line}, column {column}: {said}", computed_by=NAME, invalid=True)


class Consulted:
    """A judge that `sql.classify` consults within a `with`; each change is asked once.

    Its planner is started when a change first needs it. Where Flink is demanded and fails, `say` gets why, and the text
    judges: a deployment is no place to stop for want of a second opinion.
    """

    def __init__(self, mode: JudgeMode, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._judge = Judge(mode, environ, partial(obtain, environ))
        self._say, self._lock = say, Lock()
        self._known: dict[SqlChange, SqlVerdict] = {}

    def __enter__(self) -> Consulted:
        consult(self.ask)
        return self

    def __exit__(self, *_: object) -> None:
        consult(None)
        self.close()

    def close(self) -> None:
        """End the planner."""
        self._judge.close()

    def ask(self, old: str, new: str, given: tuple[Settings, Settings], version: str) -> SqlVerdict | None:
        """The verdict on a change."""
        change = SqlChange(old, new, given, version)
        with self._lock:
            if change not in self._known:
                try:
                    self._known[change] = self._judge.verdict(change)
                except FlinkError as error:
                    self._say(f"dli:judge: the text judges changes of SQL, as Flink cannot be asked: {error}")
                    self._judge = Judge("text", {})
                    self._known[change] = self._judge.verdict(change)
            return self._known[change]
