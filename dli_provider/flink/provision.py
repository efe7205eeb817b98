"""Which Flink is used: the one that the environment names, the one in the cache, or one fetched into the cache now."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dli_provider.flink import archive, cache, packages, pins
from dli_provider.flink.errors import FlinkError, Unreachable
from dli_provider.flink.report import Report, silent

HOME: Final = "DLI_FLINK_HOME"
"""The environment variable that names a Flink of one's own: an unpacked release of the pinned minor version."""

Source = Callable[[Path, Path, Report], None]
_SOURCES: Final[tuple[tuple[str, Source], ...]] = (
    ("the Apache archive", archive.fetch),
    ("packages", packages.fetch),
)


@dataclass(frozen=True)
class Distribution:
    """A complete Flink: its jars, and where it comes from."""

    jars: tuple[Path, ...]
    gateway: tuple[Path, ...]
    origin: str

    @property
    def core(self) -> str:
        """The class path of JobManager and TaskManager."""
        return os.pathsep.join(map(str, self.jars))

    @property
    def everything(self) -> str:
        """The class path of the SQL gateway."""
        return os.pathsep.join(map(str, (*self.jars, *self.gateway)))


def obtain(
    environ: Mapping[str, str], report: Report = silent, sources: tuple[tuple[str, Source], ...] = _SOURCES
) -> Distribution:
    """Flink, fetched once if need be. Raises `FlinkError` with everything that was tried."""
    named = environ.get(HOME)
    if named:
        return _named(Path(named))
    root = cache.place(environ, sys.platform)
    home = root / f"flink-{pins.VERSION}"
    if cache.fault(home) is None:
        return _found(home, f"cached in {home}")
    with cache.exclusive(root):
        fault = cache.fault(home)  # somebody else may have fetched it while we waited
        if fault is not None:
            _fetch(root, home, fault, report, sources)
    return _found(home, f"cached in {home}")


def _fetch(
    root: Path, home: Path, fault: str, report: Report, sources: tuple[tuple[str, Source], ...]
) -> None:
    report(f"Flink {pins.VERSION} in the cache {home}: {fault}")
    tried: list[str] = []
    for name, fetch in sources:
        with cache.staging(root) as staged:
            files, scratch = staged / "files", staged / "scratch"
            files.mkdir()
            scratch.mkdir()
            try:
                fetch(files, scratch, report)
            except Unreachable as error:
                tried.append(f"{name}: {error}")
                continue
            lacking = _lacking(files)
            if lacking:
                tried.append(f"{name}: it came without {', '.join(lacking)}")
                continue
            (files / "origin.txt").write_text(name + "\n")
            cache.publish(files, home)
            return
    raise FlinkError(
        f"Flink {pins.VERSION} cannot be had here: {'; '.join(tried)}. Unpack a release of it yourself and name"
        f" its folder in {HOME}."
    )


def _named(home: Path) -> Distribution:
    """A release as Apache ships it: jars in lib/, the gateway in opt/."""
    jars = tuple(sorted((home / "lib").glob("*.jar")))
    gateway = tuple(sorted((home / "opt").glob("flink-sql-gateway-*.jar"))) or tuple(
        jar for jar in jars if jar.name.startswith("flink-sql-gateway-")
    )
    minor = pins.VERSION.rpartition(".")[0]
    if not any(jar.name.startswith(f"flink-dist-{minor}.") for jar in jars):
        raise FlinkError(f"{HOME} names {home}, where there is no lib/flink-dist-{minor}.*.jar")
    if not gateway:
        raise FlinkError(f"{HOME} names {home}, where there is no opt/flink-sql-gateway-*.jar")
    return Distribution(jars, gateway, f"{home}, from {HOME}")


def _found(home: Path, origin: str) -> Distribution:
    jars = sorted(home.glob("*.jar"))
    gateway = tuple(jar for jar in jars if jar.name.startswith("flink-sql-gateway"))
    return Distribution(tuple(jar for jar in jars if jar not in gateway), gateway, origin)


def _lacking(files: Path) -> list[str]:
    names = [each.name for each in files.iterdir()]
    return [
        wanted for wanted in (*pins.CORE, pins.GATEWAY) if not any(name.startswith(wanted) for name in names)
    ]
