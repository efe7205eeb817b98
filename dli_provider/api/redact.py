"""Takes secrets out of text that came from elsewhere: DLI's own words may quote the SQL it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MASK = "***"
_SHORTEST = 4
"""Shorter secrets are masked where they are assigned, but not wherever their letters occur."""

# What stands behind a telling name: 'properties.sasl.jaas.config' = '...', "password": "...", secret.key=...
# Messages are not SQL, so no tokenizer would get through them.
_TELLING = r"[\w.-]*(?:passw(?:or)?d|pwd|secret|token|credential|api[._-]?key|access[._-]?key|jaas)[\w.-]*"
_VALUE = r"""'(?:[^']|'')*' | "(?:[^"\\]|\\.)*" """
_ASSIGNMENT = re.compile(
    rf"""(?P<name> (?<![\w.-]) (?: (?P<quote>['"`]) {_TELLING} (?P=quote) \s*[=:] | {_TELLING} \s*= ) \s* )
         (?P<value> {_VALUE} | [^\s,;&)'"]+ )""",
    re.IGNORECASE | re.VERBOSE,
)
_LOGIN_IN_ADDRESS = re.compile(r"(?P<name>://[^/\s:@]*:)(?P<value>[^/\s@]+)(?=@)")


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, and whatever is assigned to a telling name, masked."""
    if not text:
        return text  # nothing to look for the secrets for
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    text = _ASSIGNMENT.sub(lambda match: f"{match['name']}{MASK}", text)
    return _LOGIN_IN_ADDRESS.sub(lambda match: f"{match['name']}{MASK}", text)


def secrets_in(sql: str) -> Iterator[str]:
    """The values that an SQL text assigns to telling names, and the passwords in its addresses, to be found out of
    their context too."""
    yield from (match["value"] for match in _LOGIN_IN_ADDRESS.finditer(sql))
    for match in _ASSIGNMENT.finditer(sql):
        value = match["value"].strip("'\"")
        yield value
        # A JAAS configuration is a text of assignments itself.
        yield from secrets_in(value)
