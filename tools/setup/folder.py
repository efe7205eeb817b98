"""A folder of programs that is either complete and intact, or treated as absent.

A folder appears under its name in one rename and carries the checksum of each file, so that neither a killed
set-up nor a damaged disk can leave something that looks usable.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFEST = "manifest.json"
STAGING = ".staging-"


def checksum(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fault(folder: Path) -> str | None:
    """What is wrong with a published folder, or None when every file is there as it was published."""
    if not folder.is_dir():
        return "not there"
    try:
        manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text())
        for name, recorded in manifest.items():
            if checksum(folder / name) != recorded:
                return f"{name} is damaged"
            if not os.access(folder / name, os.X_OK):
                return f"{name} is not executable"
    except (OSError, ValueError, AttributeError) as error:
        return f"incomplete: {error}"
    return None


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A new folder beside the published ones, gone at the end of the block unless it was published.

    The caller holds the lock of `parent`, so whatever else is in staging was left by a process that died.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for leftover in parent.glob(f"{STAGING}*"):
        shutil.rmtree(leftover)
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(staged: Path, folder: Path) -> None:
    """Give the files in `staged` their name, in place of a broken folder of that name."""
    files = sorted(file.name for file in staged.iterdir())
    (staged / MANIFEST).write_text(
        json.dumps({name: checksum(staged / name) for name in files}, indent=1) + "\n"
    )
    staged.chmod(0o755)
    if folder.exists():
        folder.rename(staged.with_name(f"{staged.name}-replaced"))
    staged.rename(folder)
    shutil.rmtree(staged.with_name(f"{staged.name}-replaced"), ignore_errors=True)
