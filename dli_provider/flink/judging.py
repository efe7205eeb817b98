"""Who judges a change of SQL in this run: Flink's planner where it is to be had, else the rules of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Final, Literal, TypeAlias

from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError
from dli_provider.flink.planner import Planner, PlannerAnswer, Script, name_of
from dli_provider.flink.provision import (
    FETCHES_OLDER,
    Distribution,
    obtain,
    older_planner_present,
    present,
)
from dli_provider.sql import (
    TEXT,
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
# These are planned by a Flink 1.15 of their own, where it is to be had.
_OF_OLDER: Final = re.compile(r"1\.1[3-5](\D.*)?")
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


Fetch: TypeAlias = Callable[[], Distribution]


class Judge:
    """Gives each change one verdict. A planner is started when a change first needs it, and ends with `close`.

    Where Flink is demanded, `fetch` brings it, and `fetch_older` the planner of an older one; without that, the older
    one is asked only where it is on this machine. `note` is told, once, who judges in its place.
    """

    def __init__(
        self,
        mode: JudgeMode,
        environ: Mapping[str, str],
        fetch: Fetch | None = None,
        fetch_older: Fetch | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self._mode, self._environ, self._note = mode, environ, note
        self._fetch, self._fetch_older = (fetch, fetch_older) if mode == "flink" else (None, None)
        self._absent = mode == "text"
        self._here = _Startable(environ)
        self._older = _Startable(environ)
        self._lacking = ""

    def close(self) -> None:
        """End the planners."""
        self._here.close()
        self._older.close()

    def verdict(self, change: SqlChange) -> SqlVerdict:
        """The verdict. Raises `FlinkError` where `flink` is demanded."""
        by_text = _slip(change) or from_text(change.before, change.after, *change.settings)
        # A planner sees nothing of what changes only the looks.
        if by_text.invalid or by_text.cosmetic or self._absent or _TOO_OLD.fullmatch(change.flink_version):
            return by_text
        try:
            found = self._by_planners(change, by_text)
        except FlinkError:
            # In `auto` nobody asked for Flink: what fails once is not tried again for each change.
            if self._mode == "flink":
                raise
            self._absent = True
            return by_text
        # In `auto`, that the text judges for want of any Flink is no news.
        heard = self._mode == "flink" or found.computed_by != TEXT
        if self._lacking and heard and self._note is not None:
            self._note(
                f"{self._lacking}: jobs of Flink {change.flink_version} are judged by {found.computed_by}"
            )
            self._note = None
        return found

    def _by_planners(self, change: SqlChange, by_text: SqlVerdict) -> SqlVerdict:
        unplanned = ""
        # What the older planner does not know is perhaps an addition of DLI's that Flink itself has by now.
        for planner in self._asked(change):
            found = _by_planner(planner, change)
            if isinstance(found, SqlVerdict):
                return found
            unplanned = unplanned or found
        return replace(by_text, unplanned=unplanned)

    def _asked(self, change: SqlChange) -> Iterator[Planner]:
        """Who is asked about a job, one after the other, until one could plan it."""
        if _OF_OLDER.fullmatch(change.flink_version) and (older := self._of_older()):
            yield older
        if here := self._here.planner(self._fetch or partial(present, self._environ)):
            yield here

    def _of_older(self) -> Planner | None:
        name = name_of(pins.OLDER_PLANNER.version)
        try:
            found = self._older.planner(self._fetch_older or partial(older_planner_present, self._environ))
        except FlinkError as error:
            self._older.give_up()
            self._lacking = f"{name} cannot be had ({error})"
            return None
        if found is None and not self._lacking:
            self._lacking = f"{name} is not on this machine ({FETCHES_OLDER} fetches it)"
        return found


class _Startable:
    """One planner, looked for or fetched when it is first wanted."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._looked = False
        self._planner: Planner | None = None

    def planner(self, had: Callable[[], Distribution | None]) -> Planner | None:
        if not self._looked:
            distribution = had()
            self._planner = Planner(distribution, self._environ) if distribution else None
            self._looked = True
        return self._planner

    def give_up(self) -> None:
        self._looked = True

    def close(self) -> None:
        if self._planner is not None:
            self._planner.close()


def _by_planner(planner: Planner, change: SqlChange) -> SqlVerdict | str:
    """Its verdict; or why there is none, where it could not plan both scripts."""
    old, new = _planned(planner, change, stood_in=False)
    if _untold(old) or _untold(new):
        # DLI's connectors have options and formats that Apache's have not; a stand-in takes them all.
        old, new = _planned(planner, change, stood_in=True)
    if wrong := _mistake(change.after, old, new, planner.name):
        return wrong
    for side, answer in (("old", old), ("new", new)):
        if answer.told.get("error"):
            return f"{planner.name} cannot plan the {side} SQL: {_error_of(answer).rstrip('.')}"
    facts = PlanFacts.read(old.told), PlanFacts.read(new.told)
    return verdict_of_plans(change.before, change.after, change.settings, *facts, planner.name)


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


def _mistake(sql: str, old: PlannerAnswer, new: PlannerAnswer, planner: str) -> SqlVerdict | None:
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
    return SqlVerdict(_error_of(new), computed_by=planner, invalid=True)


def _error_of(answer: PlannerAnswer) -> str:
    """Where a planner stopped, and what it said first: what follows lists all that it would have taken, and options."""
    said = str(answer.told["error"]).partition(": ")[2]
    for more in ("Was expecting", " (at line ", "\n\n"):
        said = said.partition(more)[0]
    line, column = answer.place
    return f"line {line}, column {column}: {_OWN_PLACE.sub('', ' '.join(said.split()))}"


class Consulted:
    """A judge that `sql.classify` consults within a `with`; each change is asked once.

    Its planner is started when a change first needs it. Where Flink is demanded and fails, `say` gets why, and the text
    judges: a deployment is no place to stop for want of a second opinion.
    """

    def __init__(self, mode: JudgeMode, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        # A preview is no place for another 230 MB, which nobody sees arriving: an older planner is used if it is here.
        note = (lambda said: say(f"dli:judge: {said}")) if mode == "flink" else None
        self._judge = Judge(mode, environ, partial(obtain, environ), note=note)
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
