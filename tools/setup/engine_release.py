"""The official release of the engine, as get.pulumi.com installs it: downloaded, checked, unpacked."""

import tarfile
from collections.abc import Collection
from pathlib import Path

from dli_provider import downloads
from dli_provider.downloads import Unreachable
from tools.setup.long_steps import SetupError, step

SITE = "https://get.pulumi.com/releases/sdk"


def fetch(staged: Path, version: str, platform: str, programs: Collection[str], site: str = SITE) -> None:
    """Put the engine's programs into `staged`.

    The checksum is the one that Pulumi publishes beside the archive, read over https: it proves that the
    archive arrived whole and is the published one, and trusts the publisher's site for which one that is.
    (The way that trusts no site is the build in engine_source.py: go.sum pins every byte of it.)

    Raises Unreachable, soon, when the host does not answer; SetupError when the archive is another one.
    """
    archive = f"pulumi-{version}-{platform}.tar.gz"
    published = checksums(f"{site}/pulumi-{version.removeprefix('v')}-checksums.txt").get(archive)
    if published is None:
        raise Unreachable(f"no checksum is published for {archive}")
    file = staged / archive
    try:
        found = _download(f"{site}/{archive}", file)
        if found != published:
            raise SetupError(
                f"{site}/{archive} has SHA-256 {found}, but {published} is published: nothing was installed."
                " Try again later, or put a pulumi of your own on PATH."
            )
        _unpack(file, staged, programs)
    finally:
        file.unlink(missing_ok=True)


def checksums(url: str, seconds: float = downloads.REACH_SECONDS) -> dict[str, str]:
    """The published checksums, by file name. Raises Unreachable after `seconds` at the latest."""
    pairs = [line.split() for line in downloads.small_text(url, seconds).splitlines()]
    return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}


def _download(url: str, file: Path) -> str:
    with step(f"downloading {url}") as current:

        def listener(what: str, done: int = 0, total: int = 0) -> None:  # noqa: ARG001 - the step has its label
            current.detail = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"

        return downloads.download(url, file, "sha256", listener)


def _unpack(archive: Path, staged: Path, programs: Collection[str]) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            if name in programs and not member.isdir():
                downloads.unpack(tar, member, staged / name)
                (staged / name).chmod(0o755)
