"""The faults that deployments are tried with, and where each makes sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dli_provider.emulator.faults import Fault
from dli_provider.emulator.server import Emulator

_NEEDED = frozenset({"*", "get", "run", "tags_create"})
"""Calls without which nobody can run a job again, know that it runs, or give it back a tag."""


@dataclass(frozen=True)
class TriedFault:
    """`kind` at the `nth` of these calls, once or `lasting`: until the operation is over."""

    kind: str
    call: str
    nth: int = 1
    lasting: bool = False
    rule: dict[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.kind} at {self.call} {self.nth}{' and from then on' if self.lasting else ''}"

    @property
    def excuses(self) -> bool:
        """Whether nobody could do better than say what is left: DLI was out of reach to the end."""
        if self.kind == "stop_fail":
            return self.lasting and self.rule.get("how") != "keeps_running"
        if self.kind in _BEHAVIOUR:
            return self.lasting and self.call == "run"
        # What an earlier update changed in place can be changed back by nothing but an update.
        needed = self.call in _NEEDED or (self.call == "update" and self.nth > 1)
        return self.kind == "expire_credentials" or (self.lasting and needed)

    def order(self, dli: Emulator, project: str) -> Fault:
        """Order it for one project."""
        times = None if self.lasting else 1
        wire = _WIRE.get(self.kind, (self.kind, {}))
        return dli.add_fault(
            wire[0], self.call, nth=self.nth, times=times, project=project, **{**wire[1], **self.rule}
        )


_WIRE: dict[str, tuple[str, dict[str, Any]]] = {
    "refuse_connection": ("refuse_connection", {}),
    "cut_before": ("cut_before", {}),
    "cut_after": ("cut_after", {}),
    "429": ("status", {"status": 429, "headers": {"Retry-After": "1"}}),
    "500": ("status", {"status": 500}),
    "503": ("status", {"status": 503}),
    "slow": ("slow", {"seconds": 0.7, "when": "after"}),
    "is_success_false": ("is_success_false", {}),
    "expire_credentials": ("expire_credentials", {}),
}
"""What goes wrong on the wire: at any call."""

BOTH_WAYS = frozenset({"cut_before", "cut_after", "expire_credentials"})
"""After these the job may be anywhere: they are carried on from with a refresh and without, others with one of both."""
_FROM_HERE_ON = frozenset({"refuse_connection", "cut_before", "429", "503", "slow", "cut_after"})
"""What lasts for all calls. The others last for their own call, and so does a cut answer."""
_FOR_THIS_CALL = frozenset({"cut_after", "500", "is_success_false"})

_BEHAVIOUR: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "submit_fail": (("run", {"message": "no such column"}),),
    "running_exception": (("run", {"seconds": 0.0}), ("run", {"seconds": 0.002})),
    "stop_fail": (("stop", {"how": "cancel_fail"}), ("stop", {"how": "keeps_running"})),
    "savepoint_fail": tuple(
        (call, {"how": how}) for call in ("savepoint", "stop") for how in ("refused", "lost", "keeps_running")
    ),
}
"""What becomes of the job although the call was answered well: at the calls that can go wrong so."""

WIRE = tuple(_WIRE)
BEHAVIOUR = tuple(_BEHAVIOUR)
READ_TIMEOUT = 0.4
"""Seconds; less than a slow call takes."""


def at_every_call(kind: str, calls: Sequence[str]) -> Iterator[TriedFault]:
    """A fault of the wire at each call of a deployment, once and lasting; of looks in a row at the first and last."""
    seen: Counter[str] = Counter()
    for number, call in enumerate(calls, 1):
        seen[call] += 1
        if call == "get" and calls[number - 2 : number + 1] == ("get", "get", "get"):
            continue
        if kind == "expire_credentials":
            yield TriedFault(kind, call, seen[call])
            continue
        yield TriedFault(kind, call, seen[call])
        if kind in _FROM_HERE_ON:
            yield TriedFault(kind, "*", number, lasting=True)
        if kind in _FOR_THIS_CALL:
            yield TriedFault(kind, call, seen[call], lasting=True)


def of_behaviour(kind: str, calls: Sequence[str]) -> Iterator[TriedFault]:
    """A fault of the job at each call that can go wrong so: once, and lasting."""
    for call, rule in _BEHAVIOUR[kind]:
        if rule.get("seconds") and "create" in calls:
            continue  # a new job is not watched once it runs: there is no other definition to go back to
        for nth in range(1, calls.count(call) + 1):
            for lasting in (False, True):
                yield TriedFault(kind, call, nth, lasting, rule)
