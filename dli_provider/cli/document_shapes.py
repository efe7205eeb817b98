"""The shape of every document that `--json` prints, made of the very values that are laid out; and its JSON schema.

Imported by what writes the schemas and by tests, never by a command: that would wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from dli_provider.cli.documents import VERSION
from dli_provider.graph.picture import Graph
from dli_provider.promotion.gate import Check
from dli_provider.promotion.proposal import Effect
from dli_provider.promotion.stack_comparison import Difference
from dli_provider.promotion.versions import Cell, Lag
from dli_provider.review.report import JobReview, Report, Risk
from dli_provider.workspace.diagnosis import Examined
from dli_provider.workspace.flink_check import FlinkProblem
from dli_provider.workspace.job_status import JobRow
from dli_provider.workspace.testing import ProofRecord

Shape = Mapping[str, Any]
"""Key to what is there: a type, a dataclass, a shape for an object of its own, or a list of one of these."""

_PROPOSAL: Shape = {
    "origin": str,
    "target": str,
    "revert": bool,
    "canary": bool,
    "allowed": bool,
    "because": str | None,
    "moves": [{"job": str, "before": str | None, "after": str | None}],
    "checks": [Check],
    "order": [str],
    "after": dict[str, list[str]],
    "order_because": [str],
    "effects": [Effect],
    "notes": [str],
    "graph": Graph | None,
}

SHAPES: Mapping[str, Mapping[Any, Any]] = {
    "status": {"stack": str | None, "place": str, "jobs": [{JobRow: {"wrong": bool}}]},
    "history": {
        "job": str,
        "job_id": str,
        "status": str,
        "status_desc": str,
        "events": [{"time": int | None, "what": str}],
        "logs": str | None,
    },
    "doctor": {"problems": int, "findings": [Examined]},
    "drift": {
        "stack": str,
        "jobs": int,
        "drift": [
            {
                "job": str,
                "job_id": str,
                "gone": bool,
                "estranged": str,
                "status": dict[str, str] | None,
                "unsettled": str,
                "status_desc": str,
                "fields": [{"field": str, "impact": str, "described": str}],
                "repair": str,
                "steps": str,
            }
        ],
        "unclaimed": [str],
        "unread": str,
        "kept": [str],
        "undeclared": dict[str, list[str]],
    },
    "review": {
        "stacks": [{Report: {"summary": str, "risk": Risk, "jobs": [{JobReview: {"risk": Risk}}]}}],
    },
    "graph": {Graph: {}},
    "rules": {
        "stack": str | None,
        "rules": [{"id": str, "level": str, "production": bool, "asks": str, "remedy": str}],
    },
    "check": {"checked": int, "problems": [FlinkProblem], "stand_ins": dict[str, list[str]]},
    "sql-diff": {
        "verdict": str,
        "computed_by": str,
        "because": str,
        "unplanned": str,
        "reasons": [{"rule": str, "fate": str, "because": str}],
        "operators": [{"operator": str, "state": str}],
    },
    "rehearse": {
        "rehearsals": [
            {
                "job": str,
                "verdict": Literal["proven", "differs", "refused", "cannot tell"],
                "because": str,
                "first_difference": {"sink": str, "key": dict[str, str | None], "wanted": str, "got": str},
                "rows": int,
                "changes": int,
                "notes": [str],
                "seed": int,
                "parallelism": int,
                "state_backend": str,
                "flink_version": str,
                "seconds": float,
            }
        ]
    },
    "releases": {
        "stacks": [str],
        "cells": [{Cell: {"since": int | None, "behind": {Lag: {"since": int | None}}}}],
        "unseen": [{"stack": str, "reason": str}],
    },
    "compare": {
        "left": str,
        "right": str,
        "jobs": [
            {
                "job": str,
                "left": str | None,
                "right": str | None,
                "lag": {Lag: {"since": int | None}},
                "same": int,
                "differences": [{Difference: {"kind": Literal["release", "environment", "otherwise"]}}],
            }
        ],
    },
    "promote": {**_PROPOSAL, "rest": _PROPOSAL},
    "generate": {
        "program": str | None,
        "jobs": [{"resource": str, "job_id": str, "problems": [str], "beyond": [str]}],
        "left_out": dict[str, str],
        "secrets": [str],
        "let_go": [str],
    },
    "test": {
        "cases": [
            {
                "job": str,
                "case": str,
                "file": str,
                "line": int,
                "verdict": str,
                "seconds": float,
                "faults": [str],
                "differences": [
                    {
                        "sink": str,
                        "compared": str,
                        "columns": [str],
                        "rows": [{"mark": str, "cells": [Any]}],
                        "hints": [str],
                    }
                ],
            }
        ],
        "jobs": [ProofRecord],
    },
    "emulator-status": {
        "running": bool,
        "pid": int | None,
        "url": str | None,
        "state": str | None,
        "runner": str | None,
        "kafka": str | None,
        "feed": str | None,
        "jobs": int | None,
    },
}
"""The documents by kind. `{JobRow: {...}}` is that value with keys of a document's own beside or instead."""

MAY_LACK = {
    "behind": "releases, compare: a job that is not behind",
    "lag": "compare: one version, or two that have nothing to do with each other",
    "first_difference": "rehearse: nothing differs",
    "rest": "promote: nothing followed a canary",
}
"""Keys whose object may be null, or that are left out, and when."""


def model_of(kind: str) -> type[BaseModel]:
    """The whole document of a kind; it refuses keys that nobody has declared."""
    shape = {"version": Literal[VERSION], "kind": Literal[kind], **_flat(SHAPES[kind])}
    return _model(kind, shape)


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON schema of a document. Readers must expect new keys within a version, so it allows them."""
    schema = model_of(kind).model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    opened: dict[str, Any] = _open(schema)
    return opened


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _open(each) for key, each in value.items() if key not in ("additionalProperties",) or each
        }
    return [_open(each) for each in value] if isinstance(value, list) else value


def _flat(shape: Mapping[Any, Any]) -> dict[str, Any]:
    """A shape with the values of a dataclass in it spelt out."""
    keys: dict[str, Any] = {}
    for key, value in shape.items():
        keys |= {**_hints(key), **value} if is_dataclass(key) else {key: value}
    return keys


def _model(name: str, shape: Mapping[str, Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {key: _field(f"{name}_{key}", key, value) for key, value in shape.items()}
    model: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **fields)
    return model


def _field(name: str, key: str, value: Any) -> Any:
    hint = _hint(name, value)
    if key not in MAY_LACK:
        return (hint, ...)
    return (hint | None, None)


def _hint(name: str, value: Any) -> Any:
    """A type that pydantic knows, for what stands in a shape or as the type of a dataclass's field."""
    if isinstance(value, list):
        return list[_hint(name, value[0])]  # type: ignore[misc]
    if isinstance(value, Mapping):
        return _model(name, _flat(value))
    if is_dataclass(value):
        return _model(f"{name}_{getattr(value, '__name__', '')}", _hints(value))
    if isinstance(value, type) and issubclass(value, Enum):
        return Literal[tuple(value.__members__)]
    origin, arguments = get_origin(value), get_args(value)
    if origin in (Union, UnionType):
        # Not by `Union[...]`, which answers from a cache: with any equal one, whose types may stand in another order.
        return reduce(or_, (_hint(name, each) for each in arguments))
    if origin in (tuple, list, Sequence):
        return list[_hint(name, arguments[0])]  # type: ignore[misc]
    # Whole numbers are fine where a float is declared.
    return float | int if value is float else value


def _hints(value: Any) -> dict[str, Any]:
    hints = get_type_hints(value)
    return {key: str if key == "job_id" else hint for key, hint in hints.items()}
