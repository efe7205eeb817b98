"""Jobs to test with: two different values for each argument, and any job at all."""

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from dli_provider.job.constraints import violations
from dli_provider.job.declarations import FIELDS, WIRED
from dli_provider.job.fields import JobSpec

SQL_A = "CREATE TABLE s (k INT) WITH ('connector'='datagen');\nINSERT INTO t SELECT k FROM s WHERE k > 1;"
SQL_B = "CREATE TABLE s (k INT) WITH ('connector'='datagen');\nINSERT INTO t SELECT k, COUNT(*) FROM s GROUP BY k;"
OPERATOR = "e2" * 16


def kind_of(name: str) -> tuple[Any, dict[str, Any]]:
    """The natural type of a field without its "or none", and its bounds by the names that pydantic gives them."""
    info = JobSpec.model_fields[name]
    bounds: dict[str, Any] = {}
    kind, metadata = info.annotation, list(info.metadata)
    while get_origin(kind) in (Annotated, Union, UnionType):
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            metadata += more
        else:
            kind = next(part for part in get_args(kind) if part is not NoneType)
    for item in metadata:
        bounds |= {key: getattr(item, key) for key in ("ge", "gt", "le", "max_length") if hasattr(item, key)}
    return kind, bounds


def examples_of(name: str) -> tuple[Any, Any]:
    """Two different values of a field: as its declaration says, else as its type and bounds allow.

    Those that are made have one first that is not DLI's default, so that it is seen whether it arrives.
    """
    info, (kind, bounds) = JobSpec.model_fields[name], kind_of(name)
    if info.examples:
        one, other = info.examples
        return one, other
    wire = WIRED.get(name)
    default = wire.default if wire else info.default
    if kind is bool:
        return default is not True, default is True
    if get_origin(kind) is Literal:
        words = sorted(get_args(kind), key=lambda word: word == default)
        return words[0], default or words[1]
    least = bounds.get("ge", bounds.get("gt", 0))
    assert kind in (int, float), f"{name}: give it two examples, as in Field(..., examples=[1, 2])"
    one, other, *_ = [kind(least + step) for step in (1, 2, 3) if least + step != default]
    return one, other


PAIRS: dict[str, tuple[Any, Any]] = {
    **{name: examples_of(name) for name in FIELDS},
    "sql_body": (SQL_A, SQL_B),
}
"""Two different values for each argument."""


def _any_value(name: str) -> st.SearchStrategy[Any]:
    kind, bounds = kind_of(name)
    if kind is int:
        return st.integers(bounds.get("ge", 1), bounds.get("le", 10**6))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    return st.sampled_from(PAIRS[name])


_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
_name = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
_config = st.dictionaries(
    st.sampled_from([OPERATOR, "a", "b"]),
    st.one_of(
        st.integers(-5, 2000), st.sampled_from([0.5, 1.5]), _text, st.lists(st.integers(0, 9), max_size=2)
    ),
    max_size=2,
)
_process = st.fixed_dictionaries(
    {}, optional={"cpu": st.sampled_from([0.5, 1.0, 2]), "memory": st.sampled_from(["2G", "4GB", "8192MB"])}
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{name: _any_value(name) for name in FIELDS},
    "name": _name,
    "desc": _text,
    "queue_name": st.sampled_from(["", "q_one", "Q_TWO"]),
    "checkpoint_mode": st.sampled_from([1, 2, "exactly_once", "at_least_once"]),
    "obs_bucket": st.sampled_from(["", "state-one", "bucket/dir"]),
    "smn_topic": st.sampled_from(["", "alarm"]),
    "edge_group_ids": st.lists(_name, max_size=3),
    "dirty_data_strategy": st.sampled_from(["0", "1", "2:obs-dir"]),
    "operator_config": _config,
    "static_estimator_config": _config,
    "flink_log_config": _config,
    "resume_max_num": st.sampled_from([-1, 1, 7]),
    "runtime_config": st.dictionaries(
        st.sampled_from(["a.b", "c", "é"]),
        st.one_of(_text, st.booleans(), st.integers(), st.sampled_from([0.5, 4.0])),
    ),
    "tags": st.dictionaries(_name, _text, max_size=3),
    "resource_config": st.fixed_dictionaries(
        {},
        optional={
            "max_slot": st.integers(1, 9),
            "jobmanager_resource_spec": _process,
            "taskmanager_resource_spec": _process,
        },
    ),
}
"""Any value of each argument, with DLI's documented defaults and the empty ones among them: by its type and bounds, but
for those whose type does not say what they may be."""


def specs() -> st.SearchStrategy[JobSpec]:
    """Any job, each argument declared or not."""
    return st.fixed_dictionaries({}, optional=VALUES).map(lambda values: JobSpec(**values))


def get_document(sent: dict[str, Any]) -> dict[str, Any]:
    """`job_detail` as DLI's page on querying a job shows it, for what was sent: words for numbers, and nulls."""
    modes = {1: "exactly_once", 2: "at_least_once"}
    held = {key: value for key, value in sent.items() if key not in {"tags", "template_id"}}
    if "checkpoint_mode" in held:
        held["checkpoint_mode"] = modes[held["checkpoint_mode"]]
    top = {"name", "desc", "job_type", "queue_name", "sql_body", "run_mode"}
    return {
        "job_id": 90417,
        "status": "job_running",
        **{key: held.get(key) for key in top},
        "job_config": {
            "root_id": -1,
            "smn_topic": None,
            "runtime_config": "",
            "tm_slot_num": 0,
            **{key: value for key, value in held.items() if key not in top},
        },
    }


def jargon(reason: str) -> bool:
    """Whether a sentence for people speaks of inputs or types as pydantic does."""
    return bool(
        re.search(r"[Ii]nput|valid (string|integer)|pydantic|(int|str|bool|float)_type|None|\{|\}", reason)
    )


def reported(values: dict[str, Any], unknown: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The reasons of all violations, by property."""
    found: dict[str, list[str]] = {}
    for violation in violations(values, unknown):
        found.setdefault(violation.property, []).append(violation.reason)
    return found
