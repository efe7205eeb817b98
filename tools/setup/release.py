"""The official release of the engine, as get.pulumi.com installs it: downloaded, checked, unpacked."""

import http.client
import shutil
import tarfile
import threading
import urllib.request
from collections.abc import Collection
from pathlib import Path

from tools.setup import folder
from tools.setup.errors import SetupError
from tools.setup.progress import step

SITE = "https://get.pulumi.com/releases/sdk"
REACH_SECONDS = 6.0  # name look-up, connection and the small file of checksums, all together
READ_SECONDS = 30.0  # between two blocks of the archive


class UnreachableError(Exception):
    """The release cannot be had from here and now; another way may be open."""


def fetch(staged: Path, version: str, platform: str, programs: Collection[str], site: str = SITE) -> None:
    """Put the engine's programs into `staged`.

    The checksum is the one that Pulumi publishes beside the archive, read over https: it proves that the
    archive arrived whole and is the published one, and trusts the publisher's site for which one that is.
    (The way that trusts no site is the build in source.py: go.sum pins every byte of it.)

    Raises UnreachableError, soon, when the host does not answer; SetupError when the archive is another one.
    """
    archive = f"pulumi-{version}-{platform}.tar.gz"
    published = checksums(f"{site}/pulumi-{version.removeprefix('v')}-checksums.txt").get(archive)
    if published is None:
        raise UnreachableError(f"no checksum is published for {archive}")
    file = staged / archive
    try:
        _download(f"{site}/{archive}", file)
        found = folder.checksum(file)
        if found != published:
            raise SetupError(
                f"{site}/{archive} has SHA-256 {found}, but {published} is published: nothing was installed."
                " Try again later, or put a pulumi of your own on PATH."
            )
        _unpack(file, staged, programs)
    finally:
        file.unlink(missing_ok=True)


def checksums(url: str, seconds: float = REACH_SECONDS) -> dict[str, str]:
    """The published checksums, by file name. Raises UnreachableError after `seconds` at the latest."""
    answer: list[str] = []
    trouble: list[str] = ["no answer"]

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as response:
                answer.append(response.read(1 << 20).decode())
        except (OSError, ValueError, http.client.HTTPException) as error:
            trouble[0] = str(error)

    # In a thread that may be left behind: urllib's time-out leaves out the name look-up.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answer:
        raise UnreachableError(f"{url}: {trouble[0]}")
    pairs = [line.split() for line in answer[0].splitlines()]
    return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}


def _download(url: str, file: Path) -> None:
    try:
        with (
            step(f"downloading {url}") as current,
            urllib.request.urlopen(url, timeout=READ_SECONDS) as response,
            file.open("wb") as out,
        ):
            total, done = int(response.headers.get("Content-Length") or 0), 0
            while block := response.read(1 << 18):
                out.write(block)
                done += len(block)
                current.detail = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{url}: {error}") from error
    if done < total:
        raise UnreachableError(f"{url}: cut off after {done} of {total} bytes")


def _unpack(archive: Path, staged: Path, programs: Collection[str]) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            content = tar.extractfile(member) if name in programs else None
            if content is None:
                continue
            with (staged / name).open("wb") as out:
                shutil.copyfileobj(content, out)
            (staged / name).chmod(0o755)
