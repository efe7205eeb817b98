"""Property bags as they travel between engine and plugin: what is secret in them, and what is not known yet.

A secret is a mark around a value, at any depth. The verbs are for plain values, so marks are taken off on the way in,
and their places kept; on the way out they are put back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from google.protobuf.struct_pb2 import NULL_VALUE, Struct, Value  # type: ignore[import-untyped]

from dli_provider.pulumi.property_bags import NotKnown

Place: TypeAlias = tuple[str | int, ...]
"""Where a value is in a bag: keys and numbers, outermost first."""
Places: TypeAlias = frozenset[Place]

NOT_KNOWN = NotKnown()
"""A value that will be known only once the deployment has got there."""

_KIND = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        _UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""Of Pulumi's protocol: the key that makes a mapping a mark, the mark of a secret, and what is not known yet. Of that
programs in some languages say whether it will be a boolean, a number, a list, an asset, an archive or a mapping."""


def opened(bag: Struct) -> tuple[dict[str, Any], Places]:
    """The plain values of a bag, and where it has secrets. What is not known is `NOT_KNOWN`."""
    secret: set[Place] = set()
    return _inside(bag.fields, (), secret), frozenset(secret)


def has_unknown(value: Any) -> bool:
    """Whether anything in a value is not known yet."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unknown, value))
    return isinstance(value, NotKnown)


def hidden(values: Mapping[str, Any], secret: Collection[Place]) -> Iterator[str]:
    """The texts at those places: no line may show them, whatever they look like."""
    for place in secret:
        yield from _texts(_at(values, place))


def closed(values: Mapping[str, Any], secret: Collection[Place] = ()) -> Struct:
    """The bag of these values, with marks at those places. Where the form of a value has changed under a place, what
    there is above it is marked: a secret is never left in clear because it moved."""
    bag = Struct()
    for key, value in values.items():
        if value is not None:
            _put(bag.fields[key], _marked(value, (key,), secret) if secret else value)
    return bag


def _inside(fields: Mapping[str, Value], place: Place, secret: set[Place]) -> dict[str, Any]:
    # By its keys, for which protobuf answers in C: the items of one of its mappings are made one by one in Python.
    values = {key: _plain(fields[key], (*place, key), secret) for key in fields}
    # Also within a value, and as by the first door: what a program gives as null it does not give.
    return {key: value for key, value in values.items() if value is not None}


def _plain(value: Value, place: Place, secret: set[Place]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _KIND in fields and fields[_KIND].string_value == _SECRET:
            secret.add(place)
            return _plain(fields["value"], place, secret)
        return _inside(fields, place, secret)
    if kind == "list_value":
        return [_plain(item, (*place, number), secret) for number, item in enumerate(value.list_value.values)]
    if kind == "string_value" and value.string_value in _UNKNOWNS:
        return NOT_KNOWN
    return None if kind in (None, "null_value") else getattr(value, kind)


def _at(value: Any, place: Place) -> Any:
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None  # it has another form now
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _marked(value: Any, place: Place, secret: Collection[Place]) -> Any:
    below = [each for each in secret if len(each) > len(place) and each[: len(place)] == place]
    if place in secret or any(not _reaches(value, each[len(place) :]) for each in below):
        return {_KIND: _SECRET, "value": value}
    if not below:
        return value
    return type(value)(_each(value, place, below))


def _each(value: Any, place: Place, secret: Collection[Place]) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from ((key, _marked(item, (*place, key), secret)) for key, item in value.items())
    else:
        yield from (_marked(item, (*place, number), secret) for number, item in enumerate(value))


def _reaches(value: Any, below: Place) -> bool:
    """Whether a value has the form that a place below it needs; a key of a mapping may have gone by itself."""
    first, *rest = below
    if isinstance(value, dict):
        return isinstance(first, str) and (
            first not in value or not rest or _reaches(value[first], tuple(rest))
        )
    if isinstance(value, list):
        inside = isinstance(first, int) and first < len(value)
        return inside and (not rest or _reaches(value[int(first)], tuple(rest)))
    return False


def _put(to: Value, value: Any) -> None:
    # Each value in its place, as protobuf's own way to fill a Struct takes four times as long.
    if isinstance(value, str):
        to.string_value = value
    elif isinstance(value, bool):
        to.bool_value = value
    elif isinstance(value, int | float):
        to.number_value = value
    elif isinstance(value, Mapping):
        to.struct_value.SetInParent()  # also where nothing is in it
        for key, item in value.items():
            _put(to.struct_value.fields[key], item)
    elif isinstance(value, list | tuple):
        to.list_value.SetInParent()
        for item in value:
            _put(to.list_value.values.add(), item)
    elif isinstance(value, NotKnown):
        to.string_value = _UNKNOWN
    elif value is None:
        to.null_value = NULL_VALUE
    else:
        raise TypeError(f"a property bag holds no {type(value).__name__}")
