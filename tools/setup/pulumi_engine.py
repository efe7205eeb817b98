"""Which Pulumi engine this checkout uses: from PATH, the cache, the official release, or built here."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dli_provider import downloads
from dli_provider.downloads import Unreachable
from tools.setup import engine_release, engine_source
from tools.setup.long_steps import SetupError, exclusive, say

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

STAGING = ".staging-"
"""How folders under way are named in the cache."""

SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Engine:
    """A complete engine that has run and printed its version."""

    programs: Mapping[str, Path]
    version: str
    origin: str


def obtain(cache: Path, path: str, ours: Path, site: str = engine_release.SITE) -> Engine:
    """The engine to use.

    `path` is PATH, for the user's own engine and for Go; `ours` the one folder in it not to look in, for it
    holds our own links; `site` is where releases are.

    Raises SetupError when there is none and none can be made.
    """
    found, why = on_path(path, ours)
    if found:
        return found
    home = cache / f"pulumi-{VERSION}-{platform_name()}-{engine_source.digest()}"
    cached, trouble = in_cache(home)
    if cached:
        return cached
    with exclusive(cache / "lock"):
        cached, trouble = in_cache(home)  # somebody else may have made it while we waited
        if cached:
            return cached
        say(f"the Pulumi engine: {why}; in the cache {home}: {trouble}")
        with downloads.staging(cache, STAGING) as staged:
            make(staged, path, site)
            downloads.publish(staged, home)
        made, trouble = in_cache(home)
    if not made:
        raise SetupError(f"the Pulumi engine was made, but does not run: {trouble}")
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
    trouble = fault(home)
    if trouble:
        return None, trouble
    programs = {name: home / name for name in PROGRAMS}
    missing = [name for name, program in programs.items() if not program.is_file()]
    if missing:
        return None, f"without {', '.join(missing)}"
    version = version_of(programs["pulumi"])
    if version is None or _numbers(version) != _numbers(VERSION):
        return None, f"`pulumi version` says {version or 'nothing'}"
    return Engine(programs, version, f"cached in {home}"), ""


def fault(folder: Path) -> str | None:
    """What is wrong with a folder of the cache, or None when every program is there as it was published."""
    if not folder.is_dir():
        return "not there"
    try:
        for name, intact in downloads.published(folder):
            if not intact:
                return f"{name} is damaged"
            if not os.access(folder / name, os.X_OK):
                return f"{name} is not executable"
    except (OSError, ValueError, AttributeError) as error:
        return f"incomplete: {error}"
    return None


def make(staged: Path, path: str, site: str) -> None:
    """Fill an empty folder with the engine: the official release where it can be had, else our own build."""
    try:
        engine_release.fetch(staged, VERSION, platform_name(), PROGRAMS, site)
    except Unreachable as error:
        say(f"the official release is out of reach ({error}); building the same version from its Go modules")
        engine_source.build(staged, VERSION, path)


def version_of(pulumi: Path) -> str | None:
    """What `pulumi version` says, or None when it does not run."""
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        told = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=30, env=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = told.stdout.strip()
    return version if told.returncode == 0 and _numbers(version) else None


def platform_name() -> str:
    """This machine as Pulumi's releases call it, for example `linux-x64`."""
    try:
        return f"{SYSTEMS[platform.system()]}-{MACHINES[platform.machine().lower()]}"
    except KeyError:
        raise SetupError(
            f"no Pulumi engine for {platform.system()} on {platform.machine()}; there is one for Linux and"
            " macOS on x86-64 and arm64 (on Windows, use WSL)"
        ) from None


def link(engine: Engine, checkout: Path) -> None:
    """Link the engine's programs into `.venv/bin`; `pulumi` itself by way of tools/pulumi (it says why)."""
    venv = checkout / ".venv"
    (venv / "libexec").mkdir(exist_ok=True)
    for name, program in engine.programs.items():
        _point(venv / ("libexec" if name == "pulumi" else "bin") / name, program)
    _point(venv / "bin" / "pulumi", checkout / "tools" / "pulumi")


def _point(link: Path, target: Path) -> None:
    """Make `link` a symbolic link to `target`, in one step, so that no other process finds it missing."""
    if link.is_symlink() and link.readlink() == target:
        return
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def _numbers(version: str) -> tuple[int, ...]:
    matched = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(part) for part in matched.groups()) if matched else ()


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
