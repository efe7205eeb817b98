"""SQL and request bodies as the pages show them: without what is secret in them. Pure."""

from __future__ import annotations

import json
from typing import Final

from dli_provider.secrets import mask_json
from dli_provider.sql import mask_any

MASK: Final = "••••••"


def mask_text(text: str) -> str:
    """SQL, or JSON as text, without its secrets."""
    return mask_any(text, MASK)


def body_for_eyes(body: str) -> str:
    """A request body, laid out and without its secrets."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return mask_text(body)
    return json.dumps(mask_json(parsed, mask_text, MASK), ensure_ascii=False, indent=2)
