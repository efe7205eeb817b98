"""What sounds like a secret, and text without it: one list and one masker for every door that text leaves by.

Below everything else, and works on text alone: what DLI says, what a request holds and what a log keeps is rarely SQL
that can be cut into tokens, and often cut off. `dli_provider.sql` adds what only tokens tell. Masks rather too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MASK = "***"
"""What stands for a secret."""
SHORTEST = 4
"""Shorter secrets are masked where they are assigned, but not wherever their letters occur."""

Span = tuple[int, int]
"""Where something begins and ends, the end excluded."""

_TELLING = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential|jaas|authorization|cookie|signature|user\.info"
    r"|(?:access|private|api|encrypt\w{0,40}|account|storage|shared)[._-]{0,9}key|ssl\.[\w.-]{0,90}key"
    r"|(?<![a-z0-9])[as]k(?![a-z0-9])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w.-]*")
_LOGIN = re.compile(r"(?<=://)[^\s/@'\"`]*:[^\s/'\"`]*@|(?<=://)[^\s/@'\"`]+@")

# 'some.password' = '...', "password": "...": a quoted name, be its quotes escaped or not, and what assigns to it.
_QUOTED_NAME = re.compile(r"(?P<quote>['\"`])(?P<name>[^'\"`\\\n]{1,200})\\*(?P=quote)\s*(?:=+>?|:)\s*")
# fs.s3a.secret.key = ...: a bare name. A colon behind it is punctuation ("unexpected token: FROM").
_ASSIGNS = re.compile(r"\s*=+>?\s*")
# {"key": "some.password", "value": "..."}, as a runtime_config has it.
_ENTRY = re.compile(
    r"(?P<quote>\\*\")key(?P=quote)\s*:\s*(?P=quote)(?P<name>[^\"\\]*)(?P=quote)\s*,\s*"
    r"(?P=quote)value(?P=quote)\s*:\s*"
)
_BARE_VALUE = re.compile(r"[^\s,;&)'\"]+")
# A value that is never closed goes on to the end: the text was cut off within it.
_QUOTED_VALUE = {
    "'": re.compile(r"(?:[^']|'')*"),
    '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL),
    "`": re.compile(r"[^`]*"),
}
_OPENING = re.compile(r"[nNxX]?(\\*)(['\"`])")


def sounds_secret(name: str) -> bool:
    """Whether a name, such as that of an option or a setting, sounds as if its value were secret."""
    return _TELLING.search(name) is not None


def without_secrets(text: str, known: Iterable[str] = (), mask: str = MASK) -> str:
    """The text without the `known` secrets, without what is assigned to a telling name, and without log-ins."""
    if not text:
        return text  # nothing to look for the secrets for
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, mask)
    return masked(text, [_with_quotes(text, span) for span in secret_spans(text)], mask)


def secrets_in(text: str) -> Iterator[str]:
    """The secret values that a text gives away, to be found out of their context too."""
    for start, end in secret_spans(text):
        value = text[start:end].strip("'\"")
        yield value
        _, colon, password = value.partition(":")
        if colon and text[end : end + 1] == "@":
            yield password
        # A JAAS configuration is a text of assignments itself.
        yield from secrets_in(value)


def secret_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where secrets stand in a text, or in a part of it: in order, and apart from each other."""
    part = text[start:end]
    return [(start + first, start + last) for first, last in apart(_spans(part))]


def apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap put into one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return found


def masked(text: str, spans: Iterable[Span], mask: str = MASK) -> str:
    """The text with a mask in the place of each span."""
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], mask]
        done = end
    return "".join([*parts, text[done:]])


def mask_json(value: Any, text: Callable[[str], str], mask: str = MASK, name: str = "") -> Any:
    """A document without its secrets, however deep they are; `text` masks those within one of its texts.

    `name` is what the value stands under.
    """
    if isinstance(value, dict):
        entry = str(value.get("key", ""))  # [{"key": "some.password", "value": "..."}]
        names = {key: entry if key == "value" else key for key in value}
        return {key: mask_json(part, text, mask, names[key]) for key, part in value.items()}
    if isinstance(value, list):
        return [mask_json(part, text, mask, name) for part in value]
    if isinstance(value, str):
        return mask if value and sounds_secret(name) else text(value)
    return value


def _spans(text: str) -> Iterator[Span]:
    for login in _LOGIN.finditer(text):
        yield (login.start(), login.end() - 1)
    for named in (*_QUOTED_NAME.finditer(text), *_ENTRY.finditer(text)):
        if sounds_secret(named["name"]):
            yield from _value(text, named.end())
    done = 0
    for telling in _TELLING.finditer(text):
        if telling.start() < done:
            continue  # another telling word of the same name
        done = _end(_NAME, text, telling.end())
        assigned = _ASSIGNS.match(text, done)
        if assigned:
            yield from _value(text, assigned.end())


def _value(text: str, start: int) -> Iterator[Span]:
    """The value that begins here, without its quotes."""
    opening = _OPENING.match(text, start)
    if opening and opening[1]:
        # Quotes that are escaped themselves: the value ends where they come again.
        end = text.find(opening[1] + opening[2], opening.end())
        yield (opening.end(), end if end >= 0 else len(text))
    elif opening:
        yield (opening.end(), _end(_QUOTED_VALUE[opening[2]], text, opening.end()))
    elif text.startswith("[", start):
        end = text.find("]", start)
        yield (start + 1, end if end >= 0 else len(text))
    elif not text.startswith("{", start):  # the names in there speak for themselves
        yield (start, _end(_BARE_VALUE, text, start))


def _with_quotes(text: str, span: Span) -> Span:
    """The span with the quotes around it: in a sentence, a masked value needs none."""
    start, end = span
    quote = text[start - 1 : start]
    if quote in ("'", '"') and text[start - 2 : start - 1] != "\\" and text[end : end + 1] in (quote, ""):
        return (start - 1, min(end + 1, len(text)))
    return span


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
