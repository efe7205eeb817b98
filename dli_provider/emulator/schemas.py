"""JSON schemas: the few that the others are made of, and the bodies of refusals. What calls and fields declare."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "number"}
WHOLE: Final[Schema] = {"type": "integer"}
OBJECT: Final[Schema] = {"type": "object"}
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
    words = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | words


def success_body(**payload: Schema) -> Schema:
    """The answer of a job call: `is_success` is the string "true" (see `responses`)."""
    return exactly(is_success=word("true"), message=TEXT, **payload)


def success_flag_body(**payload: Schema) -> Schema:
    """The answer of a call whose `is_success` is a boolean."""
    return exactly(is_success={"const": True}, message=TEXT, **payload)


EACH: Final = listed(exactly(is_success=word("true", "false"), message=TEXT), minItems=1)
"""The answer of a batch call: one entry for each of `job_ids`."""

ERROR: Final = exactly(error_code=TEXT | {"pattern": r"^DLI\.[0-9]+$"}, error_msg=TEXT)
GATEWAY_ERROR: Final = exactly(
    error_msg=TEXT, error_code=TEXT | {"pattern": r"^APIGW\.[0-9]+$"}, request_id=TEXT
)
NOT_THERE: Final[Schema] = {"anyOf": [GATEWAY_ERROR, ERROR]}
BATCH_ERROR: Final[Schema] = {"anyOf": [ERROR, listed(ERROR, minItems=1)]}
