"""Takes secrets out of text that came from elsewhere: DLI's own words may quote the SQL it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "***"

# 'properties.sasl.jaas.config' = '...', "password": "...", secret.key=... : the value behind a telling
# name. Messages are not SQL, so no tokenizer would get through them.
_TELLING = r"[\w.\-]*(?:passw(?:or)?d|passwd|pwd|secret|token|credential|api[._\-]?key|access[._\-]?key|jaas)[\w.\-]*"
_ASSIGNMENT = re.compile(
    rf"""(?P<name>(?P<quote>['"`]?){_TELLING}(?P=quote)\s*[=:]\s*)(?P<value>'(?:[^']|'')*'|"[^"]*"|[^\s,;)'"]+)""",
    re.IGNORECASE,
)
_SHORTEST = 4


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, and whatever is assigned to a telling name, masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return _ASSIGNMENT.sub(lambda match: f"{match['name']}{MASK}", text)


def secrets_in(sql: str) -> Iterator[str]:
    """The values that an SQL text assigns to telling names, to be found out of their context too."""
    for match in _ASSIGNMENT.finditer(sql):
        yield match["value"].strip("'\"")
