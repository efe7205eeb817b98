"""Random declarations whose values lie at every edge, of those that the client accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from pydantic import ValidationError

from dli_provider.job.constraints import OWN_TAGS, violations
from dli_provider.job.declarations import WIRED
from dli_provider.job.document import put_back
from dli_provider.job.fields import JobSpec
from tests.support.declared import BUCKET, SQL, Inputs
from tests.support.samples import examples_of

INT_32 = 2**31 - 1
_HEX = "0123456789abcdef" * 2
_UUID = "62de1e1c-066e-48a8-a79d-f461a31b2ee1"
_WHOLE = (0, 1, 2, 3, 100, 101, 2000, 2001, INT_32, INT_32 + 1, 2**63, -1, 2.0, 2.5, "2", True)
_FLAG = (True, False, "true", 1)
_WORDS = (
    "",
    "alarm",
    "ä",
    "流",
    "a b",
    "x" * 128,
    "x" * 129,
    "\N{ROCKET}" * 40,
    'quo"te',
    "line\nbreak",
    "tab\t",
    7,
)


def _operator(**settings: Any) -> dict[str, Any]:
    return {"operator_list": [{"id": _HEX, **settings}]}


def _resources(**given: Any) -> dict[str, Any]:
    return given


EDGES: Mapping[str, Sequence[Any]] = {
    "name": ("a", "A-b_9", "流", "流" * 19, "流" * 20, "x" * 57, "x" * 58, "é", "", "a b", "-", "_", "9"),
    "desc": (
        "",
        "d",
        "d" * 512,
        "d" * 513,
        "流" * 170,
        "流" * 171,
        "流" * 512,
        "é" * 512,
        "x" * 2048,
        "流" * 2048,
        "x" * 2049,
        "two\nlines",
    ),
    "template_id": (0, 1, 2.0, -1),
    "queue_name": ("", "q_stream_dev", "Q_STREAM_DEV", "q", "q" * 128, "q" * 129, "q-1", "流", "_"),
    "sql_body": (SQL, "", SQL + " -- 流é", SQL.replace("SUM(v)", "MAX(v)"), "no sql", 7, SQL + "\n" * 3),
    "run_mode": ("shared_cluster", "exclusive_cluster", "edge_node", "yarn", ""),
    "cu_number": (*_WHOLE, 4, 399, 400, 401),
    "parallel_number": (*_WHOLE, 4, 5, 1999),
    "checkpoint_enabled": _FLAG,
    "checkpoint_mode": ("exactly_once", "at_least_once", 1, 2, 0, 3, "never", ""),
    "checkpoint_interval": (*_WHOLE, 10, 999_999, 1_000_000),
    "obs_bucket": (
        BUCKET,
        "",
        "b",
        "bb",
        "bbb",
        "b" * 63,
        "b" * 64,
        "Bucket",
        "b_1",
        "b.1-c",
        "-bb",
        "bb-",
        "bucket/dir/x",
        "obs://bucket/dir/",
        "obs://bucket",
        "流流流",
        "1.2.3.4",
        "b..b",
        " bucket ",
        "/bucket",
        "bucket//x",
        "obs://",
    ),
    "log_enabled": _FLAG,
    "smn_topic": _WORDS,
    "restart_when_exception": _FLAG,
    "idle_state_retention": (*_WHOLE, 60, 61, 3600),
    "job_type": ("flink_sql_job", "flink_opensource_sql_job", "flink_sql_edge_job", "flink_jar_job", ""),
    "edge_group_ids": (
        [],
        [_UUID],
        [_UUID, _UUID],
        [_UUID.upper()],
        [_HEX],
        ["g"],
        [""],
        _UUID,
        [_UUID + "0"],
    ),
    "dirty_data_strategy": ("", "0", "1", "2", "2:", "2:d", "2:obs-dir/流", "2:obs://b/d/", "3", "2:a\nb", 0),
    "udf_jar_url": (
        7,
        "",
        "group/a.jar",
        "obs://b/a.jar",
        "obs://b/流.jar",
        "x" * 500,
        "OBS://b/a.jar",
        "a b",
    ),
    "manager_cu_number": (*_WHOLE, 99),
    "tm_cus": _WHOLE,
    "tm_slot_num": _WHOLE,
    "operator_config": (
        "",
        {},
        _operator(parallelism=1),
        _operator(parallelism=0),
        _operator(parallelism=-1),
        _operator(parallelism=2.5),
        _operator(parallelism="2"),
        _operator(),
        {"operator_list": []},
        {"operator_list": [{"id": "x"}]},
        {"operator_list": {}},
        {"other": 1},
        '{"operator_list":[]}',
        "[]",
        "{",
        _operator(parallelism=True),
        _operator(rate_factor=1),
        {"operator_list": [{"parallelism": 1}]},
        {"operator_list": [{"id": _HEX.upper(), "parallelism": 1}]},
        _operator(parallelism=INT_32 + 1),
    ),
    "static_estimator_config": (
        "",
        {},
        _operator(rate_factor=0.5),
        _operator(output_rate=2000),
        _operator(rate_factor=-0.5),
        _operator(rate_factor=1, output_rate=2),
        _operator(parallelism=1),
        '{"operator_list":[]}',
        "null",
        _operator(rate_factor=0),
        {"operator_list": [1]},
        {"operator_list": None},
    ),
    "resume_checkpoint": _FLAG,
    "resume_max_num": (*_WHOLE, -2, 5),
    "runtime_config": (
        {},
        {"a": "b"},
        {"": ""},
        {"a": 1, "b": True, "c": 0.5},
        {"流": "é"},
        {"a": "x" * 5000},
        {"a": None},
        {"a": {}},
        {"flink.dli.job.scale.enable": "true"},
        {f"k{number}": "v" for number in range(200)},
        "",
        "k=v",
        "[]",
    ),
    "tags": (
        {},
        {"a": "b"},
        {"a": ""},
        {"": "b"},
        {"k" * 128: "v" * 255},
        {"k" * 129: "v"},
        {"k": "v" * 256},
        {"流" * 128: "流" * 255},
        {"_sys_a": "b"},
        {"pulumi_a": "b"},
        {f"k{n}": "v" for n in range(OWN_TAGS)},
        {f"k{n}": "v" for n in range(OWN_TAGS + 1)},
        {"a b": "c d"},
        {"a=b": "c,d"},
        {" a ": " b "},
        {"a": " "},
    ),
    "flink_version": (
        "",
        "1.10",
        "1.11",
        "1.12",
        "1.13",
        "1.15",
        "1.17",
        "1.18",
        "1.20",
        "2.0",
        "1.9",
        "1",
        "v1.15",
    ),
    "flink_log_config": (
        "",
        {},
        {"root_logger_level": "INFO"},
        {"root_logger_level": "TRACE"},
        {"root_logger_level": "info"},
        {"root_logger_level": "FATAL"},
        {"root_logger_level": 1},
        {"loggers_level_of_class": {"a.b": "WARN"}},
        {"loggers_level_of_class": {"a.b": "LOUD"}},
        {"loggers_level_of_class": {}},
        {"loggers_level_of_class": []},
        {"other": "INFO"},
        '{"root_logger_level":"ERROR"}',
        "[]",
        "{",
        {"loggers_level_of_class": {"": "INFO"}},
        {"root_logger_level": None},
        {"root_logger_level": "OFF"},
    ),
    "execution_agency_urn": _WORDS,
    "resource_config_version": ("v1", "v2", "v3", ""),
    "resource_config": (
        {},
        _resources(max_slot=1),
        _resources(max_slot=2000),
        _resources(max_slot=2001),
        _resources(max_slot=0),
        _resources(max_slot=INT_32 + 1),
        _resources(parallel_number=1),
        _resources(parallel_number=2000),
        _resources(parallel_number=2001),
        _resources(jobmanager_resource_spec={"cpu": 0.5, "memory": "2G"}),
        _resources(jobmanager_resource_spec={"cpu": 0.49}),
        _resources(jobmanager_resource_spec={"cpu": 1e9}),
        _resources(taskmanager_resource_spec={"memory": "2048MB"}),
        _resources(taskmanager_resource_spec={}),
        _resources(taskmanager_resource_spec={"memory": "2047MB"}),
        _resources(taskmanager_resource_spec={"memory": 4}),
        _resources(taskmanager_resource_spec={"memory": "2.5GB"}),
        _resources(taskmanager_resource_spec={"memory": "4g"}),
        _resources(taskmanager_resource_spec={"memory": "4096M"}),
        _resources(other=1),
        "",
        _resources(max_slot=2.0),
        _resources(taskmanager_resource_spec={"memory": "9" * 12 + "G"}),
        _resources(taskmanager_resource_spec={"disk": 1}),
    ),
}
"""By argument: values at each of its edges, on both sides. Which of them are refused, the client has to say."""

_KEPT = ("job_type", "run_mode", "queue_name", "template_id")
"""What an update leaves as it is: with another type, or another place to run, it would be another job."""
_LEFT_OUT = 0.6
"""How often an argument is left out. Were most declared, hardly a declaration would be one that the client accepts."""


class Declarations:
    """Random declarations, the same for the same seed. What of the values was refused is counted, and what accepted."""

    def __init__(self, seed: int, template: int) -> None:
        self._random = Random(seed)
        self._template = template
        self._made = 0
        self.refused: dict[str, set[str]] = {name: set() for name in WIRED}
        self.accepted: dict[str, set[str]] = {name: set() for name in WIRED}
        self._values = {name: self._well_formed(name) for name in WIRED}

    def next(self, like: Inputs | None = None) -> Inputs:
        """One that the client accepts. `like`: an older one of the same job, which an update can turn into it."""
        while True:
            tried = self._mended(self._any(like), like or {})
            if tried is not None and (
                like is None or all(tried.get(name) == like.get(name) for name in _KEPT)
            ):
                for name, value in tried.items():
                    self.accepted[name].add(repr(value))
                return tried

    def _well_formed(self, name: str) -> Sequence[Any]:
        """The values that are right by themselves: to try the others again and again would only take time."""
        sound = []
        # A field that has only just been added has its two examples.
        for value in EDGES.get(name, examples_of(name)):
            try:
                JobSpec.model_validate({name: value})
            except ValidationError:
                self.refused[name].add(repr(value))
            else:
                sound.append(value)
        return sound

    def _any(self, like: Inputs | None) -> Inputs:
        chosen = {
            name: self._random.choice(self._values[name])
            for name in WIRED
            if self._random.random() > _LEFT_OUT
        }
        chosen.setdefault("sql_body", SQL)
        if "template_id" in chosen:
            chosen["template_id"] = self._template
        chosen["name"] = self._named(str(chosen.get("name", "job")))
        if like is not None:
            chosen = {key: value for key, value in chosen.items() if key not in _KEPT}
            chosen |= {key: like[key] for key in _KEPT if key in like}
        return chosen

    def _named(self, name: str) -> str:
        """The name, made unique in the project by a number in the place of its last letters: its length stays."""
        self._made += 1
        number = str(self._made)
        return name[: max(1, len(name) - len(number))] + number

    def _mended(self, chosen: Inputs, like: Inputs) -> Inputs | None:
        """The same without what the client refuses; None where leaving things out does not help."""
        while wrong := _refused(chosen, like):
            for name in wrong:
                if name not in chosen or name == "sql_body":
                    return None
                self.refused[name].add(repr(chosen.pop(name)))
        return chosen if "name" in chosen else {**chosen, "name": self._named("job")}


def _refused(chosen: Inputs, like: Inputs) -> set[str]:
    found = violations({**chosen, **put_back(like, chosen)})
    return {one.property for one in found if not one.caution}


assert EDGES.keys() <= WIRED.keys()
