"""Which way releases go, and how long a version must have run before it moves on: `promotion.yaml`, set up once.

    path: [dev, staging, prod]
    soak: 30m
    demands:
      prod: [tests, rehearsal]

The first stack's release is edited; those of the others change only by promotion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # comes with Pulumi, without types

from dli_provider.likeness import likeliest
from dli_provider.promotion.problems import Problems, collecting

SOAK = 1800.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


DEMANDS = ("tests", "rehearsal")
"""What a stack may demand of the versions that it takes, beyond the gate's own questions."""
_KEYS = ("path", "soak", "demands")


@dataclass(frozen=True)
class PromotionRoute:
    """The stacks in the order in which a release reaches them, and the seconds it must run in each.

    `demands`: what else a version must have passed before it goes into a stack.
    """

    stacks: tuple[str, ...]
    soak: float = SOAK
    demands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def promoted(self) -> tuple[str, ...]:
        """The stacks whose releases nobody edits."""
        return self.stacks[1:]

    def before(self, stack: str) -> str | None:
        """Where a stack's release comes from; None for the first, and for one that is not on the way."""
        at = self.stacks.index(stack) if stack in self.stacks else 0
        return self.stacks[at - 1] if at else None


def read_route(file: Path, shown: str) -> PromotionRoute:
    """The route in a file, which messages call `shown`. Raises Problems."""
    if not file.is_file():
        raise Problems(
            [
                f"{shown}: there is no such file. It says which way releases go; write `path: [dev, staging, prod]`."
            ]
        )
    try:
        held = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Problems([f"{shown}: this is not YAML. Write `path: [dev, staging, prod]`."]) from None
    held = held if isinstance(held, dict) else {}
    path, soak = held.get("path"), seconds(held.get("soak", SOAK))
    with collecting() as problems:
        problems += [
            f"{shown}: {key} is not known. {likeliest(str(key), _KEYS)}" for key in held if key not in _KEYS
        ]
        # Twice the same stack would make it its own predecessor; one alone has nowhere to promote to.
        if not isinstance(path, list) or len({*map(str, path)}) < max(len(path), 2):
            problems.append(
                f"{shown}: path must name two stacks or more, each once, as in `path: [dev, prod]`."
            )
        if soak is None:
            problems.append(f"{shown}: soak must be a time such as 30m or 2h.")
        demands = held.get("demands") or {}
        problems += _undemandable(demands, path if isinstance(path, list) else [], shown)
    return PromotionRoute(
        tuple(map(str, path or ())),
        SOAK if soak is None else soak,
        {str(stack): tuple(map(str, wanted)) for stack, wanted in demands.items()},
    )


def _undemandable(demands: object, path: list[object], shown: str) -> Iterator[str]:
    if not isinstance(demands, dict) or not all(isinstance(wanted, list) for wanted in demands.values()):
        yield f"{shown}: demands must say of a stack what it demands, as in `prod: [tests, rehearsal]`."
        return
    for stack, wanted in demands.items():
        # The first stack's release is edited and never promoted: nothing could be asked of it.
        if stack not in map(str, path[1:]):
            yield f"{shown}: demands of {stack}: only a stack that releases are promoted to can demand something."
        for each in wanted:
            if each not in DEMANDS:
                yield f"{shown}: {stack} demands {each}, which is not known. {likeliest(str(each), DEMANDS)}"


def seconds(text: object) -> float | None:
    """`90`, `90s`, `30m`, `2h` or `1d` in seconds; None for anything else."""
    match = _DURATION.fullmatch(str(text).strip())
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None
