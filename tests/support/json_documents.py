"""What `--json` prints, held against the schema that the package ships."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from dli_provider.cli.document_shapes import model_of
from tools.json_schemas import FOLDER


def valid(kind: str, text: str) -> dict[str, Any]:
    """The document of a kind in a text: by its published schema, and without a key that this does not have."""
    found: dict[str, Any] = json.loads(text)
    schema = json.loads((FOLDER / f"{kind}.json").read_text())
    jsonschema_rs.validator_for(schema).validate(found)
    model_of(kind).model_validate_json(text)
    assert (found["version"], found["kind"]) == (1, kind)
    return found
