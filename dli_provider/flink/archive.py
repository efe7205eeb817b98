"""The official release of Flink, from the archive of the Apache Software Foundation."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import tarfile
import threading
import urllib.request
from pathlib import Path
from typing import Final

from dli_provider.flink import pins
from dli_provider.flink.failures import FlinkError, Unreachable
from dli_provider.flink.report import ProgressListener

_REACH_SECONDS: Final = 6.0  # name look-up, connection and the small file of the checksum, all together
_READ_SECONDS: Final = 30.0  # between two blocks of the archive
_NEEDED: Final = (*pins.CORE, "flink-sql-gateway-")


def fetch(staged: Path, scratch: Path, report: ProgressListener, site: str = pins.ARCHIVE_SITE) -> None:
    """Put the jars of a cluster into `staged`.

    The SHA-512 is the one published beside the archive and read over https: it proves that the archive arrived whole.
    Raises `Unreachable`, soon, when the site does not answer; `FlinkError` when the archive is another one.
    """
    wanted = _published(f"{site}/{pins.ARCHIVE}.sha512")
    file = scratch / pins.ARCHIVE
    found = _download(f"{site}/{pins.ARCHIVE}", file, report)
    if found != wanted:
        raise FlinkError(
            f"{site}/{pins.ARCHIVE} has SHA-512 {found}, but {wanted} is published: nothing was kept"
        )
    with tarfile.open(file) as tar:
        for member in tar:
            name = Path(member.name).name
            if member.isfile() and name.endswith(".jar") and name.startswith(_NEEDED):
                unpack(tar, member, staged / name)


def unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    """Write one file of a tar file to a place of our choosing, whatever path it names itself."""
    source = tar.extractfile(member)
    if source is not None:
        with source, to.open("wb") as out:
            shutil.copyfileobj(source, out)


def _published(url: str) -> str:
    answer: list[str] = []
    trouble: list[str] = ["no answer"]

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=_REACH_SECONDS) as response:
                answer.append(response.read(4096).decode().split()[0].lower())
        except (OSError, ValueError, IndexError, http.client.HTTPException) as error:
            trouble[0] = str(error)

    # In a thread that may be left behind: urllib's time-out leaves out the name look-up.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_REACH_SECONDS)
    if not answer:
        raise Unreachable(f"{url}: {trouble[0]}")
    return answer[0]


def _download(url: str, file: Path, report: ProgressListener) -> str:
    digest, done = hashlib.sha512(), 0
    try:
        with urllib.request.urlopen(url, timeout=_READ_SECONDS) as response, file.open("wb") as out:
            total = int(response.headers.get("Content-Length") or 0)
            while block := response.read(1 << 20):
                digest.update(block)
                out.write(block)
                done += len(block)
                report(f"downloading {url}", done, total)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{url}: {error} after {done:,} bytes") from error
    return digest.hexdigest()
