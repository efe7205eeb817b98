"""Which properties change, one by one: what the engine shows under `--diff` and tells tools with `--json`. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dli_provider.pulumi.property_bags import Bag

_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class PropertyChange:
    """One property that changes. `verb` is "add", "update" or "delete"; `replaces` where it takes another resource;
    `of_inputs` where it is an argument, and not something that was found out."""

    verb: str
    replaces: bool = False
    of_inputs: bool = True


def property_changes(
    olds: Bag, news: Bag, arguments: Iterable[str], replaces: Iterable[str], because: str
) -> dict[str, PropertyChange]:
    """What changes, by the property's path. Where something is to be done although no argument changes, the output that
    tells why, `because`, stands for it; what takes another resource is always named."""
    others = set(replaces)
    found = {
        path: PropertyChange(verb, name in others)
        for name in arguments
        for path, verb in _compared(name, olds.get(name), news.get(name))
    }
    named = {re.split(r"[.\[]", path)[0] for path in found}
    found |= {name: PropertyChange("update", True, False) for name in sorted(others - named)}
    return found or {because: PropertyChange("update", of_inputs=False)}


def _compared(path: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _compared(_below(path, key), old.get(key), new.get(key))
    else:
        yield path, "add" if old is None else "delete" if new is None else "update"


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if _WORD.fullmatch(key) else f"{path}[{json.dumps(key)}]"
