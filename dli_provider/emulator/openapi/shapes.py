"""The few JSON schemas that the others are made of."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "number"}
WHOLE: Final[Schema] = {"type": "integer"}
ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
MOMENT: Final[Schema] = {"type": "integer", "minimum": 0, "description": "epoch milliseconds"}
NULL: Final[Schema] = {"type": "null"}


def exactly(**properties: Schema) -> Schema:
    """An object with all of these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def given(*required: str, **properties: Schema) -> Schema:
    """The object of a request: what is not `required` may be left out."""
    return exactly(**properties) | {"required": list(required)}


def listed(items: Schema, **limits: int) -> Schema:
    """An array."""
    return {"type": "array", "items": items, **limits}


def word(*words: str) -> Schema:
    """One of a few strings."""
    return {"type": "string", "enum": list(words)}


def whole(low: int, high: int) -> Schema:
    """An integer within bounds."""
    return {"type": "integer", "minimum": low, "maximum": high}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    return schema | {"type": [schema["type"], "null"]}
