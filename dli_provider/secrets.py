"""What sounds like a secret, and text without it: one list and one masker for every door that text leaves by.

Below everything else, and works on text alone: what DLI says, what a request holds and what a log keeps is rarely SQL
that can be cut into tokens, and often cut off. `dli_provider.sql` adds what only tokens tell. Masks rather too much.
"""

from __future__ import annotations

import json
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
# An address mostly ends at a quote. But a password may hold one, and then it ends at the first @.
_LOGIN = re.compile(r"(?<=://)(?:[^\s/@'\"`]*:[^\s/'\"`]*@|[^\s/@'\"`]+@|[^\s/:@]*:[^\s/@]+@)")

# 'some.password' = '...', "password": "...": a quoted name (its quotes may be escaped) and the sign that assigns to it.
# Only the first quote is consumed: in broken text, the quote that ends one name may begin another.
_QUOTED_NAME = re.compile(
    r"(?P<quote>['\"`])(?=(?P<name>(?:(?!(?P=quote)).){1,200})(?P=quote)(?P<assigns>\s*(?:=+>?|:)\s*))",
    re.DOTALL,
)
# fs.s3a.secret.key = ...: a bare name, or the end of a quoted one that is longer than that.
# A colon behind a bare name is punctuation ("unexpected token: FROM").
_ASSIGNS = re.compile(r"(?:\s*=+>?|['\"`]\s*(?:=+>?|:))\s*")
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
_JSON = json.JSONDecoder()
_LONGEST_JSON = 1_000  # behind one name; a bound, as broken text may hold many names and each is tried
_OPENING = re.compile(r"[nNxX]?(\\*)(['\"`])")


def sounds_secret(name: str) -> bool:
    """Whether a name, such as that of an option or a setting, sounds as if its value were secret."""
    return _TELLING.search(name) is not None


def without_secrets(text: str, known: Iterable[str] = (), mask: str = MASK) -> str:
    """The text without the `known` secrets, without what is assigned to a telling name, and without log-ins."""
    if not text:
        return text  # nothing to mask
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, mask)
    return masked(text, [_with_quotes(text, span) for span in text_secret_spans(text)], mask)


def secrets_in(text: str) -> Iterator[str]:
    """The secret values that a text gives away, to be found out of their context too."""
    for start, end in text_secret_spans(text):
        value = text[start:end].strip("'\"")
        yield value
        _, colon, password = value.partition(":")
        if colon and text[end : end + 1] == "@":
            yield password
        # A JAAS configuration is a text of assignments itself.
        yield from secrets_in(value)


def text_secret_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
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
    for named in _QUOTED_NAME.finditer(text):
        if sounds_secret(named["name"]):
            span = _value(text, named.end("assigns"))
            yield span
            if span[1] >= len(text):
                break  # a value that is never closed holds all that follows
    for entry in _ENTRY.finditer(text):
        if sounds_secret(entry["name"]):
            yield _value(text, entry.end())
    done = 0
    for telling in _TELLING.finditer(text):
        if telling.start() < done:
            continue  # another telling word of the same name
        done = _end(_NAME, text, telling.end())
        assigned = _ASSIGNS.match(text, done)
        if assigned:
            yield _value(text, assigned.end())


def _value(text: str, start: int) -> Span:
    """The value that begins here, without its quotes."""
    opening = _OPENING.match(text, start)
    if opening:
        return _quoted(text, opening)
    if text.startswith("[", start):
        end = _json_end(text, start) or text.find("]", start) + 1 or len(text) + 1
        return (start + 1, _with_rest(text, end - 1, end))
    if text.startswith("{", start):
        end = _json_end(text, start)
        if end:
            # In a document, the names in an object speak for themselves; only what sticks to its end has none.
            # The object that an option is set to is the secret as a whole.
            document = text[max(0, start - 80) : start].rstrip().endswith(":")
            return (end if document else start, _with_rest(text, end, end))
        # No object, but Spring's {cipher}..., or one that was cut off: better too much than too little.
        end = text.find("}", start) + 1 or len(text)
        return (start, max(_with_rest(text, end, end), _end(_BARE_VALUE, text, start)))
    return (start, _end(_BARE_VALUE, text, start))


def _quoted(text: str, opening: re.Match[str]) -> Span:
    start, close = opening.end(), opening[1] + opening[2]
    if opening[1]:
        # Quotes that are escaped themselves: the value ends where they come again.
        found = text.find(close, start)
        end = found if found >= 0 else len(text)
    else:
        end = _end(_QUOTED_VALUE[opening[2]], text, start)
    # A back-tick may be a letter of the value as well, and nothing tells: `a`b is masked whole.
    return (start, _with_rest(text, end, end + len(close)) if opening[2] == "`" else end)


def _with_rest(text: str, end: int, closed: int) -> int:
    """The end of a value, or of what sticks to it behind its closing mark, unless that is more closing marks."""
    rest = _end(_BARE_VALUE, text, closed)
    return rest if text[closed:rest].strip("]}>`\\") else end


def _json_end(text: str, start: int) -> int:
    """Where the JSON that begins here ends, 0 if it is none."""
    try:
        return start + _JSON.raw_decode(text[start : start + _LONGEST_JSON])[1]
    except (ValueError, RecursionError):
        return 0


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
