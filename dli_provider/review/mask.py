"""Text fit to be shown: without the secrets that are known, and without what sounds like one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dli_provider.secrets import MASK, SHORTEST, sounds_secret
from dli_provider.sql import WITHHELD, mask_secrets

SECRET = "[secret]"
"""What stands for an argument that the program marks as secret, as in Pulumi's own output."""


@dataclass(frozen=True)
class Mask:
    """`known` are secret values: they are masked wherever they occur, also as parts of other words."""

    known: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, values: Iterable[str]) -> Mask:
        """A mask of these values, lines of a long one by themselves too, longest first."""
        # A secret of several lines, such as a key, may be shown line by line.
        parts = {part.strip() for value in values for part in (value, *value.splitlines())}
        return cls(tuple(sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)))

    def text(self, text: str) -> str:
        """A sentence, without known secrets."""
        for value in self.known:
            text = text.replace(value, MASK)
        return text

    def sql(self, sql: str) -> str:
        """An SQL text, without known secrets, credentials in options and addresses, and telling comments."""
        masked = mask_secrets(sql)
        return masked if masked == WITHHELD else self.text(masked)

    def value(self, name: str, value: object) -> str:
        """The value of an argument in a word or a line; a mapping key by key."""
        if value is None:
            return "unset"
        # Before the text of it: as programs and settings write it, not as Python does.
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Mapping):
            return ", ".join(f"{key}: {self.value(str(key), each)}" for key, each in value.items()) or "empty"
        if isinstance(value, list | tuple):
            return ", ".join(self.value(name, each) for each in value) or "empty"
        text = str(value)
        if sounds_secret(name):
            return MASK
        if "://" in text:  # an address may hold a log-in; as a literal of SQL that is found
            return MASK if "'" in text else self.sql(f"'{text}'")[1:-1]
        return self.text(text)
