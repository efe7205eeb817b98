"""How a field travels: which documents take it, in which form, what undoes it, which jobs have it.

Knows no single field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ValidationError

from dli_provider.job.values import MODES, ResourceConfig, flink_config, megabytes, plain

EDGE = frozenset({"flink_sql_edge_job"})
OPEN_SOURCE = frozenset({"flink_opensource_sql_job"})
SQL = OPEN_SOURCE | {"flink_sql_job"}
EVERY_JOB = SQL | EDGE


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
    # Sorted, so that the same mapping is always the same text.
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
    # An answer that our model does not allow is not understood, which must not end a review or a refresh.
    except ValidationError:
        return None


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _is_more(answer: object, known: object) -> bool:
    """Whether an answer of DLI's says anything beside what is known of it. What is empty, off or zero says nothing: a
    newer DLI may tell of every job what nobody has set, and a job must not be stopped for that."""
    if isinstance(answer, Mapping) and isinstance(known, Mapping):
        return any(_is_more(item, known.get(key)) for key, item in answer.items())
    return answer != known and not (is_empty(answer) or answer in (False, 0))


def _understood(value: object) -> ResourceConfig | None:
    """What `value` says of resources; None where it says anything that our model has no room for."""
    config, answer = _resources(value), _parsed(value)
    if isinstance(answer, Mapping) and _is_more(answer, _known(answer, ResourceConfig)):
        return None
    return config


def _natural_resources(value: object) -> object:
    config = _understood(value)
    # As DLI says it, rather than without what we do not know: it would be lost where it is sent back.
    return config.model_dump() if config else _without_nulls(_parsed(value))


def _amounts(value: object) -> object:
    """Resources as plain amounts, so that "4G" and "4096MB" are equal."""
    config = _understood(value)
    if config is None:
        return plain(value)
    processes = (config.jobmanager_resource_spec, config.taskmanager_resource_spec)
    sizes = tuple((process.cpu, megabytes(process.memory)) for process in processes)
    return (config.max_slot, config.parallel_number, sizes)


def _members(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


CHECKPOINT_MODE = Codec(
    # A mode that only DLI knows goes back as it came.
    encode=lambda mode: next((number for number, word in MODES.items() if word == mode), mode),
    decode=lambda sent: MODES.get(sent) if isinstance(sent, int) else sent,
)
"""1 or 2 in requests, a word in answers."""


def _config_text(config: object) -> str:
    return config if isinstance(config, str) else _compact(_pairs(config))


def _config(text: object) -> object:
    return flink_config(text if isinstance(text, str) else _compact(text)) or None


def _settings(config: object) -> object:
    """The settings of a list of pairs, whatever else DLI tells of each pair; any other value as it is."""
    entries = _parsed(config)
    if not isinstance(entries, list) or not all(
        isinstance(entry, Mapping) and entry.keys() >= {"key", "value"} for entry in entries
    ):
        return entries
    bare = [{"key": each["key"], "value": each["value"]} for each in entries if each["value"] is not None]
    # A key that stands twice, or a value that is no setting of Flink's, stays what DLI says it is.
    settings = flink_config(_compact(bare))
    return entries if isinstance(settings, str) else settings


FLINK_CONFIG = Codec(
    encode=_config_text,
    decode=_config,
    same=lambda one, other: _settings(one) == _settings(other),
)
"""JSON text of `[{"key": ..., "value": ...}]`, in any order; any other text is kept and sent as it is."""

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
"""An object; sizes compare by what they amount to. One that holds what we do not know stays as DLI says it."""

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


def is_empty(value: object) -> bool:
    """Whether DLI takes `value` for "not set": null, empty text, an empty list or mapping."""
    return value is None or value in ("", [], {})


@dataclass(frozen=True)
class Wire:
    """How one definition field travels to DLI and back.

    `default` is DLI's documented default, in natural form. `cleared` is the wire value that undoes an
    argument taken out of the program where there is no such default; None if nothing undoes it. `derived`
    computes the value to send when the program declares none; its parameters name the fields it reads.
    `create` and `update` tell which documents take the field, `jobs` which job types have it, `resources`
    under which `resource_config_version` it is used, if not under both.
    """

    default: object = None
    cleared: object = None
    create: bool = True
    update: bool = True
    derived: Callable[..., object] | None = None
    jobs: frozenset[str] = EVERY_JOB
    resources: Literal["v1", "v2"] | None = None
    codec: Codec = AS_IT_IS

    def encode(self, value: object) -> object:
        """The wire form of a natural value that is not empty."""
        return self.codec.encode(value)

    def decode(self, value: object) -> object:
        """The natural form of what the get document holds, None where it is not set or cannot be read."""
        return None if is_empty(value) else self.codec.decode(value)

    def same(self, one: object, other: object) -> bool:
        """Whether two natural values mean the same: unset, empty and the documented default do."""
        # DLI reports its default where nothing was given, so the two must not look like drift.
        one, other = (self.default if is_empty(value) else value for value in (one, other))
        if is_empty(one) or is_empty(other):
            return is_empty(one) and is_empty(other)
        return self.codec.same(one, other)

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages of the DLI API reference that describe the field."""
        taken = {"Creating a SQL Job": self.create, "Updating a SQL Job": self.update}
        return tuple(page for page, takes in taken.items() if takes)
