"""The one envelope of everything that `--json` prints: `version`, `kind`, and what there is to say beside them.

Ids are texts, as numbers beyond 2^53 are not safe in JSON; times are epoch milliseconds, durations seconds. The shapes
are in `document_shapes.py`, their schemas in `dli_provider/schemas/`, what is promised of them in docs/json.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from dli_provider.cli.screen import fit_all, say_json

VERSION: Final = 1


def document(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A document of this kind."""
    return {"version": VERSION, "kind": kind, **plain(body)}


def say_document(kind: str, body: Mapping[str, Any]) -> None:
    """Print it."""
    say_json(document(kind, body), ascii_only=False)


def document_text(kind: str, body: Mapping[str, Any]) -> str:
    """Its text, masked, for a file."""
    return json.dumps(fit_all(document(kind, body)), indent=2, ensure_ascii=False) + "\n"


def milliseconds(seconds: float | None) -> int | None:
    """Epoch seconds as documents have times."""
    return None if seconds is None else int(seconds * 1000)


def plain(value: Any) -> Any:
    """A value as JSON has it: enumerations by name, bundles as objects, ids as texts."""
    # By name: numbers would change with the order in the code.
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        return {key: str(each) if key == "job_id" else plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value
