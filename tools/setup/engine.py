"""Which Pulumi engine this checkout uses: from PATH, the cache, the official release, or built here."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.setup import folder, places, release, source
from tools.setup.errors import SetupError
from tools.setup.lock import exclusive
from tools.setup.progress import say

VERSION = "v3.259.0"
"""The engine that we fetch or build: the one that the tests have run against."""

OLDEST = (3, 259, 0)
"""The oldest engine that is taken from PATH, and the newest major version."""

PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
"""What makes an engine complete: the command line, the host that runs Python programs with its launcher, and
the launcher of Python's dynamic providers."""


@dataclass(frozen=True)
class Engine:
    """A complete engine that has run and told its version."""

    programs: Mapping[str, Path]
    version: str
    origin: str


def obtain(cache: Path, path: str, ours: Path, site: str = release.SITE) -> Engine:
    """The engine to use.

    `path` is PATH, for the user's own engine and for Go; `ours` the one folder in it not to look in, for it
    holds our own links; `site` is where releases are.

    Raises SetupError when there is none and none can be made.
    """
    found, why = on_path(path, ours)
    if found:
        return found
    home = cache / f"pulumi-{VERSION}-{places.platform_name()}-{source.digest()}"
    cached, fault = in_cache(home)
    if cached:
        return cached
    with exclusive(cache / "lock"):
        cached, fault = in_cache(home)  # somebody else may have made it while we waited
        if cached:
            return cached
        say(f"the Pulumi engine: {why}; in the cache {home}: {fault}")
        with folder.staging(cache) as staged:
            make(staged, path, site)
            folder.publish(staged, home)
        made, fault = in_cache(home)
    if not made:
        raise SetupError(f"the Pulumi engine was made, but does not run: {fault}")
    return made


def on_path(path: str, ours: Path) -> tuple[Engine | None, str]:
    """The user's own engine when it is new enough and complete, else None and the reason."""
    folders = [entry for entry in path.split(os.pathsep) if entry and not _same(Path(entry), ours)]
    pulumi = shutil.which("pulumi", path=os.pathsep.join(folders))
    if pulumi is None:
        return None, "no pulumi on PATH"
    version = version_of(Path(pulumi))
    if version is None:
        return None, f"{pulumi} does not tell its version"
    numbers = _numbers(version)
    if numbers < OLDEST or numbers[0] > OLDEST[0]:
        return None, f"{pulumi} is {version}, and {VERSION} or a later v{OLDEST[0]} is needed"
    # Its companions lie beside it, beside what its link points to, or elsewhere on PATH.
    beside = [str(Path(pulumi).parent), str(Path(pulumi).resolve().parent), *folders]
    programs: dict[str, Path] = {"pulumi": Path(pulumi)}
    for name in PROGRAMS[1:]:
        companion = shutil.which(name, path=os.pathsep.join(beside))
        if companion is None:
            return None, f"{pulumi} comes without {name}"
        programs[name] = Path(companion)
    return Engine(programs, version, f"{pulumi}, from PATH"), ""


def in_cache(home: Path) -> tuple[Engine | None, str]:
    """The engine in the cache when each byte is as it was published and it runs, else None and the reason."""
    fault = folder.fault(home)
    if fault:
        return None, fault
    programs = {name: home / name for name in PROGRAMS}
    missing = [name for name, program in programs.items() if not program.is_file()]
    if missing:
        return None, f"without {', '.join(missing)}"
    version = version_of(programs["pulumi"])
    if version is None or _numbers(version) != _numbers(VERSION):
        return None, f"`pulumi version` says {version or 'nothing'}"
    return Engine(programs, version, f"cached in {home}"), ""


def make(staged: Path, path: str, site: str) -> None:
    """Fill an empty folder with the engine: the official release where it can be had, else our own build."""
    try:
        release.fetch(staged, VERSION, places.platform_name(), PROGRAMS, site)
    except release.UnreachableError as error:
        say(f"the official release is out of reach ({error}); building the same version from its Go modules")
        source.build(staged, VERSION, path)


def version_of(pulumi: Path) -> str | None:
    """What `pulumi version` says, or None when it does not run."""
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        told = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=30, env=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = told.stdout.strip()
    return version if told.returncode == 0 and _numbers(version) else None


def _numbers(version: str) -> tuple[int, ...]:
    matched = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(part) for part in matched.groups()) if matched else ()


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
