"""The rules of a review: what a job should have beyond what DLI asks for. Pure functions; each yields its reasons.

A job rule looks at one job, a stack rule at all of a stack and at its queues. `production` rules speak only of stacks
that are for production.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dli_provider.graph.edges import Missed
from dli_provider.job.constraints import cautions
from dli_provider.job.declarations import effective, rests_on
from dli_provider.job.fields import JobSpec
from dli_provider.job.self_scaling import (
    ENABLE,
    INTERVAL,
    LEAST,
    MISSPELT,
    MOST,
    PRIORITY,
    number,
    scales,
    setting,
)
from dli_provider.review.report import QueueUse, Severity
from dli_provider.sql import (
    STATE_TTL,
    TRIAL_CONNECTORS,
    groups_without_window,
    mask_secrets,
    own_ttl,
    used_connectors,
)

_INTERVAL = (10, 900)
_SCALING_MINUTES = 10
"""No page says how often is too often; each time costs the job a stop, a savepoint and a start."""


class NotKnownYet(Exception):
    """A rule asks for an argument whose value only the deployment will tell."""


@dataclass(frozen=True)
class JobCase:
    """A job as the program declares it. `secret` names the arguments marked as secret, `unknown` those whose value is
    not known yet."""

    name: str
    spec: JobSpec = field(repr=False)
    protect: bool = False
    secret: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> object:
        """The value in effect. Raises NotKnownYet."""
        if rests_on(self.spec, name) & self.unknown:
            raise NotKnownYet(name)
        return effective(self.spec, name)

    @property
    def sql(self) -> str:
        """The query. Raises NotKnownYet."""
        return str(self["sql_body"] or "")


@dataclass(frozen=True)
class StackCase:
    """All jobs of a stack. `taken` are names of other jobs of the project, each with whose it is; `lost` the columns
    that go away between jobs, of the stack and beyond."""

    cases: tuple[JobCase, ...]
    queues: tuple[QueueUse, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[Missed, ...] = ()


Asked = TypeVar("Asked", JobCase, StackCase)


@dataclass(frozen=True)
class Rule(Generic[Asked]):
    """`asks` is what the rule wants, in a sentence; `check` yields (subject, reason) for each breach."""

    id: str
    severity: Severity
    production: bool
    asks: str
    remedy: str
    check: Callable[[Asked], Iterator[tuple[str, str]]]

    def breaches(self, subject: Asked) -> tuple[tuple[str, str], ...]:
        """(Of what, reason) for each breach; none where it cannot be told yet."""
        try:
            return tuple(self.check(subject))
        # A rule that cannot be asked yet must neither pass nor fail a review; the deployment knows the value.
        except NotKnownYet:
            return ()


def _checkpointing(job: JobCase) -> Iterator[tuple[str, str]]:
    if not job["checkpoint_enabled"]:
        yield job.name, "it takes no checkpoints: after a failure it starts empty"
    elif not job["obs_bucket"]:
        yield job.name, "it has no bucket to keep checkpoints and savepoints in"


def _alarm_topic(job: JobCase) -> Iterator[tuple[str, str]]:
    if not job["smn_topic"]:
        yield job.name, "nobody is told when it fails"


def _restart_on_exception(job: JobCase) -> Iterator[tuple[str, str]]:
    if not job["restart_when_exception"]:
        yield job.name, "it stays down after a failure until somebody starts it"


def _savepoint_upgrades(job: JobCase) -> Iterator[tuple[str, str]]:
    if job["upgrade_mode"] == "stateless":
        yield job.name, "every restart drops its state"


def _protected(job: JobCase) -> Iterator[tuple[str, str]]:
    if not job.protect:
        yield job.name, "a deployment may delete it, and its state with it"


def _credentials(job: JobCase) -> Iterator[tuple[str, str]]:
    sql = job.sql
    if "sql_body" not in job.secret and mask_secrets(sql) != sql:
        yield job.name, "its SQL holds credentials, which Pulumi keeps and shows in clear"


def _trial_connectors(job: JobCase) -> Iterator[tuple[str, str]]:
    for name, table in sorted(used_connectors(job.sql)):
        if name in TRIAL_CONNECTORS:
            yield job.name, f"table {table} uses connector {name!r}, which is for trying things out"


def _slots(job: JobCase) -> Iterator[tuple[str, str]]:
    # There the resources are declared one by one, and these fields do not apply.
    if job["resource_config_version"] == "v2":
        return
    computing = _whole(job["cu_number"]) - _whole(job["manager_cu_number"])
    parallel, slots, cus = (_whole(job[key]) for key in ("parallel_number", "tm_slot_num", "tm_cus"))
    managers = computing // max(cus, 1)
    if slots and managers > 0 and parallel > slots * managers:
        have = f"{managers} task manager{'s' * (managers != 1)} with {slots} slot{'s' * (slots != 1)} each"
        yield job.name, f"parallel_number is {parallel}, and there are {have}: some tasks never run"
    elif computing >= 2 * parallel:
        yield (
            job.name,
            f"{computing} CUs compute, and parallel_number is {parallel}: more than half stay idle",
        )


def _interval(job: JobCase) -> Iterator[tuple[str, str]]:
    seconds, (least, most) = _whole(job["checkpoint_interval"]), _INTERVAL
    if job["checkpoint_enabled"] and seconds < least:
        yield job.name, f"a checkpoint every {seconds} s keeps the job busy with itself"
    elif job["checkpoint_enabled"] and seconds > most:
        yield job.name, f"after a failure it repeats up to {seconds} s of work"


def _scaling(job: JobCase) -> Iterator[tuple[str, str]]:
    settings = job["runtime_config"]
    if not isinstance(settings, Mapping):
        return
    for key in sorted(MISSPELT.keys() & settings.keys()):
        yield job.name, f"runtime_config has {key}; DLI's page calls it {MISSPELT[key]}"
    if not scales(settings):
        idle = [key for key in (INTERVAL, MOST, LEAST, PRIORITY) if setting(settings, key) is not None]
        if idle:
            yield job.name, f"{', '.join(idle)} in runtime_config does nothing without {ENABLE}"
        return
    if setting(settings, MOST) is None:
        yield job.name, f"DLI never gives it more CUs than it begins with, as {MOST} is not set"
    minutes = number(setting(settings, INTERVAL))
    if minutes is not None and minutes < _SCALING_MINUTES:
        yield job.name, f"DLI may stop and run it again every {minutes} min to scale it"
    if (version := job["flink_version"]) != "1.12":
        what = f"Flink {version}" if version else "a Flink version that is not declared"
        yield job.name, f"DLI's pages disagree on whether {what} is scaled; all name 1.12"


def _idle_state(job: JobCase) -> Iterator[tuple[str, str]]:
    sql, settings = job.sql, job["runtime_config"]
    if (
        job["idle_state_retention"]
        or (isinstance(settings, Mapping | str) and STATE_TTL in settings)
        or own_ttl(sql)
    ):
        return
    for sink in groups_without_window(sql):
        yield job.name, f"the query into {sink} groups without a window: its state grows without end"


def _doubtful(job: JobCase) -> Iterator[tuple[str, str]]:
    for caution in cautions(job.spec, job.unknown):
        yield job.name, caution.reason


def _unique_names(stack: StackCase) -> Iterator[tuple[str, str]]:
    for name, count in sorted(Counter(case.name for case in stack.cases).items()):
        if count > 1:
            yield name, f"{count} jobs of the stack have this name; DLI takes it once in a project"
        # Names are unique in a project of DLI, over all stacks.
        elif name in stack.taken:
            yield name, f"another job of the project has this name: {stack.taken[name]}"


def _queue_capacity(stack: StackCase) -> Iterator[tuple[str, str]]:
    for queue in stack.queues:
        if queue.capacity is not None and queue.after > queue.capacity:
            needs = f"jobs that run there need {queue.after:g} CUs, and it has {queue.capacity}"
            yield queue.name, f"{needs}: some will not start"


def _columns_still_read(stack: StackCase) -> Iterator[tuple[str, str]]:
    for each in stack.lost:
        names = ", ".join(each.columns)
        yield each.reader, f"it reads {names} of {each.table}, which {each.writer} will no longer write"


JOB_RULES: tuple[Rule[JobCase], ...] = (
    Rule(
        "checkpointing",
        Severity.ERROR,
        True,
        "A job in production takes checkpoints, to a bucket.",
        "set checkpoint_enabled=True and obs_bucket",
        _checkpointing,
    ),
    Rule(
        "alarm-topic",
        Severity.WARNING,
        True,
        "Somebody is told when a job in production fails.",
        "set smn_topic",
        _alarm_topic,
    ),
    Rule(
        "restart-on-exception",
        Severity.WARNING,
        True,
        "A job in production is restarted when it fails.",
        "set restart_when_exception=True, and resume_checkpoint=True to go on from the last checkpoint",
        _restart_on_exception,
    ),
    Rule(
        "savepoint-upgrades",
        Severity.ERROR,
        True,
        "A job in production keeps its state when it is changed.",
        "take upgrade_mode='stateless' out; consent to single changes with allow_state_loss or keep_state",
        _savepoint_upgrades,
    ),
    Rule(
        "protect",
        Severity.WARNING,
        True,
        "A job in production is not deleted by mistake.",
        "declare it with opts=ResourceOptions(protect=True)",
        _protected,
    ),
    Rule(
        "plain-credentials",
        Severity.ERROR,
        False,
        "SQL holds no credentials that are not marked as secret.",
        "take the value from secret config (pulumi config set --secret), which makes sql_body a secret; "
        "renew what has been seen",
        _credentials,
    ),
    Rule(
        "trial-connectors",
        Severity.ERROR,
        True,
        "No job in production reads datagen, or writes to print or blackhole.",
        "name a real source or sink",
        _trial_connectors,
    ),
    Rule(
        "slots",
        Severity.WARNING,
        False,
        "Parallelism fits the slots, and the CUs that are paid for are used.",
        "change parallel_number, or the CUs and slots",
        _slots,
    ),
    Rule(
        "checkpoint-interval",
        Severity.WARNING,
        False,
        f"Checkpoints are {_INTERVAL[0]} to {_INTERVAL[1]} seconds apart.",
        "change checkpoint_interval",
        _interval,
    ),
    Rule(
        "scaling",
        Severity.WARNING,
        False,
        "What DLI is asked to scale by itself, it can and does scale.",
        f"set {ENABLE}, {MOST} and {INTERVAL} in runtime_config as DLI's page 'Enabling Dynamic Scaling for Flink "
        "Jobs' says, or take them out",
        _scaling,
    ),
    Rule(
        "idle-state",
        Severity.WARNING,
        False,
        "A query that groups without a window forgets keys that are not seen any more.",
        f"set idle_state_retention, or {STATE_TTL} in runtime_config; a job that has state must start empty for it",
        _idle_state,
    ),
    Rule(
        "doubtful-arguments",
        Severity.WARNING,
        False,
        "No argument is one that DLI takes, and that its pages call useless or forbidden.",
        "take the argument out, or run the job where it means something",
        _doubtful,
    ),
)
STACK_RULES: tuple[Rule[StackCase], ...] = (
    Rule(
        "unique-names",
        Severity.ERROR,
        False,
        "Each job has a name of its own.",
        "choose another name; or, where two stacks declare the same jobs, give each a project of DLI's: dli:projectId",
        _unique_names,
    ),
    Rule(
        "queue-capacity",
        Severity.WARNING,
        False,
        "The jobs on a queue fit into it.",
        "make the queue larger, the jobs smaller, or move some",
        _queue_capacity,
    ),
    Rule(
        "columns-still-read",
        Severity.WARNING,
        False,
        "No column goes away that another job reads.",
        "change the reader first, or write the column on until nobody reads it",
        _columns_still_read,
    ),
)
RULES: tuple[Rule[JobCase] | Rule[StackCase], ...] = (*JOB_RULES, *STACK_RULES)


def _whole(value: object) -> int:
    return int(str(value)) if value else 0
