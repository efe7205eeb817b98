"""Every field of a Flink SQL job: its check, its default, and whatever else the local DLI must know of it.

DLI API reference, 'Creating a SQL Job' and 'Updating a SQL Job'. This is the emulator's one list of fields. What reads
and merges bodies, answers, jar jobs, the OpenAPI document and the settings of a real Flink all follow from it: a field
that DLI has added is one entry in `FIELDS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from dli_provider.emulator.models import bucket_of
from dli_provider.emulator.rejections import Rejection
from dli_provider.emulator.schemas import (
    FLAG,
    ID,
    TEXT,
    Schema,
    given,
    listed,
    maybe,
    whole,
    word,
)

MODES: Final = {1: "exactly_once", 2: "at_least_once"}
RUN_MODES: Final = ("shared_cluster", "exclusive_cluster", "edge_node")
JOB_TYPES: Final = ("flink_sql_job", "flink_opensource_sql_job", "flink_sql_edge_job")
FLINK_VERSIONS: Final = ("1.10", "1.12", "1.13", "1.15", "1.17")
NAME: Final = r"[A-Za-z0-9_\-\u3400-\u4dbf\u4e00-\u9fff]"
"""A character that a name may have: Chinese is in the list of the pages, letters with accents are not."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,61}[A-Za-z0-9]")
_QUEUE = re.compile(r"[A-Za-z0-9_]+")
_MEMORY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([GM])B?")
_LOG_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
_OPERATOR = re.compile(r"[0-9a-f]{32}")
_MANY: Final = 2**31 - 1

_JSON_TEXT: Final = TEXT | {"contentMediaType": "application/json"}
_RESOURCES: Final = given(
    cpu={"type": "number", "minimum": 0.5}, memory=TEXT | {"pattern": "^[2-9][0-9]?GB?$"}
)
_RESOURCE_CONFIG: Final = given(
    max_slot=whole(1, _MANY),
    parallel_number=whole(1, _MANY),
    jobmanager_resource_spec=_RESOURCES,
    taskmanager_resource_spec=_RESOURCES,
)
TAG: Final = given(
    "key", "value", key=TEXT | {"maxLength": 128, "minLength": 1}, value=TEXT | {"maxLength": 255}
)


@dataclass(frozen=True)
class FieldCheck:
    """`check(name, value as sent)` is the value as stored, or a `Rejection`. `schema` says the same to others, as far
    as JSON schemas can; `shown` is the schema of what answers show, where that is not what was sent."""

    run: Callable[[str, Any], Any]
    schema: Schema
    shown: Schema | None = None

    def __call__(self, name: str, value: Any) -> Any:
        return self.run(name, value)


def checks(schema: Schema, shown: Schema | None = None) -> Callable[[Callable[[str, Any], Any]], FieldCheck]:
    """Make a `FieldCheck` of a function."""
    return lambda run: FieldCheck(run, schema, shown)


class FlinkSetting(NamedTuple):
    """The setting of Flink that a field becomes where jobs run on a real one. `when`: only while that field is true."""

    key: str
    form: Callable[[Any], str] = str
    when: str = ""


@dataclass(frozen=True)
class Field:
    """One field of DLI's."""

    check: FieldCheck
    default: Any = None  # what create stores when it is left out
    live: bool = False  # DLI changes it on a running job; all others only on one at rest
    on_create: bool = True  # the create page names it
    on_update: bool = True  # the update page names it
    stored: bool = True  # False: create only reads it
    in_detail: bool = False  # get shows it in job_detail itself; all others lie in job_config
    filled: bool = False  # required, or computed by DLI: answers never show null
    jar_too: bool = True  # the pages for jar jobs name it as well
    jar_only: bool = False  # only they do
    open_source_only: bool = False  # only flink_opensource_sql_job (and jar jobs) may have it
    absent: Any = None  # what answers show of it for a job whose pages do not name it
    flink: FlinkSetting | None = None

    @property
    def shown(self) -> Schema:
        """What answers show of it: the type and the words of what may be sent, without its limits."""
        sent = self.check.schema
        plain: Schema = {key: sent[key] for key in ("type", "enum") if key in sent}
        if sent.get("type") == "array":
            plain["items"] = {"type": sent["items"]["type"]}
        schema = self.check.shown or plain
        null = (self.jar_only and self.absent is None) or (self.default is None and not self.filled)
        return maybe(schema) if null else schema


def wrong(name: str, wanted: str) -> Rejection:
    """A value of the wrong type or outside its enumeration."""
    return Rejection("DLI.0001", f"{name} must be {wanted}")


def text(limit: int | None = None, code: str = "DLI.0001") -> FieldCheck:
    """A string of at most `limit` characters; empty is allowed and clears."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong(name, "a string")
        if limit is not None and len(value) > limit:
            raise Rejection(code, f"{name} has {len(value)} characters, allowed are {limit}")
        return value

    return FieldCheck(check, TEXT if limit is None else TEXT | {"maxLength": limit})


def integer(low: int, high: int, code: str = "DLI.0001") -> FieldCheck:
    """A JSON integer within bounds; true, "4" and 4.0 are rejected."""

    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(name, "an integer")
        if not low <= value <= high:
            raise Rejection(code, f"{name} is {value}, allowed are {low} to {high}")
        return value

    return FieldCheck(check, whole(low, high))


@checks(FLAG)
def boolean(name: str, value: Any) -> bool:
    """A JSON boolean; "true" and 1 are rejected."""
    if not isinstance(value, bool):
        raise wrong(name, "a boolean")
    return value


def one_of(*allowed: str) -> FieldCheck:
    """One of a few words."""

    def check(name: str, value: Any) -> str:
        if value not in allowed:
            raise wrong(name, "one of " + ", ".join(allowed))
        return str(value)

    return FieldCheck(check, word(*allowed))


def named(limit: int, *, empty: str, long: str, odd: str) -> FieldCheck:
    """1 to `limit` characters: Chinese, letters, digits, hyphen and underscore. The codes are those of the page."""

    def check(name: str, value: Any) -> str:
        sent = text(limit, long)(name, value)
        if not sent:
            raise Rejection(empty)
        if not re.fullmatch(f"{NAME}+", sent):
            raise Rejection(odd, sent)
        return str(sent)

    return FieldCheck(check, TEXT | {"minLength": 1, "maxLength": limit, "pattern": f"^{NAME}+$"})


@checks(TEXT | {"maxLength": 1024 * 1024})
def sql(name: str, value: Any) -> str:
    """At most 1024 x 1024 characters."""
    sent = str(text()(name, value))
    if len(sent) > 1024 * 1024:
        raise Rejection("DLI.11001", f"{len(sent)} characters, allowed are {1024 * 1024}")
    return sent


@checks(TEXT | {"maxLength": 128, "pattern": "^[A-Za-z0-9_]*$"})
def queue(name: str, value: Any) -> str:
    """At most 128 letters, digits and underscores; "" clears."""
    sent = str(text(128)(name, value))
    if sent and not _QUEUE.fullmatch(sent):
        raise wrong(name, "made of letters, digits and underscores")
    return sent


@checks({"enum": [*MODES, *MODES.values()]}, shown=word(*MODES.values()))
def checkpoint_mode(name: str, value: Any) -> str:
    """1 or 2 by the table of the page, a word by its sample; always a word in answers."""
    mode = MODES.get(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if mode not in MODES.values():
        raise Rejection(
            "DLI.11009", f"{name} is {value!r}, allowed are 1 (exactly_once) and 2 (at_least_once)"
        )
    return str(mode)


@checks(TEXT | {"pattern": "^([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])?$"})
def bucket(name: str, value: Any) -> str:
    """A bucket name or an OBS path; "" clears. Samples of the pages have names that OBS itself would not give."""
    sent = str(text()(name, value))
    if sent and not _BUCKET.fullmatch(bucket_of(sent)):
        raise Rejection("DLI.11011", sent)
    return sent


@checks(whole(-1, _MANY) | {"not": {"const": 0}})
def resume_max_num(name: str, value: Any) -> int:
    """-1 (no limit) or more than 0, per hour."""
    sent = int(integer(-1, _MANY)(name, value))
    if sent == 0:
        raise wrong(name, "-1 or greater than 0")
    return sent


@checks(whole(0, _MANY))
def slots(name: str, value: Any) -> int | None:
    """0 means that DLI computes it, as if it were not set."""
    return int(integer(0, _MANY)(name, value)) or None


@checks(TEXT | {"pattern": "^(0|1|2:.+)?$"})
def dirty_data(name: str, value: Any) -> str:
    """ "0" ignore, "1" fail the job, "2:<obs dir>" save."""
    sent = str(text()(name, value))
    if sent not in ("", "0", "1") and not re.fullmatch(r"2:.+", sent):
        raise Rejection("DLI.11039", sent)
    return sent


@checks(listed(TEXT))
def edge_groups(name: str, value: Any) -> list[str]:
    """Texts: the ids in the samples are UUIDs, and no page says that they must be."""
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise wrong(name, "an array of strings")
    return list(value)


def operators(*kinds: str) -> FieldCheck:
    """JSON text `{"operator_list": [{"id": "<32 hex>", <one of kinds>: number}]}`, kept exactly as sent."""

    def check(name: str, value: Any) -> str:
        sent = str(text()(name, value))
        if not sent:
            return sent
        entries = _parsed(name, sent).get("operator_list", [{}])
        if not isinstance(entries, list) or not all(_is_operator(entry, kinds) for entry in entries):
            raise wrong(name, 'JSON text {"operator_list":[{"id":"<32 hex>", ' + " or ".join(kinds) + "}]}")
        return sent

    return FieldCheck(check, _JSON_TEXT)


def _is_operator(entry: Any, kinds: tuple[str, ...]) -> bool:
    if not isinstance(entry, dict) or not _OPERATOR.fullmatch(str(entry.get("id", ""))):
        return False
    values = [value for key, value in entry.items() if key != "id"]
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return set(entry) <= {"id", *kinds} and numbers and all(value >= 0 for value in values)


@checks(_JSON_TEXT)
def log_config(name: str, value: Any) -> str:
    """JSON text with `root_logger_level` and `loggers_level_of_class`."""
    sent = str(text()(name, value))
    if not sent:
        return sent
    parsed = _parsed(name, sent)
    classes = parsed.get("loggers_level_of_class", {})
    known = set(parsed) <= {"root_logger_level", "loggers_level_of_class"} and isinstance(classes, dict)
    levels = [parsed.get("root_logger_level", "INFO"), *(classes.values() if known else ())]
    if not known or not all(level in _LOG_LEVELS for level in levels):
        raise wrong(
            name, "JSON text with root_logger_level and loggers_level_of_class, levels TRACE to ERROR"
        )
    return sent


@checks(_RESOURCE_CONFIG)
def resource_config(name: str, value: Any) -> dict[str, Any]:
    """Resources of Flink >= 1.13: slots, parallelism, and a specification each for job and task manager."""
    keys = {"max_slot", "parallel_number", "jobmanager_resource_spec", "taskmanager_resource_spec"}
    if not isinstance(value, dict) or not set(value) <= keys:
        raise wrong(name, "an object with " + ", ".join(sorted(keys)))
    for key in ("max_slot", "parallel_number"):
        if value.get(key) is not None:
            integer(1, _MANY)(f"{name}.{key}", value[key])
    for key in ("jobmanager_resource_spec", "taskmanager_resource_spec"):
        if value.get(key) is not None:
            _resource_spec(f"{name}.{key}", value[key])
    return {key: sent for key, sent in value.items() if sent is not None}


def _resource_spec(name: str, value: Any) -> None:
    if not isinstance(value, dict) or not set(value) <= {"cpu", "memory"}:
        raise wrong(name, "an object with cpu and memory")
    cpu, memory = value.get("cpu", 1.0), value.get("memory", "4G")
    if isinstance(cpu, bool) or not isinstance(cpu, (int, float)) or not cpu >= 0.5:
        raise wrong(f"{name}.cpu", "at least 0.5")
    size = _MEMORY.fullmatch(memory) if isinstance(memory, str) else None
    if size is None or float(size[1]) * (1 if size[2] == "M" else 1024) < 2048:
        raise wrong(f"{name}.memory", "at least 2G, such as 4G, 4GB or 4096MB")


@checks(listed(TAG, maxItems=20))
def tags(name: str, value: Any) -> list[dict[str, str]]:
    """At most 20 pairs with different keys. DLI API reference, 'Adding Tags to a Resource in Batches'."""
    if not isinstance(value, list) or len(value) > 20:
        raise wrong(name, "an array of at most 20 tags")
    for tag in value:
        if not isinstance(tag, dict) or not set(tag) <= {"key", "value"} or "key" not in tag:
            raise wrong(name, 'made of {"key": ..., "value": ...}')
        key, sent = text()(f"{name}.key", tag["key"]), text()(f"{name}.value", tag.get("value") or "")
        if not 1 <= len(key) <= 128 or len(sent) > 255 or key.startswith("_sys_"):
            raise wrong(
                name, "of keys with 1 to 128 characters, not starting with _sys_, and values up to 255"
            )
    if len({tag["key"] for tag in value}) < len(value):
        raise wrong(name, "of different keys")
    return [{"key": tag["key"], "value": tag.get("value") or ""} for tag in value]


def _parsed(name: str, sent: str) -> dict[str, Any]:
    try:
        parsed = json.loads(sent, object_pairs_hook=each_once)
    except (ValueError, RecursionError):
        raise wrong(name, "JSON text in which no key is repeated") from None
    if not isinstance(parsed, dict):
        raise wrong(name, "a JSON object as text")
    return parsed


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different, for `json.loads`. Raises ValueError for any other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


FIELDS: Final[dict[str, Field]] = {
    "name": Field(
        named(57, empty="DLI.11007", long="DLI.11006", odd="DLI.11015"), in_detail=True, filled=True
    ),
    "desc": Field(text(2048, "DLI.11014"), "", in_detail=True),
    "template_id": Field(integer(1, ID["maximum"]), on_update=False, stored=False, jar_too=False),
    "job_type": Field(one_of(*JOB_TYPES), on_update=False, in_detail=True, filled=True, jar_too=False),
    "queue_name": Field(queue, in_detail=True),
    "sql_body": Field(sql, "", in_detail=True, jar_too=False),
    "run_mode": Field(one_of(*RUN_MODES), "shared_cluster", in_detail=True, jar_too=False),
    "cu_number": Field(integer(2, 400, "DLI.11012"), 2),
    "parallel_number": Field(integer(1, 2000, "DLI.11013"), 1, flink=FlinkSetting("parallelism.default")),
    "checkpoint_enabled": Field(boolean, False),
    "checkpoint_mode": Field(
        checkpoint_mode,
        "exactly_once",
        flink=FlinkSetting("execution.checkpointing.mode", str.upper, when="checkpoint_enabled"),
    ),
    "checkpoint_interval": Field(
        integer(0, 999_999, "DLI.11008"),
        10,
        flink=FlinkSetting("execution.checkpointing.interval", "{} s".format, when="checkpoint_enabled"),
    ),
    "obs_bucket": Field(bucket, live=True),
    "log_enabled": Field(boolean, False),
    "smn_topic": Field(text(), live=True),
    "restart_when_exception": Field(boolean, False, live=True),
    "idle_state_retention": Field(
        integer(1, _MANY, "DLI.11036"),
        3600,
        jar_too=False,
        flink=FlinkSetting("table.exec.state.ttl", "{} s".format),
    ),
    "edge_group_ids": Field(edge_groups, jar_too=False),
    "dirty_data_strategy": Field(dirty_data, "0", jar_too=False),
    "udf_jar_url": Field(text(), jar_too=False),
    "manager_cu_number": Field(integer(1, 100, "DLI.11025"), 1),
    "tm_cus": Field(integer(1, _MANY), 1),
    "tm_slot_num": Field(slots, filled=True),
    "operator_config": Field(
        operators("parallelism"), "", on_create=False, jar_too=False, open_source_only=True
    ),
    "resume_checkpoint": Field(boolean, False, live=True),
    "resume_max_num": Field(resume_max_num, -1, live=True),
    "static_estimator_config": Field(
        operators("rate_factor", "output_rate"), "", on_create=False, jar_too=False, open_source_only=True
    ),
    "runtime_config": Field(text(), ""),
    "tags": Field(tags, on_update=False, stored=False),
    "flink_version": Field(one_of(*FLINK_VERSIONS), open_source_only=True),
    "flink_log_config": Field(log_config),
    "execution_agency_urn": Field(text(), "", open_source_only=True),
    "resource_config_version": Field(one_of("v1", "v2"), "v1"),
    "resource_config": Field(resource_config),
}
