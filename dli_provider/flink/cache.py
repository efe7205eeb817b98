"""A folder of files that is either complete and intact, or treated as absent.

It appears under its name in one rename and carries the checksum of each file, so that neither a killed download nor a
damaged disk leaves something that looks usable.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MANIFEST: Final = "manifest.json"
_STAGING: Final = ".fetching-"


def place(environ: Mapping[str, str], system: str) -> Path:
    """This project's folder in the user's cache: `$XDG_CACHE_HOME`, else the platform's custom."""
    named = Path(environ.get("XDG_CACHE_HOME", ""))
    custom = "Library/Caches" if system == "darwin" else ".cache"
    root = named if named.is_absolute() else Path(environ.get("HOME") or Path.home()) / custom
    return root / "dli-provider"


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fault(home: Path) -> str | None:
    """What is wrong with a folder, or `None` when every byte is as it was when the folder was made."""
    try:
        recorded: dict[str, str] = json.loads((home / _MANIFEST).read_text())
        damaged = [name for name, digest in recorded.items() if sha256(home / name) != digest]
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is not there" if home.is_dir() else "not there"
    except (OSError, ValueError, AttributeError) as error:
        return f"unreadable: {error}"
    return f"{damaged[0]} is damaged" if damaged else None


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """One process at a time; the kernel drops the lock with the process that held it, however that ended."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "flink.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A new folder beside the finished ones, gone at the end unless published. The caller holds the lock."""
    for leftover in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    staged = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def publish(files: Path, home: Path) -> None:
    """Give a folder its name, in place of a broken one."""
    recorded = {
        str(each.relative_to(files)): sha256(each) for each in sorted(files.rglob("*")) if each.is_file()
    }
    (files / _MANIFEST).write_text(json.dumps(recorded, indent=1) + "\n")
    files.chmod(0o755)
    if home.exists():
        shutil.rmtree(home)
    files.rename(home)
