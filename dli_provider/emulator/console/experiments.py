"""Faults worth trying, ready to be switched on: what each does, and what to look for. Data; `faults` does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from dli_provider.emulator.faults import Fault, FaultRule
from dli_provider.emulator.switches import EmulatorSettings

_DISTINCTIVE: Final = ("kind", "call", "how", "when", "status", "job_status")


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


class Habit(NamedTuple):
    """A way in which the service may behave all the time: settings, with the words around them."""

    slug: str
    title: str
    what: str
    watch: str
    settings: dict[str, Any]

    def on(self, settings: EmulatorSettings) -> bool:
        """Whether the local DLI behaves so now."""
        return all(getattr(settings, name) == value for name, value in self.settings.items())

    @property
    def usual(self) -> bool:
        """Whether the local DLI behaves so by default."""
        return self.on(EmulatorSettings())

    @property
    def off(self) -> dict[str, Any]:
        """The settings that end it."""
        return {name: EmulatorSettings.model_fields[name].default for name in self.settings}


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
        "stuck-start",
        "The job",
        "A start does not settle",
        "The run request is accepted, and the job stays job_submitting for ever.",
        "The deployment must end, say since when, and the next one must find a way out.",
        {"kind": "stuck", "call": "run"},
    ),
    Experiment(
        "stuck-stop",
        "The job",
        "A stop does not settle",
        "The stop request is accepted, and the job stays job_canceling, or job_savepointing, for ever.",
        "Nothing may be claimed of its state; drift and previews must show it.",
        {"kind": "stuck", "call": "stop"},
    ),
    Experiment(
        "stuck-savepoint",
        "State",
        "A savepoint does not settle",
        "It is accepted, and the job stays job_savepointing for ever.",
        "Nothing may be stopped on it.",
        {"kind": "stuck", "call": "savepoint"},
    ),
    Experiment(
        "unknown-status",
        "The job",
        "A status that nobody knows",
        "A started job is job_migrating for a minute, in letters of both sizes, and then comes up.",
        "It is shown as it is, and waited for.",
        {"kind": "stuck", "call": "run", "job_status": "Job_Migrating", "seconds": 60.0},
    ),
    Experiment(
        "autoscale",
        "The job",
        "DLI scales a job by itself",
        "Three seconds after its start it is stopped with a savepoint and runs again with other CUs, if its"
        " runtime_config has flink.dli.job.scale.enable, and it has checkpoints, logs and a bucket.",
        "Its CUs are no drift, and the restart is no news.",
        {"kind": "autoscale", "call": "run", "seconds": 3.0},
    ),
    Experiment(
        "drip",
        "The wire",
        "Answers drip",
        "Each answer comes byte by byte, for a minute.",
        "A call must end at its deadline, though something arrives all the time.",
        {"kind": "drip", "call": "*", "seconds": 60.0, "times": None},
        by_job=False,
    ),
    Experiment(
        "flood",
        "The wire",
        "An answer floods",
        "A small gzip answer is 700 megabytes when it is unpacked.",
        "It must not be read whole.",
        {"kind": "flood", "call": "*", "megabytes": 700},
        by_job=False,
    ),
    Experiment(
        "truncate",
        "The wire",
        "Every other answer is cut off",
        "What was asked is done, and the JSON of the answer ends in the middle of a string.",
        "It is no refusal: after a write it must look before it asks again.",
        {"kind": "truncate", "call": "*", "probability": 0.5, "seed": 2, "times": None},
        by_job=False,
    ),
    Experiment(
        "credentials-midway",
        "The wire",
        "Credentials expire while a job is stopped",
        "The update that follows the stop is answered 401, and so is everything until this is switched off.",
        "What is left to be done must be written down for the next deployment.",
        {"kind": "expire_credentials", "call": "update", "times": 1},
        by_job=False,
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
HABITS: Final = (
    Habit(
        "lag",
        "Reads lag",
        "Lists, jobs and tags show what was true three seconds ago; what is written meets the truth.",
        "Nothing may be believed undone because one look does not show it.",
        {"lag": 3.0},
    ),
    Habit(
        "flap",
        "Two replicas answer in turn",
        "Every second read is three seconds older than the others.",
        "A status that goes back is no news, and no job may be run or stopped twice for it.",
        {"flap": 3.0},
    ),
    Habit(
        "late-stop",
        "A stop is carried out late",
        "Its yes comes at once; for 18 seconds the job stays job_running, and then it is stopped after all.",
        "The error must not say that the old definition runs on, when ten seconds later it does not.",
        {"late_stop": 18.0},
    ),
    Habit(
        "late-run",
        "A run is carried out late",
        "Its yes comes at once; for ten seconds the job stays at rest.",
        "It must not be run twice, nor be taken for a start that failed.",
        {"late_run": 10.0},
    ),
    Habit(
        "late-savepoint",
        "A savepoint is taken late",
        "Its yes comes at once; for ten seconds nothing is saved.",
        "Nothing may be stopped on a savepoint that has not been seen.",
        {"late_savepoint": 10.0},
    ),
    Habit(
        "late-update",
        "An update is carried out late",
        "Its yes comes at once; for five seconds the definition is the old one, also for a run that begins then.",
        "The job must not run on with the old definition while the stack believes in the new one.",
        {"late_update": 5.0},
    ),
    Habit(
        "codes-of-today",
        "Refusals have the codes of today",
        "Only those of the general table: DLI.0007 for what may not be done now, DLI.0023 for what is not there.",
        "Every deployment must end as it does with the five-digit codes.",
        {"codes": "today"},
    ),
    Habit(
        "no-deprecated-calls",
        "Deprecated calls are gone",
        "Bucket permissions, metrics and the agency are answered 404 by the gateway.",
        "No deployment may fail for it; it says once what is then not protected.",
        {"deprecated_calls": False},
    ),
    Habit(
        "refuse-resuming",
        "Resuming without a savepoint is refused",
        "13017, instead of a start from empty state.",
        "The job must come up in the way that was planned, or the error says what it lacks.",
        {"resume_without_savepoint": "refuse"},
    ),
    Habit(
        "fresh-resuming",
        "Resuming without a savepoint starts afresh",
        "The run is accepted, and begins from empty state.",
        "A lost state must be told, although DLI has said yes.",
        {"resume_without_savepoint": "fresh"},
    ),
    Habit(
        "no-shared-cluster",
        "Shared clusters do not run jobs",
        "A run is refused for want of a queue (13024), and a UDF jar already at create (11035).",
        "The error must name run_mode and queue_name.",
        {"shared_cluster_runs": False},
    ),
    Habit(
        "shared-cluster",
        "Shared clusters run jobs",
        "As the sample of the update page has it, with a UDF jar too.",
        "What the documents allow must deploy.",
        {"shared_cluster_runs": True},
    ),
    Habit(
        "offset-of-ids",
        "The offset of the list is an id",
        "A page begins after the job with that id, not after so many rows.",
        "No job may be missing, and the reading must end.",
        {"offset_counts": "ids"},
    ),
    Habit(
        "large-ids",
        "Job ids are beyond 2^53",
        "New jobs get ids that a double cannot hold.",
        "The outputs must show the very id.",
        {"first_job_id": 2**53 + 1},
    ),
    Habit(
        "no-autoscale",
        "DLI scales no job by itself",
        "Whatever flink.dli.job.scale.enable says.",
        "Nothing is different but that such a job keeps its CUs.",
        {"autoscale": False},
    ),
)
BY_SLUG: Final = {experiment.slug: experiment for experiment in EXPERIMENTS}
HABIT_BY_SLUG: Final = {habit.slug: habit for habit in HABITS}
