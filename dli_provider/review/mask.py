"""Text fit to be shown: without the secrets that are known, and without what sounds like one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dli_provider.secrets import MASK, NOTHING_KNOWN, KnownSecrets, for_people, sounds_secret, visible
from dli_provider.sql import mask_secrets

SECRET = "[secret]"
"""What stands for an argument that the program marks as secret, as in Pulumi's own output."""


@dataclass(frozen=True)
class Mask:
    """`known` are secret values: they are masked wherever they occur, also as parts of other words."""

    known: KnownSecrets = NOTHING_KNOWN

    @classmethod
    def of(cls, values: Iterable[str]) -> Mask:
        """A mask of these values."""
        return cls(KnownSecrets(values))

    def text(self, text: str) -> str:
        """A sentence, without secrets."""
        return for_people(text, self.known)

    def sql(self, sql: str) -> str:
        """An SQL text, without known secrets, credentials in options and addresses, and telling comments."""
        return visible(mask_secrets(sql, self.known))

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
