"""SQL text fit to be shown: no passwords, keys, tokens or URL credentials. Masks too much, never too little."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from dli_provider.sql.lexer import Token, TokenKind, Unreadable, comments, tokens

MASK = "***"
WITHHELD = "(SQL text withheld: it cannot be read, so its secrets cannot be found)"

_SECRET = re.compile(
    r"pass(?:word|wd|phrase)|\bpwd\b|secret|token|credential|jaas|authorization|cookie|signature|user\.info"
    r"|(?:access|private|api|encrypt\w*|account|storage|shared)[._-]*key|ssl\.[\w.-]*key|\b[as]k\b",
    re.IGNORECASE,
)
_URL = re.compile(r"(?<=://)[^\s/@'\"`]*:[^\s/'\"`]*@|(?<=://)[^\s/@'\"`]+@")
_SETTING = re.compile(r"(?P<key>[\w.-]+)\s*(?:=>?|:)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,]+)")


def sounds_secret(key: str) -> bool:
    """Whether a key, such as that of an option or a setting, sounds as if its value were secret."""
    return _SECRET.search(key) is not None


def mask_secrets(sql: str) -> str:
    """The SQL text with every secret replaced by `***`.

    Secret are the values of options, settings and hints whose key sounds like one, credentials in URLs and in
    `key=value` parts of a literal, and comments that mention any of them; wherever else such a value stands
    in the text, it is masked too. A text that cannot be cut into tokens gives a fixed notice instead.
    """
    try:
        spans = secret_spans(sql)
    except Unreadable:
        return WITHHELD
    shown, done, values = [], 0, set()
    for start, end in spans:
        shown += [sql[done:start], MASK]
        values.add(sql[start:end].strip("'\"` "))
        done = end
    text = "".join([*shown, sql[done:]])
    for value in sorted(values, key=len, reverse=True):
        if len(value) > len(MASK):
            text = text.replace(value, MASK)
    return text


def secret_spans(sql: str) -> list[tuple[int, int]]:
    """Where secrets stand in a text, in order and apart from each other. Raises Unreadable."""
    apart: list[tuple[int, int]] = []
    done = 0
    for start, end in sorted(_secret_spans(sql)):
        if end > done:
            apart.append((max(start, done), end))
            done = end
    return apart


def _secret_spans(sql: str) -> Iterator[tuple[int, int]]:
    toks = tokens(sql)
    for index, tok in enumerate(toks):
        if tok.kind is TokenKind.SIGN and tok.text in ("=", "=>") and _SECRET.search(_key(toks[:index])):
            yield from _value(toks, index + 1)
        elif tok.kind in (TokenKind.STRING, TokenKind.HINT, TokenKind.QUOTED):
            yield from _inside(sql, tok.start, tok.end)
    for start, end in comments(sql):
        if _SECRET.search(sql, start, end) or _URL.search(sql, start, end):
            yield (start + 2, end - 2 if sql.startswith("/*", start) else end)


def _key(before: Sequence[Token]) -> str:
    """What stands to the left of an equals sign: one literal, or words joined by dots and dashes."""
    parts: list[str] = []
    for tok in reversed(before[-32:]):
        if tok.kind is TokenKind.SIGN and tok.text not in (".", "-"):
            break
        parts.append(tok.text)
        if tok.kind is TokenKind.STRING:
            break
    return "".join(reversed(parts))


def _value(toks: Sequence[Token], start: int) -> Iterator[tuple[int, int]]:
    """Everything up to the end of the option: also what is not quoted as it should be."""
    value = list(
        takewhile(
            lambda tok: tok.kind is not TokenKind.SIGN or tok.text not in ",);", toks[start : start + 64]
        )
    )
    if value:
        inset = int(len(value) == 1 and value[0].kind is TokenKind.STRING)
        yield (value[0].start + inset, value[-1].end - inset)


def _inside(sql: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for url in _URL.finditer(sql, start, end):
        yield (url.start(), url.end() - 1)
    text = sql[start:end]
    if text.startswith("/*"):
        text = text[3:-2]
        start += 3
        yield from ((start + a, start + b) for a, b in _secret_spans(text))
    for setting in _SETTING.finditer(text):
        if _SECRET.search(setting["key"]):
            value = setting.span("value")
            yield (start + value[0], min(start + value[1], end - 1))
