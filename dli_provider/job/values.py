"""The natural types of a job's arguments: what a program may write, and nothing guessed.

Pulumi delivers every number as a float, so a whole float is accepted where a whole number is meant. Nothing
else is converted: text is never taken for a number, and true is never taken for 1. Messages are phrases that
follow the argument's name, and never repeat a value, which may be secret.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

NAME_LENGTH = 57
"""Characters by DLI's pages, bytes by the error codes of an older edition (DLI.11006)."""
NAME_CHARACTERS = r"A-Za-z0-9_\-\u3400-\u4dbf\u4e00-\u9fff"
"""What a job's name may consist of, for a character class; see DLI.11015 among DLI's error codes."""
DESC_LENGTH = 512
"""By DLI's pages; the newest of its own clients takes four times as much."""
LARGEST = 2**31 - 1
"""The largest of DLI's integers, which are of 32 bits; ids are longer."""
EXACT = 2**53 - 1
"""The largest id that a number of Pulumi's, a double, tells from the next."""
MODES: dict[float, str] = {1: "exactly_once", 2: "at_least_once"}
"""DLI's numbers for `checkpoint_mode` in requests, and its words in answers."""


def plain(value: object) -> object:
    """`value` with whole floats as ints at every depth: what Pulumi delivers, as it was written. Mappings, of which it
    delivers the entries in any order, come sorted, or the same change would read and be sent otherwise each time."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _held_exactly(value: int) -> int:
    if value > EXACT:
        raise ValueError(
            f"must be at most {EXACT}, as Pulumi's numbers hold no longer id exactly; give the query of that template "
            "in sql_body instead"
        )
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mode(value: object) -> object:
    # `True == 1` in Python, and true is no mode.
    return MODES.get(value, value) if isinstance(value, int | float) and value is not True else value


def flink_text(value: object) -> str:
    """`value` as Flink's configuration writes it: `true`, `4`, `0.5`.

    Raises ValueError for anything but text, truth values and finite numbers.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return str(plain(value))
    raise ValueError("must map each key to text, a number, true or false")


def flink_settings(config: object) -> Mapping[str, str]:
    """The settings that a `runtime_config` holds; none where it is a text that is no list of pairs."""
    return config if isinstance(config, Mapping) else {}


def paired(entries: object) -> dict[str, object] | None:
    """A list of `{"key": ..., "value": ...}` as a mapping; None for anything that a mapping cannot say."""
    if not isinstance(entries, list):
        return None
    found: dict[str, object] = {}
    for entry in entries:
        known = isinstance(entry, Mapping) and entry.keys() == {"key", "value"}
        if not known or not isinstance(entry["key"], str) or entry["key"] in found:
            return None
        found[entry["key"]] = entry["value"]
    return found


def flink_config(value: object) -> object:
    """A `runtime_config` as a mapping, also where it is written as DLI's JSON text of pairs; another text as it is.

    Raises ValueError for what is neither.
    """
    if isinstance(value, str):
        try:
            pairs = paired(json.loads(value))
            return value if pairs is None else {key: flink_text(item) for key, item in pairs.items()}
        except ValueError:
            return value
    if not isinstance(value, Mapping):
        raise ValueError("must be a mapping, or text")  # noqa: TRY004
    if not all(isinstance(key, str) for key in value):
        raise ValueError("must have text as every key")
    return {key: flink_text(item) for key, item in value.items()}


class _Repeated(ValueError):
    """A JSON object has a key twice, and who reads it may take either."""


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _Repeated(key)
        found[key] = value
    return found


def _document(value: object) -> object:
    if isinstance(value, Mapping):
        return plain(value)
    if not isinstance(value, str):
        raise ValueError("must be a mapping, or JSON text")  # noqa: TRY004
    if value:
        try:
            parsed = json.loads(value, object_pairs_hook=_each_once)
        except _Repeated as error:
            raise ValueError(f"must not hold the key {error.args[0]!r} twice") from None
        except ValueError as error:
            where = (
                f" (line {error.lineno}, column {error.colno})"
                if isinstance(error, json.JSONDecodeError)
                else ""
            )
            raise ValueError(
                f"must be valid JSON{where}; pass a mapping to have it written for you"
            ) from None
        if not isinstance(parsed, dict):
            raise ValueError("must hold a JSON object, as in {...}")
    return value


def _job_name(name: str) -> str:
    if not re.fullmatch(f"[{NAME_CHARACTERS}]+", name):
        raise ValueError(
            "must consist of letters a-z, Chinese characters, digits, '-' and '_', and not be empty"
        )
    if len(name) > NAME_LENGTH:
        raise ValueError(f"must be at most {NAME_LENGTH} characters, and is {len(name)}; shorten it")
    return name


def _shaped(pattern: str, form: str) -> AfterValidator:
    def validate(text: str) -> str:
        # An empty text sets a field to nothing, which every field may be.
        if text and not re.fullmatch(pattern, text):
            raise ValueError(f"must be {form}")
        return text

    return AfterValidator(validate)


def _memory(text: str) -> str:
    if megabytes(text) < 2048:
        raise ValueError("must be at least 2 GB")
    return text


def megabytes(memory: str) -> float:
    """A size such as "4G", "4GB" or "4096MB" in MB. Raises ValueError for any other text."""
    size = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([GM])B?", memory, re.ASCII)
    if size is None:
        raise ValueError('must be a size such as "4G" or "4096MB"')
    return float(size[1]) * (1024 if size[2] == "G" else 1)


def _attempts(number: int) -> int:
    if number != -1 and number < 1:
        raise ValueError("must be -1 for no limit, or at least 1")
    return number


Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict()]
Words = Annotated[Text, BeforeValidator(lambda value: str(_whole(value)) if _is_number(value) else value)]
"""Text, or the number that somebody wrote instead."""
Seconds = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Attempts = Annotated[Whole, AfterValidator(_attempts)]
TemplateId = Annotated[Whole, AfterValidator(_held_exactly)]
Mode = BeforeValidator(_mode)
JobName = Annotated[Text, AfterValidator(_job_name)]
QueueName = Annotated[Text, _shaped(r"[A-Za-z0-9_]+", "made of letters, digits and '_'")]
DirtyData = Annotated[
    Text, _shaped(r"0|1|2:.+", '"0" to ignore dirty data, "1" to fail the job, or "2:" and an OBS directory')
]
FlinkVersion = Annotated[Text, _shaped(r"[0-9]+\.[0-9]+", 'a version such as "1.15"')]
SavepointPath = Annotated[
    Text,
    _shaped(r"obs://[^/\s]+/(\S+/)?", 'a directory in the form "obs://bucket/dir/", with the "/" at its end'),
]
Consent = Annotated[
    Text,
    _shaped(r"[0-9a-f]{12}", "the 12 hex digits that the refusal prints, in lower case"),
]
Texts = Mapping[Text, Text]
FlinkConfig = Annotated[Text | Texts, BeforeValidator(flink_config)]
Document = Annotated[Text | Mapping[str, object], BeforeValidator(_document)]


class Resources(BaseModel):
    """What one Flink process is given: `cpu` in cores, `memory` such as "4G" or "4096MB"."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    cpu: Annotated[Seconds, Field(ge=0.5)] = 1.0
    memory: Annotated[Text, AfterValidator(_memory)] = "4G"


class ResourceConfig(BaseModel):
    """The resources of a job under `resource_config_version` v2, with DLI's documented defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    max_slot: Annotated[Whole, Field(ge=1, le=LARGEST)] = 1
    parallel_number: Annotated[Whole, Field(ge=1, le=LARGEST)] = 1
    jobmanager_resource_spec: Resources = Resources()
    taskmanager_resource_spec: Resources = Resources()
