"""Secrets taken out of what is written to files: each becomes a placeholder, and a value for the stack's config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from dli_provider.secrets import sounds_secret, text_secret_spans
from dli_provider.sql import Unreadable, comments, secret_spans

_WITHHELD = " a comment is left out here, as it may hold a secret "
_KEY = re.compile(r"([\w.-]+)['\"`]?\s*(?:=>?|:)\s*['\"`]?$")
_PLACEHOLDER = re.compile(r"(@\{\w+\})")
_LONG_ENOUGH = 8
"""A shorter secret that stands elsewhere too is more likely an ordinary word there."""


@dataclass
class Secrets:
    """The secrets of one program by the names of their placeholders. What many jobs share is one secret."""

    values: dict[str, str] = field(default_factory=dict, repr=False)

    def take_out(self, sql: str) -> Extracted:
        """SQL without its secrets, and the names of those. A text in which they cannot be found is itself one."""
        try:
            spans, withheld = secret_spans(sql), comments(sql)
        # Better no readable file than one with a secret in it.
        except Unreadable:
            name = self._named("sql_body", sql, sql)
            return Extracted(placeholder(name), (name,))
        names: dict[str, str] = {}
        parts, done = [], 0
        for start, end in spans:
            value = sql[start:end]
            # An empty value holds nothing to hide.
            if not value.strip():
                continue
            parts.append(sql[done:start])
            # Nothing in a comment is needed to run the job, so it is left out and not kept as a secret.
            if any(first <= start < last for first, last in withheld):
                parts.append(_WITHHELD)
            else:
                key = _KEY.search(sql, max(0, start - 200), start)
                names[value] = names.get(value) or self._named(key[1] if key else "secret", value, sql)
                parts.append(placeholder(names[value]))
            done = end
        text = "".join([*parts, sql[done:]])
        # The same secret may also stand where nothing marks it, as in a URL. The longest first, since one may be part
        # of another.
        for value in sorted(names, key=len, reverse=True):
            if len(value) >= _LONG_ENOUGH:
                text = _everywhere(text, value, placeholder(names[value]))
        return Extracted(text, tuple(names.values()))

    def of_config(self, config: Mapping[str, str] | str) -> dict[str, str]:
        """The entries of a `runtime_config` that are secret, each with the name of its placeholder.

        A text in which something is secret is one as a whole, under "".
        """
        if isinstance(config, str):
            return {"": self._named("runtime_config", config)} if text_secret_spans(config) else {}
        # A value may name a secret itself, as JSON does; then it is one as a whole.
        return {
            key: self._named(key, value)
            for key, value in config.items()
            if value and (sounds_secret(key) or text_secret_spans(value))
        }

    def _named(self, key: str, value: str, sql: str = "") -> str:
        """The name of a secret; one that `sql` does not use for anything else."""
        base = _word(key.rpartition(".")[2])
        candidates = (base if number == 1 else f"{base}_{number}" for number in count(1))
        # Two secrets must not share a name, and a text that holds `@{name}` already must not be filled there.
        name = next(
            one for one in candidates if self.values.get(one, value) == value and placeholder(one) not in sql
        )
        self.values[name] = value
        return name


@dataclass(frozen=True)
class Extracted:
    """A text with placeholders, and their names."""

    text: str
    names: tuple[str, ...]


def placeholder(name: str) -> str:
    """How a secret is written where it belongs."""
    return f"@{{{name}}}"


def _everywhere(text: str, value: str, instead: str) -> str:
    """`text` without `value`, wherever it stands but in a placeholder."""
    parts = _PLACEHOLDER.split(text)
    return "".join(part if _PLACEHOLDER.fullmatch(part) else part.replace(value, instead) for part in parts)


def _word(text: str) -> str:
    word = re.sub(r"[^A-Za-z0-9_]+", "_", text)
    return word if word[:1].isalpha() else f"secret_{word.strip('_')}"
