"""The natural form of a value against its form on the wire, where the two differ. Knows no single field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from dli_provider.job.values import MODES, ResourceConfig, megabytes, plain


def _as_it_is(value: object) -> object:
    return value


def _equal(one: object, other: object) -> bool:
    return one == other


@dataclass(frozen=True)
class Codec:
    """`encode` makes a natural value fit for the wire, `decode` reads one from it (None for what cannot be
    read or counts as not set), `same` tells whether two natural values mean the same."""

    encode: Callable[[object], object] = _as_it_is
    decode: Callable[[object], object] = _as_it_is
    same: Callable[[object, object], bool] = _equal


def _parsed(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pairs(value: object) -> list[dict[str, object]]:
    items = sorted(value.items()) if isinstance(value, Mapping) else ()
    return [{"key": key, "value": item} for key, item in items]


def _unpaired(value: object) -> object:
    pairs = value if isinstance(value, list) else []
    readable = [pair for pair in pairs if isinstance(pair, Mapping) and {"key", "value"} <= pair.keys()]
    return {str(pair["key"]): str(pair["value"]) for pair in readable} or None


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else _compact(value)


def _known(value: Mapping[str, object], model: type[BaseModel]) -> dict[str, object]:
    """What our model knows of an answer, which may hold more, and nulls."""
    found: dict[str, object] = {}
    for name, info in model.model_fields.items():
        part, inner = value.get(name), info.annotation
        if isinstance(part, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            part = _known(part, inner)
        if part is not None:
            found[name] = part
    return found


def _resources(value: object) -> ResourceConfig | None:
    if isinstance(value, ResourceConfig):
        return value
    answer = _parsed(value)
    if not isinstance(answer, Mapping):
        return None
    try:
        return ResourceConfig.model_validate(_known(answer, ResourceConfig))
    except ValidationError:
        return None


def _natural_resources(value: object) -> object:
    config = _resources(value)
    return config.model_dump() if config else None


def _amounts(value: object) -> object:
    """Resources as plain amounts, so that "4G" and "4096MB" are equal."""
    config = _resources(value)
    if config is None:
        return value
    processes = (config.jobmanager_resource_spec, config.taskmanager_resource_spec)
    sizes = tuple((process.cpu, megabytes(process.memory)) for process in processes)
    return (config.max_slot, config.parallel_number, sizes)


def _members(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


CHECKPOINT_MODE = Codec(
    encode=lambda mode: next(number for number, word in MODES.items() if word == mode),
    decode=lambda sent: MODES.get(sent) if isinstance(sent, int) else sent,
)
"""1 or 2 in requests, a word in answers."""

FLINK_CONFIG = Codec(
    encode=lambda config: _compact(_pairs(config)),
    decode=lambda text: _unpaired(_parsed(text)),
)
"""JSON text of `[{"key": ..., "value": ...}]`, in any order; unreadable text counts as not set."""

TAGS = Codec(encode=_pairs, decode=_unpaired)
"""A list of `{"key": ..., "value": ...}`."""

JSON_TEXT = Codec(
    encode=_json_text,
    decode=_parsed,
    same=lambda one, other: plain(_parsed(one)) == plain(_parsed(other)),
)
"""JSON as text; a text of the program's own is sent as it is written."""

RESOURCES = Codec(
    encode=_natural_resources,
    decode=_natural_resources,
    same=lambda one, other: _amounts(one) == _amounts(other),
)
"""An object; sizes compare by what they amount to."""

COMPUTED = Codec(decode=lambda number: number or None)
"""A number that DLI computes when it is not given, or given as 0."""

ANY_ORDER = Codec(same=lambda one, other: _members(one) == _members(other))
"""A list that is a set."""

ANY_CASE = Codec(same=lambda one, other: str(one).casefold() == str(other).casefold())
"""A name whose case means nothing to DLI."""

AS_IT_IS = Codec()
"""A value whose natural form is the wire's."""


def text_comparing(same: Callable[[str, str], bool]) -> Codec:
    """Text that travels as it is and compares by `same`."""
    return Codec(same=lambda one, other: same(str(one), str(other)))
