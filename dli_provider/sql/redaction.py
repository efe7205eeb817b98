"""SQL fit to be shown: no passwords, keys, tokens or log-ins. Masks too much, never too little.

`dli_provider.secrets` says what sounds secret and finds it in any text. Here is what only tokens tell: which literal is
the value of which key, where an option ends that is not quoted as it should be, and what is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile

from dli_provider import secrets
from dli_provider.secrets import NOTHING_KNOWN, KnownSecrets, Span, apart, masked, sounds_secret
from dli_provider.sql.lexer import Token, TokenKind, Unreadable, comments, tokens

WITHHELD = "(SQL text withheld: it cannot be read, so its secrets cannot be found)"

_LONGEST_NAME = 32  # tokens
_SETTING = re.compile(r"(?P<key>[\w.-]+)\s*(?:=>?|:)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s&;,]+)")


def mask_secrets(sql: str, known: KnownSecrets = NOTHING_KNOWN) -> str:
    """The SQL text with every secret replaced by `***`, the `known` ones among them.

    Secret are the values of options, settings and hints whose key sounds like one, log-ins in addresses and
    `key=value` parts of a literal, and comments that mention any of them; wherever else such a value stands
    in the text, it is masked too. A text that cannot be cut into tokens gives a fixed notice instead.
    """
    try:
        spans = apart([*secret_spans(sql), *secrets.text_secret_spans(sql)])
    except Unreadable:
        return WITHHELD
    # The same value may also stand where nothing marks it as a secret.
    own = KnownSecrets(sql[start:end].strip("'\"` ") for start, end in spans)
    return masked(sql, apart([*spans, *own.spans(sql), *known.spans(sql)]))


def mask_any(text: str, mask: str) -> str:
    """Text that may be SQL, JSON or a part of either, as well as it can be read."""
    spans = secrets.text_secret_spans(text)
    # Cut off, or no SQL: then what assigns to a telling name is all that can be found.
    with suppress(Unreadable):
        spans = apart([*spans, *secret_spans(text)])
    return masked(text, spans, mask)


def secret_spans(sql: str) -> list[Span]:
    """Where secrets stand in a text, in order and apart from each other. Raises `Unreadable`."""
    return apart(_spans(sql))


def _spans(sql: str) -> Iterator[Span]:
    toks = tokens(sql)
    for index, tok in enumerate(toks):
        if (
            tok.kind is TokenKind.SIGN
            and tok.text in ("=", "=>")
            and _names_secret(toks[max(0, index - _LONGEST_NAME) : index])
        ):
            yield from _value(toks, index + 1)
        elif tok.kind in (TokenKind.STRING, TokenKind.HINT, TokenKind.QUOTED):
            yield from _inside(sql, tok.start, tok.end)
    for start, end in comments(sql):
        # A sentence in a comment names no value, so all of it goes.
        if sounds_secret(sql[start:end]) or secrets.text_secret_spans(sql, start, end):
            # The marks of the comment stay, so that the text can still be read as SQL.
            yield (start + 2, end - 2 if sql.startswith("/*", start) else end)


def _names_secret(before: Sequence[Token]) -> bool:
    """Whether what stands to the left of an equals sign sounds secret: one literal, or words, dots and dashes.

    Of words without a dot between them it is not known which are the key: `SET ak = x`, `private key = x`.
    """
    parts: list[str] = []
    for tok in reversed(before):
        if tok.kind is TokenKind.SIGN and tok.text not in (".", "-"):
            break
        parts.append(tok.text)
        if tok.kind is TokenKind.STRING:
            break
    parts.reverse()
    return sounds_secret("".join(parts)) or any(map(sounds_secret, parts))


def _value(toks: Sequence[Token], start: int) -> Iterator[Span]:
    """Everything up to the end of the option: also what is not quoted as it should be."""
    value = list(
        takewhile(
            lambda tok: tok.kind is not TokenKind.SIGN or tok.text not in ",);", toks[start : start + 64]
        )
    )
    if value:
        first, last = value[0], value[-1]
        if len(value) == 1 and first.kind is TokenKind.STRING:
            # The quotes stay, and so does the letter before them, as of N'...'.
            yield (first.start + first.text.index(first.text[-1]) + 1, first.end - 1)
        else:
            yield (first.start, last.end)


def _inside(sql: str, start: int, end: int) -> Iterator[Span]:
    """Within a literal, a quoted name or a hint; it ends there, whatever is not closed inside."""
    inner = sql[start + 1 : end - 1]
    yield from ((start + 1 + first, start + 1 + last) for first, last in secrets.text_secret_spans(inner))
    text = sql[start:end]
    # A hint holds options of its own, and is read like the SQL around it.
    if text.startswith("/*"):
        text = text[3:-2]
        start += 3
        yield from ((start + first, start + last) for first, last in _spans(text))
    for setting in _SETTING.finditer(text):
        if sounds_secret(setting["key"]):
            first, last = setting.span("value")
            yield (start + first, min(start + last, end - 1))
