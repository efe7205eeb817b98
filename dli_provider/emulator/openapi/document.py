"""The document: one operation for each route, under the name that fault rules and the request log use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

from dli_provider.emulator.openapi.answers import ANSWERS, BATCH_ERROR, BATCHES, ERROR, GATEWAY_ERROR
from dli_provider.emulator.openapi.bodies import (
    BODIES,
    FIELD_SCHEMAS,
    JAR_SCHEMAS,
    QUERIES,
    create_body,
    update_body,
)
from dli_provider.emulator.openapi.shapes import TEXT, Schema
from dli_provider.emulator.rules.fields import FIELDS
from dli_provider.emulator.rules.jars import JAR_FIELDS

_PATH_PARAMETERS: Final[dict[str, Schema]] = {
    "project_id": TEXT | {"pattern": "^[A-Za-z0-9_-]{1,64}$", "example": "0123456789abcdef0123456789abcdef"},
    "job_id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    "template_id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    "resource_id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
    "resource_type": {"type": "string", "enum": ["dli_flink_job"]},
    "queue_name": TEXT | {"minLength": 1, "pattern": "^[A-Za-z0-9_]+$"},
}
_OF_JOBS: Final[dict[str, Schema]] = {
    "create": create_body(FIELDS, FIELD_SCHEMAS),
    "update": update_body(FIELDS, FIELD_SCHEMAS),
    "create_jar": create_body(JAR_FIELDS, JAR_SCHEMAS),
    "update_jar": update_body(JAR_FIELDS, JAR_SCHEMAS),
}


class Call(Protocol):
    """What the document needs to know of a route."""

    @property
    def name(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


def document(calls: Iterable[Call]) -> dict[str, Any]:
    """All calls as OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Data Lake Insight, Flink jobs (local)",
            "version": "1",
            "description": "What the local DLI answers to; the rules are those of the DLI API reference.",
        },
        "paths": paths,
    }


def _operation(call: Call) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", call.path)
    status, answer = ANSWERS[call.name]
    operation: dict[str, Any] = {
        "operationId": call.name,
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": _PATH_PARAMETERS[n]} for n in names),
            *({"name": n, "in": "query", "schema": s} for n, s in QUERIES.get(call.name, {}).items()),
        ],
        "responses": {
            "400": _response("Refused.", BATCH_ERROR if call.name in BATCHES else ERROR),
            "401": _response("Not let in.", GATEWAY_ERROR),
            "404": _response("No such API.", GATEWAY_ERROR),
            str(status): _response("Done." if status < 400 else "Refused.", answer),
        },
    }
    body = _OF_JOBS.get(call.name) or BODIES.get(call.name)
    if body is not None:
        required = call.name not in ("tags_filter", "tags_count")
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return operation


def _response(description: str, schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
