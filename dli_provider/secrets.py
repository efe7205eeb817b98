"""What sounds like a secret, and text without it: one list and one masker for every door that text leaves by.

Below everything else, and works on text alone: what DLI says, what a request holds and what a log keeps is rarely SQL
that can be cut into tokens, and often cut off. `dli_provider.sql` adds what only tokens tell. Masks rather too much.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

MASK = "***"
"""What stands for a secret."""
SHORTEST = 4
"""Shorter secrets are masked where they are assigned, but not wherever their letters occur."""

Span = tuple[int, int]
"""Where something begins and ends, the end excluded."""

_TELLING = re.compile(
    r"passw(?:or)?[dt]|pass[._-]?(?:phrase|code)|pwd|secret|token|credential|jaas|authorization|cookie|signature"
    r"|user\.info|auth[._-]user[._-]info|auth\.basic|(?<![a-z0-9])(?:auth(?![\w.-])|(?:my|db)?pass(?![a-z0-9]))"
    r"|(?:access|private|api|encrypt\w{0,40}|account|storage|shared)[._-]{0,9}key|ssl\.[\w.-]{0,90}key"
    r"|(?:master|hmac|signing|cipher|aes|rsa|ssh|tls)[._-]?key|(?:client|server)[.-]key"
    r"|(?<![a-z0-9])(?:[as]k|jwt|bearer)(?![a-z0-9])"
)
"""For a text in small letters, in which it is found in a third of the time that it takes without regard to case."""
# Of all that is recognised below, one of these letters at least is in the text.
_STEMS = (
    *("pass", "pwd", "secret", "token", "credential", "jaas", "auth", "cookie", "signature", "user.info"),
    *("basic", "negotiate", "identified", "@"),
)
_KEYS = (
    *(
        "access",
        "private",
        "api",
        "encrypt",
        "account",
        "storage",
        "shared",
        "ssl",
        "master",
        "hmac",
        "signing",
    ),
    *("cipher", "aes", "rsa", "ssh", "tls", "client", "server", "x-"),
)
_SHORT_STEM = re.compile(r"(?<![a-z0-9])(?:[as]k|jwt|bearer)(?![a-z0-9])")
# What a pattern that ignores case takes for an i or an s, and `lower` does not, or makes two letters of.
_LIKE_ASCII = str.maketrans("\u0130\u0131\u017f", "iis")
_NAME = re.compile(r"[\w.-]*")
# An address mostly ends at a quote. But a password may hold one, and then it ends at the first @; so it does where it
# holds a slash, unless what follows the colon is a port.
_LOGIN = re.compile(
    r"[^\s/:@'\"`]*:[^\s/'\"`]*@|[^\s/@'\"`]+@|[^\s/:@]*:[^\s/@]+@"
    r"|[^\s/:@'\"`]*:(?!\d+[/?,;])[^\s@'\"`]{0,200}@"
)
_LONGEST_LOGIN = 4_000
_ORACLE_LOGIN = re.compile(r"(?<=:thin:|:oci8:)[^\s/@'\"`]{0,100}/[^\s@'\"`]{1,200}(?=@)")
# Authorization: Bearer ..., up to the end of the line, or of the text around it.
_HEADER = re.compile(
    r"(?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]{0,40}(?:token|key|secret))[ \t]*:[ \t]*"
    r"(?P<value>[^'\"`\r\n}]+)?",
    re.IGNORECASE,
)
# Without its header too. A sentence such as "Basic authentication failed" has no digit in it.
_SCHEME = re.compile(
    r"(?<![\w-])(?:bearer|basic|negotiate)\s{1,9}(?=[^\s\d=]{0,400}[\d=])(?P<value>[\w.~+/=:-]{6,})",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(r"(?<=PRIVATE KEY-----)(?P<value>.*?)(?=-----END|\Z)", re.DOTALL)
_ELEMENT = re.compile(r"<(?P<name>[\w:.-]{1,200})>(?P<value>[^<]*)")
_IDENTIFIED = re.compile(r"\bidentified\s{1,9}by\s{1,9}", re.IGNORECASE)

# 'some.password' = '...', "password": "...": a quoted name (its quotes may be escaped) and the sign that assigns to it.
# Only the first quote is consumed: in broken text, the quote that ends one name may begin another.
_QUOTED_NAME = re.compile(
    r"(?P<quote>['\"`])(?=(?P<name>(?:(?!(?P=quote)).){1,200})(?P=quote)(?P<assigns>\s*(?:=+>?|:)\s*))",
    re.DOTALL,
)
# fs.s3a.secret.key = ...: a bare name, or the end of a quoted one that is longer than that.
_ASSIGNS = re.compile(r"(?:\s*:?=+>?|%3[dD]|\\{0,9}['\"`]\s*(?:=+>?|:))\s*")
# A colon behind a bare name is mostly punctuation ("unexpected token: FROM", or a job's name and what is said of it),
# so only these names are believed; and on a command line what follows a blank.
_TOLD = re.compile(
    r"passw(?:or)?d|passphrase|pwd|(?:secret|access|private|api)[._-]?(?:access[._-]?)?key(?:[._-]?id)?"
    r"|secret|[as]k",
    re.IGNORECASE,
)
_TELLS = re.compile(r"[ \t]*:[ \t]*(?=[^\s:])")
_TYPED = re.compile(r"[ \t]+(?=[^\s-])")
# {"key": "some.password", "value": "..."}, as a runtime_config has it.
_ENTRY = re.compile(
    r"(?P<quote>\\{0,9}\")key(?P=quote)\s*:\s*(?P=quote)(?P<name>[^\"\\]*)(?P=quote)\s*,\s*"
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
_LONGEST_OPENING = 12
_DEPTH = 3
_COMMENT = re.compile(r"--[^\n]*|/\*(?!\+)(?:[^*]|\*(?!/))*")
_NO_WORD = re.compile(r"(?=[^\s\d]{0,60}\d)(?=[\W\d_]{0,60}[A-Za-z])[^\s'\"]{6,}")
_NO_SECRET = re.compile(r"true|false|none|null|\*+|[@$]\{[\w.-]*\}", re.IGNORECASE)
"""What may be assigned to a telling name and is no secret itself, a placeholder above all."""
# C0 but for tabs and new lines, C1, marks of direction, invisible letters, and halves of letters, which no file takes.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LONGEST_JSON = 1_000  # behind one name; a bound, as broken text may hold many names and each is tried
_OPENING = re.compile(r"[nNxX]?(\\{0,9})(['\"`])")


@lru_cache(1000)  # there are few names, and each stands in every document
def sounds_secret(name: str) -> bool:
    """Whether a name, such as that of an option or a setting, sounds as if its value were secret."""
    return _TELLING.search(_small(name)) is not None


def _small(text: str) -> str:
    """The text in small letters, each in its place: an ASCII letter is where a pattern that ignores case finds one.

    `casefold` would put letters where there are none ("\u00df" becomes "ss"), before a word that then begins nowhere.
    """
    return (text if text.isascii() else text.translate(_LIKE_ASCII)).lower()


def may_hold_secrets(text: str) -> bool:
    """Whether it is worth to look for secrets in a text: most have none. Quick, and says no of no text that a search
    would find one in."""
    small = _small(text)
    return (
        any(stem in small for stem in _STEMS)
        or ("key" in small and any(stem in small for stem in _KEYS))
        or _SHORT_STEM.search(small) is not None
    )


class KnownSecrets:
    """Secret values that are found wherever they occur, also as parts of other words: however many they are, in one
    walk through a text.

    A value of several lines, such as a key, is found line by line; and each as JSON, SQL and addresses write it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._by_beginning: dict[str, list[str]] = {}
        parts = {part.strip() for value in values for part in (value, *value.splitlines())}
        # Shorter ones are ordinary letters, and masking them everywhere would garble the text.
        long = (part for part in parts if len(part) >= SHORTEST and not _NO_SECRET.fullmatch(part))
        for form in {form for part in long for form in _forms(part)}:
            self._by_beginning.setdefault(form[:SHORTEST], []).append(form)
        for alike in self._by_beginning.values():
            alike.sort(key=len, reverse=True)  # one may begin with another

    def __repr__(self) -> str:
        return f"KnownSecrets({MASK})"

    def spans(self, text: str) -> Iterator[Span]:
        """Where they occur, in order."""
        begins = self._by_beginning
        if not begins:
            return
        done = 0
        for at in (at for at in range(len(text) - SHORTEST + 1) if text[at : at + SHORTEST] in begins):
            found = next((one for one in begins[text[at : at + SHORTEST]] if text.startswith(one, at)), "")
            if found and at + len(found) > done:
                done = at + len(found)
                yield (at, done)


NOTHING_KNOWN = KnownSecrets()


def for_people(text: str, known: KnownSecrets = NOTHING_KNOWN) -> str:
    """Text fit for a terminal, a page or a file that people read: without secrets, and with nothing that steers."""
    return visible(without_secrets(text, known)) if text else text


def visible(text: str) -> str:
    """The text with each letter that steers a terminal, or hides what it shows, written as Python writes it. New lines
    and tabs stay."""
    return _STEERING.sub(lambda found: repr(found[0])[1:-1], text.replace("\r\n", "\n"))


def without_secrets(text: str, known: KnownSecrets = NOTHING_KNOWN, mask: str = MASK) -> str:
    """The text without the `known` secrets, without what is assigned to a telling name, and without log-ins."""
    if not text:
        return text  # nothing to mask
    told = (_with_quotes(text, span) for span in text_secret_spans(text))
    return masked(text, apart([*known.spans(text), *told]), mask)


def secrets_in(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """The secret values that a text gives away, to be found out of their context too."""
    if not may_hold_secrets(text):
        return
    for start, end in text_secret_spans(text):
        value = text[start:end].strip("'\"")
        yield value
        user, colon, password = value.partition(":")
        if colon and user.isidentifier() and not password.startswith("//"):
            yield password
        scheme, blank, credentials = value.partition(" ")
        if blank and scheme.isalpha():  # Bearer ...
            yield credentials.strip()
        # A JAAS configuration is a text of assignments itself.
        if depth:
            yield from secrets_in(value, depth - 1)
    if depth == _DEPTH:
        yield from _in_comments(text)


def _in_comments(text: str) -> Iterator[str]:
    """The comments of an SQL text that speak of secrets, and their words that are none of a language."""
    for comment in _COMMENT.findall(text):
        if sounds_secret(comment):
            yield from (line.strip(" -*/") for line in comment.splitlines())
            yield from _NO_WORD.findall(comment)


def secret_values(value: object, name: str = "") -> Iterator[str]:
    """The secret values in a document: what stands under a telling name, and what its texts give away.

    `name` is what the value stands under.
    """
    searched = set[str]()  # a job's SQL stands in the program, and twice in the state
    for under, text in _texts(value, name):
        if sounds_secret(under):
            yield text
        if text not in searched:
            searched.add(text)
            yield from secrets_in(text)


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """All texts in a document, each with what it stands under."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, _name_of(value, str(key)))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, name)
    elif isinstance(value, str) and value:
        yield name, value


def text_secret_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Where secrets stand in a text, or in a part of it: in order, and apart from each other."""
    part = text[start:end]
    if not may_hold_secrets(part):
        return []
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
        return {key: mask_json(part, text, mask, _name_of(value, key)) for key, part in value.items()}
    if isinstance(value, list):
        return [mask_json(part, text, mask, name) for part in value]
    if isinstance(value, str):
        return mask if value and sounds_secret(name) else text(value)
    return value


def _name_of(document: Mapping[str, Any], key: str) -> str:
    """What the value under a key is called: in {"key": "some.password", "value": "..."} by the entry's own key."""
    return str(document.get("key", "")) if key == "value" and "key" in document else key


def _forms(value: str) -> tuple[str, ...]:
    """A value as it may be written elsewhere."""
    return tuple(
        form
        for each in (value, value.replace("''", "'"))
        for form in (each, json.dumps(each)[1:-1], each.replace("'", "\\'"), quote(each, safe=""))
    )


def _spans(text: str) -> Iterator[Span]:
    yield from _logins(text)
    yield from _marked(text)
    for named in _QUOTED_NAME.finditer(text):
        if sounds_secret(named["name"]):
            span = _value(text, named.end("assigns"))
            yield span
            if span[1] >= len(text):
                break  # a value that is never closed holds all that follows
    for entry in _ENTRY.finditer(text):
        if sounds_secret(entry["name"]):
            yield _value(text, entry.end())
    yield from _assigned(text)


def _logins(text: str) -> Iterator[Span]:
    for oracle in _ORACLE_LOGIN.finditer(text):
        yield oracle.span()
    done = at = 0
    while (start := text.find("://", done) + 3) > 2:
        if at < start:
            at = text.find("@", start)
        if at < 0:
            return
        # Only where an @ is near: a text of many addresses is not to be walked through for each of them.
        near = at - start < _LONGEST_LOGIN
        login = _LOGIN.match(text, start, start + _LONGEST_LOGIN) if near else None
        if login:
            yield (start, login.end() - 1)
        done = login.end() if login else start


def _marked(text: str) -> Iterator[Span]:
    """What its surroundings mark as secret: a header, a tag, a private key's first line."""
    for header in _HEADER.finditer(text):
        yield header.span("value") if header["value"] else _value(text, header.end())
    for pattern in (_SCHEME, _PRIVATE_KEY):
        for found in pattern.finditer(text):
            yield found.span("value")
    for element in _ELEMENT.finditer(text):
        if sounds_secret(element["name"]):
            yield element.span("value")
    for identified in _IDENTIFIED.finditer(text):
        yield _value(text, identified.end())


def _assigned(text: str) -> Iterator[Span]:
    """What is assigned to a bare name, or to one whose quotes are not as they should be."""
    done = covered = 0
    for telling in _TELLING.finditer(_small(text)):
        if telling.start() < done:
            continue  # another telling word of the same name
        done = _end(_NAME, text, telling.end())
        # Else a text of nothing but names, each the value of the one before, would be walked through once for each.
        if done < covered:
            continue
        assigned = _ASSIGNS.match(text, done) or _told(text, telling.start(), done)
        if assigned:
            start, end = _value(text, assigned.end())
            yield (start, end)
            if start <= assigned.end() + _LONGEST_OPENING:
                covered = max(covered, end)


def _told(text: str, start: int, end: int) -> re.Match[str] | None:
    """What tells the value of a bare name without assigning it: `password: ...`, `--password ...`."""
    if not _TOLD.fullmatch(text, start, end):
        return None
    before = text[max(0, start - 2) : start]
    if before == "--":
        return (
            None if text[start:end].lower() == "secret" else _TYPED.match(text, end)
        )  # of Pulumi's: `--secret key value`
    return None if before.endswith("-") else _TELLS.match(text, end)


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
        while found > start and text.startswith(
            close, found + len(close)
        ):  # doubled, so it is a letter of the value
            found = text.find(close, found + 2 * len(close))
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
