"""Everything wrong with a job's arguments, said at once: each argument by itself, and what must hold between them.

One generator for each constraint. Its parameters name the fields it reads; it gets the values in effect and yields
phrases that follow the name of the field they are reported under and hold a remedy. What DLI refuses is refused; what
DLI takes, as far as its pages tell, and is likely a mistake all the same is a caution: said, and not held against the
job. Pure; asks nothing of DLI. See DLI API reference, "Creating a SQL Job".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, partial

from pydantic import ValidationError

from dli_provider.job.declarations import FIELDS, WIRED, effective, is_declared, reads, rests_on
from dli_provider.job.diff import changed
from dli_provider.job.fields import JobSpec
from dli_provider.job.impact import Impact
from dli_provider.job.self_scaling import ENABLE, INTERVAL, LEAST, MOST, PRIORITY, number, scales, setting
from dli_provider.job.values import DESC_LENGTH, NAME_LENGTH, plain
from dli_provider.job.wire import EDGE, EVERY_JOB, OPEN_SOURCE, SQL, Wire


@dataclass(frozen=True)
class Violation:
    """One thing wrong with one argument: `reason` is a sentence that names the argument and says what to do.

    A `caution` is to be shown as a warning: nothing is refused for it. `basis` are the arguments that it follows from.
    """

    property: str
    reason: str
    caution: bool = False
    basis: frozenset[str] = field(default=frozenset(), compare=False)

    def hiding(self, secret: Set[str]) -> Violation:
        """The same without a number, where it follows from an argument that the user keeps secret: also a bound that
        is computed from a number gives it away."""
        if not self.basis & secret:
            return self
        return replace(self, reason=_NUMBER.sub("[secret]", self.reason))


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?!\w)")
_PHRASES = {
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_type": "must be a whole number, not text or a fraction",
    "invalid_key": "must be text, as every key",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be {expected}",
    "mapping_type": "must be a mapping",
    "model_type": "must be a mapping",
    "string_too_long": "must be at most {max_length} characters",
    "string_type": "must be text, in quotes",
    "too_long": "must be at most {max_length} characters",
    "extra_forbidden": "is not known; take it out",
    "value_error": "{error}",
}
"""Every kind of finding that the types of a job's fields can lead to."""


def ill_formed(error: ValidationError) -> tuple[Violation, ...]:
    """The single-argument violations that pydantic found."""
    found = []
    for item in error.errors(include_input=False, include_url=False):
        name, *inside = (str(part) for part in item["loc"])
        # pydantic adds "[key]" to the path of a mistaken key, which says nothing to a reader.
        where = ".".join([name, *(part for part in inside if part != "[key]")])
        # Bounds of numbers with a point come as such.
        details = {key: plain(value) for key, value in item.get("ctx", {}).items()}
        reason = f"{where} {_PHRASES[item['type']].format(**details)}"
        found.append(Violation(name, reason, basis=frozenset({name})))
    return tuple(found)


def misnamed(names: Iterable[str]) -> tuple[Violation, ...]:
    """A violation for each name that is no argument of a job, with the likeliest that is."""
    found = []
    for name in sorted(set(names) - FIELDS.keys()):
        close = get_close_matches(name, FIELDS, 1, cutoff=0.5)
        remedy = f"did you mean {close[0]}?" if close else "take it out"
        found.append(Violation(name, f"{name} is not an argument of a job; {remedy}"))
    return tuple(found)


SQL_BYTES = 1024 * 1024
OWN_TAGS = 16
"""Tags left to the program: DLI takes 20, and 4 mark who owns the job."""
FLINK_VERSIONS = ("1.10", "1.12", "1.13", "1.15", "1.17")
"""Those that DLI's pages name."""
_TASKS_PER_CU = 4
_BUCKET = re.compile(r"(obs://)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?", re.DOTALL)
_OPERATOR = re.compile(r"[0-9a-f]{32}")
_ROOT, _CLASSES = "root_logger_level", "loggers_level_of_class"
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
_RUNS = {"shared_cluster": SQL - OPEN_SOURCE, "exclusive_cluster": SQL, "edge_node": EDGE}

Check = Callable[..., Iterator[str]]


@dataclass(frozen=True)
class Constraint:
    """`check` reads the fields `reads`, in this order, and is reported under `property`.

    `always` marks one that holds even where the program declares none of these fields, `caution` one whose breach
    DLI takes.
    """

    property: str
    reads: tuple[str, ...]
    check: Check
    always: bool = False
    caution: bool = False


_written: list[Constraint] = []


def _under(field: str, *, always: bool = False, caution: bool = False) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        _written.append(Constraint(field, reads(check), check, always, caution))
        return check

    return register


@_under("name", caution=True)
def _short_by_bytes(name: str | None) -> Iterator[str]:
    size = len((name or "").encode())
    if size > NAME_LENGTH:
        yield (
            f"may be refused (DLI.11006): it is {size} bytes, and an older edition of DLI's pages counts {NAME_LENGTH} "
            "bytes instead of characters; shorten it"
        )


@_under("desc", caution=True)
def _short_by_the_pages(desc: str | None) -> Iterator[str]:
    size = len(desc or "")
    if size > DESC_LENGTH:
        yield (
            f"may be refused (DLI.11014): it is {size} characters, and DLI's pages allow {DESC_LENGTH}, only its "
            "newest client more; shorten it"
        )


@_under("sql_body", always=True)
def _a_query(sql_body: str | None, template_id: int | None) -> Iterator[str]:
    if not sql_body and not template_id:
        yield "is missing; give the SQL of the job, or a template_id"


@_under("sql_body")
def _short_sql(sql_body: str | None) -> Iterator[str]:
    # The limit is in bytes, and a letter may take up to four.
    size = len((sql_body or "").encode())
    if size > SQL_BYTES:
        yield f"must be at most {SQL_BYTES} bytes in UTF-8, and is {size}; split the job"


@_under("sql_body")
def _sound_sql(sql_body: str | None, desired_state: str) -> Iterator[str]:
    if desired_state == "running":
        yield from _unsound(sql_body or "")


# DLI takes any text as a query, as the samples of its own pages are, and refuses it when it is to run.
@_under("sql_body", caution=True)
def _sql_that_may_run_later(sql_body: str | None, desired_state: str) -> Iterator[str]:
    if desired_state != "running":
        yield from _unsound(sql_body or "")


def _unsound(sql: str) -> Iterator[str]:
    if not sql or len(sql.encode()) > SQL_BYTES:
        return  # said already
    # Here, as a process that only reads or waits for jobs takes no room for a parser.
    from dli_provider.sql import mistakes, problems

    for problem in problems(sql):
        yield f"cannot run: {problem}"
    for each in mistakes(sql):
        yield f"cannot run: line {each.line}, column {each.column}: {each.said}"


@_under("keep_state")
def _kept_or_lost(keep_state: str | None, allow_state_loss: str | None, upgrade_mode: str) -> Iterator[str]:
    if keep_state and upgrade_mode == "stateless":
        yield "restores state that upgrade_mode='stateless' drops; take one of them out"
    if keep_state and keep_state == allow_state_loss:
        yield "restores just the state that allow_state_loss gives up; take one of them out"


@_under("obs_bucket")
def _bucket_for_checkpoints(obs_bucket: str | None, checkpoint_enabled: bool) -> Iterator[str]:
    if checkpoint_enabled and not obs_bucket:
        yield "is needed for checkpoints; name a bucket, or leave checkpoint_enabled off"


@_under("obs_bucket")
def _bucket_for_logs(obs_bucket: str | None, log_enabled: bool) -> Iterator[str]:
    if log_enabled and not obs_bucket:
        yield "is needed for logs; name a bucket, or leave log_enabled off"


@_under("checkpoint_interval")
def _some_interval(checkpoint_interval: int, checkpoint_enabled: bool) -> Iterator[str]:
    if checkpoint_enabled and not checkpoint_interval:
        yield "must be at least 1 second while checkpoint_enabled is true"


@_under("resume_checkpoint")
def _checkpoints_to_resume(resume_checkpoint: bool, checkpoint_enabled: bool) -> Iterator[str]:
    if resume_checkpoint and not checkpoint_enabled:
        yield "needs checkpoints to resume from; set checkpoint_enabled to true"


@_under("queue_name")
def _queue(queue_name: str | None, run_mode: str) -> Iterator[str]:
    if run_mode == "exclusive_cluster" and not queue_name:
        yield "is needed in run_mode exclusive_cluster; name a general-purpose queue"


# The sample of "Updating a SQL Job" itself names a queue for a job that runs on none.
@_under("queue_name", caution=True)
def _no_queue_at_the_edge(queue_name: str | None, run_mode: str) -> Iterator[str]:
    if run_mode == "edge_node" and queue_name:
        yield "is not used in run_mode edge_node; take it out"


@_under("job_type")
def _type_runs_there(job_type: str, run_mode: str) -> Iterator[str]:
    if job_type not in _RUNS[run_mode]:
        modes = [mode for mode, types in _RUNS.items() if job_type in types]
        queue = " and name a queue" if "exclusive_cluster" in modes else ""
        yield f"{job_type} does not run in {run_mode}; set run_mode to {' or '.join(modes)}{queue}"


@_under("edge_group_ids")
def _edge_groups(edge_group_ids: list[str] | None, run_mode: str) -> Iterator[str]:
    if run_mode == "edge_node" and not edge_group_ids:
        yield "is needed in run_mode edge_node; name an edge group"


# The sample of "Updating a SQL Job" has it; the code against it, 11035, is of an older edition of that page.
@_under("udf_jar_url", caution=True)
def _jar_not_on_shared(udf_jar_url: str | None, run_mode: str) -> Iterator[str]:
    if udf_jar_url and run_mode == "shared_cluster":
        yield (
            "may be refused in run_mode shared_cluster (DLI.11035), as DLI's pages disagree; to be sure, run the job "
            "on a queue"
        )


@_under("udf_jar_url")
def _jar_in_obs(
    udf_jar_url: str | None, flink_version: str | None, execution_agency_urn: str | None, job_type: str
) -> Iterator[str]:
    # Whatever version DLI chooses, only from there on there are agencies.
    implied = "1.15" if execution_agency_urn and job_type in OPEN_SOURCE else None
    newer = _number(flink_version or implied) >= (1, 15)
    if udf_jar_url and newer and not udf_jar_url.startswith("obs://"):
        yield "must be an OBS path (obs://...) from Flink 1.15 on; upload the jar to OBS"


@_under("execution_agency_urn")
def _agency_version(execution_agency_urn: str | None, flink_version: str | None) -> Iterator[str]:
    # Without a declared version DLI chooses one, and we do not guess which: samples of its pages name none.
    if execution_agency_urn and flink_version and _number(flink_version) < (1, 15):
        yield "needs Flink 1.15 or later; raise flink_version"


@_under("resource_config_version")
def _v2_version(resource_config_version: str, flink_version: str | None) -> Iterator[str]:
    if resource_config_version == "v2" and flink_version and _number(flink_version) < (1, 13):
        yield "v2 needs Flink 1.13 or later; raise flink_version"


@_under("resource_config_version")
def _v1_version(resource_config_version: str, flink_version: str | None) -> Iterator[str]:
    # The page's table of versions has no v1 for it.
    if resource_config_version == "v1" and _number(flink_version) >= (1, 17):
        yield "must be v2 from Flink 1.17 on; set it, and declare resource_config instead of CUs"


@_under("flink_version", caution=True)
def _known_version(flink_version: str | None) -> Iterator[str]:
    # DLI may have more by now than the pages that this was written from.
    if flink_version and flink_version not in FLINK_VERSIONS:
        known = ", ".join(FLINK_VERSIONS)
        yield f"{flink_version} is none that DLI's pages name, which are {known}; make sure that DLI has it"


@_under("obs_bucket")
def _bucket_name(obs_bucket: str | None) -> Iterator[str]:
    if obs_bucket and not _BUCKET.fullmatch(obs_bucket):
        yield (
            "must be the name of a bucket, or an OBS path that begins with it: 3 to 63 small letters, digits, '-' and "
            "'.', of which the first and last are letters or digits"
        )


@_under("flink_log_config")
def _log_levels(flink_log_config: object) -> Iterator[str]:
    given = WIRED["flink_log_config"].decode(flink_log_config)
    if not isinstance(given, Mapping):
        return
    if others := sorted(given.keys() - {_ROOT, _CLASSES}):
        yield f"has {', '.join(others)}, and may hold {_ROOT} and {_CLASSES} only; take it out"
    classes = given.get(_CLASSES, {})
    if not isinstance(classes, Mapping):
        yield f"must have a mapping of classes to levels in {_CLASSES}"
        classes = {}
    named = {_ROOT: given.get(_ROOT, _LEVELS[0]), **classes}
    if wrong := [where for where, level in named.items() if level not in _LEVELS]:
        yield f"must have one of {', '.join(_LEVELS)} for {', '.join(wrong)}"


@_under("operator_config")
def _operator_parallelism(operator_config: object) -> Iterator[str]:
    yield from _operators(WIRED["operator_config"].decode(operator_config), ("parallelism",))


@_under("static_estimator_config")
def _operator_rates(static_estimator_config: object) -> Iterator[str]:
    yield from _operators(
        WIRED["static_estimator_config"].decode(static_estimator_config), ("rate_factor", "output_rate")
    )


def _operators(given: object, kinds: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with a document about single operators."""
    if not isinstance(given, Mapping):
        return
    entries = given.get("operator_list")
    if not isinstance(entries, list) or not all(_is_operator(entry, kinds) for entry in entries):
        yield (
            "must hold operator_list, a list with the id of an operator in each entry (32 hex digits, as the stream "
            f"graph of the job names it) and {' or '.join(kinds)}, a number that is not negative"
        )


def _is_operator(entry: object, kinds: tuple[str, ...]) -> bool:
    if not isinstance(entry, Mapping) or not _OPERATOR.fullmatch(str(entry.get("id"))):
        return False
    settings = [value for key, value in entry.items() if key != "id"]
    sound = all(isinstance(v, int | float) and not isinstance(v, bool) and v >= 0 for v in settings)
    return sound and entry.keys() <= {"id", *kinds}


@_under("manager_cu_number")
def _cus_left(manager_cu_number: int, cu_number: int) -> Iterator[str]:
    if manager_cu_number >= cu_number:
        yield f"must be less than cu_number, which is {cu_number}, to leave CUs that compute; raise cu_number"


@_under("parallel_number")
def _cus_for_tasks(parallel_number: int, cu_number: int, manager_cu_number: int) -> Iterator[str]:
    most = _TASKS_PER_CU * (cu_number - manager_cu_number)
    # As below, no CUs at all are reported under manager_cu_number.
    if 0 < most < parallel_number:
        yield f"must be at most {most}, {_TASKS_PER_CU} x (cu_number - manager_cu_number); raise cu_number"


@_under("tm_cus")
def _cus_for_a_task_manager(tm_cus: int, cu_number: int, manager_cu_number: int) -> Iterator[str]:
    left = cu_number - manager_cu_number
    # Where nothing is left at all, that is reported once, under manager_cu_number.
    if 0 < left < tm_cus:
        yield f"must be at most {left}, which is cu_number - manager_cu_number; raise cu_number"


@_under("tm_slot_num")
def _slots_for_tasks(
    tm_slot_num: int | None, parallel_number: int, tm_cus: int, cu_number: int, manager_cu_number: int
) -> Iterator[str]:
    left = cu_number - manager_cu_number
    if tm_slot_num and left > 0 and tm_slot_num * left < parallel_number * tm_cus:
        # Rounded up, as slots are whole.
        least = -(-parallel_number * tm_cus // left)
        formula = "parallel_number * tm_cus / (cu_number - manager_cu_number)"
        yield f"must be at least {least}, which is {formula}; leave it out to have it computed"


@_under("runtime_config")
def _jobs_that_scale(runtime_config: object, job_type: str, flink_version: str | None) -> Iterator[str]:
    if not scales(runtime_config):
        return
    if job_type not in OPEN_SOURCE:
        yield f"has {ENABLE}, and DLI scales open-source SQL jobs only; run the job on a queue, or take the key out"
    if flink_version and _number(flink_version) < (1, 12):
        yield f"has {ENABLE}, which needs Flink 1.12; raise flink_version, or take the key out"


@_under("runtime_config")
def _what_scaling_needs(
    runtime_config: object,
    checkpoint_enabled: bool,
    log_enabled: bool,
    obs_bucket: str | None,
) -> Iterator[str]:
    needed = {
        "checkpoint_enabled": checkpoint_enabled,
        "log_enabled": log_enabled,
        "obs_bucket": obs_bucket,
    }
    missing = [name for name, given in needed.items() if not given]
    if missing and scales(runtime_config):
        yield (
            f"has {ENABLE}, for which DLI needs checkpoints, logs and a bucket: "
            f"set {' and '.join(missing)} as well, or take the key out"
        )


@_under("runtime_config")
def _scaling_settings(runtime_config: object, cu_number: int, resource_config_version: str) -> Iterator[str]:
    if not scales(runtime_config):
        return  # DLI heeds none of them then
    asked = {key: setting(runtime_config, key) for key in (INTERVAL, MOST, LEAST, PRIORITY)}
    numbers = {key: number(text) for key, text in asked.items()}
    for key, text in asked.items():
        if text is not None and numbers[key] is None:
            yield f"must have a whole number for {key}"
    if numbers[INTERVAL] == 0:
        yield f"must have at least 1 for {INTERVAL}, in minutes"
    if numbers[PRIORITY] not in (None, *range(1, 11)):
        yield f"must have 1 to 10 for {PRIORITY}"
    if resource_config_version == "v2":
        return  # there a job is given no CUs to compare with
    most, least = numbers[MOST], numbers[LEAST]
    if most is not None and most < cu_number:
        yield f"must have at least cu_number, which is {cu_number}, for {MOST}"
    if least is not None and least > cu_number:
        yield f"must have at most cu_number, which is {cu_number}, for {LEAST}"


@_under("runtime_config", caution=True)
def _settings_in_pairs(runtime_config: object) -> Iterator[str]:
    if isinstance(runtime_config, str) and runtime_config:
        yield "is text that DLI may not read: it is no JSON list of key and value; write it as a mapping"


@_under("tags")
def _tag_limits(tags: Mapping[str, str] | None) -> Iterator[str]:
    tags = tags or {}
    if len(tags) > OWN_TAGS:
        yield f"must be at most {OWN_TAGS}, and there are {len(tags)}; take some out"
    for key, value in tags.items():
        if not 1 <= len(key) <= 128:
            yield f"must have keys of 1 to 128 characters, and one has {len(key)}; rename it"
        # _sys_ is reserved by DLI; the tags that begin with pulumi_ say who owns the job.
        if key.startswith(("_sys_", "pulumi_")):
            yield f"must not hold {key}, as keys starting with _sys_ or pulumi_ are reserved; rename it"
        if not 1 <= len(value) <= 255:
            yield f"must have values of 1 to 255 characters, and {key} has {len(value)}; give it another"


def _number(version: str | None) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if version else ()


def _for_its_jobs(wire: Wire) -> Check:
    remedy = "run the job on a queue, or take it out" if wire.jobs == OPEN_SOURCE else "take it out"

    def check(value: object, job_type: str) -> Iterator[str]:
        if job_type not in wire.jobs and not wire.same(value, None):
            yield f"is for {' and '.join(sorted(wire.jobs))} only, and the job is a {job_type}; {remedy}"

    return check


def _under_its_resources(wire: Wire) -> Check:
    def check(value: object, version: str) -> Iterator[str]:
        if version != wire.resources and not wire.same(value, None):
            other = "use resource_config instead" if version == "v2" else "set resource_config_version to v2"
            yield f"is not used with resource_config_version {version}; {other}"

    return check


CONSTRAINTS = (
    *_written,
    # Samples of DLI's own pages send such fields along: to a job of another type they mean nothing.
    *(
        Constraint(name, (name, "job_type"), _for_its_jobs(wire), caution=True)
        for name, wire in WIRED.items()
        if wire.jobs != EVERY_JOB
    ),
    *(
        Constraint(name, (name, "resource_config_version"), _under_its_resources(wire))
        for name, wire in WIRED.items()
        if wire.resources
    ),
)
"""Every constraint: the written ones, then those that the fields' own declarations imply."""

OF_ONE_FIELD = tuple(one for one in CONSTRAINTS if one.reads == (one.property,))
"""Those that a field breaks by itself. None of them reads SQL, which takes time: they ask for its length alone."""


def violations(
    values: Mapping[str, object],
    unknown: frozenset[str] = frozenset(),
    constraints: Iterable[Constraint] = CONSTRAINTS,
) -> tuple[Violation, ...]:
    """Everything wrong with a job's arguments, each under its own property, cautions among it; empty when nothing is.

    `values` holds natural values by argument, None for "not declared". `unknown` names the arguments whose
    values are not known yet (outputs of resources still to be created): they are neither validated nor
    missed.
    """
    given = {name: value for name, value in values.items() if value is not None and name not in unknown}
    known = {name: value for name, value in given.items() if name in FIELDS}
    ill: tuple[Violation, ...] = ()
    try:
        spec = JobSpec.model_validate(known)
    except ValidationError as error:
        ill = ill_formed(error)
        # What is ill-formed is reported once. For the constraints it has no value, so that they do not complain about
        # it again.
        unknown |= {violation.property for violation in ill}
        spec = JobSpec.model_validate({name: value for name, value in known.items() if name not in unknown})
    return (*misnamed(given.keys() | unknown), *ill, *_broken(spec, unknown, constraints))


def standing(found: Iterable[Violation], before: JobSpec, now: JobSpec) -> tuple[Violation, ...]:
    """Those of the violations that a job has lived with: nothing that they follow from changes.

    DLI has taken it all the same, so it is nothing to refuse a deployment for. A job that is made anew is sent all of
    it again, as if it were new.
    """
    if _made_anew(before, now):
        return ()
    return tuple(
        one
        for one in found
        if one.basis and all(FIELDS[n].same(effective(before, n), effective(now, n)) for n in one.basis)
    )


def _made_anew(before: JobSpec, now: JobSpec) -> bool:
    # Not by the diff of all fields: the values may be ill-formed, and no verdict on a change is made for such.
    fixed = (name for name, field in FIELDS.items() if field.on_change.impact is Impact.REPLACE)
    changes = (changed(before, now, name) for name in fixed)
    to_template = bool(before.sql_body) and not now.sql_body
    return to_template or any(change and change.impact is Impact.REPLACE for change in changes)


def cautions(spec: JobSpec, unknown: frozenset[str]) -> tuple[Violation, ...]:
    """What is likely a mistake in a job's arguments although DLI takes it."""
    return tuple(_broken(spec, unknown, [one for one in CONSTRAINTS if one.caution]))


def _broken(spec: JobSpec, unknown: frozenset[str], constraints: Iterable[Constraint]) -> Iterator[Violation]:
    """The constraints that do not hold, of those whose fields are all known and not all left to their defaults."""
    # Many of them read the same few fields.
    value, declared = cache(partial(effective, spec)), cache(partial(is_declared, spec))
    rests = cache(partial(rests_on, spec))
    for constraint in constraints:
        # A value that is derived is only as known as what it is derived from. Where nothing of it is declared, DLI's
        # defaults are at issue, which are DLI's own business.
        basis = frozenset[str]().union(*map(rests, constraint.reads))
        if basis & unknown or not (constraint.always or any(map(declared, basis))):
            continue
        for phrase in constraint.check(*map(value, constraint.reads)):
            yield Violation(constraint.property, f"{constraint.property} {phrase}", constraint.caution, basis)
