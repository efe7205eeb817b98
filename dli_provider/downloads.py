"""Files fetched once and kept in the user's cache: Flink for the local DLI, the Pulumi engine for `make setup`.

Standard library only, and nothing of the package: `make setup` imports it from the checkout before anything is
installed. It prints nothing; who wants to show progress passes a `ProgressListener`.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import shutil
import sys
import tarfile
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, Protocol

REACH_SECONDS: Final = 6.0  # name look-up, connection and a small file, all together
_READ_SECONDS: Final = 30.0  # between two blocks of a large file
_SMALL: Final = 1 << 20
_BLOCK: Final = 1 << 18
MANIFEST: Final = "manifest.json"


class Unreachable(Exception):
    """Something cannot be had from here and now; another way may be open. The text says what, and why."""


class ProgressListener(Protocol):
    """Called again and again: what is being done, and how many bytes of how many (0: unknown) have arrived."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None: ...


def silent(what: str, done: int = 0, total: int = 0) -> None:
    """The listener of those who show no progress."""


# -- the cache -----------------------------------------------------------------------------------------------------


def cache_folder(environ: Mapping[str, str], system: str = sys.platform) -> Path:
    """This project's folder in the user's cache: `$XDG_CACHE_HOME`, else the platform's custom."""
    named = environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():  # a relative one is to be ignored, says the XDG specification
        return Path(named) / "dli-provider"
    custom = "Library/Caches" if system == "darwin" else ".cache"
    return Path(environ.get("HOME") or Path.home()) / custom / "dli-provider"


@contextmanager
def exclusive(
    lock: Path, waiting: Callable[[], AbstractContextManager[object]] = nullcontext
) -> Iterator[None]:
    """One process at a time, `waiting` entered while another has the lock.

    The kernel drops the lock with the process that held it, however that ended.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with waiting():
                fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def staging(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder beside the published ones, gone at the end of the block unless it was published.

    Each owner of a lock has a `prefix` of its own. The caller holds that lock, so whatever else is there under the
    prefix was left by a process that died.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for leftover in parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    staged = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def publish(staged: Path, folder: Path) -> None:
    """Give the files in `staged` their name, in place of a broken folder of that name.

    The folder appears in one rename and carries the checksum of each file, so that neither a killed download nor a
    damaged disk leaves something that looks usable.
    """
    recorded = {
        str(file.relative_to(staged)): checksum(file) for file in sorted(staged.rglob("*")) if file.is_file()
    }
    (staged / MANIFEST).write_text(json.dumps(recorded, indent=1) + "\n")
    staged.chmod(0o755)
    replaced = staged.with_name(f"{staged.name}-replaced")
    if folder.exists():
        folder.rename(replaced)
    staged.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def published(folder: Path) -> Iterator[tuple[str, bool]]:
    """Each file that was published with a folder, and whether it is still the same byte for byte.

    Raises `OSError` for a file that is missing, and `ValueError` or `AttributeError` for a manifest that is broken:
    the caller words it.
    """
    manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text())
    for name, recorded in manifest.items():
        yield name, checksum(folder / name) == recorded


def checksum(file: Path, algorithm: str = "sha256") -> str:
    """The digest of a file, in hex."""
    digest = hashlib.new(algorithm)
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


# -- the net -------------------------------------------------------------------------------------------------------


def small_text(url: str, seconds: float = REACH_SECONDS) -> str:
    """A small text file, such as published checksums. Raises `Unreachable` after `seconds` at the latest."""
    answer: list[str] = []
    trouble: list[str] = ["no answer"]

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as response:
                answer.append(response.read(_SMALL).decode())
        except (OSError, ValueError, http.client.HTTPException) as error:
            trouble[0] = str(error)

    # In a thread that may be left behind: urllib's time-out leaves out the name look-up.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answer:
        raise Unreachable(f"{url}: {trouble[0]}")
    return answer[0]


def download(url: str, file: Path, algorithm: str, listener: ProgressListener = silent) -> str:
    """Fetch a large file; the digest of what arrived. Raises `Unreachable` when it does not arrive whole."""
    digest, done, total = hashlib.new(algorithm), 0, 0
    try:
        with urllib.request.urlopen(url, timeout=_READ_SECONDS) as response, file.open("wb") as out:
            total = int(response.headers.get("Content-Length") or 0)
            while block := response.read(_BLOCK):
                digest.update(block)
                out.write(block)
                done += len(block)
                listener(f"downloading {url}", done, total)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{url}: {error}" + (f" after {done:,} bytes" if done else "")) from error
    if done < total:  # a connection that is closed too early is no error to urllib
        raise Unreachable(f"{url}: cut off after {done} of {total} bytes")
    return digest.hexdigest()


def unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    """Write one file of a tar file to a place of our choosing, whatever path it names itself."""
    source = tar.extractfile(member)
    if source is not None:
        with source, to.open("wb") as out:
            shutil.copyfileobj(source, out)
