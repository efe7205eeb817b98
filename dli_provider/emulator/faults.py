"""Faults on order: rules that make a chosen call go wrong, on the wire or in what becomes of the job."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dli_provider.emulator.runners import OrderedFaults
from dli_provider.emulator.store import Store

Kind = Literal[
    "refuse_connection",  # reset (RST), nothing executed
    "cut_before",  # closed without an answer, nothing executed
    "cut_after",  # executed, then closed without an answer
    "status",  # answered with `status`, `body` and `headers`, nothing executed
    "is_success_false",  # HTTP 200 with is_success "false", nothing executed
    "slow",  # `seconds` of delay before or after execution
    "pause",  # held before or after execution until the fault is deleted
    "drip",  # executed, then answered byte by byte for `seconds`
    "flood",  # executed, then answered with `megabytes` of white space, packed by gzip, before the JSON
    "truncate",  # executed, then answered with JSON that ends in the middle of a string
    "expire_credentials",  # whoever called is answered 401 until the fault is deleted
    "submit_fail",  # this run ends in job_submit_fail with `message`
    "running_exception",  # this run fails after `seconds` of running, `repeats` times in a row
    "finish",  # this run finishes after `seconds` of running
    "stop_fail",  # `how`: cancel_fail (default) or keeps_running
    "savepoint_fail",  # `how`: refused (default), lost or keeps_running
    "stuck",  # accepted, then the job stays in `job_status` for `seconds`; 0: for ever
    "autoscale",  # this run is stopped by DLI after `seconds` of running, and runs again with other CUs
    "drop_builtin_savepoint_on_failed_start",  # together with submit_fail
]
_BEHAVIOUR: Final[dict[str, frozenset[str]]] = {
    # kinds that never touch the wire, and the calls on which they make sense
    "submit_fail": frozenset({"run"}),
    "running_exception": frozenset({"run"}),
    "finish": frozenset({"run"}),
    "drop_builtin_savepoint_on_failed_start": frozenset({"run"}),
    "autoscale": frozenset({"run"}),
    "stuck": frozenset({"run", "stop", "savepoint"}),
    "stop_fail": frozenset({"stop"}),
    "savepoint_fail": frozenset({"stop", "savepoint"}),
}
_HOW: Final = {
    "stop_fail": ("cancel_fail", "keeps_running"),
    "savepoint_fail": ("refused", "lost", "keeps_running"),
}


class FaultRule(BaseModel):
    """When a fault strikes and what it does. A rule counts the calls it matches and strikes from the `nth` on."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    call: str = Field(default="*", description="a call name such as create, get, run; * for every call")
    project: str | None = Field(default=None, description="only this project id")
    job: str | None = Field(default=None, description="only jobs of this name; * and ? are wildcards")
    nth: int = Field(default=1, ge=1, description="first matching call to strike, counted from 1")
    times: int | None = Field(
        default=1, ge=1, description="how many matching calls to strike; null: all from nth on"
    )
    probability: float = Field(default=1.0, ge=0, le=1, description="chance to strike each of them")
    seed: int = Field(default=0, description="makes the chance repeatable")
    when: Literal["before", "after"] = Field(
        default="before", description="slow and pause: before or after execution"
    )
    seconds: float = Field(
        default=0.0, ge=0, description="slow, drip, running_exception, finish, stuck, autoscale"
    )
    status: int = Field(default=500, ge=200, le=599, description="kind status")
    body: Any = Field(default=None, description="kind status: JSON body; null: a gateway-like error body")
    headers: dict[str, str] = Field(default_factory=dict, description="kind status: extra headers")
    message: str = Field(default="", description="message or status_desc")
    how: str | None = Field(default=None, description="stop_fail, savepoint_fail")
    job_status: str = Field(
        default="",
        max_length=64,
        description="stuck: any text; empty: the usual one of the call, such as job_submitting",
    )
    megabytes: int = Field(default=200, ge=1, le=10_000, description="flood: size once unpacked")
    repeats: int = Field(
        default=1, ge=1, description="running_exception: failures in a row, automatic restarts included"
    )

    @field_validator("how")
    @classmethod
    def _known_how(cls, value: str | None, info: Any) -> str | None:
        if value is not None and value not in _HOW.get(info.data.get("kind", ""), ()):
            raise ValueError(f"{info.data.get('kind')} does not know {value!r}")
        return value

    @property
    def behavioural(self) -> bool:
        """Whether the fault concerns the job's fate, not the answer."""
        return self.kind in _BEHAVIOUR

    def matches(self, call: str, project: str, jobs: Sequence[str]) -> bool:
        """Whether the rule is about this call."""
        if self.call not in ("*", call) or self.project not in (None, project):
            return False
        if self.behavioural and call not in _BEHAVIOUR[self.kind]:
            return False
        return self.job is None or any(fnmatchcase(job, self.job) for job in jobs)


class Fault(FaultRule):
    """A rule in force: its id and how often it matched and struck."""

    id: int
    seen: int = 0
    struck: int = 0
    held: int = Field(default=0, description="calls it holds at this moment (pause)")
    expired: list[str] = Field(default_factory=list, description="identities it has expired")

    def strikes(self) -> bool:
        """Count one matching call; does the fault strike it?"""
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.seen >= self.nth + self.times):
            return False
        if self.probability < 1 and random.Random(f"{self.seed}:{self.seen}").random() >= self.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """All rules in force, kept in the state file so that they survive a restart in the middle of a test."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._released: dict[int, asyncio.Event] = {}
        self.reload()

    def reload(self) -> None:
        """Read the rules from the state file; whoever was held is let go."""
        for event in self._released.values():
            event.set()
        self._released = {}
        rows = self._store.db.execute("SELECT doc FROM faults ORDER BY id")
        self._rules = [Fault.model_validate_json(doc).model_copy(update={"held": 0}) for (doc,) in rows]

    @property
    def in_force(self) -> Sequence[Fault]:
        """The rules in force, oldest first."""
        return self._rules

    def add(self, rule: FaultRule) -> Fault:
        """Put a rule in force."""
        cursor = self._store.db.execute("INSERT INTO faults (doc) VALUES ('')")
        fault = Fault(id=int(cursor.lastrowid or 0), **rule.model_dump())
        self._rules.append(fault)
        self._save(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> int:
        """Lift one rule or all of them, letting go whom they hold. How many were lifted."""
        gone = [fault for fault in self._rules if fault_id in (None, fault.id)]
        for fault in gone:
            self._rules.remove(fault)
            self._store.db.execute("DELETE FROM faults WHERE id = ?", (fault.id,))
            self.released(fault).set()
        return len(gone)

    def released(self, fault: Fault) -> asyncio.Event:
        """Set once the fault is lifted."""
        return self._released.setdefault(fault.id, asyncio.Event())

    @property
    def by_job(self) -> bool:
        """Whether any rule asks for a job name, which costs a look-up per call."""
        return any(fault.job is not None for fault in self._rules)

    def strike(self, call: str, project: str, jobs: Sequence[str]) -> Sequence[Fault]:
        """The rules that strike this call, in the order they were added."""
        striking = []
        for fault in self._rules:
            if fault.matches(call, project, jobs):
                if fault.strikes():
                    striking.append(fault)
                self._save(fault)
        return striking

    def expire(self, fault: Fault, who: str) -> None:
        """From now on this identity is answered 401."""
        if who not in fault.expired:
            fault.expired.append(who)
            self._save(fault)

    def expired(self, who: str) -> bool:
        """Whether the identity's credentials were expired by a fault."""
        return any(who in fault.expired for fault in self._rules)

    def _save(self, fault: Fault) -> None:
        self._store.db.execute("UPDATE faults SET doc = ? WHERE id = ?", (fault.model_dump_json(), fault.id))


def ordered_for(faults: Iterable[Fault], job_name: str) -> OrderedFaults:
    """What the striking rules have in store for one job of the call."""
    concerned = [fault for fault in faults if fault.job is None or fnmatchcase(job_name, fault.job)]
    plan: dict[str, Any] = {}
    for fault in concerned:
        if fault.kind == "submit_fail":
            plan["submit_fail"] = fault.message or "The job could not be submitted."
        elif fault.kind == "running_exception":
            plan |= {"exception_after": fault.seconds, "exception_text": fault.message}
            plan["exception_times"] = fault.repeats
        elif fault.kind == "finish":
            plan["finish_after"] = fault.seconds
        elif fault.kind == "stuck":
            plan |= {"stuck_in": fault.job_status, "stuck_for": fault.seconds}
        elif fault.kind == "autoscale":
            plan["scaled_after"] = fault.seconds
        elif fault.kind in _HOW:
            plan[fault.kind] = fault.how or _HOW[fault.kind][0]
        elif fault.kind == "drop_builtin_savepoint_on_failed_start":
            plan["drop_savepoint"] = True
    return OrderedFaults(**plan)
