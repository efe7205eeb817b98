"""Where the jars of Flink come from: the release in the archive of the Apache Software Foundation, or packages.

Packages come through the ordinary clients `pip` and `mvn`, which know where this machine gets them: no address of a
registry is named here. What arrives is checked: a release against the checksum published beside it, packages against
those in `pins`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from dli_provider import downloads
from dli_provider.downloads import ProgressListener, Unreachable
from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError

_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_TICK: Final = 0.5  # seconds between two looks at how much has arrived


def from_archive(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
    """Put the jars of a release into `staged`, out of the official archive.

    The SHA-512 is the one published beside the archive and read over https: it proves that the archive arrived whole.
    Raises `Unreachable`, soon, when the site does not answer; `FlinkError` when the archive is another one.
    """
    url = f"{release.site}/{release.archive}"
    told = downloads.small_text(f"{url}.sha512").split()
    if not told:
        raise Unreachable(f"{url}.sha512: it is empty")
    file = scratch / release.archive
    found = downloads.download(url, file, "sha512", report)
    if found != told[0].lower():
        raise FlinkError(f"{url} has SHA-512 {found}, but {told[0].lower()} is published: nothing was kept")
    with tarfile.open(file) as tar:
        for member in tar:
            name = Path(member.name).name
            if member.isfile() and name.endswith(".jar") and name.startswith(release.jars):
                downloads.unpack(tar, member, staged / name)


def from_packages(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
    """Put the jars of a release into `staged`. Raises `Unreachable` when a client is missing or fails."""
    _from_pip(staged, scratch, report, release)
    if release.more:
        fetch_artifacts(staged, release.more, scratch, report)


def fetch_artifacts(
    into: Path, wanted: Sequence[pins.Artifact], scratch: Path, report: ProgressListener
) -> None:
    """Fetch Maven artifacts. Raises `Unreachable`, or `FlinkError` for one that is another than pinned."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Unreachable(f"mvn is not on PATH, and {wanted[0].name} is only to be had as a Maven artifact")
    # In a project of their own, so that one call fetches them all: each call takes seconds to begin.
    project = scratch / "pom.xml"
    project.write_text(_project(wanted, scratch))
    command = [maven, "-q", "-B", "-f", str(project), f"{_PLUGIN}:copy"]
    named = wanted[0].name + (f" and {len(wanted) - 1} more" if wanted[1:] else "")
    _run(f"mvn: {named}", command, scratch, sum(each.size for each in wanted), report)
    for artifact in wanted:
        _take(scratch / artifact.file, artifact, into / artifact.file)


def _project(wanted: Sequence[pins.Artifact], into: Path) -> str:
    """A project whose one plugin copies artifacts, and nothing that they in turn need: that is pinned too."""

    def coordinates(name: str) -> str:
        group, artifact, version = name.split(":")
        return f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"

    items = "".join(f"<artifactItem>{coordinates(each.name)}</artifactItem>" for each in wanted)
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"{coordinates('dli:jars:1')}<build><plugins><plugin>{coordinates(_PLUGIN)}<configuration>"
        f"<outputDirectory>{escape(str(into))}</outputDirectory><artifactItems>{items}</artifactItems>"
        "</configuration></plugin></plugins></build></project>\n"
    )


def _from_pip(staged: Path, scratch: Path, report: ProgressListener, release: pins.FlinkRelease) -> None:
    # It is a source distribution; pip only has to fetch it, but reads its metadata first.
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    command += ["--no-deps", "--no-binary", ":all:", "--progress-bar", "off", "--dest", str(scratch)]
    libraries = release.libraries
    _run(f"pip: {libraries.name}", [*command, libraries.name], scratch, libraries.size, report)
    (arrived,) = scratch.glob("apache*flink*libraries*.tar.gz")
    _take(arrived, libraries, arrived)
    report("unpacking")
    with tarfile.open(arrived) as tar:
        for member in tar:
            name = Path(member.name).name
            if member.isfile() and "/deps/lib/" in member.name and name.startswith(release.jars):
                downloads.unpack(tar, member, staged / name)
    arrived.unlink()


def _take(arrived: Path, artifact: pins.Artifact, to: Path) -> None:
    digest = downloads.checksum(arrived)
    if digest != artifact.sha256:
        raise FlinkError(
            f"{artifact.name} has SHA-256 {digest}, but {artifact.sha256} is pinned: nothing was kept"
        )
    arrived.replace(to)


def _run(what: str, command: Sequence[str], scratch: Path, size: int, report: ProgressListener) -> None:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_TICK):
            report(what, min(size, _bytes_in(scratch)), size)

    report(what, 0, size)
    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        # Its temporary files lie in our folder too: that is how far the download is.
        told = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
    except OSError as error:
        raise Unreachable(f"{what}: {error}") from error
    finally:
        over.set()
        watching.join()
    if told.returncode != 0:
        said = (told.stdout + told.stderr).strip().splitlines()
        telling = next((line for line in said if "ERROR" in line), said[-1] if said else "no output")
        raise Unreachable(f"{what} failed: {telling[:300]}")


def _bytes_in(folder: Path) -> int:
    total = 0
    for where, _, files in os.walk(folder):  # which tolerates folders vanishing while it walks
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(where) / name).stat().st_size
    return total
