"""Faults worth trying, ready to be switched on: what each does, and what to look for. Data; `faults` does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from dli_provider.emulator.faults import Fault, FaultRule

_DISTINCTIVE: Final = ("kind", "call", "how", "when", "status")


class Experiment(NamedTuple):
    """One fault rule with the words around it. `by_job`: it may be kept to jobs of one name."""

    slug: str
    group: str
    title: str
    what: str
    watch: str
    rule: dict[str, Any]
    by_job: bool = True

    def made(self, job: str, always: bool) -> FaultRule:
        """The rule to put in force: for jobs of this name ("" for all), once or until it is switched off."""
        fields = {"times": None if always else 1, **self.rule}
        return FaultRule(**fields, job=job or None) if self.by_job else FaultRule(**fields)

    def among(self, faults: Iterable[Fault]) -> Fault | None:
        """The fault in force that this experiment has ordered, if any."""
        mine = FaultRule(**self.rule)
        for fault in faults:
            if all(getattr(fault, name) == getattr(mine, name) for name in _DISTINCTIVE):
                return fault
        return None


def spent(fault: Fault) -> bool:
    """Whether it has struck as often as it was to."""
    return fault.times is not None and fault.seen >= fault.nth + fault.times - 1


EXPERIMENTS: Final = (
    Experiment(
        "submit-fail",
        "The job",
        "A start fails",
        "The run request is accepted, and the job ends in job_submit_fail.",
        "Change a query and deploy: the old definition must come back, from the savepoint taken before.",
        {"kind": "submit_fail", "call": "run", "message": "Not enough slots: 4 needed, 2 free."},
    ),
    Experiment(
        "exception",
        "The job",
        "A job fails once it runs",
        "Three seconds after its start it goes to job_running_exception.",
        "Within health_window the deployment must notice and roll back; later a refresh must tell.",
        {
            "kind": "running_exception",
            "call": "run",
            "seconds": 3.0,
            "message": "NullPointerException in Calc[3]",
        },
    ),
    Experiment(
        "savepoint-refused",
        "State",
        "Savepoints are refused",
        "Neither a stop nor a trigger gets a savepoint.",
        "Nothing may be stopped: the job runs on as it was, and the error says so.",
        {"kind": "savepoint_fail", "call": "*", "how": "refused"},
    ),
    Experiment(
        "savepoint-lost",
        "State",
        "A savepoint gets lost",
        "The request is accepted and the job passes through job_savepointing, but no savepoint is there afterwards.",
        "The loss must be noticed before anything starts from empty state.",
        {"kind": "savepoint_fail", "call": "*", "how": "lost"},
    ),
    Experiment(
        "stop-goes-on",
        "State",
        "A stop with savepoint gets none, and goes on",
        "The savepoint fails, and the job runs on instead of being stopped.",
        "The deployment must wait in vain only as long as it has to, and say that the job still runs.",
        {"kind": "savepoint_fail", "call": "stop", "how": "keeps_running"},
    ),
    Experiment(
        "stop-fails",
        "The job",
        "A stop fails",
        "The job ends in job_cancel_fail and still runs.",
        "The definition must stay as it is, and the job must not run twice.",
        {"kind": "stop_fail", "call": "stop", "how": "cancel_fail"},
    ),
    Experiment(
        "lost-answer",
        "The wire",
        "The answer to a create gets lost",
        "The job is made, then the connection is cut without an answer.",
        "There must be one job afterwards, not two.",
        {"kind": "cut_after", "call": "create"},
    ),
    Experiment(
        "lost-update",
        "The wire",
        "The answer to an update gets lost",
        "The definition is changed, then the connection is cut without an answer.",
        "The deployment must go on from what the job really is.",
        {"kind": "cut_after", "call": "update"},
    ),
    Experiment(
        "lost-run",
        "The wire",
        "The answer to a run gets lost",
        "The job is started, then the connection is cut without an answer.",
        "The job must not be run twice, nor be taken for stopped.",
        {"kind": "cut_after", "call": "run"},
    ),
    Experiment(
        "refused",
        "The wire",
        "Every third connection is refused",
        "The connection is reset before anything is executed; repeatable, as the dice are seeded.",
        "Reads are repeated; after a write it must look before it asks again.",
        {"kind": "refuse_connection", "call": "*", "probability": 0.33, "seed": 3, "times": None},
        by_job=False,
    ),
    Experiment(
        "errors",
        "The wire",
        "One call in five fails",
        "HTTP 500 with DLI.0999, nothing executed; repeatable, as the dice are seeded.",
        "Reads are repeated, and writes only where that is safe.",
        {"kind": "status", "call": "*", "status": 500, "probability": 0.2, "seed": 5, "times": None},
        by_job=False,
    ),
    Experiment(
        "throttled",
        "The wire",
        "DLI throttles",
        "Every other call is answered 429 with Retry-After: 1.",
        "The deployment must become slower, not fail.",
        {
            "kind": "status",
            "call": "*",
            "status": 429,
            "headers": {"Retry-After": "1"},
            "probability": 0.5,
            "times": None,
        },
        by_job=False,
    ),
    Experiment(
        "slow",
        "The wire",
        "DLI is slow",
        "Every answer takes two seconds.",
        "Progress must still be told, and no time-out reached.",
        {"kind": "slow", "call": "*", "seconds": 2.0, "times": None},
        by_job=False,
    ),
    Experiment(
        "held-run",
        "The wire",
        "A run request is held",
        "It is executed, but its answer does not come until this is switched off.",
        "Kill the deployment meanwhile, and deploy again: it must find the job running.",
        {"kind": "pause", "call": "run", "when": "after"},
    ),
    Experiment(
        "credentials",
        "The wire",
        "Credentials expire",
        "Whoever calls next is answered 401 until this is switched off.",
        "The error must name the credentials, and no half-done change may stay behind.",
        {"kind": "expire_credentials", "call": "*", "times": 1},
        by_job=False,
    ),
)
BY_SLUG: Final = {experiment.slug: experiment for experiment in EXPERIMENTS}
