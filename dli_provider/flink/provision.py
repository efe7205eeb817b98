"""Which Flink is used: the one that the environment names, the one in the cache, or one fetched into the cache now.

Beside the one that jobs run on, there may be an older one, of which only the planner is asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dli_provider import downloads
from dli_provider.downloads import ProgressListener, Unreachable, silent
from dli_provider.flink import java, pins, sources, stand_ins
from dli_provider.flink.failures import FlinkError
from dli_provider.sql import BUILT_IN_CONNECTORS, FETCHED_CONNECTORS

HOME: Final = "DLI_FLINK_HOME"
"""The environment variable that names a Flink of one's own: an unpacked release of the pinned minor version."""

FETCHES_OLDER: Final = "`dli sql diff --judge flink --flink-version 1.15`"
"""Nothing else does: another 230 MB are for those who want them."""

Source = Callable[[Path, Path, ProgressListener, pins.FlinkRelease], None]
_SOURCES: Final[tuple[tuple[str, Source], ...]] = (
    ("the Apache archive", sources.from_archive),
    ("packages", sources.from_packages),
)


@dataclass(frozen=True)
class Distribution:
    """A complete Flink: its jars, and where it comes from."""

    jars: tuple[Path, ...]
    gateway: tuple[Path, ...]
    origin: str
    connectors: frozenset[str] = BUILT_IN_CONNECTORS  # that are real here; tables of others have stand-ins
    stands_in: bool = False  # whether there are stand-ins
    version: str = pins.VERSION

    @property
    def reads_kafka(self) -> bool:
        """Whether Kafka's connector is among the jars."""
        return self.connectors >= FETCHED_CONNECTORS

    @property
    def core(self) -> str:
        """The class path of JobManager and TaskManager."""
        return os.pathsep.join(map(str, self.jars))

    @property
    def everything(self) -> str:
        """The class path of the SQL gateway."""
        return os.pathsep.join(map(str, (*self.jars, *self.gateway)))


def obtain(
    environ: Mapping[str, str],
    report: ProgressListener = silent,
    sources: tuple[tuple[str, Source], ...] = _SOURCES,
) -> Distribution:
    """Flink, fetched once if need be. Raises `FlinkError` with everything that was tried."""
    root = downloads.cache_folder(environ)
    named = environ.get(HOME)
    if named:
        return _completed(_named(Path(named)), root, environ, report)
    home = root / f"flink-{pins.VERSION}"
    _fill(root, home, pins.WHOLE, report, sources)
    return _completed(_found(home, f"cached in {home}"), root, environ, report)


def obtain_older_planner(
    environ: Mapping[str, str],
    report: ProgressListener = silent,
    sources: tuple[tuple[str, Source], ...] = _SOURCES,
) -> Distribution:
    """The planner of an older Flink, fetched once if need be. Raises `FlinkError` with everything that was tried."""
    root = downloads.cache_folder(environ)
    home = _older_home(root)
    _fill(root, home, pins.OLDER_PLANNER, report, sources)
    return _only_planning(home, root, environ)


def older_planner_present(environ: Mapping[str, str]) -> Distribution | None:
    """That planner if it is on this machine already; `None` where it is not. Nothing is fetched."""
    root = downloads.cache_folder(environ)
    home = _older_home(root)
    try:
        return _only_planning(home, root, environ) if fault(home) is None else None
    except FlinkError:
        return None


def _older_home(root: Path) -> Path:
    return root / f"flink-{pins.OLDER_PLANNER.version}-planner"


def _only_planning(home: Path, root: Path, environ: Mapping[str, str]) -> Distribution:
    """Its jars, with stand-ins for the tables of all connectors that no release contains."""
    version = pins.OLDER_PLANNER.version
    bare = replace(_found(home, f"cached in {home}"), version=version)
    standing = stand_ins.jar(java.find(environ), root, bare.core, version, "planned")
    return bare if standing is None else replace(bare, jars=(*bare.jars, standing), stands_in=True)


def _fill(
    root: Path,
    home: Path,
    release: pins.FlinkRelease,
    report: ProgressListener,
    sources: tuple[tuple[str, Source], ...],
) -> None:
    if fault(home) is None:
        return
    with downloads.exclusive(root / pins.LOCK):
        trouble = fault(home)  # somebody else may have fetched it while we waited
        if trouble is not None:
            fetch(root, home, release, trouble, report, sources)


def present(environ: Mapping[str, str]) -> Distribution | None:
    """Flink as far as it is on this machine already; `None` where it is not. Nothing is fetched."""
    root, named = downloads.cache_folder(environ), environ.get(HOME)
    home = root / f"flink-{pins.VERSION}"
    try:
        if named:
            return _with_extras(_named(Path(named)), root, environ)
        return _with_extras(_found(home, f"cached in {home}"), root, environ) if fault(home) is None else None
    except FlinkError:
        return None


def _completed(
    bare: Distribution, root: Path, environ: Mapping[str, str], report: ProgressListener
) -> Distribution:
    """With connectors that no release contains, fetched if need be, and stand-ins for those that are nowhere."""
    home = root / f"flink-{pins.VERSION}-connectors"
    if fault(home) is not None and not environ.get(HOME):
        _fetch_connectors(root, home, report)
    return _with_extras(bare, root, environ)


def _with_extras(bare: Distribution, root: Path, environ: Mapping[str, str]) -> Distribution:
    """With the connectors that are in the cache, and the stand-ins for all others."""
    extra: list[Path] = []
    real = set(bare.connectors)
    home = root / f"flink-{pins.VERSION}-connectors"
    if fault(home) is None:
        extra += sorted(home.glob("*.jar"))
        real |= FETCHED_CONNECTORS
    standing = stand_ins.jar(java.find(environ), root, bare.core, bare.version, "running")
    if standing is not None:
        extra.append(standing)
    return replace(
        bare, jars=(*bare.jars, *extra), connectors=frozenset(real), stands_in=standing is not None
    )


def kafka(environ: Mapping[str, str], report: ProgressListener = silent) -> tuple[Path, ...]:
    """The jars of a Kafka broker, fetched once if need be. Raises `FlinkError`."""
    root = downloads.cache_folder(environ)
    home = root / f"kafka-{pins.KAFKA_VERSION}"
    if fault(home) is not None:
        try:
            _fetch_artifacts(root, home, pins.kafka(), report)
        except Unreachable as error:
            raise FlinkError(f"Kafka {pins.KAFKA_VERSION} cannot be had here: {error}") from error
    return tuple(sorted(home.glob("*.jar")))


def _fetch_connectors(root: Path, home: Path, report: ProgressListener) -> None:
    try:
        _fetch_artifacts(root, home, pins.CONNECTORS, report)
    except Unreachable as error:
        report(f"without the connectors for Kafka and JDBC, whose tables get stand-ins: {error}")


def _fetch_artifacts(
    root: Path, home: Path, wanted: Sequence[pins.Artifact], report: ProgressListener
) -> None:
    with downloads.exclusive(root / pins.LOCK), downloads.staging(root, pins.STAGING) as staged:
        if fault(home) is None:  # somebody else has fetched them while we waited
            return
        files, scratch = staged / "files", staged / "scratch"
        files.mkdir()
        scratch.mkdir()
        sources.fetch_artifacts(files, wanted, scratch, report)
        downloads.publish(files, home)


def fetch(
    root: Path,
    home: Path,
    release: pins.FlinkRelease,
    trouble: str,
    report: ProgressListener,
    sources: tuple[tuple[str, Source], ...],
) -> None:
    """Fill `home` from the first source that has everything. Raises `FlinkError` with what each of them said."""
    report(f"Flink {release.version} in the cache {home}: {trouble}")
    tried: list[str] = []
    for name, source in sources:
        with downloads.staging(root, pins.STAGING) as staged:
            files, scratch = staged / "files", staged / "scratch"
            files.mkdir()
            scratch.mkdir()
            try:
                source(files, scratch, report, release)
            except Unreachable as error:
                tried.append(f"{name}: {error}")
                continue
            lacking = _lacking(files, release)
            if lacking:
                tried.append(f"{name}: it came without {', '.join(lacking)}")
                continue
            (files / "origin.txt").write_text(name + "\n")
            downloads.publish(files, home)
            return
    own = f" Unpack a release of it yourself and name its folder in {HOME}." if release is pins.WHOLE else ""
    raise FlinkError(f"Flink {release.version} cannot be had here: {'; '.join(tried)}.{own}")


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


def _lacking(files: Path, release: pins.FlinkRelease) -> list[str]:
    names = [each.name for each in files.iterdir()]
    return [wanted for wanted in release.jars if not any(name.startswith(wanted) for name in names)]


def fault(home: Path) -> str | None:
    """What is wrong with a folder in the cache, or `None` when every byte is as it was when the folder was made."""
    try:
        damaged = [name for name, intact in downloads.published(home) if not intact]
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is not there" if home.is_dir() else "not there"
    except (OSError, ValueError, AttributeError) as error:
        return f"unreadable: {error}"
    return f"{damaged[0]} is damaged" if damaged else None
