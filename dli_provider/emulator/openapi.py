"""The DLI calls as an OpenAPI document: one operation for each route, under the name that the request log uses.

It says nothing itself: calls and fields declare what goes in and out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from dli_provider.emulator.calls import ApiRoute
from dli_provider.emulator.schemas import GATEWAY_ERROR, ID, NOT_THERE, TEXT, Schema

_PATH_PARAMETERS: Final[dict[str, Schema]] = {
    "project_id": TEXT | {"pattern": "^[A-Za-z0-9_-]{1,64}$", "example": "0123456789abcdef0123456789abcdef"},
    "job_id": ID,
    "template_id": ID,
    "test_id": ID,
    "resource_id": ID,
    "resource_type": {"type": "string", "enum": ["dli_flink_job"]},
    "queue_name": TEXT | {"minLength": 1, "pattern": "^[A-Za-z0-9_]+$"},
}


def document(routes: Iterable[ApiRoute]) -> dict[str, Any]:
    """All calls as OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Data Lake Insight, Flink jobs (local)",
            "version": "1",
            "description": "What the local DLI answers to; the rules are those of the DLI API reference.",
        },
        "paths": paths,
    }


def _operation(route: ApiRoute) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", route.path)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": _PATH_PARAMETERS[n]} for n in names),
            *({"name": n, "in": "query", "schema": s} for n, s in route.query.items()),
        ],
        "responses": {
            "400": _response("Refused.", route.error),
            "401": _response("Not let in.", GATEWAY_ERROR),
            "404": _response("No such API, or by the codes of today nothing there.", NOT_THERE),
            str(route.status): _response("Done." if route.status < 400 else "Refused.", route.answer),
        },
    }
    if route.deprecated:
        operation["deprecated"] = True
    if route.body is not None:
        content = {"application/json": {"schema": route.body}}
        operation["requestBody"] = {"required": not route.may_be_empty, "content": content}
    return operation


def _response(description: str, schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
