"""What was measured, kept in `docs/benchmarks.json`: what is measured again takes the place of what it was before, and
all else stays, each with the moment and the machine that it was measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from tools.bench.measures import PROGRAMS, HeldMemory, Measured, Took


@dataclass(frozen=True)
class Single:
    """How long single decisions and imports take, in milliseconds, and when and where that was measured."""

    milliseconds: Mapping[str, float]
    made: str = ""
    where: str = ""


@dataclass(frozen=True)
class Measurements:
    """What was measured, as far as it was."""

    commands: tuple[Measured, ...] = ()
    waiting: tuple[HeldMemory, ...] = ()
    micro: Single | None = None

    def renewed(self, other: Measurements) -> Measurements:
        """These, with the others in the place of those of the same name."""
        commands = {(one.door, one.jobs, one.key): one for one in (*self.commands, *other.commands)}
        waiting = {one.door: one for one in (*self.waiting, *other.waiting)}
        return Measurements(tuple(commands.values()), tuple(waiting.values()), other.micro or self.micro)


@dataclass(frozen=True)
class Here:
    """This machine with what is measured on it, and how much it had to do at the moment."""

    engine: str
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def made(self) -> str:
        """When, and under which load."""
        return f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, load {self.load:.1f}"

    @property
    def where(self) -> str:
        """Machine and versions."""
        memory = psutil.virtual_memory().total / 1024**3
        return (
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB; Python "
            f"{platform.python_version()}, engine {self.engine}, Pulumi's SDK {version('pulumi')}, dli-provider "
            f"{version('dli-provider')}"
        )

    def marked(self, one: Any) -> Any:
        """A measurement that was made just now."""
        return replace(one, made=self.made, where=self.where)


def read(path: Path) -> Measurements:
    """What a file keeps; nothing where there is none."""
    if not path.exists():
        return Measurements()
    kept = json.loads(path.read_text())
    micro = kept["micro"]
    return Measurements(
        tuple(
            Measured(**{**one, **{name: Took(**one[name]) for name in PROGRAMS}}) for one in kept["commands"]
        ),
        tuple(HeldMemory(**one) for one in kept["waiting"]),
        Single(**micro) if micro else None,
    )


def write(path: Path, found: Measurements) -> None:
    """Keep these in a file."""
    path.write_text(json.dumps(asdict(found), indent=1) + "\n")
