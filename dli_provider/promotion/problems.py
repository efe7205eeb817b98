"""What a person can write wrong in the files and the config of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types


class Problems(Exception):
    """Everything found wrong at once. Each message names the file or key, what is wrong there, and what to do."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Raises Problems at its end when messages were put on its list."""
    messages: list[str] = []
    yield messages
    if messages:
        raise Problems(messages)


@contextmanager
def going_on(messages: list[str]) -> Iterator[None]:
    """Puts Problems on a list, so that more of them can be found."""
    try:
        yield
    except Problems as found:
        messages.extend(found.messages)


def text_of(file: Path, shown: str = "") -> str:
    """What stands in a file that a person writes. Raises Problems, which call it `shown`, for one that is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Problems([f"{shown or file} cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError as error:
        raise Problems(
            [f"{shown or file} is not UTF-8 text, from byte {error.start} on. Save it as text in UTF-8."]
        ) from None


def mapping_of(file: Path, shown: str = "") -> dict[str, object]:
    """What a YAML file maps; nothing for an empty one. Raises Problems for what is no YAML, or no mapping."""
    try:
        held = yaml.safe_load(text_of(file, shown))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise Problems(
            [f"{shown or file}{where}: this is not YAML. Write one `name: value` a line."]
        ) from None
    if held is not None and not isinstance(held, dict):
        raise Problems([f"{shown or file}: this is no mapping. Write one `name: value` a line."])
    return held or {}
